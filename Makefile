# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything is made below .build by the scripts in tools/; nothing needs to be installed by hand.
# Another Python: make PYTHON=python3.13 test. An older ansible-core than its newest: make CORE=2.16 test

PYTHON ?= python3
CORE ?=
export CORE
# More arguments for pytest: make unit ARGS='-k retry -x'
ARGS ?=
# How many instances make fleet restores.
SIZE ?= 500
# Some parts only: make test PARTS=integration, make check PARTS='ruff types'
PARTS ?=
# For the matrices, all optional: make kill-matrix SEED=7 SAMPLE=200 PROVIDER=hostup RECORD=file FORM=play
export SEED SHARE FILES SAMPLE PROVIDER RECORD FORM PLAYS JOBS
export PYTEST_ADDOPTS := $(PYTEST_ADDOPTS) $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help demo test check matrix kill-matrix fault-matrix mutants unit bench fleet coverage dev docs build changelog release format clean python

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

demo: python ## restore a snapshot on all three providers, against the simulator
	@$(PYTHON) tools/demo.py

test: python ## all tests, on the built and installed collection
	@$(PYTHON) tools/test.py $(PARTS)

check: python ## formatting, lint, types, docs, sanity, package
	@$(PYTHON) tools/check.py $(PARTS)

matrix: python ## sanity, units and integration with every ansible-core on every Python here (an hour or two)
	@$(PYTHON) tools/matrix.py $(PARTS)

unit: python ## the pytest parts, on the checkout, quickly
	@$(PYTHON) tools/test.py --dev plain unit contract

bench: python ## what a task costs, beside the usual ways; writes docs/benchmarks.md (ARGS=--help)
	@$(PYTHON) tools/bench.py $(ARGS)

fleet: python ## the role on SIZE simulated instances, with a provider's limits, in real time (some ten minutes)
	@$(PYTHON) tools/fleet.py --size $(SIZE) $(ARGS)

coverage: python ## the same, with the lines and branches of plugins/module_utils it met, and a floor
	@$(PYTHON) tools/covered.py

kill-matrix: python ## kill controllers at every request of a restore; writes docs/kill_matrix.md (hours)
	@$(PYTHON) tools/break.py kill

fault-matrix: python ## faults at every request of a restore, 40 % of them; writes docs/fault_matrix.md (hours)
	@$(PYTHON) tools/break.py fault

dev: python ## print the folder that makes the checkout usable as a collection
	@$(PYTHON) tools/dev.py

docs: python ## the site: guides and reference, in .build/docs
	@$(PYTHON) tools/docs.py

build: python ## the tarball, in dist/
	@$(PYTHON) tools/build.py

mutants: python ## small changes of the operations that a test must see; writes docs/mutants.md (a tenth of them in half an hour; SHARE=1: all)
	@$(PYTHON) tools/mutants.py

changelog: python ## make the changelog of the version in galaxy.yml from the fragments
	@$(PYTHON) tools/release.py --changelog

release: python ## build the tarball, check it as Galaxy does, install it offline, run the demo from it
	@$(PYTHON) tools/release.py

format: python ## let ruff format and sort
	@$(PYTHON) tools/check.py --fix

clean: ## remove all that was made
	rm -rf .build dist

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "$(PYTHON) is not a Python 3.10 or newer. Name one: make PYTHON=python3.12 ..." >&2; exit 1; }

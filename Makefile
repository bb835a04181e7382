# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Each target calls sessions of noxfile.py, which make all they need below .build. Nothing has to be installed by hand.
# Another Python: make PYTHON=python3.13 test. Other sessions: make nox ARGS='-s plain'

PYTHON ?= python3
# Arguments for the command behind a target: make unit ARGS='-k retry -x'
ARGS ?=
# Some tests only: make unit TESTS=tests/fleet
TESTS ?= tests/unit tests/contract
# Some sessions only: make test PARTS='plain integration'
PARTS ?=
# Some versions only: make matrix CORES='2.15 2.19' PYTHONS='3.9 3.11' PARTS='units integration shipped sanity'
CORES ?=
PYTHONS ?=
export CORES
# The tag that is released: make release TAG=1.0.0
TAG ?=
export TAG
# How many instances make fleet restores.
SIZE ?= 500
# How many stories make adversary plays, and the seed of the first.
RUNS ?= 100000
SEED ?= 1

NOX = @$(PYTHON) tools/run.py
DEV = $(NOX) -s dev -- python
RESILIENCE = ansible_collections.indiecloud.compute.tests.resilience

.DEFAULT_GOAL := help
.PHONY: help demo test check matrix libraries unit coverage fleet kill-matrix guarded-kills fault-matrix adversary live bench dev docs build changelog release format nox clean

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

demo: ## restore a snapshot on all three providers, then a change with a way back, against the simulator
	$(NOX) -s demo

test: ## all tests, on the built and installed collection
	$(NOX) $(if $(PARTS),-s $(PARTS),-t test)

check: ## lint, types, imports, documentation, sanity, package
	$(NOX) $(if $(PARTS),-s $(PARTS),-t check)

matrix: ## sanity, units and integration with each ansible-core on the Pythons of this machine (an hour or two)
	$(NOX) -s matrix $(if $(PYTHONS),-p $(PYTHONS)) $(if $(PARTS),-- $(PARTS))

libraries: ## the transport, with the oldest and the newest requests and urllib3 (a minute)
	$(NOX) -s libraries

unit: ## unit and contract tests, or TESTS, on the checkout (ARGS='-k retry -x')
	$(DEV) -m pytest -n 2 --dist worksteal $(TESTS) $(ARGS)

coverage: ## the same, with the coverage of plugins/module_utils, which must not fall below a floor
	$(DEV) -m pytest -n 2 --dist worksteal $(TESTS) --cov --cov-report=term $(ARGS)

fleet: ## the role on SIZE simulated instances, with a provider's limits, in real time (some ten minutes)
	$(DEV) .build/dev/ansible_collections/indiecloud/compute/tests/fleet/large.py --size $(SIZE) $(ARGS)

kill-matrix: ## kill controllers at every request of a restore (hours; ARGS=--help)
	$(DEV) -m $(RESILIENCE).kill.matrix --verbose $(ARGS)

guarded-kills: ## kill the controller of a guarded change at every request (an hour; ARGS=--help)
	$(DEV) -m ansible_collections.indiecloud.compute.tests.guarded.kills $(ARGS)

fault-matrix: ## faults at the requests of a restore (hours; ARGS=--help)
	$(DEV) -m $(RESILIENCE).faults.matrix --verbose $(ARGS)

adversary: ## random attacks on a restore, RUNS of them from SEED on (ARGS=--help)
	$(DEV) -m $(RESILIENCE).adversary --runs $(RUNS) --seed $(SEED) $(ARGS)

live: ## read a real account, described in tests/integration/integration_config.yml
	$(NOX) -s live

bench: ## what a task costs, or with ARGS=--duel a fleet, compared with the usual ways (ARGS=--help)
	$(NOX) -s bench -- $(ARGS)

dev: ## print the variables that make the checkout usable as a collection: eval "$(make dev)"
	$(NOX) -s dev

docs: ## the site in .build/site: guides and reference
	$(NOX) -s docs

build: ## the tarball, in dist/
	$(NOX) -s build -- dist

changelog: ## make the changelog of the version in galaxy.yml from the fragments
	$(NOX) -s changelog

release: ## check the tarball as Galaxy does, run the demo with it, build it twice; it and its checksums are in dist/
	$(NOX) -s release

format: ## let ruff format and sort
	$(NOX) -s format

nox: ## any session: make nox ARGS='-s plain', make nox ARGS=--list
	$(NOX) $(ARGS)

clean: ## remove all that was made
	rm -rf .build dist

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample of the fault matrix, another one each day, and what the matrix has found."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.resilience.faults import matrix
from ansible_collections.indiecloud.compute.tests.resilience.faults.bench import Bench, unclear
from ansible_collections.indiecloud.compute.tests.resilience.faults.catalogue import AT_A_REQUEST, Wrong
from ansible_collections.indiecloud.compute.tests.resilience.scenarios import Scenario, default

SEED = int(os.environ.get("SEED") or date.today().toordinal())


def test_sample() -> None:
    options = matrix.parser().parse_args(["--sample", "150", "--seed", str(SEED)])
    found = matrix.run(options)
    assert [item for item in found if item.wrong] == [], f"SEED={SEED}"
    assert len(found) > 75


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@pytest.mark.parametrize("provider", sorted(SPECS))
def test_undisturbed_run_restores(bench: Bench, provider: str) -> None:
    """A scenario that is refused without a fault would try none."""
    _routes, _payloads, finding = bench.undisturbed(default(provider, "running"))
    assert finding.outcome in ("restored", "resumed")
    assert finding.wrong == []


def test_every_fault_strikes_where_it_is_said(bench: Bench) -> None:
    """A fault that never fires would be a test that cannot fail."""
    scenario = default("hostup", "stopped")
    routes, _payloads, _undisturbed = bench.undisturbed(scenario)
    number = next(index for index, route in enumerate(routes, 1) if matrix.is_restore(route))
    silent = []
    for wrong in AT_A_REQUEST:
        if wrong.faults and not wrong.slow and not wrong.name.startswith("50 MB"):
            fired = struck(bench, scenario, wrong, number)
            silent += [] if fired else [wrong.name]
    assert silent == []


def struck(bench: Bench, scenario: Scenario, wrong: Wrong, number: int) -> int:
    trial = bench._trial(scenario, wrong, number, "")
    trial.run(faulty=True)
    return sum(fault.fired for fault in bench.sim.faults._wire)


def test_unclear_errors_are_found() -> None:
    good = {"error_code": "timeout", "msg": "It took too long.\nWhat to do: Run again.", "next_steps": ["Run again."]}
    assert unclear(good) == []
    for bad in (
        {**good, "error_code": "internal_error"},
        {**good, "error_code": "unheard_of"},
        {**good, "msg": "It took too long."},
        {**good, "msg": "\n"},
        {**good, "next_steps": []},
        {**good, "exception": "Traceback"},
    ):
        assert unclear(bad)

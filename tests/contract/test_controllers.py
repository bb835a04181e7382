# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many controllers at once, on one machine and on two, and one killed between any two statements."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

from .conftest import BOTH_STORES, ROLE, Cloud, make_cloud
from .forks import NEVER, SPEED, Controller
from .validator import CheckedSimulator

KILLS = int(os.environ.get("INDIECLOUD_TEST_KILLS", "6"))
"""How many statements of a run are tried; the seed chooses which."""
SEED = os.environ.get("INDIECLOUD_TEST_SEED", "1")
LONG = 6000.0
"""Longer than any of these tests: only a jump of the clock ends it."""
DONE = ("restored", "already_restored", "accepted_unverified")


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with CheckedSimulator(clock=RealClock(SPEED)) as running:
        yield running
    assert running.wrong == []


@pytest.fixture
def cloud(sim: Simulator, provider: str, store: str, tmp_path: Path) -> Cloud:
    cloud = make_cloud(sim, sim.clock, provider, tmp_path, power="running")
    cloud.always["record"] = store
    return cloud


@BOTH_STORES
def test_of_twenty_runs_on_one_machine_only_one_restores(cloud: Cloud) -> None:
    results = [item.end() or {} for item in [Controller(cloud, wait_timeout=20000.0, **ROLE) for dummy in range(20)]]
    statuses = sorted(item["status"] for item in results)
    assert statuses in (["already_restored"] * 19 + [last] for last in ("restored", "accepted_unverified")), results
    assert (cloud.posts, cloud.restores) == (1, 1)
    assert cloud.sim.ledger.concurrent_restores == 0


@BOTH_STORES
def test_two_restores_of_one_instance_do_not_overlap(cloud: Cloud) -> None:
    controllers = [Controller(cloud, restore_id=name, wait_timeout=20000.0, **ROLE) for name in ("a", "b")]
    results = [item.end() or {} for item in controllers]
    assert [item for item in results if item["status"] in DONE], results
    assert cloud.sim.ledger.concurrent_restores == 0


@BOTH_STORES
def test_restore_of_a_killed_run_is_adopted_by_the_next_run(cloud: Cloud) -> None:
    cloud.sim.set_durations(restore=LONG)
    cloud.sim.switch(barrack_restore="async")
    victim = Controller(cloud, wait_timeout=LONG, **ROLE)
    wait_for(lambda: polls(cloud) > 1)
    os.kill(victim.pid, signal.SIGKILL)
    assert victim.end() is None
    before = polls(cloud)
    adopter = Controller(cloud, wait_timeout=20 * LONG, **ROLE)
    wait_for(lambda: polls(cloud) > before + 1)
    cloud.clock.advance(LONG)
    result = adopter.end() or {}
    assert result["status"] == "restored", result
    assert result["resumed"]
    assert (cloud.posts, cloud.restores) == (1, 1)


def polls(cloud: Cloud) -> int:
    """How often the same was read twice in a row since the restore was sent: whoever does so waits for an end."""
    found = [(item.method, item.path) for item in cloud.sim.ledger.requests()]
    sent = next((number for number, item in enumerate(found) if item[1].rstrip("/").endswith("restore")), len(found))
    return sum(one == other for one, other in zip(found[sent:], found[sent + 1 :]))


def wait_for(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60.0
    while not happened():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.parametrize("store", ["provider"])
@pytest.mark.parametrize("attempt", range(4))
def test_of_two_machines_only_one_restores(cloud: Cloud, attempt: int) -> None:
    machines = [replace(cloud, record=cloud.record.with_name(f"machine-{number}.sqlite3")) for number in (1, 2)]
    results = [item.end() or {} for item in [Controller(machine, **ROLE) for machine in machines]]
    assert cloud.effective == 1, results
    assert cloud.sim.ledger.concurrent_restores == 0
    done = [item for item in results if item["status"] in DONE]
    assert done, results
    # The gate that the other's work has closed, or its new instance's name, says the same in the provider's words.
    others = {item["error_code"] for item in results if item not in done}
    allowed = {"restore_in_progress", "refused", "restore_not_allowed", "snapshot_not_allowed"}
    assert others <= ({"new_vm_name_taken", "invalid_request"} if cloud.creates else allowed), results
    again = [Controller(machine, **ROLE).end() or {} for machine in machines]
    assert {item["status"] for item in again} <= {"already_restored"}, again
    assert cloud.effective == 1


@BOTH_STORES
def test_run_killed_at_any_statement_is_finished_by_the_next_run(cloud: Cloud, store: str) -> None:
    total = statements_of_a_run(cloud)
    chosen = sorted(random.Random(f"{SEED} {cloud.provider} {store}").sample(range(1, total + 1), min(KILLS, total)))
    for number in chosen:
        vm = make_cloud(cloud.sim, cloud.clock, cloud.provider, cloud.record.parent / str(number), power="running")
        victim = replace(vm, always=cloud.always)
        new = {"new_vm_name": f"restored-{number}"} if cloud.creates else {}
        killed = Controller(victim, die_at=number, **ROLE, **new).end()
        later = victim if store == "file" else replace(victim, record=victim.record.with_name("elsewhere.sqlite3"))
        cloud.clock.advance(2000.0)
        result = Controller(later, **ROLE, **new).end() or {}
        say = (number, killed, result)
        assert victim.effective == 1 or (result["error_code"] == "outcome_unknown" and not victim.effective), say
        if result["failed"]:
            # What nobody can tell is asked, and only where it cannot be told.
            assert result["error_code"] == "outcome_unknown", say
            assert cloud.creates or (store, cloud.provider) == ("provider", "hostup"), say
        elif not cloud.creates:
            assert cloud.sim.cloud.power(victim.vm.id) == "running", say
    assert cloud.sim.ledger.concurrent_restores == 0


def statements_of_a_run(cloud: Cloud) -> int:
    result = Controller(cloud, die_at=NEVER, **ROLE).end() or {}
    assert result["status"] in DONE, result
    assert result["statements"] > 500
    cloud.sim.ledger.clear()
    return int(result["statements"])

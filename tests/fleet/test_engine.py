# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many restores in one process and in virtual time, asserted on the ledger."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.virtual import Cost, VirtualFleet, outcomes, restore_fleet

LIMITS = (120, 12)
REQUESTS_EACH = 6.0
"""For a running instance: its snapshots, a stop, its tasks, a restore, its tasks again, a start. Lists come on top."""


@pytest.fixture
def world(tmp_path: Path) -> VirtualFleet:
    return VirtualFleet(tmp_path)


def check(cost: Cost) -> None:
    assert (cost.restored, cost.running) == (cost.size, cost.size)
    assert cost.statuses[429] == 0
    # In any 60 seconds and any single second, not only in those of the clock.
    for number, seconds in zip(LIMITS, (60.0, 1.0), strict=True):
        assert all(b - a >= seconds for a, b in zip(cost.times, cost.times[number:], strict=False))


def test_limits_are_kept_and_cost_grows_linearly(tmp_path: Path) -> None:
    costs = [restore_fleet(tmp_path / str(size), size, LIMITS) for size in (40, 80)]
    for cost in costs:
        check(cost)
    each = [cost.requests / cost.size for cost in costs]
    # Shared lists, and the polls of the few that find out how long a restore takes.
    assert REQUESTS_EACH < each[1] <= each[0] <= REQUESTS_EACH + 2.5


def test_requests_of_each_instance(tmp_path: Path) -> None:
    cost = restore_fleet(tmp_path, 200)
    assert cost.requests / cost.size <= REQUESTS_EACH + 0.5
    for kind in ("POST /instances/ID/shutdown", "POST /instances/ID/snapshots/ID/restore", "POST /instances/ID/start"):
        assert cost.kinds[kind] == cost.size
    assert cost.kinds["GET /instances/ID/snapshots"] == cost.size
    # A single reading is the first one, before it is known that there are others.
    assert cost.kinds["GET /instances/ID"] <= 3
    assert cost.statuses[429] == 0
    # 1280 requests: those of the first minute, and the others when the first ones are a minute old.
    assert cost.seconds <= 72.0


def test_end_is_seen_at_once_without_limits(tmp_path: Path) -> None:
    for provider in ("onetsolutions", "hostup"):
        cost = restore_fleet(tmp_path / provider, 20, limits=False, provider=provider)
        # The provider works for 28 seconds.
        assert cost.seconds <= 28.0 + 3 * 2.0
        assert (cost.restored, cost.running) == (20, 20)


def test_thousands_of_targets(world: VirtualFleet) -> None:
    """FLEET_TARGETS=5000 tries more than there is time for each day."""
    number = int(os.environ.get("FLEET_TARGETS", "1000"))
    for index in range(number):
        world.add(f"vm-{index:04d}", power="stopped")
    fleet = world.run()
    assert set(outcomes(fleet).values()) == {"restored"}
    assert world.restored_once() == number
    assert len(world.requests()) <= 4.5 * number


def test_nothing_is_touched_before_all_are_checked(world: VirtualFleet) -> None:
    world.add_many(30)
    world.run()
    lists = [index for index, one in enumerate(world.requests()) if "/snapshots?" in one.path]
    writes = [index for index, one in enumerate(world.requests()) if one.method == "POST"]
    assert max(lists) < min(writes)


def test_groups_end_before_the_next_one_begins(world: VirtualFleet) -> None:
    for name in ("db", "app", "web"):
        world.add(name)
    fleet = world.run([world.wanted("web", 20), world.wanted("db", -1), world.wanted("app")])
    assert set(outcomes(fleet).values()) == {"restored"}
    moments: dict[str, list[float]] = {}
    for name, (vm, _snapshot) in world.vms.items():
        moments[name] = [one.time for one in world.requests("POST") if vm.id in one.path]
    assert max(moments["db"]) + 4.0 <= min(moments["app"])
    assert max(moments["app"]) + 4.0 <= min(moments["web"])


@pytest.mark.parametrize("check_only", [False, True])
def test_group_after_a_failure_is_not_touched(world: VirtualFleet, check_only: bool) -> None:
    for name in ("db", "db2", "app", "web"):
        world.add(name)
    wanted = [
        world.wanted("db", snapshot="gone"), world.wanted("db2"), world.wanted("app", 1), world.wanted("web", 2)
    ]  # fmt: skip
    fleet = world.run(wanted, check_only=check_only)
    assert outcomes(fleet) == {
        "db": "snapshot_not_found",
        "db2": "would_restore" if check_only else "restored",
        "app": "earlier_group_failed",
        "web": "earlier_group_failed",
    }
    assert [world.restores(name) for name in world.vms] == [0, 0 if check_only else 1, 0, 0]
    assert [world.power(name) for name in ("app", "web")] == ["running", "running"]


def test_failure_during_a_restore_also_stops_later_groups(world: VirtualFleet) -> None:
    world.add("db", "hostup")
    world.add("web", "hostup")
    world.sim.faults.add_job("fail", world.vms["db"][0].id, "restore")
    fleet = world.run([world.wanted("db"), world.wanted("web", 1)])
    assert outcomes(fleet) == {"db": "restore_failed", "web": "earlier_group_failed"}
    assert (world.restores("web"), world.power("web")) == (0, "running")


@pytest.mark.parametrize("check_only", [False, True])
def test_all_or_nothing(world: VirtualFleet, check_only: bool) -> None:
    for name in ("a", "b", "c"):
        world.add(name)
    wanted = [world.wanted("a"), world.wanted("b", snapshot="gone"), world.wanted("c")]
    fleet = world.run(wanted, check_only=check_only, all_or_nothing=True)
    assert outcomes(fleet) == {"a": "all_or_nothing", "b": "snapshot_not_found", "c": "all_or_nothing"}
    assert world.sim.ledger.writes == 0


def test_two_targets_that_mean_one_instance(world: VirtualFleet) -> None:
    for name in ("a", "b"):
        world.add(name)
    vm = world.vms["a"][0]
    by_name = world.wanted("a", instance="a")._replace(name="again")
    fleet = world.run([world.wanted("a"), by_name, world.wanted("b")])
    assert outcomes(fleet) == {"a": "duplicate_target", "again": "duplicate_target", "b": "restored"}
    assert (world.restores("a"), world.power("a")) == (0, "running")
    assert not [one for one in world.requests("POST") if vm.id in one.path]


def test_at_most(world: VirtualFleet) -> None:
    world.add_many(6, "hostup")
    world.run(at_most=2)
    assert world.restored_once() == 6
    # The times at which each was down do not overlap for more than two.
    spans = []
    for vm, _snapshot in world.vms.values():
        times = [one.time for one in world.requests("POST") if vm.id in one.path]
        spans.append((min(times), max(times)))
    for begin, _end in spans:
        assert sum(first <= begin < last for first, last in spans) <= 2


@pytest.mark.parametrize("provider", ["onetsolutions", "hostup"])
@pytest.mark.parametrize("moment", [0.2, 3.0, 5.4, 12.0, 26.0, 31.0])
def test_cancelled_fleet_is_continued(world: VirtualFleet, provider: str, moment: float) -> None:
    world.add_many(10, provider)
    world.crew.at.append((moment, world.crew.cancel))
    fleet = world.run()
    assert set(outcomes(fleet).values()) <= {"interrupted", "restored"}
    assert "interrupted" in outcomes(fleet).values()
    assert world.clock.monotonic() <= moment + 1.0
    world.again()
    fleet = world.run()
    assert set(outcomes(fleet).values()) <= {"restored", "already_restored"}
    assert (world.restored_once(), world.running()) == (10, 10)
    assert world.sim.ledger.concurrent_restores == 0


@pytest.mark.parametrize("provider", ["onetsolutions", "hostup"])
@pytest.mark.parametrize("fault", ["cut_after", "cut_before"])
def test_lost_answers(world: VirtualFleet, provider: str, fault: str) -> None:
    world.add_many(40, provider)
    for index in range(0, 40, 8):
        vm = world.vms[f"{provider}-{index:05d}"][0]
        world.sim.faults.add(fault, method="POST", path=f"{vm.id}.*restore")
    fleet = world.run()
    assert set(outcomes(fleet).values()) <= {"restored", "outcome_unknown"}
    off = {name for name in world.vms if world.power(name) != "running"}
    assert off == {name for name, found in outcomes(fleet).items() if found == "outcome_unknown"}
    assert world.restored_once() >= 35
    # Later it is certain that no request is still on its way, and the second run leaves none off.
    world.clock.advance(1200.0)
    world.again()
    fleet = world.run()
    undecided = [name for name, found in outcomes(fleet).items() if found == "outcome_unknown"]
    # HostUp lists no work, so what it does after a lost answer is for a person to see.
    assert len(undecided) == (5 if (provider, fault) == ("hostup", "cut_after") else 0)
    assert set(outcomes(fleet).values()) <= {"restored", "already_restored", "outcome_unknown"}
    assert (world.restored_once(), world.running()) == (40, 40 - len(undecided))


def test_list_that_is_missing_or_incomplete(world: VirtualFleet) -> None:
    world.add_many(8)
    world.sim.faults.add("status", method="GET", path="/instances\\?", status=404, times=None)
    world.run()
    assert (world.restored_once(), world.running()) == (8, 8)


def test_time_of_a_target_begins_with_itself(world: VirtualFleet) -> None:
    """One after the other they take longer than the timeout of one."""
    world.add_many(6, "hostup")
    fleet = world.run([world.wanted(name, wait_timeout=60.0) for name in world.vms], at_most=1)
    assert set(outcomes(fleet).values()) == {"restored"}
    assert world.clock.monotonic() > 120.0


def test_person_who_starts_an_instance_is_seen(world: VirtualFleet) -> None:
    """A list from before the target's own stop does not count as proof that it is off."""
    world.add_many(3, "hostup")
    stuck = world.vms["hostup-00000"][0]
    world.sim.faults.add_job("fail", stuck.id, "stop", times=None)
    fleet = world.run()
    assert outcomes(fleet)["hostup-00000"] == "power_failed"
    assert world.restores("hostup-00000") == 0
    assert set(list(outcomes(fleet).values())[1:]) == {"restored"}


def test_second_run_sends_nothing_but_reads(world: VirtualFleet) -> None:
    world.add_many(10)
    world.run()
    world.sim.ledger.clear()
    assert set(outcomes(world.run()).values()) == {"already_restored"}
    assert world.sim.ledger.writes == 0


def results(fleet: Any) -> dict[str, Any]:
    return {one.name: one.outcome.result for one in fleet.targets}


def test_new_instances(world: VirtualFleet) -> None:
    wanted = []
    for name in ("a", "b", "c"):
        vm = world.sim.cloud.add_instance("barrack", name, "running", {"/d": "saved"})
        world.vms[name] = (vm, world.sim.cloud.add_snapshot(vm.id, f"before-{name}", age=3600))
        options = {"new_vm_name": f"{name}-again", "accept_billing": True, "stop": None, "power_after": None}
        wanted.append(world.wanted(name, **options))
    fleet = world.run(wanted)
    assert set(outcomes(fleet).values()) == {"restored"}, results(fleet)
    assert sorted(one.name for one in world.sim.ledger.vms_billed()) == ["a-again", "b-again", "c-again"]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``snapshot_info`` without an instance: every snapshot of the account with few requests, or an error."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.snapshots import snapshots_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.fleet.virtual import LATENCY, VirtualCrew, VirtualFleet
from ansible_collections.indiecloud.compute.tests.resilience.adversary import wire

from .conftest import BARRACK, HOSTUP, IN_PLACE, ONET, Cloud

SIZE = 5000
PER_MINUTE = 1000


def look(cloud: Cloud, **params: Any) -> Outcome:
    return cloud.run(snapshots_task, **params)


class Workers(VirtualCrew):
    """The main thread, which reads the list of instances, is none of them."""

    def pass_time(self, seconds: float) -> None:
        if hasattr(self._mine, "worker"):
            super().pass_time(seconds)
        else:
            self._clock.advance(seconds)


def read_account(world: VirtualFleet, provider: str, **options: Any) -> Outcome:
    """In virtual time, with the workers of the account as its threads."""
    params = {**world.sim.connection(provider), **options}
    world.crew = Workers(world.clock)
    runtime = world.runtime._replace(sleep=world.clock.sleep)
    context = Context(params, False, {}, runtime, given=frozenset(params), shared_state_dir=world.folder)
    with wire.installed("session", world._exchange):
        return execute(partial(snapshots_task, crew=world.crew), context)


@IN_PLACE
def test_large_account_takes_a_request_for_each_instance_and_page(provider: str, tmp_path: Path) -> None:
    world = VirtualFleet(tmp_path, rate_limit=(PER_MINUTE, 100))
    world.add_many(SIZE, provider)
    before = world.clock.monotonic()
    outcome = read_account(world, provider, requests_per_minute=PER_MINUTE)
    assert not outcome.failed, outcome.result
    found = outcome.result["snapshots"]
    assert {item["instance_id"] for item in found} == {vm.id for vm, _snapshot in world.vms.values()}
    assert {item["instance_name"] for item in found} == set(world.vms)
    sent = world.requests()
    pages = [item for item in sent if "snapshots" not in item.path]
    assert len(sent) == SIZE + len(pages) == outcome.result["api_calls"]["total"]
    assert len(pages) <= SIZE / 20
    assert {item.status for item in sent} == {200}
    # Bound by the rate limit, and not by the latency.
    assert world.clock.monotonic() - before < len(sent) / PER_MINUTE * 60.0 + 120.0 < SIZE * LATENCY * 2


@pytest.mark.parametrize("number", [1, 40])
def test_each_snapshot_tells_what_it_is_worth(cloud: Cloud, number: int) -> None:
    for index in range(number - 1):
        other = cloud.sim.cloud.add_instance(cloud.provider, name=f"vm{index}", power="stopped")
        cloud.sim.cloud.add_snapshot(other.id, name=f"nightly-{index}", age=7200.0)
    outcome = look(cloud)
    assert not outcome.failed, outcome.result
    found = {item["instance_name"]: item for item in outcome.result["snapshots"]}
    assert len(found) == number
    mine = found["web1"]
    assert (mine["instance_id"], mine["id"]) == (cloud.vm.id, cloud.snapshot.id)
    assert mine["age_hours"] == pytest.approx(1.0, abs=0.05)
    assert mine["can_restore"] is not False
    (alone,) = look(cloud, instance=cloud.vm.id).result["snapshots"]
    assert {**mine, "age_hours": alone["age_hours"], "expires_in_hours": alone["expires_in_hours"]} == alone
    assert cloud.writes == 0


@HOSTUP
def test_snapshot_of_hostup_expires_and_has_a_gate(cloud: Cloud) -> None:
    (found,) = look(cloud).result["snapshots"]
    assert (found["can_restore"], found["reason"]) == (True, None)
    assert found["expires_in_hours"] == pytest.approx(23.0, abs=0.05)
    gate = {"allowed": False, "reason": "The node is being moved.", "code": "node_busy"}
    cloud.vm.extra["gates"] = {"canRestore": gate}
    (found,) = look(cloud).result["snapshots"]
    assert found["can_restore"] is False
    assert "node_busy" in found["reason"]
    assert "The node is being moved." in found["reason"]


@ONET
def test_running_instance_has_to_be_stopped_first(cloud: Cloud) -> None:
    (found,) = look(cloud).result["snapshots"]
    assert found["can_restore"] is None
    cloud.set_power("running")
    (found,) = look(cloud).result["snapshots"]
    assert found["can_restore"] is None
    assert "stopped first" in found["reason"]


@BARRACK
def test_status_decides_where_a_restore_makes_an_instance(cloud: Cloud) -> None:
    (found,) = look(cloud).result["snapshots"]
    assert found["can_restore"] is True
    cloud.snapshot.status = "creating"
    (found,) = look(cloud).result["snapshots"]
    assert (found["can_restore"], found["status"] in found["reason"]) == (False, True)
    assert len(cloud.sim.ledger.requests()) == 4


@IN_PLACE
@pytest.mark.parametrize("status", [403, 404])
def test_instance_that_cannot_be_read_fails_the_whole_list(cloud: Cloud, status: int) -> None:
    for index in range(40):
        cloud.sim.cloud.add_instance(cloud.provider, name=f"vm{index}")
    cloud.sim.faults.add("status", path=f"{cloud.vm.id}/snapshots", status=status, times=None)
    outcome = look(cloud)
    assert outcome.failed
    assert outcome.result["snapshots"] == []
    assert cloud.vm.id in outcome.result["reason"]
    assert outcome.result["http_status"] == status


@IN_PLACE
def test_instance_that_was_deleted_meanwhile_is_left_out(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    other = cloud.sim.cloud.add_instance(cloud.provider, name="db1")
    known = cloud.sim.cloud._instances[cloud.provider]
    find = cloud.sim.cloud.find_instance

    def deleted_when_asked_for(provider: str, instance_id: str) -> Any:
        if instance_id == other.id:
            known.pop(other.id, None)
        return find(provider, instance_id)

    monkeypatch.setattr(cloud.sim.cloud, "find_instance", deleted_when_asked_for)
    outcome = look(cloud)
    assert not outcome.failed, outcome.result
    assert [item["instance_id"] for item in outcome.result["snapshots"]] == [cloud.vm.id]


@HOSTUP
def test_incomplete_list_of_one_instance_fails(cloud: Cloud) -> None:
    cloud.snapshot.name = ""
    assert look(cloud).result["error_code"] == "list_incomplete"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking and deleting snapshots: by name, once, and never in check mode."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import HOSTUP, IN_PLACE, ONET, Cloud


@pytest.fixture(autouse=True)
def _running(cloud: Cloud) -> None:
    cloud.set_power("running")


def snapshot(cloud: Cloud, name: str = "nightly", *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(snapshot_task, check=check, **{"instance": cloud.vm.id, "name": name, **params})


def names(cloud: Cloud) -> list[str]:
    return [item.name for item in cloud.sim.cloud.snapshots(cloud.vm.id)]


def test_is_taken_once(cloud: Cloud) -> None:
    first, second = snapshot(cloud), snapshot(cloud)
    assert not first.failed, first.result
    assert (first.result["changed"], second.result["changed"]) == (True, False)
    assert first.result["snapshot"]["name"] == second.result["snapshot"]["name"] == "nightly"
    assert names(cloud) == ["before-upgrade", "nightly"]
    assert cloud.writes == 1


def test_is_deleted_once(cloud: Cloud) -> None:
    first = snapshot(cloud, "before-upgrade", state="absent")
    second = snapshot(cloud, "before-upgrade", state="absent")
    assert not first.failed, first.result
    assert (first.result["changed"], second.result["changed"]) == (True, False)
    assert names(cloud) == []
    assert cloud.writes == 1


@pytest.mark.parametrize(("name", "state"), [("nightly", "present"), ("before-upgrade", "absent")])
def test_check_mode_predicts_and_writes_nothing(cloud: Cloud, name: str, state: str) -> None:
    outcome = snapshot(cloud, name, state=state, check=True)
    assert outcome.result["changed"]
    assert cloud.writes == 0
    assert names(cloud) == ["before-upgrade"]


def test_lost_answer_is_not_sent_again(cloud: Cloud) -> None:
    cloud.sim.faults.add("cut_after", method="POST", path="/snapshots")
    assert not snapshot(cloud).failed
    assert names(cloud).count("nightly") == 1
    assert cloud.writes == 1


def test_lost_request_is_an_error_and_is_retried_by_the_next_run(cloud: Cloud) -> None:
    cloud.sim.faults.add("cut_before", method="POST", path="/snapshots")
    assert snapshot(cloud).result["error_code"] == "outcome_unknown"
    assert names(cloud) == ["before-upgrade"]
    assert not snapshot(cloud).failed
    assert names(cloud).count("nightly") == 1


def test_failed_work_is_a_failure(cloud: Cloud) -> None:
    cloud.sim.faults.add_job("fail", work="snapshot")
    outcome = snapshot(cloud, wait_timeout=300.0)
    assert outcome.failed
    assert not [item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == "nightly" and item.restorable]


def test_wrong_instance_name_is_refused(cloud: Cloud) -> None:
    outcome = snapshot(cloud, expected_instance_name="db1")
    assert outcome.result["error_code"] == "instance_name_differs"
    assert cloud.writes == 0


@HOSTUP
class TestHostUp:
    @pytest.mark.parametrize("name", ["a" * 41, "with space", "dot.dot"])
    def test_name_rule(self, cloud: Cloud, name: str) -> None:
        assert snapshot(cloud, name).result["error_code"] == "snapshot_name_invalid"
        assert cloud.writes == 0

    def test_closed_gate_and_full_slots_are_refused(self, cloud: Cloud) -> None:
        cloud.vm.extra["gates"] = {"canCreate": {"allowed": False, "reason": "Unpaid.", "code": "pending_order"}}
        message = snapshot(cloud).result["msg"]
        assert "Unpaid." in message
        assert "pending_order" in message
        cloud.vm.extra.clear()
        for number in range(4):
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"s{number}")
        assert snapshot(cloud).result["error_code"] in ("no_snapshot_slot", "snapshot_not_allowed")
        assert cloud.writes == 0


def test_description_is_kept_and_not_changed(cloud: Cloud) -> None:
    first = snapshot(cloud, description="Every night")
    again = snapshot(cloud, description="Something else")
    assert not again.result["changed"]
    sent = "Every night [indiecloud.compute]" if cloud.provider == "hostup" else "Every night"
    assert first.result["snapshot"]["description"] in (sent, None)
    assert cloud.sim.ledger.requests(method="POST")[0].body["description"] == sent


def test_vanished_job_is_decided_by_the_list(cloud: Cloud) -> None:
    cloud.sim.switch(hostup_job_vanishes=True)
    assert not snapshot(cloud).failed
    assert not snapshot(cloud, state="absent").failed
    assert cloud.writes == 2


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_lost_answer_to_a_deletion_is_decided_by_the_list(cloud: Cloud, kind: str) -> None:
    cloud.sim.faults.add(kind, method="DELETE")
    outcome = snapshot(cloud, "before-upgrade", state="absent", wait_timeout=60.0)
    assert outcome.failed == (kind == "cut_before")
    assert cloud.writes == 1
    assert not snapshot(cloud, "before-upgrade", state="absent").failed
    assert names(cloud) == []


def test_unknown_instance_is_an_error_for_absent_too(cloud: Cloud) -> None:
    outcome = snapshot(cloud, state="absent", instance="nobody")
    assert outcome.failed
    assert cloud.writes == 0


@IN_PLACE
class TestWhatTheListShows:
    def test_snapshot_that_is_being_taken_is_waited_for(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_after", method="POST", path="/snapshots")
        snapshot(cloud, wait_timeout=1.5)
        if cloud.provider == "hostup":
            # It lists a snapshot when it is complete, and allows no other one before.
            assert snapshot(cloud).result["error_code"] == "snapshot_not_allowed"
            cloud.clock.advance(60.0)
        assert not snapshot(cloud).failed
        assert names(cloud).count("nightly") == 1
        assert cloud.writes == 1

    def test_snapshot_is_reported_as_changed_if_reading_fails(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="GET", path="/snapshots", nth=2, times=None, status=403)
        outcome = snapshot(cloud)
        assert outcome.failed
        assert outcome.result["changed"]


@ONET
class TestForeignAndBroken:
    def test_snapshot_of_another_instance_is_ignored(self, cloud: Cloud) -> None:
        foreign = {"id": "5a900000-0000-4000-8000-0000000000ff", "name": "theirs", "instance_id": "other"}
        faulty = {"method": "GET", "path": "/snapshots", "times": None, "keys": ["results"], "value": [foreign]}
        cloud.sim.faults.add("wrong_type", **faulty)
        assert not snapshot(cloud, "theirs", state="absent").result["changed"]
        assert snapshot(cloud, "theirs", check=True).result["changed"]
        assert cloud.writes == 0

    def test_failed_snapshot_of_this_name_is_an_error(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="nightly", status="error")
        assert snapshot(cloud).result["error_code"] == "snapshot_unusable"
        assert cloud.writes == 0

    def test_several_of_one_name_are_not_deleted(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="before-upgrade", age=60.0)
        assert snapshot(cloud, "before-upgrade", state="absent").result["error_code"] == "snapshot_ambiguous"
        assert cloud.writes == 0

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An old snapshot does not pass for a new one: ``max_age``, ``replace``, ``created`` and ``age_hours``."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import BARRACK, HOSTUP, ONET, Cloud

NAME = "before-upgrade"
"""The snapshot of the cloud: an hour old, and taken before the disk changed."""


@pytest.fixture(autouse=True)
def _running(cloud: Cloud) -> None:
    cloud.set_power("running")


def snapshot(cloud: Cloud, name: str = NAME, *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(snapshot_task, check=check, **{"instance": cloud.vm.id, "name": name, **params})


def disks(cloud: Cloud, name: str = NAME) -> list[str]:
    """What the snapshots of this name hold; ``after`` is the disk as it is now."""
    return [item.disk["/etc/motd"] for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == name]


def test_existing_one_tells_its_age_and_that_it_is_not_new(cloud: Cloud) -> None:
    outcome = snapshot(cloud)
    assert (outcome.result["changed"], outcome.result["created"]) == (False, False)
    assert outcome.result["snapshot"]["age_hours"] == pytest.approx(1.0, abs=0.05)
    assert any("1.0 hours old" in text for text in outcome.warnings)
    assert cloud.writes == 0


@pytest.mark.parametrize("check", [False, True])
def test_new_one_is_reported_as_created(cloud: Cloud, check: bool) -> None:
    outcome = snapshot(cloud, "nightly", max_age="1h", check=check)
    assert (outcome.result["changed"], outcome.result["created"], outcome.result["replaced"]) == (True, True, None)
    assert cloud.writes == (0 if check else 1)
    if not check:
        assert outcome.result["snapshot"]["age_hours"] < 0.1


def test_lost_answer_still_counts_as_created(cloud: Cloud) -> None:
    cloud.sim.faults.add("cut_after", method="POST", path="/snapshots")
    assert snapshot(cloud, "nightly").result["created"]


@pytest.mark.parametrize("check", [False, True])
def test_max_age_refuses_an_older_one(cloud: Cloud, check: bool) -> None:
    outcome = snapshot(cloud, max_age="59m", check=check)
    assert outcome.result["error_code"] == "snapshot_too_old"
    assert not outcome.result["changed"]
    assert "replace: true" in outcome.result["msg"]
    assert not snapshot(cloud, max_age="2h", check=check).failed
    assert cloud.writes == 0


@HOSTUP
def test_max_age_refuses_one_of_unknown_age(cloud: Cloud) -> None:
    way = ["data", 0, "createdAt"]
    cloud.sim.faults.add("field", method="GET", path="/snapshots", times=None, way=way, value=None)
    assert snapshot(cloud, max_age="1w").result["error_code"] == "snapshot_age_unknown"
    assert snapshot(cloud).result["snapshot"]["age_hours"] is None
    assert cloud.writes == 0


def test_one_from_the_future_has_no_known_age(cloud: Cloud) -> None:
    cloud.sim.cloud.add_snapshot(cloud.vm.id, name="odd", age=-7200.0)
    assert snapshot(cloud, "odd", max_age="1w").result["error_code"] == "snapshot_age_unknown"


def test_replace_takes_a_new_one_in_every_run(cloud: Cloud) -> None:
    for number in range(1, 3):
        outcome = snapshot(cloud, replace=True)
        assert not outcome.failed, outcome.result
        assert (outcome.result["changed"], outcome.result["created"]) == (True, True)
        assert outcome.result["snapshot"]["age_hours"] < 0.1
        assert outcome.result["replaced"]["name"] == NAME
        assert outcome.diff is not None
        assert outcome.diff["before"] != outcome.diff["after"]
        assert disks(cloud) == ["after"]
        assert cloud.writes == 2 * number


def test_replace_with_max_age_replaces_only_an_old_one(cloud: Cloud) -> None:
    first = snapshot(cloud, replace=True, max_age="30m")
    assert first.result["created"], first.result
    again = snapshot(cloud, replace=True, max_age="30m")
    assert (again.result["changed"], again.result["created"], again.result["replaced"]) == (False, False, None)
    assert disks(cloud) == ["after"]
    assert cloud.writes == 2


def test_check_mode_predicts_the_replacement(cloud: Cloud) -> None:
    outcome = snapshot(cloud, replace=True, check=True)
    assert (outcome.result["changed"], outcome.result["created"]) == (True, True)
    assert outcome.result["replaced"]["id"] == cloud.snapshot.id
    assert outcome.diff
    assert cloud.writes == 0
    assert disks(cloud) == ["before"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_replacement_survives_a_lost_answer(cloud: Cloud, method: str) -> None:
    cloud.sim.faults.add("cut_after", method=method, path="/snapshots")
    outcome = snapshot(cloud, replace=True)
    assert not outcome.failed, outcome.result
    assert disks(cloud) == ["after"]
    assert cloud.writes == 2


def test_old_one_stays_if_the_new_one_cannot_be_had(cloud: Cloud) -> None:
    """Where two of a name can exist, the old one goes last; elsewhere the failure says that it is gone."""
    cloud.sim.faults.add("status", method="POST", path="/snapshots", status=403)
    outcome = snapshot(cloud, replace=True)
    first = cloud.provider != "onetsolutions"
    assert outcome.failed
    assert (outcome.result["replaced"] is not None) == first
    assert not outcome.result["created"]
    assert disks(cloud) == ([] if first else ["before"])
    if first:
        assert "was deleted before" in outcome.result["msg"]
        assert outcome.result["changed"]
        assert snapshot(cloud, replace=True).result["created"]
        assert disks(cloud) == ["after"]


@BARRACK
def test_stopped_instance_keeps_its_snapshot_where_a_new_one_needs_it_running(cloud: Cloud) -> None:
    cloud.set_power("stopped")
    assert snapshot(cloud, replace=True).result["error_code"] == "snapshot_not_allowed"
    assert cloud.writes == 0


@ONET
def test_interrupted_replacement_leaves_both_and_the_next_run_says_so(cloud: Cloud) -> None:
    cloud.sim.faults.add("status", method="DELETE", path="/snapshots", status=403)
    outcome = snapshot(cloud, replace=True)
    assert outcome.failed
    assert outcome.result["created"]
    assert sorted(disks(cloud)) == ["after", "before"]
    again = snapshot(cloud, replace=True)
    assert again.result["error_code"] == "snapshot_ambiguous"
    assert cloud.snapshot.id in again.result["msg"]
    assert sorted(disks(cloud)) == ["after", "before"]
    assert not snapshot(cloud, cloud.snapshot.id, state="absent").failed
    assert disks(cloud) == ["after"]


@ONET
def test_failed_one_is_replaced(cloud: Cloud) -> None:
    cloud.sim.cloud.add_snapshot(cloud.vm.id, name="nightly", status="error")
    assert snapshot(cloud, "nightly", replace=True, max_age="1d").result["created"]
    assert disks(cloud, "nightly") == ["after"]


@HOSTUP
class TestHostUpSlots:
    def test_slots_that_are_all_used_are_no_obstacle(self, cloud: Cloud) -> None:
        number = 0
        while snapshot(cloud, f"s{number}", check=True).result["changed"]:
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"s{number}")
            number += 1
        assert snapshot(cloud, replace=True).result["created"]
        assert disks(cloud) == ["after"]

    def test_closed_gate_is_refused_before_anything_is_deleted(self, cloud: Cloud) -> None:
        cloud.vm.extra["gates"] = {"canCreate": {"allowed": False, "reason": "Unpaid.", "code": "pending_order"}}
        assert snapshot(cloud, replace=True).result["error_code"] == "snapshot_not_allowed"
        assert cloud.writes == 0
        assert disks(cloud) == ["before"]

    def test_run_that_died_after_the_deletion_is_finished_by_the_next(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path="/snapshots")
        assert snapshot(cloud, replace=True).result["error_code"] == "outcome_unknown"
        assert disks(cloud) == []
        assert snapshot(cloud, replace=True, max_age="1h").result["created"]
        assert disks(cloud) == ["after"]


@pytest.mark.parametrize("params", [{"max_age": "1h"}, {"replace": True}])
def test_options_for_present_are_refused_with_absent(cloud: Cloud, params: dict[str, Any]) -> None:
    assert snapshot(cloud, state="absent", **params).result["error_code"] == "invalid_option"


@pytest.mark.parametrize("max_age", ["yesterday", "", "0", "-1h"])
def test_wrong_age_is_refused(cloud: Cloud, max_age: str) -> None:
    assert snapshot(cloud, max_age=max_age).result["error_code"] == "invalid_option"

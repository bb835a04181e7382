# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostUp's own schedule of snapshots: set once, read back, refused with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._snapshot.schedule import schedule_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import HOSTUP, Cloud

VARIANTS: list[dict[str, Any]] = [
    {},
    {"hostup_schedule_fields": "snake"},
    {"hostup_schedule_kept": True},
    {"hostup_schedule_delete_code": 204},
]


def schedule(cloud: Cloud, *, check: bool = False, **params: Any) -> Outcome:
    hours = None if params.get("state") == "absent" else 6
    return cloud.run(schedule_task, check=check, **{"instance": cloud.vm.id, "interval_hours": hours, **params})


def hours(cloud: Cloud) -> int | None:
    kept = cloud.vm.extra.get("schedule")
    return kept["hours"] if kept and kept["enabled"] else None


@pytest.mark.parametrize("provider", sorted(set(SPECS) - {"hostup"}))
def test_other_providers_are_refused_without_a_request(cloud: Cloud) -> None:
    outcome = schedule(cloud)
    assert outcome.result["error_code"] == "unsupported"
    assert "snapshot_prune" in outcome.result["msg"]
    assert cloud.sim.ledger.requests() == []


@HOSTUP
@pytest.mark.parametrize("switches", VARIANTS, ids=str)
class TestWhatIsShown:
    def test_is_set_once_changed_and_deleted_once(self, cloud: Cloud) -> None:
        steps = [
            ({}, True, 6),
            ({}, False, 6),
            ({"interval_hours": 24}, True, 24),
            ({"state": "absent"}, True, None),
            ({"state": "absent"}, False, None),
        ]
        for params, changed, left in steps:
            predicted = schedule(cloud, check=True, **params)
            outcome = schedule(cloud, **params)
            assert not outcome.failed, outcome.result
            assert outcome.result["changed"] == predicted.result["changed"] == changed
            assert (predicted.diff, outcome.diff is None) == (outcome.diff, not changed)
            assert hours(cloud) == left
            assert outcome.warnings == []
        assert cloud.writes == 3
        assert outcome.result["limits"] == {"total_snapshots": 5, "min_interval_hours": 4, "max_interval_hours": 24}


@HOSTUP
class TestHostUp:
    def test_check_mode_sends_only_get(self, cloud: Cloud) -> None:
        outcome = schedule(cloud, check=True)
        assert outcome.result["schedule"]["interval_hours"] == 6
        assert outcome.diff == {"before": {"interval_hours": None}, "after": {"interval_hours": 6.0}}
        assert cloud.writes == 0
        assert hours(cloud) is None

    @pytest.mark.parametrize("check", [False, True])
    def test_closed_gate_is_refused_with_its_reason(self, cloud: Cloud, check: bool) -> None:
        cloud.vm.extra["gates"] = {"canEnable": {"allowed": False, "reason": "No slots.", "code": "no_capacity"}}
        outcome = schedule(cloud, check=check)
        assert outcome.result["error_code"] == "change_not_allowed"
        assert "No slots." in outcome.result["msg"]
        assert cloud.writes == 0

    def test_plan_without_capacity_is_refused(self, cloud: Cloud) -> None:
        value = {"keys": ["available"], "value": False}
        cloud.sim.faults.add("wrong_type", method="GET", path="/snapshot-schedules", times=None, **value)
        assert schedule(cloud).result["error_code"] == "change_not_allowed"

    @pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
    @pytest.mark.parametrize("state", ["present", "absent"])
    def test_lost_answer_is_decided_by_reading_back(self, cloud: Cloud, kind: str, state: str) -> None:
        if state == "absent":
            cloud.vm.extra["schedule"] = {"enabled": True, "hours": 6}
        cloud.sim.faults.add(kind, method="POST" if state == "present" else "DELETE", path="/snapshot-schedules")
        outcome = schedule(cloud, state=state, interval_hours=6 if state == "present" else None)
        assert cloud.writes == 1
        assert outcome.failed == (kind == "cut_before")
        if outcome.failed:
            assert outcome.result["error_code"] == "outcome_unknown"
            assert outcome.result["changed"]

    def test_interval_that_is_not_shown_is_unverified(self, cloud: Cloud) -> None:
        cloud.sim.switch(hostup_schedule_fields="other")
        for number in (1, 2):
            outcome = schedule(cloud)
            assert not outcome.failed, outcome.result
            assert any("interval" in text for text in outcome.warnings)
            assert cloud.writes == number
        assert hours(cloud) == 6

    def test_other_interval_than_asked_for_is_an_error(self, cloud: Cloud) -> None:
        way = ["schedule", "intervalHours"]
        cloud.sim.faults.add("field", method="GET", path="/snapshot-schedules", nth=2, times=None, way=way, value=12)
        assert schedule(cloud).result["error_code"] == "not_applied"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"interval_hours": 3},
            {"interval_hours": 25},
            {"interval_hours": None},
            {"state": "absent", "interval_hours": 6},
        ],
    )
    def test_wrong_options_are_refused(self, cloud: Cloud, wrong: dict[str, Any]) -> None:
        assert schedule(cloud, **wrong).result["error_code"] == "invalid_option"
        assert cloud.sim.ledger.requests() == []

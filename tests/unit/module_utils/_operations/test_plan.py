# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be done, in order, and what it would change: in check mode, with nothing sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import RecordStore
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    no_route,
    record_of,
    restored,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

ROLE: dict[str, Any] = {"stop": True, "stop_always": True, "start": "previous"}


class TestPlan:
    """Check mode: what would be done, in order, and nothing of it."""

    def plan(self, cloud: Scripted, store: RecordStore | None = None, **options: Any) -> list[str]:
        run = restored(cloud, store, check=True, **options)
        assert (run.report.status, run.report.changed, run.report.phase) == ("would_restore", True, "preflight")
        assert cloud.sent == []
        return [step.replace(cloud.instance.id, "I") for step in run.report.plan]

    def test_in_place(self) -> None:
        assert self.plan(Scripted()) == ["restore snapshot before to instance I", "wait until the restore has ended"]
        assert self.plan(Scripted(power="running"), **ROLE, safety_snapshot="auto") == [
            "stop instance I",
            "take a safety snapshot of instance I",
            "restore snapshot before to instance I",
            "wait until the restore has ended",
            "start instance I",
        ]

    def test_new_instance(self) -> None:
        assert self.plan(Scripted("barrack"), start="always", safety_snapshot="required", stop_always=True) == [
            "restore snapshot before to a new instance named 'copy'",
            "wait until the restore has ended",
        ]

    @pytest.mark.parametrize(
        ("until", "steps"),
        [
            ("stopping", ["stop"]),
            ("accepted", ["stop", "restore"]),
            ("settled", ["stop", "restore", "wait"]),
            ("starting", ["stop", "restore", "wait", "start"]),
            ("done", ["stop", "restore", "wait", "start"]),
        ],
    )
    def test_as_far_as_it_goes(self, until: str, steps: list[str]) -> None:
        assert [step.split()[0] for step in self.plan(Scripted(power="running"), until=until, **ROLE)] == steps

    def test_start(self) -> None:
        for power, options, starts in (
            ("running", {"start": "previous"}, True),
            ("stopped", {"start": "previous"}, False),
            ("stopped", {"start": "always"}, True),
            ("running", {"start": "never"}, False),
        ):
            steps = self.plan(Scripted("hostup", power=power), stop=True, **options)
            assert (steps[-1] == "start instance I") == starts

    def test_stop(self) -> None:
        for name, power, options, stops in (
            ("hostup", "running", {"stop": True}, False),
            ("hostup", "running", {"stop_always": True}, True),
            ("hostup", "stopped", {"stop_always": True}, False),
            ("hostup", "unknown", {"stop_always": True}, True),
            ("onetsolutions", "running", {"stop": True}, True),
            ("onetsolutions", "running", {"stop_always": True}, True),
            ("onetsolutions", "stopped", {"stop": True}, False),
            ("onetsolutions", "unknown", {}, False),
        ):
            assert (self.plan(Scripted(name, power=power), **options)[0] == "stop instance I") == stops

    @pytest.mark.parametrize(
        ("phase", "steps"),
        [
            ("claimed", ["stop", "take", "restore", "wait", "start"]),
            ("stopping", ["stop", "take", "restore", "wait", "start"]),
            ("sent", ["look", "wait", "start"]),
            ("accepted", ["wait", "start"]),
            ("settled", ["start"]),
        ],
    )
    def test_of_one_that_is_resumed(self, phase: str, steps: list[str]) -> None:
        cloud = Scripted(power="running")
        store = Kept(record_of(cloud, phase=phase, previous_power_state="running"))
        run = restored(cloud, store, check=True, restore_id="r-1", safety_snapshot="auto", **ROLE)
        assert [step.split()[0] for step in run.report.plan] == steps
        assert (run.report.resumed, run.report.phase, run.report.status) == (True, phase, "would_restore")
        assert (run.report.changed, run.report.previous_power_state) == (True, "running")
        assert cloud.sent == store.phases == []

    def test_snapshot_that_cannot_be_listed_is_called_by_its_id(self) -> None:
        cloud = Scripted().answers("list_snapshots", no_route())
        wanted = "123e4567-e89b-12d3-a456-426614174999"
        assert self.plan(cloud, snapshot=wanted)[0] == f"restore snapshot {wanted} to instance I"


class TestDiff:
    def diff(self, cloud: Scripted, **options: Any) -> Any:
        return restored(cloud, check=True, **options).report.diff

    def test_in_place(self) -> None:
        cloud = Scripted(power="running")
        found = self.diff(cloud, stop=True)
        assert found["before"] == {
            "disk": "as of 2026-01-01T00:00:00Z (now)",
            "hours_of_writes_lost": "0",
            "power": "running",
        }
        assert found["after"] == {
            "disk": "snapshot before, as of 2025-12-31T22:00:00Z",
            "hours_of_writes_lost": "2.0",
            "power": "stopped",
        }
        assert found["before_header"] == found["after_header"] == "web1 (onetsolutions)"

    def test_power(self) -> None:
        for name, power, options, after in (
            ("onetsolutions", "running", {"stop": True, "start": "previous"}, "running"),
            ("onetsolutions", "stopped", {"start": "previous"}, "stopped"),
            ("onetsolutions", "stopped", {"start": "always"}, "running"),
            ("onetsolutions", "unknown", {"start": "previous"}, "stopped"),
            ("hostup", "running", {}, "as the provider leaves it"),
            ("hostup", "running", {"stop_always": True}, "stopped"),
        ):
            assert self.diff(Scripted(name, power=power), **options)["after"]["power"] == after

    def test_unknown_age(self) -> None:
        cloud = Scripted()
        cloud.snapshots = [cloud.snapshots[0]._replace(created_at=None)]
        after = self.diff(cloud)["after"]
        assert (after["disk"], after["hours_of_writes_lost"]) == ("snapshot before, as of an unknown time", "unknown")

    def test_new_instance(self) -> None:
        cloud = Scripted("barrack").answers("hourly_price", (2.5, "USD"))
        found = self.diff(cloud, max_hourly_rate=3.0)
        assert found["before"] == {"instance": None, "disk": None, "cost": None}
        assert found["after"] == {
            "instance": "copy (new)",
            "disk": "snapshot before, as of 2025-12-31T22:00:00Z",
            "cost": "2.5 USD an hour",
        }
        assert found["after_header"] == "copy (barrack)"
        assert self.diff(Scripted("barrack"))["after"]["cost"] == "billed from the first minute, price not read"

    def test_hours_have_a_tenth(self) -> None:
        cloud = Scripted()
        cloud.time.seconds = 1800.0
        assert self.diff(cloud)["after"]["hours_of_writes_lost"] == "2.5"

    def test_hours_of_a_hundred_days(self) -> None:
        cloud = Scripted()
        cloud.snapshots = [cloud.snapshots[0]._replace(created_at=START - timedelta(days=100))]
        assert self.diff(cloud)["after"]["hours_of_writes_lost"] == "2400.0"

    def test_nameless_instance_is_called_by_its_id(self) -> None:
        cloud = Scripted("hostup")
        cloud.put(name="")
        assert self.diff(cloud)["before_header"] == "vps_1 (hostup)"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of a restore, by how far it has come, and what has been done already."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Gate,
    Instance,
    InstanceList,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._task.refusal import Refusal, Refused
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    IDS,
    Kept,
    Scripted,
    no_route,
    proving,
    record_of,
    refusals,
    restored,
    status,
)

ALL = sorted(IDS)


class TestAlready:
    @pytest.mark.parametrize("name", ALL)
    def test_nothing_is_done_and_it_is_said_when_it_was(self, name: str) -> None:
        cloud = proving(name)
        store = Kept()
        restored(cloud, store, restore_id="r-1")
        sent = list(cloud.sent)
        if cloud.capabilities.creates_instance:
            cloud.instances.append(Instance("BRK-9", "copy", power_state="running", origin="snap-1"))
        run = restored(cloud, store, restore_id="r-1")
        assert (run.report.status, run.report.phase, run.report.changed) == ("already_restored", "done", False)
        assert cloud.sent == sent
        (warning,) = run.report.warnings
        assert warning.startswith(
            f"{store.last.target} was restored to before at {store.last.updated_at} under restore_id r-1"
        )
        assert warning.endswith("or force: true.")

    @pytest.mark.parametrize("outcome", ["restored", "accepted_unverified", None])
    def test_missing_evidence_is_remembered(self, outcome: str | None) -> None:
        cloud = Scripted()
        store = Kept(
            record_of(cloud, phase="done", outcome=outcome, snapshot_name=None, previous_power_state="running")
        )
        run = restored(cloud, store, restore_id="r-1")
        said = run.report.warnings[0]
        assert ("gave no evidence" in said) == (outcome == "accepted_unverified")
        assert "was restored to snap-1 at" in said
        assert run.report.previous_power_state == "running"
        assert "not there any more" not in said

    def test_instance_that_is_gone_since_is_said(self) -> None:
        cloud = Scripted("barrack")
        store = Kept(record_of(cloud, phase="done"))
        assert restored(cloud, store, restore_id="r-1").report.warnings[0].endswith("is not there any more.")
        cloud.answers("list_instances", no_route())
        said = restored(cloud, store, restore_id="r-1", allow_unverified=True).report.warnings[0]
        assert "not there any more" not in said


class TestRefusals:
    """What still matters of a restore that is under way."""

    def test_all_at_once(self) -> None:
        cloud = Scripted(power="running")
        assert refusals(cloud, expected_instance_name="x", max_snapshot_age=1.0) == [
            "instance_name_differs",
            "snapshot_too_old",
            "instance_running",
        ]
        assert cloud.sent == []

    @pytest.mark.parametrize(
        ("phase", "codes"),
        [
            ("claimed", ["instance_name_differs", "snapshot_too_old", "restore_not_allowed"]),
            ("stopping", ["instance_name_differs", "snapshot_too_old"]),
            ("sent", ["instance_name_differs"]),
            ("accepted", ["instance_name_differs"]),
            ("settled", ["instance_name_differs"]),
        ],
    )
    def test_by_phase(self, phase: str, codes: list[str]) -> None:
        cloud = Scripted("hostup")
        listed = SnapshotList(tuple(cloud.snapshots), can_restore=Gate(False))
        cloud.answers("list_snapshots", listed)
        store = Kept(record_of(cloud, phase=phase))
        options = {"restore_id": "r-1", "expected_instance_name": "x", "max_snapshot_age": 1.0, "record": "provider"}
        assert refusals(cloud, store, **options) == codes

    def test_closed_gate_for_snapshots_may_be_of_our_own_stop(self) -> None:
        cloud = Scripted("hostup")
        cloud.answers("list_snapshots", SnapshotList(tuple(cloud.snapshots), can_create=Gate(False)))
        options = {"restore_id": "r-1", "safety_snapshot": "required", "record": "provider", "wait_timeout": 60.0}
        assert refusals(cloud, Kept(record_of(cloud, phase="claimed")), **options) == ["snapshot_not_allowed"]
        with pytest.raises(CloudError) as caught:
            restored(cloud, Kept(record_of(cloud, phase="stopping")), **options)
        assert not isinstance(caught.value, Refused)

    @pytest.mark.parametrize("phase", ["claimed", "sent", "accepted", "settled"])
    def test_bill_is_asked_for_until_the_answer(self, phase: str) -> None:
        cloud = Scripted("barrack")
        store = Kept(record_of(cloud, phase=phase))
        options = {"restore_id": "r-1", "accept_billing": False}
        if phase in ("claimed", "sent"):
            assert refusals(cloud, store, **options) == ["billing_not_accepted"]
        else:
            restored(cloud, store, **options)
        assert cloud.sent == []

    def test_record_that_cannot_be_kept_matters_at_the_beginning_only(self) -> None:
        class Full(Kept):
            def refusals(self, facts: Any) -> list[Refusal]:
                return [Refusal("record_unavailable", "Full.", "Make room.")]

        cloud = proving()
        assert refusals(cloud, Full()) == ["record_unavailable"]
        assert refusals(cloud, Full(record_of(cloud)), force=True) == ["record_unavailable"]
        store = Full(record_of(cloud, phase="claimed"))
        assert restored(cloud, store, restore_id="r-1").report.status == "restored"
        assert restored(cloud, store, restore_id="r-1").report.status == "already_restored"

    def test_unknown_instance_reads_no_record(self) -> None:
        cloud = Scripted().answers("get_instance", status(404)).answers("list_instances", InstanceList(()))
        assert refusals(cloud, Kept(record_of(cloud))) == ["instance_not_found"]


class TestKnown:
    """What the run before has read is not read again."""

    def reads(self, phase: str, **options: Any) -> list[str]:
        cloud = Scripted("hostup")
        store = Kept(record_of(cloud, phase=phase, **options.pop("record_has", {})))
        restored(cloud, store, restore_id="r-1", check=True, **options)
        return [name for _second, name in cloud.asked]

    def test_list_of_snapshots(self) -> None:
        for phase, known in (("claimed", False), ("sent", False), ("accepted", True), ("settled", True)):
            assert ("list_snapshots" not in self.reads(phase)) == known
        for options in (
            {"force": True},
            {"record": "provider"},
            {"record_has": {"safety_snapshot": "pre"}},
            {"record_has": {"snapshot_name": None}},
        ):
            assert "list_snapshots" in self.reads("accepted", **options)
        assert "list_snapshots" not in self.reads("accepted", snapshot="before")

    def test_namesakes_of_the_id(self) -> None:
        assert "list_instances" not in self.reads("claimed")
        cloud = Scripted("hostup")
        restored(cloud, Kept(record_of(cloud, phase="failed")), restore_id="r-1", check=True)
        assert "list_instances" in [name for _second, name in cloud.asked]

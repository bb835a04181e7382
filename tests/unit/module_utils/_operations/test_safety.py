# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The safety snapshot: taken before the restore, once, and looked for after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Accepted,
    Gate,
    Snapshot,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import NameRule
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import Facts
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import restore
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.safety_snapshot import still_good
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    ended,
    proving,
    record_of,
    refusals,
    restored,
    run_of,
    status,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

IN_PLACE = ["hostup", "onetsolutions"]


class TestSafety:
    OPTIONS: ClassVar[dict[str, Any]] = {"safety_snapshot": "required", "restore_id": "CHG 12345"}

    def names(self, cloud: Scripted) -> list[str]:
        return [str(item[2]) for item in cloud.sent if item[1] == "snapshot"]

    @pytest.mark.parametrize("name", IN_PLACE)
    def test_is_taken_before_the_restore(self, name: str) -> None:
        cloud = proving(name)
        store = Kept()
        run = restored(cloud, store, **self.OPTIONS)
        assert [item[1] for item in cloud.sent] == ["snapshot", "restore"]
        assert cloud.sent[0] == (0.0, "snapshot", "pre-CHG-1234", "Before restore CHG 12345 to before")
        assert run.report.safety_snapshot is not None
        assert (run.report.safety_snapshot["name"], run.report.safety_snapshot["survived"]) == ("pre-CHG-1234", True)
        assert store.last.safety_snapshot == "pre-CHG-1234"
        assert "safety_snapshot" in run.report.timings

    def test_new_instance_needs_none(self) -> None:
        cloud = proving("barrack")
        restored(cloud, **self.OPTIONS)
        assert self.names(cloud) == []

    def test_never(self) -> None:
        cloud = proving()
        run = restored(cloud, restore_id="r")
        assert (self.names(cloud), run.report.safety_snapshot) == ([], None)

    def test_failure_ends_the_run_only_where_it_is_required(self) -> None:
        store = Kept()
        cloud = proving().answers("create_snapshot", status(422))
        with pytest.raises(ProviderError):
            restored(cloud, store, **self.OPTIONS)
        assert (store.last.phase, cloud.restores) == ("failed", [])
        run = restored(cloud, **{**self.OPTIONS, "safety_snapshot": "auto"})
        assert run.report.warnings == ["there is no safety snapshot: No."]
        assert len(cloud.restores) == 1

    def test_names_that_are_taken_are_numbered(self) -> None:
        cloud = proving()
        first = cloud.snapshots[0]
        cloud.snapshots += [first._replace(id=name, name=name) for name in ("pre-CHG-1234", "pre-CHG-1234-2")]
        restored(cloud, **self.OPTIONS)
        assert self.names(cloud) == ["pre-CHG-1234-3"]
        cloud = proving()
        cloud.snapshots.append(first._replace(id="x", name="pre-CHG-1234"))
        restored(cloud, **self.OPTIONS)
        assert self.names(cloud) == ["pre-CHG-1234-2"]

    def test_description_has_an_end(self) -> None:
        cloud = proving()
        cloud.snapshots = [cloud.snapshots[0]._replace(name="n" * 300)]
        restored(cloud, **self.OPTIONS)
        assert len(cloud.sent[0][3]) == 200

    def test_snapshot_that_was_taken_is_a_change_although_the_restore_is_refused(self) -> None:
        cloud = proving().answers("restore", status(400))
        run = run_of(cloud, **self.OPTIONS)
        with pytest.raises(ProviderError):
            restore(run, check_mode=False)
        assert (self.names(cloud), run.report.changed) == (["pre-CHG-1234"], True)

    def test_first_reason_against_it_is_the_error(self) -> None:
        cloud = proving("hostup", snapshot_name=NameRule("pre-[0-9]+", 40, "pre- and digits"))
        cloud.answers("list_snapshots", SnapshotList(tuple(cloud.snapshots), can_create=Gate(False, "Busy.")))
        store = Kept(record_of(cloud, phase="stopping"))
        with pytest.raises(CloudError) as caught:
            restored(cloud, store, restore_id="r-1", safety_snapshot="required")
        assert caught.value.error_code == "snapshot_name_invalid"
        assert "the provider takes pre- and digits" in caught.value.message
        assert caught.value.next_steps == ("Choose a name that the provider takes.",)
        assert (cloud.sent, store.last.phase) == ([], "failed")

    def test_no_room(self) -> None:
        cloud = proving("hostup")
        cloud.answers("list_snapshots", SnapshotList(tuple(cloud.snapshots), slots=1))
        assert refusals(cloud, **self.OPTIONS) == ["no_snapshot_slot"]
        assert restored(cloud, **{**self.OPTIONS, "safety_snapshot": "auto"}).report.warnings == [
            "there is no safety snapshot: the plan holds 1 snapshots and 1 exist",
        ]
        cloud.answers("list_snapshots", SnapshotList(tuple(cloud.snapshots), slots=2))
        restored(cloud, **{**self.OPTIONS, "safety_snapshot": "auto", "restore_id": "again"}, check=True)

    def earlier(self, cloud: Scripted, **changes: Any) -> Kept:
        """A try that ended after its safety snapshot was taken."""
        made = Snapshot("pre-r", "pre-r", cloud.instance.id, created_at=START - timedelta(minutes=9))
        cloud.snapshots.append(made)
        return Kept(record_of(cloud, **{"phase": "failed", "safety_snapshot": "pre-r", **changes}))

    def test_earlier_one_is_good_while_the_instance_has_stayed_stopped(self) -> None:
        cloud = proving()
        run = restored(cloud, self.earlier(cloud), restore_id="r-1", safety_snapshot="required")
        assert self.names(cloud) == []
        assert run.report.safety_snapshot is not None
        assert run.report.safety_snapshot["name"] == "pre-r"
        cloud = proving("hostup", power="running")
        restored(cloud, self.earlier(cloud), restore_id="r-1", safety_snapshot="required")
        assert self.names(cloud) == ["pre-r-1"]

    def test_earlier_one_that_is_gone_or_of_a_finished_restore_is_not(self) -> None:
        cloud = proving()
        store = self.earlier(cloud)
        cloud.snapshots[1] = cloud.snapshots[1]._replace(id="zzz", name="zzz")
        restored(cloud, store, restore_id="r-1", safety_snapshot="required")
        assert self.names(cloud) == ["pre-r-1"]
        cloud = proving()
        restored(cloud, self.earlier(cloud, phase="done"), restore_id="r-1", safety_snapshot="required", force=True)
        assert self.names(cloud) == ["pre-r-1"]

    def test_one_in_the_making_is_waited_for(self) -> None:
        cloud = proving()
        store = self.earlier(cloud, phase="claimed")
        half = cloud.snapshots[1]._replace(restorable=False)
        listed = [SnapshotList((cloud.snapshots[0], item)) for item in (half, half, half._replace(restorable=True))]
        cloud.answers("list_snapshots", *listed)
        restored(cloud, store, restore_id="r-1", safety_snapshot="required")
        assert (self.names(cloud), len(cloud.restores)) == ([], 1)
        assert cloud.restores[0] > 0.0

    def test_lost_one_is_looked_for_before_another_is_taken(self) -> None:
        cloud = proving()
        store = Kept(record_of(cloud, phase="claimed", safety_snapshot="pre-r-1"))
        restored(cloud, store, restore_id="r-1", safety_snapshot="required")
        assert self.names(cloud) == ["pre-r-1"]
        assert cloud.sent[0][0] > 10.0

    def test_gate_that_was_closed_by_the_stop_is_read_again(self) -> None:
        cloud = proving("hostup")
        closed = SnapshotList(tuple(cloud.snapshots), can_create=Gate(False, "Busy."))
        cloud.answers("list_snapshots", closed, lambda: SnapshotList(tuple(cloud.snapshots)))
        store = Kept(record_of(cloud, phase="stopping"))
        restored(cloud, store, restore_id="r-1", safety_snapshot="auto")
        assert self.names(cloud) == ["pre-r-1"]

    @pytest.mark.parametrize("allowed", [True, None])
    def test_gate_that_is_not_closed_is_not_read_again(self, allowed: bool | None) -> None:
        cloud = proving("hostup")
        open_gate = SnapshotList(tuple(cloud.snapshots), can_create=Gate(allowed))
        cloud.answers("list_snapshots", open_gate, lambda: SnapshotList(tuple(cloud.snapshots)))
        store = Kept(record_of(cloud, phase="stopping"))
        run = restored(cloud, store, restore_id="r-1", safety_snapshot="auto")
        # Before the restore, when the snapshot has been asked for, and after the restore.
        assert [name for _second, name in cloud.asked].count("list_snapshots") == 3
        assert (run.report.warnings, len(cloud.restores)) == ([], 1)

    def test_gate_that_is_closed_otherwise_is_closed(self) -> None:
        cloud = proving("hostup")
        closed = SnapshotList(tuple(cloud.snapshots), can_create=Gate(False, "Busy."))
        cloud.answers("list_snapshots", closed, lambda: SnapshotList(tuple(cloud.snapshots)))
        run = restored(cloud, safety_snapshot="auto")
        assert run.report.warnings == [
            "there is no safety snapshot: the provider does not allow a new snapshot now: Busy."
        ]

    def test_loss_is_told(self) -> None:
        cloud = proving()
        cloud.answers("restore", lambda dummy: cloud.snapshots.pop() and Accepted(ended()))
        run = restored(cloud, **self.OPTIONS)
        assert run.report.safety_snapshot is not None
        assert run.report.safety_snapshot["survived"] is False
        assert run.report.safety_snapshot["name"] == "pre-CHG-1234"
        assert "did not survive the restore" in run.report.warnings[0]
        assert run.report.changed

    def test_what_cannot_be_listed_is_not_known_to_have_survived(self) -> None:
        cloud = proving()
        store = Kept(record_of(cloud, phase="settled", outcome="restored", safety_snapshot="pre-r"))
        listed = SnapshotList(tuple(cloud.snapshots))
        run = restored(cloud.answers("list_snapshots", listed, status(500)), store, restore_id="r-1")
        assert run.report.unverified == ["that the safety snapshot pre-r survived (No.)"]
        cloud = proving()
        store = Kept(record_of(cloud, phase="settled", outcome="restored", safety_snapshot="pre-r"))
        run = restored(cloud, store, restore_id="r-1")
        assert run.report.safety_snapshot == {"name": "pre-r", "survived": False}

    def test_loss_is_told_whatever_else_there_is(self) -> None:
        for others in ("aaa", "zzz"):
            cloud = proving()
            cloud.snapshots.append(cloud.snapshots[0]._replace(id=others, name=others))
            cloud.answers("restore", lambda dummy, cloud=cloud: cloud.snapshots.pop() and Accepted(ended()))
            run = restored(cloud, **self.OPTIONS)
            assert run.report.safety_snapshot is not None
            assert run.report.safety_snapshot["survived"] is False

    def test_lost_safety_snapshot_is_named_with_a_refusal(self) -> None:
        cloud = proving().answers("restore", status(400))
        with pytest.raises(ProviderError, match="No") as caught:
            restored(cloud, **self.OPTIONS)
        assert "(there are newer snapshots: pre-CHG-1234)" in caught.value.message


class TestStillGood:
    """Whether an earlier safety snapshot holds the disk as it is."""

    def good(self, *, power: str = "stopped", names: tuple[str, ...] = ("pre-r",), **changes: Any) -> str | None:
        cloud = Scripted(power=power)
        listed = SnapshotList(tuple(cloud.snapshots[0]._replace(id=name, name=name) for name in names))
        facts = Facts("i-1", "snap-1", False, "i-1", cloud.instance, listed=listed)
        return still_good(facts, record_of(cloud, **{"phase": "failed", "safety_snapshot": "pre-r", **changes}))

    def test_while_the_instance_has_stayed_stopped(self) -> None:
        assert self.good() == "pre-r"
        for power in ("changing", "deleted", "running", "starting", "stopping", "unknown"):
            assert self.good(power=power) is None

    def test_while_it_is_listed(self) -> None:
        for names in ((), ("before",), ("zzz",), ("before", "zzz")):
            assert self.good(names=names) is None
        for names in (("before", "pre-r"), ("pre-r", "zzz")):
            assert self.good(names=names) == "pre-r"

    def test_before_the_restore_is_done(self) -> None:
        for phase in ("accepted", "claimed", "failed", "sent", "stopping"):
            assert self.good(phase=phase) == "pre-r"
        assert self.good(phase="done") is None
        assert self.good(safety_snapshot=None) is None

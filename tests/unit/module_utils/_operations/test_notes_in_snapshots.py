# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes in the descriptions of snapshots: what they tell, who was first, and what is done when nobody can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Gate,
    Instance,
    Operation,
    Snapshot,
    SnapshotList,
    iso,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.facts import Facts, RestoreOptions
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.record import (
    Record,
    RecordUnavailable,
    TargetBusy,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.record_note import encode
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.record_snapshot import SnapshotNotes
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Scripted,
    record_of,
    status,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

EARLIER = START - timedelta(minutes=10)


def notes_of(cloud: Scripted, **options: Any) -> SnapshotNotes:
    return SnapshotNotes(
        cloud, RestoreOptions(**{"snapshot": "snap-1", "wait_timeout": 600.0, **options}), cloud.patience
    )


def cloud_of(*snapshots: Snapshot, **options: Any) -> Scripted:
    cloud = Scripted("hostup", **options)
    cloud.snapshots += snapshots
    return cloud


def noted(record: Record, name: str, at: Any = EARLIER) -> Snapshot:
    return Snapshot(name, name, "vps_1", created_at=at, description=encode([record]), restorable=True)


def ours(**changes: Any) -> Record:
    changes = {"phase": "claimed", "claim": "aaaaaaaa", "lease_until": "2026-01-01T00:10:00Z", **changes}
    return record_of(Scripted("hostup"), **changes)


def theirs(**changes: Any) -> Record:
    return ours(**{"restore_id": "r-2", "claim": "bbbbbbbb", **changes})


def facts_of(cloud: Scripted, power: str = "stopped") -> Facts:
    listed = SnapshotList(tuple(cloud.snapshots))
    return Facts("vps_1", "snap-1", True, "vps_1", Instance("vps_1", "web1", power_state=power), listed=listed)


def seen(*snapshots: Snapshot, power: str = "stopped") -> list[Record]:
    cloud = cloud_of(*snapshots)
    return notes_of(cloud).look(facts_of(cloud, power))


class TestReading:
    def test_claim_without_an_end_may_have_been_sent(self) -> None:
        (found,) = seen(noted(ours(), "pre"))
        assert (found.phase, found.claimed_at, found.sent_at) == ("sent", iso(EARLIER), iso(EARLIER))
        (found,) = seen(noted(ours(sent_at="2025-12-31T23:51:00Z"), "pre"))
        assert found.sent_at == "2025-12-31T23:51:00Z"
        (found,) = seen(noted(ours(), "pre", None))
        assert found.claimed_at == "2025-12-31T23:59:00Z"

    def test_end_is_as_of_its_snapshot(self) -> None:
        (found,) = seen(noted(ours(), "pre"), noted(ours(phase="settled"), "done", EARLIER + timedelta(minutes=1)))
        assert (found.phase, found.updated_at) == ("done", "2025-12-31T23:51:00Z")
        (found,) = seen(noted(ours(phase="done"), "done", None))
        assert (found.phase, found.updated_at) == ("done", "2025-12-31T23:59:00Z")

    def test_claim_after_the_end_is_a_new_one(self) -> None:
        end = noted(ours(phase="settled"), "done", EARLIER)
        (found,) = seen(end, noted(ours(claim="cccccccc"), "pre2", EARLIER + timedelta(seconds=1)))
        assert (found.phase, found.claim) == ("sent", "cccccccc")
        (found,) = seen(noted(ours(claim="cccccccc"), "pre2", EARLIER + timedelta(seconds=1)), end)
        assert (found.phase, found.claim) == ("sent", "cccccccc")
        # One that was made in the same second gave way to the end.
        (found,) = seen(noted(ours(claim="cccccccc"), "pre2", EARLIER), end)
        assert found.phase == "done"

    def test_earlier_claims_of_others_are_over(self) -> None:
        first = noted(theirs(), "pre-r-2", EARLIER - timedelta(minutes=2))
        assert [item.restore_id for item in seen(first, noted(ours(), "pre-r-1"))] == ["r-1"]
        assert [item.restore_id for item in seen(noted(ours(), "pre-r-1"), first)] == ["r-1"]
        settled = noted(
            theirs(phase="settled", claimed_at="2025-12-31T23:40:00Z"), "done-r-2", EARLIER - timedelta(minutes=2)
        )
        assert len(seen(settled, noted(ours(), "pre-r-1"))) == 2

    def test_other_descriptions_are_none(self) -> None:
        assert seen() == []
        assert seen(Snapshot("x", "x", description="Before the upgrade.")) == []

    @pytest.mark.parametrize(
        ("former", "left", "power", "minutes", "phase"),
        [
            ("running", None, "stopped", 10, "settled"),
            ("running", None, "unknown", 10, "settled"),
            ("running", None, "running", 10, "done"),
            ("running", None, "stopped", 59, "settled"),
            ("running", None, "stopped", 60, "done"),
            ("stopped", "running", "running", 10, "settled"),
            ("stopped", "running", "running", 61, "done"),
            ("stopped", "running", "stopped", 10, "done"),
            ("stopped", "running", "error", 10, "done"),
            ("stopped", "running", "unknown", 10, "done"),
            ("stopped", "stopped", "running", 10, "done"),
            ("stopped", None, "stopped", 10, "done"),
            (None, "running", "running", 10, "done"),
        ],
    )
    def test_settled_one_is_done_unless_its_power_is_open(
        self, former: str | None, left: str | None, power: str, minutes: int, phase: str
    ) -> None:
        record = ours(phase="settled", previous_power_state=former, left_power=left)
        (found,) = seen(noted(record, "done", START - timedelta(minutes=minutes)), power=power)
        assert found.phase == phase

    def test_time_that_cannot_be_read_may_be_a_moment_ago(self) -> None:
        record = ours(phase="settled", previous_power_state="running", updated_at="once")
        assert seen(noted(record, "done", None))[0].phase == "settled"

    def test_reading_again_asks_the_provider(self) -> None:
        cloud = cloud_of(noted(ours(), "pre"))
        assert [item.restore_id for item in notes_of(cloud).read("vps_1")] == ["r-1"]

    def test_earlier_list_stays_where_there_is_no_new_one(self) -> None:
        cloud = cloud_of(noted(ours(), "pre"))
        notes = notes_of(cloud)
        notes.look(facts_of(cloud))
        assert len(notes.look(facts_of(cloud)._replace(listed=None))) == 1


class TestRefusals:
    def codes(self, listed: SnapshotList | None) -> list[str]:
        cloud = cloud_of()
        return [item.code for item in notes_of(cloud).refusals(facts_of(cloud)._replace(listed=listed))]

    def test_room_for_a_snapshot_is_needed(self) -> None:
        assert self.codes(SnapshotList(())) == self.codes(SnapshotList((), slots=1)) == []
        assert self.codes(SnapshotList((), slots=0)) == ["no_snapshot_slot"]
        assert self.codes(SnapshotList((), can_create=Gate(False))) == ["snapshot_not_allowed"]
        assert self.codes(None) == ["record_unavailable"]


class TestClaim:
    def claimed(self, cloud: Scripted, record: Record | None = None, power: str = "stopped", **options: Any) -> Record:
        notes = notes_of(cloud, **options)
        notes.look(facts_of(cloud, power))
        return notes.claim(record or ours())

    def test_is_a_snapshot(self) -> None:
        cloud = cloud_of()
        record = self.claimed(cloud)
        assert record.safety_snapshot == "pre-r-1"
        (sent,) = cloud.sent
        assert sent[2:] == ("pre-r-1", encode([record]))

    def test_waits_for_others_and_for_the_gate(self) -> None:
        cloud = cloud_of()
        self.claimed(cloud)
        assert cloud.time.seconds == 3.0
        cloud = cloud_of().answers("restore_gate", Gate(False), Gate(False), Gate(None))
        self.claimed(cloud)
        assert cloud.time.seconds == 9.0
        cloud = cloud_of().answers("restore_gate", Gate(False))
        self.claimed(cloud)
        assert cloud.time.seconds == 33.0

    @pytest.mark.parametrize(
        ("power", "always", "by_us", "noted_"),
        [
            ("running", True, False, True),
            ("running", False, False, False),
            ("stopped", True, False, False),
            ("stopped", False, True, True),
        ],
    )
    def test_says_that_it_will_be_stopped(self, power: str, always: bool, by_us: bool, noted_: bool) -> None:
        cloud = cloud_of()
        record = self.claimed(cloud, ours(stopped_by_us=by_us), power, stop_always=always)
        assert record.stopped_by_us == by_us
        assert ('"stopped":true' in cloud.sent[0][3]) == noted_

    def test_nothing_is_said_of_an_instance_that_nobody_looked_at(self) -> None:
        cloud = cloud_of()
        notes_of(cloud, stop_always=True).claim(ours())
        assert '"stopped"' not in cloud.sent[0][3]

    def rivalled(self, at: timedelta, claim: str = "bbbbbbbb") -> Scripted:
        """A cloud where another controller's claim shows up with ours."""
        cloud = cloud_of()

        def take(name: str) -> None:
            cloud.snapshots.append(Snapshot(name, name, "vps_1", created_at=START, description=cloud.sent[-1][3]))
            cloud.snapshots.append(noted(theirs(claim=claim), "pre-r-2", START + at))

        return cloud.answers("create_snapshot", take)

    def test_earlier_one_wins(self) -> None:
        with pytest.raises(TargetBusy, match="claimed restore 'r-2' of vps_1 at the same time"):
            self.claimed(self.rivalled(timedelta(seconds=-1)))
        assert self.claimed(self.rivalled(timedelta(seconds=1))).restore_id == "r-1"

    def test_of_two_in_one_second_all_agree_on_one(self) -> None:
        assert self.claimed(self.rivalled(timedelta(), "b")).claim == "aaaaaaaa"
        with pytest.raises(TargetBusy):
            self.claimed(self.rivalled(timedelta(), "a"))

    def test_claims_that_were_there_before_are_no_rivals(self) -> None:
        cloud = cloud_of(noted(theirs(), "pre-r-2"), noted(theirs(claim="d", phase="settled"), "done-r-2", START))
        assert self.claimed(cloud).claim == "aaaaaaaa"

    def test_refusal_may_be_of_the_work_of_a_rival(self) -> None:
        cloud = cloud_of()

        def refuse(name: str) -> None:
            cloud.snapshots.append(noted(theirs(), "pre-r-2", START))
            raise status(409)

        with pytest.raises(TargetBusy):
            self.claimed(cloud.answers("create_snapshot", refuse))

    @pytest.mark.parametrize(("number", "seconds"), [(409, 33.0), (422, 0.0), (403, 0.0)])
    def test_other_refusals_are_told(self, number: int, seconds: float) -> None:
        cloud = cloud_of().answers("create_snapshot", status(number))
        with pytest.raises(ProviderError) as caught:
            self.claimed(cloud)
        assert caught.value.message == "the snapshot that records the restore could not be taken: No."
        assert cloud.time.seconds == pytest.approx(seconds, abs=3.0)

    def test_description_that_is_not_kept_records_nothing(self) -> None:
        for kept in (None, "cut off"):
            cloud = cloud_of()

            def take(name: str, cloud: Scripted = cloud, kept: str | None = kept) -> None:
                cloud.snapshots.append(Snapshot(name, name, "vps_1", created_at=START, description=kept))

            with pytest.raises(RecordUnavailable, match="did not keep the description of snapshot pre-r-1"):
                self.claimed(cloud.answers("create_snapshot", take))

    def test_name_that_another_took_first_is_its_claim(self) -> None:
        cloud = cloud_of()

        def take(name: str) -> Operation | None:
            cloud.snapshots.append(noted(theirs(), name, START))
            return None

        with pytest.raises(TargetBusy, match="another controller took snapshot pre-r-1"):
            self.claimed(cloud.answers("create_snapshot", take))


class TestWriting:
    def written(self, cloud: Scripted, record: Record, **options: Any) -> list[str]:
        notes_of(cloud, **options).write(record)
        return [str(item[2]) for item in cloud.sent]

    def claim(self) -> Snapshot:
        return noted(ours(), "pre-r-1")

    @pytest.mark.parametrize("phase", ["claimed", "stopping", "accepted", "failed"])
    def test_only_the_end_is_noted(self, phase: str) -> None:
        cloud = cloud_of(self.claim())
        assert self.written(cloud, ours(phase=phase)) == []
        assert cloud.asked == []

    @pytest.mark.parametrize("phase", ["settled", "done"])
    def test_end(self, phase: str) -> None:
        cloud = cloud_of(self.claim())
        assert self.written(cloud, ours(phase=phase)) == ["done-r-1"]
        assert '"lease"' not in cloud.sent[0][3]
        assert self.written(cloud, ours(phase=phase)) == ["done-r-1"]

    def test_end_of_another_claim_is_not_ours(self) -> None:
        cloud = cloud_of(self.claim(), noted(ours(phase="settled", claim="x"), "done-r-1"))
        assert self.written(cloud, ours(phase="settled")) == ["done-r-1-2"]

    def test_gate_that_is_closed_for_a_moment_is_waited_for(self) -> None:
        cloud = cloud_of(self.claim())
        closed = SnapshotList(tuple(cloud.snapshots), can_create=Gate(False, "Busy."))
        cloud.answers("list_snapshots", closed, closed, lambda: SnapshotList(tuple(cloud.snapshots)))
        assert self.written(cloud, ours(phase="settled")) == ["done-r-1"]
        assert cloud.sent[0][0] == 6.0

    @pytest.mark.parametrize(("phase", "seconds"), [("settled", 30.0), ("done", 0.0)])
    def test_gate_that_stays_closed_is_told(self, phase: str, seconds: float) -> None:
        cloud = cloud_of(self.claim())
        cloud.answers("list_snapshots", SnapshotList((), can_create=Gate(False, "Busy.")))
        with pytest.raises(RecordUnavailable, match="Busy"):
            self.written(cloud, ours(phase=phase))
        assert cloud.time.seconds == seconds

    def test_want_of_room_does_not_pass(self) -> None:
        cloud = cloud_of(self.claim()).answers("list_snapshots", SnapshotList((), slots=0))
        with pytest.raises(RecordUnavailable, match="the plan holds 0"):
            self.written(cloud, ours(phase="settled"))
        assert cloud.time.seconds == 0.0

    def test_claim_is_proved_just_before_the_sending(self) -> None:
        assert self.written(cloud_of(self.claim()), ours(phase="sent")) == []

    @pytest.mark.parametrize(
        ("lease", "over"), [("2025-12-31T23:59:59Z", True), ("2026-01-01T00:00:00Z", False), (None, False)]
    )
    def test_claim_that_is_over_is_not_sent(self, lease: str | None, over: bool) -> None:
        cloud = cloud_of(self.claim())
        if over:
            with pytest.raises(TargetBusy, match="ended at 2025-12-31T23:59:59Z, before it could be sent"):
                self.written(cloud, ours(phase="sent", lease_until=lease))
        else:
            self.written(cloud, ours(phase="sent", lease_until=lease))

    @pytest.mark.parametrize("other", [ours(phase="settled"), theirs()])
    def test_claim_that_another_has_taken_over_is_not_sent(self, other: Record) -> None:
        cloud = cloud_of(noted(other, "other"), self.claim())
        if other.phase == "claimed":
            cloud.snapshots[-2] = noted(other, "other", EARLIER - timedelta(seconds=1))
        with pytest.raises(TargetBusy, match="another controller has claimed a restore of vps_1"):
            self.written(cloud, ours(phase="sent"))

    def test_take_over_leaves_the_claim(self) -> None:
        cloud = cloud_of(self.claim())
        assert notes_of(cloud).take_over(ours()) == ours()
        assert cloud.sent == []

    def test_lease_is_as_long_as_the_run(self) -> None:
        notes = notes_of(cloud_of(), wait_timeout=77.0)
        assert (notes.lease_seconds, notes.renews) == (77.0, False)

    def test_errors_are_errors_of_the_record(self) -> None:
        cloud = cloud_of(self.claim()).answers("create_snapshot", status(403))
        with pytest.raises(CloudError, match="No"):
            self.written(cloud, ours(phase="settled"))

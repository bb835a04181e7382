# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes that are written as snapshots: who was first, and what is done when nobody can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Gate,
    Operation,
    Snapshot,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import NameRule
from ansible_collections.indiecloud.compute.plugins.module_utils._record.note_format import encode
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import (
    Record,
    RecordUnavailable,
    TargetBusy,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, status
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.snapshot_notes import (
    EARLIER,
    cloud_of,
    facts_of,
    noted,
    notes_of,
    ours,
    theirs,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START


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

    def test_end_that_shows_up_is_no_rival(self) -> None:
        cloud = cloud_of()

        def take(name: str) -> None:
            cloud.snapshots.append(Snapshot(name, name, "vps_1", created_at=START, description=cloud.sent[-1][3]))
            cloud.snapshots.append(noted(theirs(phase="settled"), "done-r-2", START - timedelta(seconds=1)))

        assert self.claimed(cloud.answers("create_snapshot", take)).claim == "aaaaaaaa"

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
        for kept in (None, "cut off", encode([ours(updated_at="another time")])):
            cloud = cloud_of()

            def take(name: str, cloud: Scripted = cloud, kept: str | None = kept) -> None:
                cloud.snapshots.append(Snapshot(name, name, "vps_1", created_at=START, description=kept))

            with pytest.raises(RecordUnavailable, match="did not keep the description of snapshot pre-r-1"):
                self.claimed(cloud.answers("create_snapshot", take))

    @pytest.mark.parametrize("claim", ["00000000", "bbbbbbbb"])
    def test_name_that_another_took_first_is_its_claim(self, claim: str) -> None:
        cloud = cloud_of()

        def take(name: str) -> Operation | None:
            cloud.snapshots.append(noted(theirs(claim=claim), name, START))
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
        for claim in ("0", "x"):
            cloud = cloud_of(self.claim(), noted(ours(phase="settled", claim=claim), "done-r-1"))
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

    def test_first_reason_against_it_is_told(self) -> None:
        cloud = cloud_of(self.claim(), snapshot_name=NameRule("pre-.*", 40, "pre- and more"))
        cloud.answers("list_snapshots", SnapshotList((), can_create=Gate(False, "Busy.")))
        with pytest.raises(RecordUnavailable, match="the provider takes pre- and more"):
            self.written(cloud, ours(phase="settled"))

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

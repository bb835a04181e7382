# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes in the descriptions of snapshots: what they tell, and whether there is room for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Gate, Snapshot, SnapshotList, iso
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.snapshot_notes import (
    EARLIER,
    cloud_of,
    facts_of,
    noted,
    notes_of,
    ours,
    seen,
    theirs,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START


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

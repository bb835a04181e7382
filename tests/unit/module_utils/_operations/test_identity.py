# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which restore a run is: by the records of its target, whatever words their phases have."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Snapshot, SnapshotList
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import (
    UNFINISHED,
    Phase,
    Record,
    RecordStore,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.identity import decide, default_restore_id
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import Facts
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.words import anew

CREATED = datetime(2026, 3, 1, tzinfo=timezone.utc)
SNAPSHOT = Snapshot("snap-1", "before", "i-1", created_at=CREATED)
FACTS = Facts("i-1", "snap-1", False, "i-1", snapshot=SNAPSHOT, listed=SnapshotList((SNAPSHOT,)))
RECORD = Record(
    provider="p",
    target="i-1",
    restore_id="mine",
    snapshot_id="snap-1",
    snapshot_name="before",
    snapshot_created_at="2026-03-01T00:00:00Z",
    default_id=False,
    phase="sent",
    claimed_at="2026-03-02T00:00:00Z",
    updated_at="2026-03-02T00:00:00Z",
)
OTHER = RECORD._replace(restore_id="other")


class Records(RecordStore):
    def __init__(self, *records: Record) -> None:
        self._records = records

    def all_of(self, provider: str, target: str) -> list[Record]:
        return list(self._records)


def decision(*records: Record, facts: Facts = FACTS, restore_id: str | None = "mine", **options: Any) -> Any:
    return decide("p", anew(facts), Records(*records), restore_id=restore_id, **{"force": False, **options})


def kind(*records: Record, **options: Any) -> str:
    return str(decision(*records, **options).kind)


def refused(*records: Record, **options: Any) -> CloudError:
    with pytest.raises(CloudError) as caught:
        decision(*records, **options)
    return caught.value


def test_table_of_the_records() -> None:
    assert kind() == "fresh"
    assert kind(OTHER._replace(phase="done")) == kind(OTHER._replace(phase=Phase.FAILED)) == "fresh"
    assert kind(RECORD._replace(phase="done")) == "already"
    assert kind(RECORD._replace(phase=Phase.FAILED)) == "fresh"
    for phase in UNFINISHED:
        assert kind(RECORD._replace(phase=phase)) == "resume"
        assert refused(OTHER._replace(phase=phase)).error_code == "restore_in_progress"
        assert kind(RECORD._replace(phase="done"), OTHER._replace(phase=phase)) == "already"


def test_force_begins_anew_and_names_what_it_gives_up() -> None:
    done, sent = OTHER._replace(restore_id="third", phase="done"), OTHER._replace(phase="sent")
    found = decision(RECORD, sent, done, force=True)
    assert (found.kind, found.restore_id, found.record, found.superseded) == ("fresh", "mine", RECORD, (sent,))


def test_what_is_still_under_way_is_told_with_what_to_do() -> None:
    for phase in UNFINISHED:
        error = refused(OTHER._replace(phase=phase))
        assert f"(phase {phase})" in error.message
        assert "was stopped for it" not in error.message
        assert error.next_steps[0].startswith("Run it again with restore_id: other")
        assert ("Nothing of it was sent" in error.next_steps[1]) == (phase in ("claimed", "stopping"))
    assert refused(OTHER._replace(stopped_by_us=True)).message.endswith(
        "The instance was running and was stopped for it."
    )
    unnamed = refused(OTHER._replace(snapshot_name=None)).message
    assert "of i-1 to snap-1 began at 2026-03-02" in unnamed
    assert "of i-1 to before began at" in refused(OTHER).message


class TestSameSnapshot:
    @pytest.mark.parametrize("phase", ["done", "sent"])
    def test_another_one_is_a_conflict(self, phase: str) -> None:
        record = RECORD._replace(phase=phase)
        other = FACTS._replace(snapshot_id="snap-2", snapshot=SNAPSHOT._replace(id="snap-2", name="later"))
        error = refused(record, facts=other)
        assert error.error_code == "restore_id_conflict"
        assert "to snapshot before of 2026-03-01T00:00:00Z, which is another snapshot" in error.message
        later = FACTS._replace(snapshot=SNAPSHOT._replace(created_at=CREATED.replace(day=3)))
        assert refused(record, facts=later).error_code == "restore_id_conflict"
        nameless = refused(record._replace(snapshot_name=None, snapshot_created_at=None), facts=other).message
        assert "to snapshot snap-1 of unknown time" in nameless

    def test_a_time_that_either_side_does_not_know_is_no_difference(self) -> None:
        assert kind(RECORD._replace(snapshot_created_at=None)) == "resume"
        assert kind(RECORD, facts=FACTS._replace(snapshot=None)) == "resume"

    def test_its_name_stands_for_it(self) -> None:
        assert kind(RECORD, facts=FACTS._replace(snapshot_id="before")) == "resume"


class TestDefaultId:
    def test_differs_by_everything_it_is_of(self) -> None:
        ids = {
            default_restore_id("p", FACTS),
            default_restore_id("q", FACTS),
            default_restore_id("p", FACTS._replace(target="i-2")),
            default_restore_id("p", FACTS._replace(snapshot_id="snap-2")),
            default_restore_id("p", FACTS._replace(snapshot=SNAPSHOT._replace(created_at=CREATED.replace(day=3)))),
            default_restore_id("p", FACTS._replace(snapshot=None)),
        }
        assert len(ids) == 6
        # Records written by earlier versions are found by it, so that it must never change.
        assert default_restore_id("p", FACTS) == "62731a262e6051aa0e08704d0695e6d7"

    def own(self, *, facts: Facts = FACTS, **changes: Any) -> bool:
        """Whether a run without restore_id takes a record of another digest for its own."""
        record = RECORD._replace(restore_id="old digest", **{"default_id": True, **changes})
        with suppress(CloudError):
            return decision(record, facts=facts, restore_id=None).record is record
        # It stands in the way as another restore that has not ended.
        return False

    def test_record_of_an_earlier_digest_is_found_by_the_snapshot(self) -> None:
        assert self.own()
        assert self.own(phase="done")
        assert not self.own(default_id=False)
        assert not self.own(snapshot_id="snap-2")
        assert decision(RECORD._replace(default_id=True, phase="done"), restore_id="chosen").record is None

    def test_where_ids_are_used_again_only_a_run_that_has_not_ended_and_whose_snapshot_is_gone(self) -> None:
        gone = FACTS._replace(snapshot_ids_reused=True, snapshot=None)
        assert self.own(facts=gone)
        assert not self.own(facts=gone, phase="done")
        assert not self.own(facts=FACTS._replace(snapshot_ids_reused=True))
        assert self.own(facts=FACTS._replace(snapshot=None), phase="done")

    def test_name_counts_only_where_no_list_tells_what_it_means_now(self) -> None:
        by_name = FACTS._replace(snapshot_id="before", snapshot=None, listed=None)
        assert self.own(facts=by_name)
        assert not self.own(facts=by_name._replace(listed=SnapshotList(())))
        for other in ("after", "zzz"):
            assert not self.own(facts=by_name._replace(snapshot_id=other))

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which restore a run is, decided by the records of its target."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Snapshot, SnapshotList
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import (
    UNFINISHED,
    Phase,
    Record,
    RecordStore,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.identity import decide, default_restore_id
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.preflight import Facts

CREATED = datetime(2026, 3, 1, tzinfo=timezone.utc)
NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
SNAPSHOT = Snapshot("snap-1", "before", "i-1", created_at=CREATED)
FACTS = Facts("i-1", "snap-1", "i-1", snapshot=SNAPSHOT, listed=SnapshotList((SNAPSHOT,)))
RECORD = Record(
    provider="p",
    account="a",
    target="i-1",
    restore_id="mine",
    snapshot_id="snap-1",
    snapshot_name="before",
    snapshot_created_at="2026-03-01T00:00:00Z",
    default_id=False,
    phase=Phase.SENT,
    claimed_at="2026-03-02T00:00:00Z",
    updated_at="2026-03-02T00:00:00Z",
)
OTHER = RECORD._replace(restore_id="other")


class Records(RecordStore):
    def __init__(self, *records: Record) -> None:
        self._records = records

    def all_of(self, provider: str, target: str) -> list[Record]:
        return list(self._records)


def decision(
    *records: Record,
    facts: Facts = FACTS,
    restore_id: str | None = "mine",
    force: bool = False,
    provider: str = "onetsolutions",
) -> Any:
    return decide(SPECS[provider], facts, Records(*records), restore_id=restore_id, force=force)


def kind(*records: Record, **options: Any) -> str:
    """The decision, or the error code of its refusal."""
    try:
        return str(decision(*records, **options).kind)
    except CloudError as exc:
        return exc.error_code


def test_no_record_is_a_fresh_restore() -> None:
    assert kind() == "fresh"


@pytest.mark.parametrize("phase", sorted(UNFINISHED))
def test_unfinished_restore_of_this_id_is_resumed_and_of_another_is_in_progress(phase: Phase) -> None:
    assert kind(RECORD._replace(phase=phase)) == "resume"
    assert kind(OTHER._replace(phase=phase)) == "restore_in_progress"
    assert kind(RECORD._replace(phase=Phase.DONE), OTHER._replace(phase=phase)) == "already"


def test_finished_restore_of_this_id_is_already_done_and_of_another_does_not_matter() -> None:
    assert kind(RECORD._replace(phase=Phase.DONE)) == "already"
    assert kind(RECORD._replace(phase=Phase.FAILED)) == "fresh"
    assert kind(OTHER._replace(phase=Phase.DONE)) == kind(OTHER._replace(phase=Phase.FAILED)) == "fresh"


def test_force_starts_over_and_supersedes_what_is_unfinished() -> None:
    done = OTHER._replace(restore_id="third", phase=Phase.DONE)
    found = decision(RECORD, OTHER, done, force=True)
    assert (found.kind, found.restore_id, found.record, found.superseded) == ("fresh", "mine", RECORD, (OTHER,))


class TestSnapshot:
    @pytest.mark.parametrize("phase", [Phase.DONE, Phase.SENT])
    def test_another_one_is_a_conflict(self, phase: Phase) -> None:
        record = RECORD._replace(phase=phase)
        other = FACTS._replace(snapshot_id="snap-2", snapshot=SNAPSHOT._replace(id="snap-2", name="later"))
        later = FACTS._replace(snapshot=SNAPSHOT._replace(created_at=CREATED.replace(day=3)))
        assert kind(record, facts=other) == kind(record, facts=later) == "restore_id_conflict"

    def test_unknown_time_is_no_conflict(self) -> None:
        assert kind(RECORD._replace(snapshot_created_at=None)) == "resume"
        assert kind(RECORD, facts=FACTS._replace(snapshot=None)) == "resume"

    @pytest.mark.parametrize("phase", [Phase.DONE, Phase.SENT])
    def test_unknown_time_asks_a_person_where_ids_are_reused(self, phase: Phase) -> None:
        dateless = FACTS._replace(snapshot=SNAPSHOT._replace(created_at=None))
        known, unknown = RECORD._replace(phase=phase), RECORD._replace(phase=phase, snapshot_created_at=None)
        for record, facts in ((known, dateless), (unknown, FACTS), (unknown, dateless)):
            assert kind(record, facts=facts, provider="hostup") == "snapshot_identity_unknown"
            default = record._replace(default_id=True, restore_id="old digest")
            assert kind(default, facts=facts, provider="hostup", restore_id=None) == "snapshot_identity_unknown"

    def test_may_be_given_by_name(self) -> None:
        assert kind(RECORD, facts=FACTS._replace(snapshot_id="before")) == "resume"


class TestDefaultId:
    def test_depends_on_provider_target_snapshot_and_its_time(self) -> None:
        ids = {
            default_restore_id("p", FACTS),
            default_restore_id("q", FACTS),
            default_restore_id("p", FACTS._replace(target="i-2")),
            default_restore_id("p", FACTS._replace(snapshot_id="snap-2")),
            default_restore_id("p", FACTS._replace(snapshot=SNAPSHOT._replace(created_at=CREATED.replace(day=3)))),
            default_restore_id("p", FACTS._replace(snapshot=None)),
        }
        assert len(ids) == 6

    def test_never_changes(self) -> None:
        # Existing records are found by it.
        assert default_restore_id("p", FACTS) == "62731a262e6051aa0e08704d0695e6d7"

    def own(self, *, facts: Facts = FACTS, provider: str = "onetsolutions", **changes: Any) -> bool:
        """Whether a run without restore_id takes a record of another digest for its own."""
        record = RECORD._replace(restore_id="old digest", **{"default_id": True, **changes})
        with suppress(CloudError):
            return decision(record, facts=facts, restore_id=None, provider=provider).record is record
        return False

    def test_record_of_an_earlier_digest_is_found_by_the_snapshot(self) -> None:
        assert self.own()
        assert self.own(phase=Phase.DONE)
        assert not self.own(default_id=False)
        assert not self.own(snapshot_id="snap-2")
        assert decision(RECORD._replace(default_id=True, phase=Phase.DONE), restore_id="chosen").record is None

    def test_where_ids_are_reused_only_an_unfinished_one_whose_snapshot_is_gone_is_found(self) -> None:
        gone = FACTS._replace(snapshot=None)
        assert self.own(provider="hostup", facts=gone)
        assert not self.own(provider="hostup", facts=gone, phase=Phase.DONE)
        assert not self.own(provider="hostup")
        assert self.own(facts=gone, phase=Phase.DONE)

    def test_name_counts_only_without_a_list_to_look_it_up(self) -> None:
        by_name = FACTS._replace(snapshot_id="before", snapshot=None, listed=None)
        assert self.own(facts=by_name)
        assert not self.own(facts=by_name._replace(listed=SnapshotList(())))
        assert not self.own(facts=by_name._replace(snapshot_id="after"))

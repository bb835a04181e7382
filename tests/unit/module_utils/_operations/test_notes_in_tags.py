# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes in the tags: written whole, proved by reading, and never over the note of somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Metadata
from ansible_collections.indiecloud.compute.plugins.module_utils._record.note_format import PREFIX, encode
from ansible_collections.indiecloud.compute.plugins.module_utils._record.notes_in_tags import OTHER_STORE, TagsNotes
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import (
    Record,
    RecordUnavailable,
    TargetBusy,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import Facts
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Scripted,
    record_of,
    status,
)

Change = Callable[[Any], Any]


class Tagged:
    """A cloud that keeps tags, and notes in them. ``keep`` is what it makes of tags that are written."""

    def __init__(self, tags: Any, *, seconds: float = 1800.0, keep: Change = lambda tags: tags) -> None:
        self.cloud = Scripted(seconds=seconds)
        self.tags = tags
        self.written: list[Any] = []
        self.keep = keep
        self.cloud.answers("read_metadata", lambda: self.metadata)
        self.cloud.answers("write_metadata", self._write)
        self.notes = TagsNotes(self.cloud, Deadline(seconds, self.cloud.time.runtime))
        self.found = self.notes.look(self.facts)

    @property
    def metadata(self) -> Metadata:
        return Metadata(self.cloud.instance, {"tags": self.tags}, {"tags": self.tags, "name": "web1"})

    @property
    def facts(self) -> Facts:
        return Facts(self.cloud.instance.id, "snap-1", False, instance=Instance("i", "web1", tags=self.tags))

    def _write(self, changes: Any) -> list[str]:
        self.written.append(changes["tags"])
        self.tags = self.keep(changes["tags"])
        return []


def ours(**changes: Any) -> Record:
    return record_of(Scripted(), **{"claim": "ours", "phase": "claimed", **changes})


def theirs(**changes: Any) -> Record:
    return ours(**{"restore_id": "r-2", "claim": "theirs", **changes})


def note(*records: Record) -> str:
    return encode(list(records))


class TestForms:
    def test_list(self) -> None:
        tagged = Tagged(["a", note(theirs(phase="done")), "b"])
        tagged.notes.write(ours())
        assert tagged.tags == ["a", "b", note(ours(), theirs(phase="done"))]
        assert [item.restore_id for item in tagged.notes.read("x")] == ["r-1", "r-2"]

    def test_map(self) -> None:
        tagged = Tagged({"a": "b"})
        tagged.notes.write(ours())
        assert tagged.tags == {"a": "b", "indiecloud-restore": note(ours()).removeprefix(PREFIX)}
        assert [item.restore_id for item in Tagged(tagged.tags).found] == ["r-1"]

    def test_nothing(self) -> None:
        tagged = Tagged(None)
        tagged.notes.write(ours())
        assert tagged.tags == [note(ours())]

    @pytest.mark.parametrize(("tags", "codes"), [([], 0), ({}, 0), (None, 0), ("a,b", 1), (7, 1)])
    def test_other_forms_are_refused(self, tags: Any, codes: int) -> None:
        tagged = Tagged(tags)
        refusals = tagged.notes.refusals(tagged.facts)
        assert [item.code for item in refusals] == ["record_unavailable"] * codes
        assert all("neither a list nor a dictionary" in item.message for item in refusals)

    def test_instance_that_cannot_be_read_is_refused(self) -> None:
        tagged = Tagged([])
        (refusal,) = tagged.notes.refusals(tagged.facts._replace(instance=None))
        assert "the instance cannot be read" in refusal.message
        assert tagged.notes.look(tagged.facts._replace(instance=None)) == []

    def test_two_notes_are_one_too_many(self) -> None:
        with pytest.raises(RecordUnavailable, match="hold 2 records of restores"):
            Tagged([note(ours()), note(theirs())])

    def test_five_that_are_over_are_kept(self) -> None:
        past = [theirs(restore_id=f"p{number}", phase="done") for number in range(7)]
        tagged = Tagged([note(*past[:1], *past[1:])])
        tagged.notes.write(ours())
        found = tagged.notes.read("x")
        assert [item.restore_id for item in found] == ["r-1", "p0", "p1", "p2", "p3", "p4"]

    def test_own_earlier_ones_and_those_that_failed_are_not(self) -> None:
        phases = ("accepted", "claimed", "failed", "sent", "settled", "stopping")
        others = [theirs(restore_id=phase, phase=phase) for phase in phases]
        tagged = Tagged([note(ours(phase="done"), *others)])
        tagged.notes.write(ours(phase="claimed"))
        assert [item.phase for item in tagged.notes.read("x")] == ["claimed"]


class TestOthers:
    @pytest.mark.parametrize("tags", [[], [note(theirs())], [note(ours(lease_until="2026-01-01T00:00:00Z"))]])
    def test_note_that_has_changed_since_is_not_written_over(self, tags: Any) -> None:
        tagged = Tagged([note(ours())])
        tagged.tags = tags
        with pytest.raises(TargetBusy, match="nothing was sent by this one") as caught:
            tagged.notes.write(ours(phase="stopping"))
        assert ("somebody has removed" in caught.value.message) == (not tags)
        assert ("another controller has claimed" in caught.value.message) == bool(tags)
        assert (tagged.written, tagged.tags) == ([], tags)

    def test_our_own_that_came_late_is_ours(self) -> None:
        tagged = Tagged([note(ours())])
        tagged.tags = [note(ours(phase="sent"))]
        tagged.notes.write(ours(phase="sent"))
        assert tagged.tags == [note(ours(phase="sent"))]

    @pytest.mark.parametrize("phase", ["accepted", "settled", "done", "failed"])
    @pytest.mark.parametrize(
        ("other", "ranks"),
        [
            (None, True),
            (theirs(phase="claimed"), True),
            (theirs(phase="stopping"), True),
            (theirs(phase="sent"), False),
            (theirs(phase="accepted"), False),
            (theirs(phase="done"), False),
            (theirs(restore_id="a", phase="sent"), False),
            (ours(claim="theirs", phase="sent"), True),
            (ours(claim="theirs", phase="accepted"), True),
            (ours(claim="theirs", phase="settled"), True),
            (ours(claim="theirs", phase="done"), False),
        ],
    )
    def test_what_is_known_of_a_sent_restore_outranks_what_has_sent_nothing(
        self, phase: str, other: Record | None, ranks: bool
    ) -> None:
        tagged = Tagged([note(ours(phase="sent"))])
        tagged.tags = [note(other)] if other else []
        if ranks:
            tagged.notes.write(ours(phase=phase))
            assert tagged.notes.read("x")[0].phase == phase
        else:
            with pytest.raises(TargetBusy):
                tagged.notes.write(ours(phase=phase))
            assert tagged.written == []

    def test_note_of_several_is_known_again(self) -> None:
        tagged = Tagged([note(theirs(phase="done"))])
        for phase in ("claimed", "stopping", "sent"):
            tagged.notes.write(ours(phase=phase))
        assert [item.phase for item in tagged.notes.read("x")] == ["sent", "done"]

    def test_only_the_latest_of_a_note_ranks(self) -> None:
        tagged = Tagged([note(ours(phase="sent"))])
        tagged.tags = [note(theirs(phase="sent"), theirs(restore_id="r-3", phase="claimed"))]
        with pytest.raises(TargetBusy):
            tagged.notes.write(ours(phase="done"))
        tagged = Tagged([note(ours(phase="sent"))])
        tagged.tags = [note(ours(claim="theirs", phase="done"), theirs(phase="done", restore_id="r-1"))]
        with pytest.raises(TargetBusy):
            tagged.notes.write(ours(phase="done"))
        tagged.tags = [note(ours(claim="theirs", phase="sent"), theirs(phase="done"))]
        tagged.notes.write(ours(phase="accepted"))
        assert tagged.notes.read("x")[0].phase == "accepted"


class TestClaim:
    def test_stands_for_three_seconds(self) -> None:
        tagged = Tagged([])
        assert tagged.notes.claim(ours()) == ours()
        assert tagged.cloud.time.seconds == 3.0

    @pytest.mark.parametrize("claim", ["aaaa", "theirs"])
    def test_one_that_was_written_over_is_lost(self, claim: str) -> None:
        tagged = Tagged([])
        reads = iter([[], [note(ours())], [note(theirs(claim=claim))]])
        tagged.cloud.answers("read_metadata", lambda: setattr(tagged, "tags", next(reads)) or tagged.metadata)
        with pytest.raises(TargetBusy, match="another controller has claimed"):
            tagged.notes.claim(ours())

    def test_take_over_is_a_claim_of_another_name(self) -> None:
        tagged = Tagged([note(theirs(phase="sent"))])
        taken = tagged.notes.take_over(theirs(phase="sent"))
        assert taken.claim not in ("theirs", None)
        assert tagged.notes.read(taken.target) == [taken]

    def test_lease(self) -> None:
        notes = Tagged([]).notes
        assert (notes.lease_seconds, notes.renews) == (120.0, True)


class TestRefusedWrites:
    def refusing(self, times: int, error: Exception, **options: Any) -> Tagged:
        tagged = Tagged([], **options)
        tagged.cloud.answers("write_metadata", *[error] * times, tagged._write)
        return tagged

    def test_conflict_may_pass(self) -> None:
        tagged = self.refusing(2, status(409))
        tagged.notes.write(ours())
        assert (tagged.written, tagged.cloud.time.seconds) == ([[note(ours())]], 6.0)

    @pytest.mark.parametrize(
        ("phase", "seconds"), [("claimed", 60.0), ("sent", 60.0), ("done", 60.0), ("accepted", 0.0)]
    )
    def test_conflict_that_stays_is_told(self, phase: str, seconds: float) -> None:
        tagged = Tagged([])

        def refuse(changes: Any) -> None:
            raise status(409)

        tagged.cloud.answers("write_metadata", refuse)
        with pytest.raises(ProviderError) as caught:
            tagged.notes.write(ours(phase=phase))
        assert caught.value.message == "the record of the restore could not be written to the tags: No."
        assert tagged.cloud.time.seconds == seconds

    def test_end_of_the_run_ends_it(self) -> None:
        tagged = self.refusing(100, status(409), seconds=10.0)
        with pytest.raises(ProviderError):
            tagged.notes.write(ours())
        assert tagged.cloud.time.seconds == 10.0

    @pytest.mark.parametrize("number", [400, 403, 422])
    def test_other_refusals_do_not_pass(self, number: int) -> None:
        tagged = self.refusing(1, status(number))
        with pytest.raises(ProviderError):
            tagged.notes.write(ours())
        assert tagged.cloud.time.seconds == 0.0


class TestProof:
    def test_reading_that_lags_is_waited_for(self) -> None:
        tagged = Tagged([])
        shown = iter([[], [], [], [], [note(ours())]])
        tagged.cloud.answers(
            "read_metadata", lambda: setattr(tagged, "tags", next(shown, [note(ours())])) or tagged.metadata
        )
        tagged.notes.write(ours())
        assert tagged.cloud.time.seconds == 3.0

    def test_tags_that_never_show_are_no_record(self) -> None:
        tagged = Tagged([], keep=lambda tags: [])
        with pytest.raises(CloudError) as caught:
            tagged.notes.write(ours())
        assert caught.value.error_code == "record_unavailable"
        assert tagged.cloud.time.seconds == 60.0

    @pytest.mark.parametrize("claim", ["aaaa", "theirs"])
    def test_other_controller_that_wrote_at_once_is_told(self, claim: str) -> None:
        tagged = Tagged([], keep=lambda tags: [note(theirs(claim=claim))])
        with pytest.raises(TargetBusy, match="another controller has claimed"):
            tagged.notes.write(ours())

    @pytest.mark.parametrize(
        ("phase", "undone"),
        [("claimed", True), ("stopping", False), ("sent", False), ("accepted", False), ("done", False)],
    )
    def test_tags_that_are_kept_in_another_form_are_no_place(self, phase: str, undone: bool) -> None:
        before = note(ours(phase="claimed" if undone else "stopping", updated_at="x"))
        tagged = Tagged(["b", before], keep=lambda tags: sorted(tags, reverse=True))
        if not undone:
            tagged = Tagged(["b", before], keep=lambda tags: tags[::-1])
        with pytest.raises(CloudError) as caught:
            tagged.notes.write(ours(phase=phase))
        assert caught.value.next_steps == (OTHER_STORE,)
        assert caught.value.error_code == "not_applied"
        assert len(tagged.written) == (2 if undone else 1)
        assert (tagged.written[-1] == ["b", before]) == undone

    def test_what_cannot_be_undone_is_left(self) -> None:
        tagged = Tagged(["b"], keep=lambda tags: tags[::-1])
        tagged.cloud.answers("write_metadata", tagged._write, status(500))
        with pytest.raises(CloudError) as caught:
            tagged.notes.write(ours())
        assert caught.value.next_steps == (OTHER_STORE,)

    def test_note_that_was_cut_off_is_taken_back(self) -> None:
        tagged = Tagged(["b"], keep=lambda tags: [item[:30] for item in tags])
        with pytest.raises(CloudError) as caught:
            tagged.notes.write(ours())
        assert caught.value.next_steps == (OTHER_STORE,)
        assert tagged.tags == ["b"]

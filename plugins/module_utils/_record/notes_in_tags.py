# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record in the tags of an instance: one entry, in the form the tags have, and nothing else changed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from .._api.clock import Deadline
from .._api.errors import CloudError, ProviderError
from .._api.models import Instance, SnapshotList
from .._metadata.change import NotApplied, write_and_prove
from .._metadata.tags import MARKER
from .._providers.base import Metadata, Provider
from .._task.refusal import Refusal
from .note_format import PREFIX, decode, encode, is_note
from .record import BEFORE_SENDING, Phase, Record, RecordUnavailable, TargetBusy, new_claim

KEPT = 5
"""How many ended restores an entry remembers, besides the latest."""
SETTLE_SECONDS = 3.0
"""How long a claim must stand: two that were written at once are told apart by which of them remained."""
BUSY_SECONDS = 60.0
"""How long a note that the provider refuses for the moment is written again."""
NOT_SHOWN = "record_unavailable"
OTHER_STORE = "The provider keeps tags in another form than they are written; use record: file."
Stamp = tuple[Any, ...]
"""Claim, phase, time and lease of the latest record of a note, to tell whether it is still the same."""


class TagsNotes:
    """Notes in the tags. Each writing reads, writes the whole object back, reads again and compares every field."""

    lease_seconds = 120.0
    renews = True

    def __init__(self, provider: Provider, deadline: Deadline) -> None:
        self._provider = provider
        self._deadline = deadline
        self._known: Stamp | None = None

    def look(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> list[Record]:
        found = self._records(instance.tags, target) if instance else []
        self._known = _stamp(found)
        return found

    def read(self, target: str) -> list[Record]:
        return self._records(self._provider.read_metadata(target).values.get("tags"), target)

    def refusals(self, instance: Instance | None, listed: SnapshotList | None) -> list[Refusal]:
        if instance is None:
            why = "the instance cannot be read"
        elif not isinstance(instance.tags, (list, dict, type(None))):
            why = "the tags of the instance are neither a list nor a dictionary"
        else:
            return []
        return [
            Refusal(
                "record_unavailable",
                f"record: provider keeps the record in the tags of the instance, and {why}",
                "Use record: file with a record_path that outlives the run, or mend what is named.",
            )
        ]

    def claim(self, record: Record) -> Record:
        self.write(record)
        self._deadline.pause(SETTLE_SECONDS)
        found = self.read(record.target)
        if _latest_claim(found) != record.claim:
            raise _busy(record, found)
        return record

    def take_over(self, record: Record) -> Record:
        return self.claim(record._replace(claim=new_claim()))

    def write(self, record: Record) -> None:
        # While work on the instance runs a provider may refuse to change it, and a restore runs for long.
        patience = Deadline(0.0 if record.phase == Phase.ACCEPTED else BUSY_SECONDS, self._provider.transport.runtime)
        while True:
            try:
                self._write_once(record)
                return
            except CloudError as exc:
                passes = exc.error_code == NOT_SHOWN or (isinstance(exc, ProviderError) and exc.status == 409)
                if not passes or patience.passed() or self._deadline.passed():
                    raise
            self._deadline.pause(SETTLE_SECONDS)

    def _write_once(self, record: Record) -> None:
        fresh = self._provider.read_metadata(record.target)
        tags = fresh.values.get("tags")
        found = self._records(tags, record.target)
        if _stamp(found) not in (self._known, _stamp([record])) and not _outranks(record, found):
            raise _busy(record, found)
        past = [item for item in found if item.restore_id != record.restore_id and item.phase == Phase.DONE]
        changed = _with_note(tags, encode([record, *past[:KEPT]]))
        try:
            write_and_prove(self._provider, record.target, fresh, {"tags": changed}, [])
        except CloudError as exc:
            if isinstance(exc, NotApplied):
                self._explain_other_tags(record, fresh, exc)
            exc.message = f"the record of the restore could not be written to the tags: {exc.message}"
            raise
        self._known = _stamp([record])

    def _explain_other_tags(self, record: Record, before: Metadata, exc: CloudError) -> None:
        """The tags read other than written: by a reading that lags, another controller, or the provider's own rules.

        A claim that cannot be proved is taken back, so that it does not stand in the way of the next run.
        """
        try:
            found = self.read(record.target)
        except RecordUnavailable:
            # What was written cannot be read any more: cut off, say.
            found = [record]
        if _stamp(found) == self._known:
            exc.error_code = NOT_SHOWN
            return
        if _latest_claim(found) != record.claim:
            raise _busy(record, found) from None
        exc.next_steps = (OTHER_STORE,)
        if record.phase == Phase.CLAIMED:
            with suppress(CloudError):
                self._provider.write_metadata(record.target, before, {"tags": before.values.get("tags")})

    def _records(self, tags: Any, target: str) -> list[Record]:
        notes = _notes(tags)
        if len(notes) > 1:
            raise RecordUnavailable(
                f"the tags of {target} hold {len(notes)} records of restores",
                next_steps=(f"See which of them is true, remove the other entries {MARKER}, and run again.",),
            )
        return decode(notes[0], self._provider.spec.name, target) if notes else []


def _notes(tags: Any) -> list[str]:
    if isinstance(tags, dict):
        return [f"{PREFIX}{tags[MARKER]}"] if MARKER in tags else []
    return [item for item in tags if is_note(item)] if isinstance(tags, list) else []


def _with_note(tags: Any, note: str) -> Any:
    if isinstance(tags, dict):
        return {**tags, MARKER: note.removeprefix(PREFIX)}
    return [*(item for item in tags or [] if not is_note(item)), note]


def _latest_claim(records: list[Record]) -> str | None:
    return records[0].claim if records else None


def _stamp(records: list[Record]) -> Stamp | None:
    """What tells one note from another, also from a later one of the same controller."""
    return tuple((item.claim, item.phase, item.updated_at, item.lease_until) for item in records[:1]) or None


def _outranks(record: Record, found: list[Record]) -> bool:
    """Whether what is known of a restore that was sent is written over a note of somebody else.

    It is over none, and over a claim of which nothing was sent; that one finds it before it sends.
    """
    if record.phase in BEFORE_SENDING:
        return False
    same = bool(found) and found[0].restore_id == record.restore_id
    return not found or found[0].phase in (Phase.CLAIMED, Phase.STOPPING) or (same and found[0].phase != Phase.DONE)


def _busy(record: Record, found: list[Record]) -> TargetBusy:
    who = (
        f"another controller has claimed a restore of {record.target}"
        if found
        else f"somebody has removed the record of the restore from the tags of {record.target}"
    )
    return TargetBusy(
        f"{who} at the same time; nothing was sent by this one",
        next_steps=("Wait for it to end and run again; with the same restore_id nothing is done twice.",),
    )

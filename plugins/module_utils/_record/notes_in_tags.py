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
from .._metadata.change import ChangedMeanwhile, NotApplied, write_and_prove
from .._metadata.tags import MARKER
from .._providers.base import Metadata, Provider
from .._task.refusal import Refusal
from .note_format import PREFIX, decode, encode, is_note
from .record import BEFORE_SENDING, Phase, Record, RecordUnavailable, TargetBusy, new_claim

KEPT = 5
"""How many finished restores an entry keeps besides the latest."""
SETTLE_SECONDS = 3.0
"""How long a claim must remain: of two that were written at once, one overwrites the other."""
BUSY_SECONDS = 60.0
"""How long a note is retried while the provider refuses it."""
NOT_WRITTEN = "the record of the restore could not be written to the tags"
OTHER_STORE = "The provider stores tags in another form than they are written; use record: file."
Stamp = tuple[Any, ...]
"""Claim, phase, time and lease of the latest record of a note: together they identify one version of it."""


class NotShown(RecordUnavailable):
    """A note was written and the tags read as before."""


class TagsNotes:
    """Notes in the tags. Each write reads the object, writes it back whole, reads it again and compares every field."""

    lease_seconds = 120.0
    renews = True
    snapshots_of_claim = 0

    def __init__(self, provider: Provider, deadline: Deadline) -> None:
        self._provider = provider
        self._deadline = deadline
        self._known: Stamp | None = None
        self._sent: str | None = None
        """The claim under which this run sent a restore."""

    def look(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> list[Record]:
        found = self._records(instance.tags, target) if instance else []
        self._known = _stamp(found)
        return found

    def read(self, target: str) -> list[Record]:
        return self._records(self._provider.read_metadata(target).values.get("tags"), target)

    def refusals(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> list[Refusal]:
        if instance is None:
            why = "the instance cannot be read"
        elif not isinstance(instance.tags, (list, dict, type(None))):
            why = "the tags of the instance are neither a list nor a dictionary"
        else:
            try:
                self._provider.require_writable_metadata(self._provider.read_metadata(instance.id))
            except CloudError as exc:
                return [Refusal(exc.error_code, exc.message, " ".join(exc.next_steps) or OTHER_STORE)]
            return []
        return [
            Refusal(
                "record_unavailable",
                f"record: provider keeps the record in the tags of the instance, and {why}",
                "Use record: file with a record_path that outlives the run, or fix what is named.",
            )
        ]

    def claim(self, record: Record) -> Record:
        self.write(record)
        self._deadline.pause(SETTLE_SECONDS)
        found = self.read(record.target)
        if _latest_claim(found) != record.claim:
            raise _busy(record, found)
        return record

    def confirm(self, record: Record) -> None:
        """Nothing: the tags hold one claim, and it is this one."""

    def take_over(self, record: Record) -> Record:
        return self.claim(record._replace(claim=new_claim()))

    def write(self, record: Record) -> None:
        # The provider may refuse changes while it works on the instance, and a restore takes long.
        patience = Deadline(0.0 if record.phase == Phase.ACCEPTED else BUSY_SECONDS, self._provider.transport.runtime)
        while True:
            try:
                self._write_once(record)
                self._sent = record.claim if record.phase == Phase.SENT else self._sent
                return
            except CloudError as exc:
                passes = isinstance(exc, (NotShown, ChangedMeanwhile)) or (
                    isinstance(exc, ProviderError) and exc.status == 409
                )
                if not passes or patience.passed() or self._deadline.passed():
                    raise
            self._deadline.pause(SETTLE_SECONDS)

    def _write_once(self, record: Record) -> None:
        fresh = self._provider.read_metadata(record.target)
        tags = fresh.values.get("tags")
        found = self._records(tags, record.target)
        sent = self._sent is not None and self._sent == record.claim
        if _stamp(found) not in (self._known, _stamp([record])) and not _outranks(record, found, sent=sent):
            raise _busy(record, found)
        past = [item for item in found if item.restore_id != record.restore_id and item.phase == Phase.DONE]
        changed = _with_note(tags, encode([record, *past[:KEPT]]))
        try:
            write_and_prove(self._provider, record.target, fresh, {"tags": changed}, [])
        except NotApplied as exc:
            raise self._other_tags(record, fresh, exc) from exc
        except CloudError as exc:
            raise exc.with_context(NOT_WRITTEN) from exc
        self._known = _stamp([record])

    def _other_tags(self, record: Record, before: Metadata, exc: NotApplied) -> CloudError:
        """The tags differ from what was written: a stale reading, another controller, or the provider's own rules.

        A claim that cannot be confirmed is withdrawn, so it does not block the next run.
        """
        try:
            found = self.read(record.target)
        except RecordUnavailable:
            # The note can no longer be read, for example because it was truncated.
            found = [record]
        if _stamp(found) == self._known:
            return NotShown(f"{NOT_WRITTEN}: {exc.message}", next_steps=exc.next_steps, applied=exc.applied)
        if _latest_claim(found) != record.claim:
            return _busy(record, found)
        if record.phase == Phase.CLAIMED:
            with suppress(CloudError):
                self._withdraw(record.target, before)
        return exc.with_context(NOT_WRITTEN, next_steps=(OTHER_STORE,))

    def _withdraw(self, target: str, before: Metadata) -> None:
        """Put back the note from before. What others changed in the tags since then stays."""
        fresh = self._provider.read_metadata(target)
        earlier = next(iter(_notes(before.values.get("tags"))), None)
        tags = _with_note(fresh.values.get("tags"), earlier)
        self._provider.write_metadata(
            target, fresh, {"tags": tags or (None if before.values.get("tags") is None else tags)}
        )

    def _records(self, tags: Any, target: str) -> list[Record]:
        notes = _notes(tags)
        if len(notes) > 1:
            raise RecordUnavailable(
                f"the tags of {target} hold {len(notes)} records of restores",
                next_steps=(f"Check which of them is right, remove the other entries {MARKER}, and run again.",),
            )
        return decode(notes[0], self._provider.spec.name, self._provider.account, target) if notes else []


def _notes(tags: Any) -> list[str]:
    if isinstance(tags, dict):
        return [f"{PREFIX}{tags[MARKER]}"] if MARKER in tags else []
    return [item for item in tags if is_note(item)] if isinstance(tags, list) else []


def _with_note(tags: Any, note: str | None) -> Any:
    """The tags with this note in place of another one, or without any."""
    if isinstance(tags, dict):
        others = {key: value for key, value in tags.items() if key != MARKER}
        return others if note is None else {**tags, MARKER: note.removeprefix(PREFIX)}
    others_listed = [item for item in tags or [] if not is_note(item)]
    return others_listed if note is None else [*others_listed, note]


def _latest_claim(records: list[Record]) -> str | None:
    return records[0].claim if records else None


def _stamp(records: list[Record]) -> Stamp | None:
    """Identifies one version of a note."""
    return tuple((item.claim, item.phase, item.updated_at, item.lease_until) for item in records[:1]) or None


def _outranks(record: Record, found: list[Record], *, sent: bool) -> bool:
    """Whether the record of a restore replaces a note of another controller. ``sent``: this run sent it.

    It replaces no note, or a claim that has sent nothing yet and finds this record before it sends.
    """
    if record.phase in BEFORE_SENDING or not sent:
        return False
    same = bool(found) and found[0].restore_id == record.restore_id
    return not found or found[0].phase in (Phase.CLAIMED, Phase.STOPPING) or (same and found[0].phase != Phase.DONE)


def _busy(record: Record, found: list[Record]) -> TargetBusy:
    who = (
        f"another controller has claimed a restore of {record.target}"
        if found
        else f"the record of the restore was removed from the tags of {record.target}"
    )
    return TargetBusy(
        f"{who} at the same time; nothing was sent by this one",
        next_steps=("Wait for it to end and run again; with the same restore_id nothing is done twice.",),
    )

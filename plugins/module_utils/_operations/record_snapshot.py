# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record in the description of the safety snapshot, for a provider that keeps nothing else of ours.

A snapshot cannot be changed once it is taken, so that there are two: one taken before anything is touched says that a
restore was claimed, one taken after its end, before the instance is started, that it is settled. What happened between
them is told by looking.
"""

from __future__ import annotations

from dataclasses import replace

from .._api.clock import Deadline
from .._api.errors import CloudError, ProviderError
from .._api.models import RUNNING, SnapshotList
from .._providers.base import Provider
from .facts import Facts, RestoreOptions
from .follow import Patience
from .record import DONE, SENT, SETTLED, Record, RecordUnavailable, TargetBusy
from .record_note import decode, encode, is_note
from .refusal import Refusal
from .safety import NAME, free_name
from .snapshot import LOOK_SECONDS, creation_refusals, take

DONE_NAME = "done-{}"
SETTLE_SECONDS = 3.0


class SnapshotNotes:
    """Notes in descriptions. They live as long as the provider keeps snapshots, and each takes a slot of the plan."""

    renews = False

    def __init__(self, provider: Provider, options: RestoreOptions, patience: Patience) -> None:
        self._provider = provider
        self._patience = patience
        self._stops_first = options.stop_always
        # A claim cannot be renewed, so that it has to last for the whole run.
        self.lease_seconds = options.wait_timeout
        self._listed = SnapshotList(())
        self._was_running = False

    def look(self, facts: Facts) -> list[Record]:
        self._listed = facts.listed or self._listed
        self._was_running = facts.power_state == RUNNING
        return [_ended(item, facts) for item in self._records(self._listed, facts.target)]

    def read(self, target: str) -> list[Record]:
        return self._records(self._provider.list_snapshots(target), target)

    def refusals(self, facts: Facts) -> list[Refusal]:
        if facts.listed is None:
            return [
                Refusal(
                    "record_unavailable",
                    "record: provider keeps the record in a snapshot's description, and snapshots cannot be listed",
                    "Use record: file with a record_path that outlives the run.",
                )
            ]
        return creation_refusals(self._provider.capabilities, NAME.format("12345678"), facts.listed)

    def claim(self, record: Record) -> Record:
        name = free_name(NAME, record.restore_id, self._listed.snapshots)
        record = replace(record, safety_snapshot=name)
        noted = replace(record, stopped_by_us=record.stopped_by_us or (self._was_running and self._stops_first))
        try:
            self._take(noted, name)
        except ProviderError as exc:
            # Of two requests at once a provider may refuse one for the work of the other.
            if exc.status != 409 or self._rival(record, LOOK_SECONDS) is None:
                raise
        rival = self._rival(record, SETTLE_SECONDS)
        if rival is not None:
            raise TargetBusy(
                f"another controller claimed restore {rival.restore_id!r} of {record.target} at the same time; nothing "
                "was sent by this one",
                next_steps=(f"Wait for it to end, delete the snapshot {name} if there is one, and run again.",),
            )
        return record

    def _rival(self, record: Record, seconds: float) -> Record | None:
        """A claim that came up while this one was made, and was first; looked for at least this long."""
        before = {item.claim for item in self._records(self._listed, record.target)}
        end = Deadline(min(seconds, self._patience.deadline.left()), self._patience.runtime)
        while True:
            self._patience.deadline.pause(SETTLE_SECONDS)
            claims = [item for item in self.read(record.target) if item.unfinished and item.claim not in before]
            first = min(claims, key=lambda item: (item.claimed_at, item.claim or ""), default=None)
            if first is not None and first.claim != record.claim:
                return first
            if end.passed():
                return None

    def take_over(self, record: Record) -> Record:
        # The claim cannot be changed, and stays the claim of this restore.
        return record

    def write(self, record: Record) -> None:
        if record.phase == SENT and self._is_over(record):
            raise TargetBusy(
                f"the claim of restore {record.restore_id!r} ended at {record.lease_until}, before it could be sent",
                next_steps=("Run again; a longer wait_timeout makes the claim last longer.",),
            )
        if record.phase in (SETTLED, DONE):
            listed = self._provider.list_snapshots(record.target)
            if any(item.phase == SETTLED and item.claim == record.claim for item in self._notes(listed, record.target)):
                return
            name = free_name(DONE_NAME, record.restore_id, listed.snapshots)
            problems = creation_refusals(self._provider.capabilities, name, listed)
            if problems:
                raise RecordUnavailable(problems[0].message)
            self._take(replace(record, lease_until=None), name)

    def _take(self, record: Record, name: str) -> None:
        note = encode([record])
        try:
            made = take(self._provider, record.target, name, note, self._patience)
        except CloudError as exc:
            exc.message = f"the snapshot that records the restore could not be taken: {exc.message}"
            raise
        if made.description != note:
            raise RecordUnavailable(
                f"the provider did not keep the description of snapshot {name}, which records the restore",
                next_steps=(f"Delete the snapshot {name}, and use record: file with a record_path that is kept.",),
            )

    def _records(self, listed: SnapshotList, target: str) -> list[Record]:
        """The records that the snapshots tell of; a claim that says nothing of its end may have been sent."""
        found: dict[str, Record] = {}
        for record in self._notes(listed, target):
            known = found.get(record.restore_id)
            if known is None or _weight(record) > _weight(known):
                found[record.restore_id] = record
        latest = sorted(found.values(), key=lambda item: item.claimed_at, reverse=True)
        # A later claim was let through because the earlier restore was over or given up.
        return latest[:1] + [item for item in latest[1:] if item.phase == SETTLED]

    def _notes(self, listed: SnapshotList, target: str) -> list[Record]:
        found: list[Record] = []
        for item in listed.snapshots:
            if is_note(item.description):
                for record in decode(item.description or "", self._provider.spec.name, target):
                    over = record.phase in (SETTLED, DONE)
                    phase = SETTLED if over else SENT
                    found.append(replace(record, phase=phase, sent_at=record.sent_at or record.claimed_at))
        return found

    def _is_over(self, record: Record) -> bool:
        lease = record.lease_time
        return lease is not None and lease < self._provider.transport.provider_now()


def _weight(record: Record) -> tuple[str, bool]:
    return record.claimed_at, record.phase == SETTLED


def _ended(record: Record, facts: Facts) -> Record:
    """A settled restore is done once the power is as it was before."""
    as_before = record.previous_power_state in (None, facts.power_state)
    return replace(record, phase=DONE) if record.phase == SETTLED and as_before else record

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record in the description of the safety snapshot, for a provider that keeps nothing else of ours.

A snapshot cannot be changed, so there are two: one created before anything is touched records the claim, one created
after the end of the restore, before the instance is started, records that it is settled. What happened in between must
be looked up.
"""

from __future__ import annotations

from datetime import timedelta

from .._api.clock import Deadline
from .._api.errors import CloudError, ProviderError
from .._api.models import Instance, PowerState, Snapshot, SnapshotList, iso
from .._providers.base import Provider
from .._snapshot.snapshots import BEFORE_RESTORE, LOOK_SECONDS, Snapshots, creation_refusals, unused_name
from .._task.refusal import Refusal
from .._task.waiting import Patience
from .note_format import decode, encode, is_note
from .record import Phase, Record, RecordUnavailable, TargetBusy

DONE_NAME = "done-{}"
SETTLE_SECONDS = 3.0
START_WITHIN = timedelta(hours=1)
"""How long after a restore a stopped instance is assumed to have been left unstarted."""


class SnapshotNotes:
    """Notes in snapshot descriptions. They last as long as their snapshots, and each uses a slot of the plan."""

    renews = False
    snapshots_of_claim = 1

    def __init__(self, provider: Provider, patience: Patience, lease_seconds: float, *, stops_first: bool) -> None:
        self._provider = provider
        self._patience = patience
        self._stops_first = stops_first
        self.lease_seconds = lease_seconds
        self._listed = SnapshotList(())
        self._was_running = False

    def look(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> list[Record]:
        self._listed = listed or self._listed
        power = instance.power_state if instance else None
        self._was_running = power == PowerState.RUNNING
        records = self._records(self._listed, target)
        # The power state says something about the latest restore only.
        return [self._ended(item, power if item is records[0] else item.previous_power_state) for item in records]

    def read(self, target: str) -> list[Record]:
        return self._records(self._provider.list_snapshots(target), target)

    def refusals(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> list[Refusal]:
        if listed is None:
            return [
                Refusal(
                    "record_unavailable",
                    "record: provider keeps the record in a snapshot's description, and snapshots cannot be listed",
                    "Use record: file with a record_path that outlives the run.",
                )
            ]
        return creation_refusals(self._provider.capabilities, BEFORE_RESTORE.format("12345678"), listed)

    def claim(self, record: Record) -> Record:
        name = unused_name(BEFORE_RESTORE, record.restore_id, self._listed.snapshots)
        record = record._replace(safety_snapshot=name)
        noted = record._replace(stopped_by_us=record.stopped_by_us or (self._was_running and self._stops_first))
        try:
            self._take(noted, name)
        except ProviderError as exc:
            # The provider may refuse one of two simultaneous requests because of the other.
            if exc.status != 409 or self._rival(record, LOOK_SECONDS) is None:
                raise
        rival = self._rival(record, SETTLE_SECONDS)
        if rival is not None:
            raise TargetBusy(
                f"another controller claimed restore {rival.restore_id!r} of {record.target} at the same time; nothing "
                "was sent by this one",
                next_steps=(f"Wait for it to end, delete the snapshot {name} if there is one, and run again.",),
            )
        self._wait_until_allowed(record.target)
        return record

    def _wait_until_allowed(self, target: str) -> None:
        """Wait until the claim's own snapshot no longer closes the gate for a restore."""
        end = Deadline(LOOK_SECONDS, self._patience.runtime)
        while self._provider.restore_gate(target).allowed is False and not end.passed():
            self._patience.deadline.pause(SETTLE_SECONDS)

    def _rival(self, record: Record, seconds: float) -> Record | None:
        """A claim that appeared while this one was made, and was first; looks for at least ``seconds``."""
        end = Deadline(min(seconds, self._patience.deadline.left()), self._patience.runtime)
        while True:
            self._patience.deadline.pause(SETTLE_SECONDS)
            rival = self._first_of_new(record, self._provider.list_snapshots(record.target))
            if rival is not None or end.passed():
                return rival

    def _first_of_new(self, record: Record, listed: SnapshotList) -> Record | None:
        """The first claim of those made since this run began, unless it is this one."""
        before = {item.claim for item in self._notes(self._listed, record.target)}
        claims = [
            item for item in self._notes(listed, record.target) if item.phase == Phase.SENT and item.claim not in before
        ]
        first = min(claims, key=lambda item: (item.claimed_at, item.claim or ""), default=None)
        return None if first is None or first.claim == record.claim else first

    def confirm(self, record: Record) -> None:
        now = self._provider.transport.provider_now()
        for other in self._notes(self._provider.list_snapshots(record.target), record.target):
            lease = other.lease_time
            if other.phase == Phase.SENT and other.claim != record.claim and lease is not None and lease > now:
                raise TargetBusy(
                    f"another controller claimed restore {other.restore_id!r} of {record.target} too, and may be at "
                    f"work until {other.lease_until}",
                    next_steps=("Wait for it to end and run again; with the same restore_id nothing is done twice.",),
                )

    def take_over(self, record: Record) -> Record:
        # The claim cannot be changed, so it stays the claim of this restore.
        return record

    def write(self, record: Record) -> None:
        if record.phase == Phase.SENT:
            self._require_claim(record)
        if record.phase in (Phase.SETTLED, Phase.DONE):
            # Work that has just ended may still close the gate.
            end = Deadline(LOOK_SECONDS if record.phase == Phase.SETTLED else 0.0, self._patience.runtime)
            while True:
                listed = self._provider.list_snapshots(record.target)
                if self._says_end(listed, record):
                    return
                name = unused_name(DONE_NAME, record.restore_id, listed.snapshots)
                problems = creation_refusals(self._provider.capabilities, name, listed)
                if not problems:
                    break
                if end.passed() or self._patience.deadline.passed() or listed.can_create.allowed is not False:
                    raise RecordUnavailable(problems[0].message)
                self._patience.deadline.pause(SETTLE_SECONDS)
            self._take(record._replace(lease_until=None), name)

    def _require_claim(self, record: Record) -> None:
        """Just before the restore is sent: raises TargetBusy if another controller may have claimed it."""
        if self._is_over(record):
            raise TargetBusy(
                f"the claim of restore {record.restore_id!r} ended at {record.lease_until}, before it could be sent",
                next_steps=("Run again; a longer wait_timeout makes the claim last longer.",),
            )
        listed = self._provider.list_snapshots(record.target)
        if self._says_end(listed, record) or self._first_of_new(record, listed) is not None:
            raise TargetBusy(
                f"another controller has claimed a restore of {record.target}; nothing was sent by this one",
                next_steps=("Wait for it to end and run again; with the same restore_id nothing is done twice.",),
            )

    def _says_end(self, listed: SnapshotList, record: Record) -> bool:
        notes = self._notes(listed, record.target)
        return any(item.phase == Phase.SETTLED and item.claim == record.claim for item in notes)

    def _take(self, record: Record, name: str) -> None:
        note = encode([record])
        try:
            made = Snapshots(self._provider, record.target, self._patience).create(name, note)
        except CloudError as exc:
            raise exc.with_context("the snapshot that records the restore could not be created") from exc
        if made.description == note:
            return
        if any(item.claim != record.claim for item in self._noted(made, record.target)):
            raise TargetBusy(
                f"another controller created snapshot {name}, which claims a restore of {record.target}, at the same "
                "time; nothing was sent by this one",
                next_steps=("Wait for it to end and run again; with the same restore_id nothing is done twice.",),
            )
        raise RecordUnavailable(
            f"the provider did not keep the description of snapshot {name}, which records the restore",
            next_steps=(f"Delete the snapshot {name}, and use record: file with a record_path that is kept.",),
        )

    def _records(self, listed: SnapshotList, target: str) -> list[Record]:
        """The records in the snapshots. A claim without an end may have been sent."""
        found: dict[str, Record] = {}
        for record in self._notes(listed, target):
            found[record.restore_id] = max(found.get(record.restore_id, record), record, key=_weight)
        latest = sorted(found.values(), key=lambda item: item.claimed_at, reverse=True)
        # A later claim was only possible because the earlier restore was over or abandoned.
        return latest[:1] + [item for item in latest[1:] if item.phase == Phase.SETTLED]

    def _notes(self, listed: SnapshotList, target: str) -> list[Record]:
        return [record for item in listed.snapshots for record in self._noted(item, target)]

    def _noted(self, item: Snapshot, target: str) -> list[Record]:
        """The records of one snapshot, dated by the provider's creation time."""
        if not is_note(item.description):
            return []
        found: list[Record] = []
        for record in decode(item.description or "", self._provider.spec.name, self._provider.account, target):
            if record.phase in (Phase.SETTLED, Phase.DONE):
                when = iso(item.created_at) or record.updated_at
                found.append(record._replace(phase=Phase.SETTLED, updated_at=when))
            else:
                when = iso(item.created_at) or record.claimed_at
                found.append(record._replace(phase=Phase.SENT, claimed_at=when, sent_at=record.sent_at or when))
        return found

    def _ended(self, record: Record, power: PowerState | None) -> Record:
        """A settled restore counts as done unless the power state shows that its last step is missing."""
        when = record.updated_time
        recent = when is None or self._provider.transport.provider_now() - when < START_WITHIN
        off = record.previous_power_state == PowerState.RUNNING != power
        left_on = record.previous_power_state == PowerState.STOPPED and record.left_power == PowerState.RUNNING == power
        open_end = recent and (off or left_on)
        return record._replace(phase=Phase.DONE) if record.phase == Phase.SETTLED and not open_end else record

    def _is_over(self, record: Record) -> bool:
        lease = record.lease_time
        return lease is not None and lease < self._provider.transport.provider_now()


def _weight(record: Record) -> tuple[str, bool]:
    # A claim made before the end of the restore gave way or was abandoned.
    over = record.phase == Phase.SETTLED
    return record.updated_at if over else record.claimed_at, over

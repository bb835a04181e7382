# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``record: provider``: records kept at the provider, for controllers whose disk does not outlive the run.

Notes at the provider survive. The file beside them, as in ``record: file``, is exact while this machine exists, and its
lock separates the runs of one machine. Two machines are separated as far as the providers allow, which publish no
compare-and-set: a note holds who claimed the restore (``claim``) and how long others leave it alone (``lease_until``).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from typing import Protocol

from .._api.clock import Deadline
from .._api.errors import CloudError
from .._api.models import Instance, Snapshot, SnapshotList, iso
from .._providers.base import Provider
from .._task.refusal import Refusal
from .record import BEFORE_SENDING, Phase, Record, RecordStore, TargetBusy

LOOK_AGAIN = 10.0
LONGEST_WAIT = 60.0
"""How long to wait for a controller whose claim is not renewed, so that it may have died at once."""
UNKNOWN_SINCE = "another controller claimed it, and what became of it could not be noted or cannot be looked up"


class Notes(Protocol):
    """Records kept at a provider."""

    lease_seconds: float
    """How long after a note was written other controllers leave the restore alone."""
    renews: bool
    """Whether every note renews the lease."""
    snapshots_of_claim: int
    """How many snapshots of the target a claim takes."""

    def look(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> list[Record]:
        """The records in what the preflight read."""

    def read(self, target: str) -> list[Record]:
        """Read the records again."""

    def refusals(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> list[Refusal]:
        """Why no note can be written."""

    def claim(self, record: Record) -> Record:
        """Write a claim and confirm that it holds; raises TargetBusy if another controller was first."""

    def confirm(self, record: Record) -> None:
        """A noted claim of an earlier run of this machine; raises TargetBusy if another controller may be at work."""

    def take_over(self, record: Record) -> Record:
        """Claim what another controller left; raises TargetBusy if a third one was first."""

    def write(self, record: Record) -> None:
        """Write a phase; raises TargetBusy if another controller has taken over."""


class ProviderRecord(RecordStore):
    """Notes at the provider, and a file. ``warn`` reports notes that could not be written after the restore was sent.

    ``patient`` is False where a person has said that no other controller is alive.
    """

    def __init__(
        self, file: RecordStore, notes: Notes, provider: Provider, warn: Callable[[str], None], *, patient: bool
    ) -> None:
        self._file = file
        self._notes = notes
        self._provider = provider
        self._warn = warn
        self._patient = patient
        self._noted: list[Record] = []
        self.snapshots_of_claim = notes.snapshots_of_claim

    def holding(self, provider: str, target: str, deadline: Deadline) -> AbstractContextManager[bool]:
        return self._file.holding(provider, target, deadline)

    def look(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> None:
        self._noted = self._notes.look(target, instance, listed)

    def refusals(
        self, target: str, instance: Instance | None, listed: SnapshotList | None, *, fresh: bool
    ) -> list[Refusal]:
        unwritable = self._file.refusals(target, instance, listed, fresh=fresh)
        return [*unwritable, *(self._notes.refusals(target, instance, listed) if fresh else ())]

    def all_of(self, provider: str, target: str) -> list[Record]:
        found = {item.restore_id: item for item in self._file.all_of(provider, target)}
        for noted in self._noted:
            found[noted.restore_id] = _newer(found.get(noted.restore_id), noted)
        return sorted(found.values(), key=lambda item: item.updated_at, reverse=True)

    def unfinished(self, provider: str, restore_id: str) -> list[Record]:
        return self._file.unfinished(provider, restore_id)

    def require_turn(self, record: Record) -> None:
        if self._notes.renews and self._is_held_elsewhere(record):
            raise _busy(record)

    def _is_held_elsewhere(self, record: Record) -> bool:
        return self._patient and self.held_until(record) is not None and not self._is_ours(record)

    def held_until(self, record: Record) -> datetime | None:
        # The file may hold a lease of our own, for what was taken over.
        noted = next((item for item in self._noted if item.claim == record.claim), record)
        lease = noted.lease_time
        return lease if lease is not None and self._provider.transport.provider_now() < lease else None

    def wait_turn(self, record: Record, deadline: Deadline) -> bool:
        if not self._is_held_elsewhere(record):
            return False
        end = Deadline(LONGEST_WAIT, self._provider.transport.runtime)
        while self.held_until(record) is not None:
            if not self._notes.renews and end.passed():
                return False
            deadline.pause(LOOK_AGAIN)
            if deadline.passed():
                raise _busy(record)
            now = next((item for item in self._notes.read(record.target) if item.restore_id == record.restore_id), None)
            if now is None or (now.claim, now.lease_until) != (record.claim, record.lease_until):
                break
        return True

    def is_lost(self, record: Record) -> bool:
        if record.phase != Phase.SENT:
            return False
        if record.repeat_unsafe is not None:
            return record.repeat_unsafe == UNKNOWN_SINCE
        return not self._is_ours(record) and not self._can_be_looked_up(record)

    def take_over(self, record: Record) -> Record:
        if not self._is_ours(record):
            if self.is_lost(record):
                record = record._replace(repeat_unsafe=UNKNOWN_SINCE)
            return self._file.save(self._notes.take_over(self._leased(record)))
        if record.phase in (Phase.CLAIMED, Phase.STOPPING):
            if all(item.claim != record.claim for item in self._noted):
                # This machine was killed before it could note its claim, or kept its record in the file alone.
                return self._claim(record)
            if self._patient:
                self._notes.confirm(record)
        # No note renews this lease, so each later run would find it expired.
        return record if self._notes.renews else self._file.save(self._leased(record))

    def save(self, record: Record) -> Record:
        # Notes of several controllers are compared, and their clocks differ.
        record = record._replace(updated_at=iso(self._provider.transport.provider_now()) or record.updated_at)
        if record.phase == Phase.CLAIMED and not self._is_ours(record):
            return self._claim(record)
        before = self._file.find(record.provider, record.target, record.restore_id)
        renewed = self._notes.renews and record.phase in (*BEFORE_SENDING, Phase.ACCEPTED)
        record = self._file.save(self._leased(record) if renewed else record)
        try:
            self._notes.write(record)
        except CloudError as exc:
            known = before is not None and before.claim == record.claim
            in_doubt = before is not None and known and before.phase == Phase.SENT
            if record.phase in BEFORE_SENDING and not (in_doubt and before and before.attempts == record.attempts):
                if known and before is not None and not in_doubt:
                    # The first action of the phase was not taken.
                    self._file.save(before)
                raise
            said = "is done" if record.phase == Phase.DONE else f"came to {record.phase!r}"
            self._warn(f"the provider's own record does not say that the restore {said}: {exc.message}")
        return record

    def _claim(self, record: Record) -> Record:
        """Claim in the file first: if this run is killed before the answer, the next one knows the claim as its own."""
        before = self._file.find(record.provider, record.target, record.restore_id)
        record = self._file.save(self._leased(record))
        try:
            noted = self._notes.claim(record)
        except CloudError as exc:
            if isinstance(exc, TargetBusy) or not self._may_be_noted(record):
                # A claim that did not hold is nobody's.
                failed = record.at(Phase.FAILED, self._provider.transport.provider_now(), error_code=exc.error_code)
                self._file.save(before or failed._replace(claim=None))
            raise
        return self._file.save(noted)

    def _may_be_noted(self, record: Record) -> bool:
        try:
            return any(item.claim == record.claim for item in self._notes.read(record.target))
        except CloudError:
            return True

    def supersede(self, record: Record, now: datetime) -> None:
        # At the provider the note of the restore that replaces it is enough.
        self._file.supersede(record, now)

    def release(self, record: Record) -> None:
        if not self._notes.renews or not self._is_ours(record):
            return
        with suppress(CloudError):
            self._notes.write(record._replace(lease_until=iso(self._provider.transport.provider_now())))

    def add_snapshot(self, provider: str, target: str, snapshot: Snapshot) -> None:
        self._file.add_snapshot(provider, target, snapshot)

    def _leased(self, record: Record) -> Record:
        seconds = self._notes.lease_seconds
        if record.phase == Phase.SENT:
            # A request that is refused for now (429, 409) is retried until the deadline.
            seconds = max(seconds, self._provider.transport.deadline.left())
        until = self._provider.transport.provider_now() + timedelta(seconds=seconds)
        return record._replace(lease_until=iso(until))

    def _can_be_looked_up(self, record: Record) -> bool:
        """Whether the provider lists its work since: the sender may know more than it could note."""
        since = record.sent_time
        if since is None or not self._provider.capabilities.lists_operations:
            return False
        try:
            self._provider.restores_since(record.target, record.snapshot_id, since)
        except CloudError:
            return False
        return True

    def _is_ours(self, record: Record) -> bool:
        """Whether this machine made the claim. Its lock proves that no other run is using it."""
        known = self._file.find(record.provider, record.target, record.restore_id)
        return known is not None and known.claim == record.claim


def _busy(record: Record) -> TargetBusy:
    busy = TargetBusy(
        f"another controller claimed restore {record.restore_id!r} of {record.target} at "
        f"{record.claimed_at}; it may be at work until {record.lease_until}",
        next_steps=(
            "Wait for it to end and run again; with the same restore_id nothing is done twice. If it is "
            "certainly dead, on_unknown: restore does not wait.",
        ),
    )
    busy.until = record.lease_time
    return busy


def _newer(filed: Record | None, noted: Record) -> Record:
    """The more advanced of two records of one restore."""
    if filed is None:
        return noted
    if noted.phase == Phase.FAILED and filed.sent_at is not None and filed.phase != Phase.FAILED:
        # Another controller failed under this id; what this machine knows to have been sent stays true.
        return filed
    if filed.claim == noted.claim:
        further = noted.phase == Phase.DONE or (noted.phase == Phase.SETTLED and filed.phase != Phase.SETTLED)
        return noted._replace(run_by=filed.run_by) if further and filed.unfinished else filed
    # Another controller has claimed it since, unless our end could not be noted.
    return filed if filed.phase == Phase.DONE and filed.claimed_at > noted.claimed_at else noted

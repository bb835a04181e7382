# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a restore, so the next run neither repeats nor forgets it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, NamedTuple

from .._api import models
from .._api.clock import Deadline
from .._api.errors import CloudError, OutOfTime
from .._api.models import Instance, PowerState, Snapshot, SnapshotList, Word
from .._task.refusal import Refusal


class Phase(Word):
    """How far a restore has come. A phase is recorded before anything that belongs to it is done.

    ``prepared``: nothing of the restore is done, and its snapshot is the way back of a guarded change.
    """

    PREPARED = "prepared"
    CLAIMED = "claimed"
    STOPPING = "stopping"
    SENT = "sent"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = frozenset({Phase.CLAIMED, Phase.STOPPING, Phase.SENT, Phase.ACCEPTED, Phase.SETTLED})
BEFORE_SENDING = frozenset({Phase.CLAIMED, Phase.STOPPING, Phase.SENT})
"""Phases that are recorded before the restore request is sent."""


SUPERSEDED = "superseded"
"""``error_code`` of a record that ``force`` gave up."""

UNKNOWN_ATTEMPT = "unknown"
"""Stands in ``attempts`` for the request of another controller, whose id is not known."""


class RecordUnavailable(CloudError):
    """The record of restores cannot be read or written, so nothing may be restored."""

    error_code = "record_unavailable"


class TargetBusy(OutOfTime):
    """Another run is restoring the same target right now, or may be; ``until`` is when its claim ends, if known."""

    error_code = "restore_in_progress"
    until: datetime | None = None


class Record(NamedTuple):
    """One restore. ``target`` is the instance that is overwritten, or the name of the new instance.

    ``account`` is the address and scope of the provider's API. Times are ISO 8601 in UTC. ``sent_at`` is the provider's
    time just before the first request of this attempt, ``repeated_at`` that of the latest repeat. ``attempts`` are the
    ids that the requests carry for the provider's own log: the claim and a random part, the latest one last.
    ``operations_before`` are the ids of operations that were there before the request. Both are separated by spaces.
    ``outcome`` is the status of a finished restore: ``restored`` or ``accepted_unverified``. ``default_id``: the user
    set no ``restore_id``. ``repeat_unsafe``: what was seen after sending that rules out a repeat without a person's
    decision. ``left_power``: the state in which the provider left the instance. ``claim`` identifies the controller;
    until ``lease_until`` (the provider's time) no other one continues the restore. ``snapshot_as_of``: the time
    by which the snapshot was chosen, if the user did not name it. ``change`` is the state of the guarded change that
    took the snapshot, ``change_mark`` a random word in the description of the snapshot, ``change_by`` the controller
    at work on it or on the drill, and ``change_until`` the end of its time. ``name_was_free``: before the request a
    complete list held no instance of the name of the new one. ``drill`` is the id of the drill that the restore belongs
    to, ``drill_host`` the host that was rehearsed, and ``drill_verdict`` what the drill found. ``deleted_at`` is when
    the new instance was proved to be gone, after this collection deleted it. ``run_by`` is ``RunBy.to_text()`` of the
    run that began the restore; only a file holds it.
    """

    provider: str
    account: str
    target: str
    restore_id: str
    snapshot_id: str
    snapshot_name: str | None
    snapshot_created_at: str | None
    default_id: bool
    phase: Phase
    claimed_at: str
    updated_at: str
    previous_power_state: PowerState | None = None
    stopped_by_us: bool = False
    sent_at: str | None = None
    repeated_at: str | None = None
    attempts: str | None = None
    operations_before: str | None = None
    operation_id: str | None = None
    operation_path: str | None = None
    instance_id: str | None = None
    outcome: str | None = None
    error_code: str | None = None
    safety_snapshot: str | None = None
    repeat_unsafe: str | None = None
    left_power: PowerState | None = None
    claim: str | None = None
    lease_until: str | None = None
    snapshot_as_of: str | None = None
    change: str | None = None
    change_mark: str | None = None
    change_by: str | None = None
    change_until: str | None = None
    name_was_free: bool = False
    drill: str | None = None
    drill_host: str | None = None
    drill_verdict: str | None = None
    deleted_at: str | None = None
    run_by: str | None = None

    @property
    def unfinished(self) -> bool:
        return self.phase in UNFINISHED

    @property
    def given_up_in_doubt(self) -> bool:
        """Whether ``force`` gave up a restore that was sent, so that it may have been applied."""
        return self.phase == Phase.FAILED and self.error_code == SUPERSEDED and self.sent_at is not None

    @property
    def was_stopped(self) -> bool:
        """Whether the instance was stopped when the restore was sent."""
        return self.previous_power_state == PowerState.STOPPED or self.stopped_by_us

    @property
    def sent_time(self) -> datetime | None:
        return _time(self.sent_at)

    @property
    def last_sent_time(self) -> datetime | None:
        return _time(self.repeated_at) or self.sent_time

    @property
    def attempt_ids(self) -> list[str]:
        return (self.attempts or "").split()

    @property
    def snapshot_time(self) -> datetime | None:
        return _time(self.snapshot_created_at)

    @property
    def claimed_time(self) -> datetime | None:
        return _time(self.claimed_at)

    @property
    def updated_time(self) -> datetime | None:
        return _time(self.updated_at)

    @property
    def lease_time(self) -> datetime | None:
        return _time(self.lease_until)

    def at(self, phase: Phase, now: datetime, **changes: Any) -> Record:
        """The record at another phase."""
        return self._replace(phase=phase, updated_at=models.iso(now) or "", **changes)


class MadeSnapshot(NamedTuple):
    """A snapshot that this collection made: its id, and the exact time of its creation by the provider's list."""

    snapshot_id: str
    created_at: str | None


def from_text(values: Mapping[str, Any]) -> Record:
    """A record from stored values; raises ValueError for a phase or power state that does not exist."""
    typed = dict(values, phase=Phase(values["phase"]))
    for name in ("previous_power_state", "left_power"):
        if typed.get(name) is not None:
            typed[name] = PowerState(typed[name])
    return Record(**typed)


def new_claim() -> str:
    return os.urandom(4).hex()


def _time(text: str | None) -> datetime | None:
    try:
        when = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return when if when.tzinfo else None


class RecordStore:
    """Where records are kept. This base class, ``record: none``, keeps nothing, so every run restores again.

    Raises RecordUnavailable when the records cannot be read or written: then nothing may be restored.
    """

    snapshots_of_claim = 0
    """How many snapshots of the target a claim takes, before anything is stopped."""

    def holding(self, provider: str, target: str, deadline: Deadline) -> AbstractContextManager[bool]:
        """Lock a target; returns whether that took waiting.

        Raises TargetBusy when another run still holds it at the deadline.
        """
        return nullcontext(False)

    def look(self, target: str, instance: Instance | None, listed: SnapshotList | None) -> None:
        """Take over what the preflight read, so nothing is read twice."""

    def refusals(
        self, target: str, instance: Instance | None, listed: SnapshotList | None, *, fresh: bool
    ) -> list[Refusal]:
        """Why no restore of this target can be recorded, as far as is known before anything is done."""
        return []

    def find(self, provider: str, target: str, restore_id: str) -> Record | None:
        """The record of one restore."""
        return next((item for item in self.all_of(provider, target) if item.restore_id == restore_id), None)

    def all_of(self, provider: str, target: str) -> list[Record]:
        """The records of a target, the most recently updated first."""
        return []

    def unfinished(self, provider: str, restore_id: str) -> list[Record]:
        """The records of any target under this id whose restore was sent and has not ended."""
        return []

    def require_turn(self, record: Record) -> None:
        """In check mode: raises TargetBusy where a real run would wait for another controller."""

    def wait_turn(self, record: Record, deadline: Deadline) -> bool:
        """Wait while another controller may be working on a restore; returns whether to read everything again.

        Raises TargetBusy when it still may be at the deadline. Where a claim is not renewed, so that its controller may
        have died at once, the wait is short.
        """
        return False

    def held_until(self, record: Record) -> datetime | None:
        """Until when another controller may be working on a restore, or None."""
        return None

    def is_lost(self, record: Record) -> bool:
        """Whether another controller claimed a restore, and nothing here or at the provider can say more."""
        return False

    def take_over(self, record: Record) -> Record:
        """Continue a restore that another controller left; raises TargetBusy if a third one does."""
        return record

    def supersede(self, record: Record, now: datetime) -> None:
        """Close a record that ``force`` abandons."""
        self.save(record.at(Phase.FAILED, now, error_code=SUPERSEDED))

    def release(self, record: Record) -> None:
        """Let other controllers continue a restore that this run will not send again."""

    def save(self, record: Record) -> Record:
        """Write through to storage before returning; returns the record as written."""
        return record

    def add_snapshot(self, provider: str, target: str, snapshot: Snapshot) -> None:
        """Remember that this collection made a snapshot of the target, so it may be pruned."""

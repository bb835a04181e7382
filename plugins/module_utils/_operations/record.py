# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a restore, so that the next run neither repeats nor loses it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from .._api import models
from .._api.clock import Deadline

CLAIMED = "claimed"
STOPPING = "stopping"
SENT = "sent"
ACCEPTED = "accepted"
SETTLED = "settled"
DONE = "done"
FAILED = "failed"
UNFINISHED = frozenset({CLAIMED, STOPPING, SENT, ACCEPTED, SETTLED})


@dataclass(frozen=True)
class Record:
    """One restore. ``target`` is the instance that is overwritten, or the name of the instance that is made.

    Times are ISO 8601 in UTC. ``sent_at`` is the provider's time just before the first POST of this attempt.
    ``outcome`` is the status a finished restore had: ``restored`` or ``accepted_unverified``. ``default_id`` tells that
    ``restore_id`` was not chosen by the user. ``repeat_unsafe`` says what was seen after the sending
    that rules out sending again without being told to, ``asked_power`` what state was asked for after the end.
    """

    provider: str
    target: str
    restore_id: str
    snapshot_id: str
    snapshot_name: str | None
    snapshot_created_at: str | None
    default_id: bool
    phase: str
    claimed_at: str
    updated_at: str
    previous_power_state: str | None = None
    stopped_by_us: bool = False
    sent_at: str | None = None
    operation_id: str | None = None
    operation_path: str | None = None
    instance_id: str | None = None
    outcome: str | None = None
    error_code: str | None = None
    safety_snapshot: str | None = None
    repeat_unsafe: str | None = None
    asked_power: str | None = None

    @property
    def unfinished(self) -> bool:
        return self.phase in UNFINISHED

    @property
    def was_stopped(self) -> bool:
        """Whether the instance was stopped when the restore was sent."""
        return self.previous_power_state == models.STOPPED or self.stopped_by_us

    @property
    def sent_time(self) -> datetime | None:
        return None if self.sent_at is None else datetime.fromisoformat(self.sent_at.replace("Z", "+00:00"))

    def at(self, phase: str, now: datetime, **changes: Any) -> Record:
        """The record at another phase."""
        return replace(self, phase=phase, updated_at=models.iso(now) or "", **changes)


class RecordStore(Protocol):
    """Where records live. A file now; notes kept at the provider can take its place behind the same methods.

    Raises RecordUnavailable when the records cannot be read or written: then nothing may be restored.
    """

    def holding(self, provider: str, target: str, deadline: Deadline) -> AbstractContextManager[bool]:
        """Keep other runs away from a target; gives whether that took waiting.

        Raises TargetBusy when another run still holds it at the deadline.
        """

    def find(self, provider: str, target: str, restore_id: str) -> Record | None:
        """The record of one restore."""

    def all_of(self, provider: str, target: str) -> list[Record]:
        """The records of a target, the one touched last first."""

    def save(self, record: Record) -> None:
        """Write through to the disk before returning."""


class NoRecord:
    """``record: none``: remembers nothing, so that every run restores again."""

    def holding(self, provider: str, target: str, deadline: Deadline) -> AbstractContextManager[bool]:
        return nullcontext(False)

    def find(self, provider: str, target: str, restore_id: str) -> Record | None:
        return None

    def all_of(self, provider: str, target: str) -> list[Record]:
        return []

    def save(self, record: Record) -> None:
        return None

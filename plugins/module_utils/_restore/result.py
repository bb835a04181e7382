# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .._api.models import Instance, Operation, PowerState, Snapshot, Word, iso
from .._record.record import Phase, Record
from .._task.run_by import from_text


class RestoreStatus(Word):
    """``status`` of a result of ``snapshot_restore``."""

    WOULD_RESTORE = "would_restore"
    ACCEPTED = "accepted"
    RESTORED = "restored"
    ACCEPTED_UNVERIFIED = "accepted_unverified"
    ALREADY_RESTORED = "already_restored"
    UNKNOWN = "unknown"


class RestoreSent(Word):
    """Whether a restore request was sent, and what is known of it."""

    NO = "no"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"


@dataclass
class Result:
    """What a run returns, filled as it goes so a failure returns as much as a success.

    ``timings`` are seconds by phase. ``record`` is the record of the restore, once there is one.
    """

    monotonic: Callable[[], float]
    changed: bool = False
    status: RestoreStatus = RestoreStatus.UNKNOWN
    restore_sent: RestoreSent = RestoreSent.NO
    retry_at: datetime | None = None
    resumed: bool = False
    record: Record | None = None
    phase: Phase | None = None
    restore_id: str | None = None
    instance: Instance | None = None
    snapshot: Snapshot | None = None
    previous_power_state: PowerState | None = None
    power_state: PowerState | None = None
    operation: Operation | None = None
    safety_snapshot: dict[str, Any] | None = None
    plan: list[str] = field(default_factory=list)
    hourly_price: tuple[float, str] | None = None
    timings: dict[str, float] = field(default_factory=dict)
    unverified: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    diff: dict[str, Any] | None = None

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the duration of a block to ``timings``, also if it fails."""
        started = self.monotonic()
        try:
            yield
        finally:
            self.timings[name] = round(self.timings.get(name, 0.0) + self.monotonic() - started, 3)

    def to_result(self) -> dict[str, Any]:
        """The keys every run of ``snapshot_restore`` returns."""
        return {
            "changed": self.changed,
            "status": self.status,
            "restore_sent": self.restore_sent,
            "retry_at": iso(self.retry_at),
            "resumed": self.resumed,
            "phase": self.phase or "preflight",
            "restore_id": self.restore_id,
            "instance": self.instance.to_result() if self.instance else None,
            "snapshot": self.snapshot.to_result() if self.snapshot else None,
            "previous_power_state": self.previous_power_state,
            "power_state": self.power_state,
            "operation": self.operation.to_result() if self.operation else None,
            "safety_snapshot": self.safety_snapshot,
            "plan": list(self.plan),
            "hourly_price": _price(self.hourly_price),
            "timings": dict(self.timings),
            "unverified": list(self.unverified),
            **_recorded(self.record),
        }


def _recorded(record: Record | None) -> dict[str, Any]:
    """When the restore began, when its request was sent last, when it ended, and who began it."""
    if record is None:
        return {"began_at": None, "sent_at": None, "ended_at": None, "run_by": None}
    run_by = from_text(record.run_by)
    return {
        "began_at": record.claimed_at,
        "sent_at": record.repeated_at or record.sent_at,
        "ended_at": record.updated_at if record.phase == Phase.DONE else None,
        "run_by": run_by.to_result() if run_by else None,
    }


def _price(price: tuple[float, str] | None) -> dict[str, Any] | None:
    return None if price is None else {"amount": price[0], "currency": price[1]}

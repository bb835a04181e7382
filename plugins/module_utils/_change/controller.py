# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else is at work on an instance: another process on the same change, or another change."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from .._api.errors import CloudError
from .._api.models import SnapshotList, iso
from .._record.record import Record
from .._task.refusal import Refusal
from .decision import Wish
from .state import HALF_CHANGED, ROLLBACK_BEGAN, State, state_of


class Controller(NamedTuple):
    """A process of ansible-playbook: its machine, its id, and when it began (where the system tells). ``host`` is a
    digest of the host of its play for which it works, since two of them may mean the same instance.
    """

    machine: str
    pid: int
    began: str
    host: str = ""

    @classmethod
    def of(cls, pid: int) -> Controller:
        return cls(os.uname().nodename, pid, _began(pid))

    @classmethod
    def parse(cls, text: str | None) -> Controller | None:
        parts = (text or "").split()
        return cls(parts[0], int(parts[1]), *parts[2:]) if len(parts) in (3, 4) and parts[1].isdigit() else None

    def for_host(self, host: str) -> Controller:
        return self._replace(host=hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:8])

    def __str__(self) -> str:
        return " ".join(map(str, self)).rstrip()

    def is_alive(self) -> bool | None:
        """Whether it still runs; None if it is a process of another machine."""
        if self.machine != os.uname().nodename:
            return None
        with suppress(PermissionError):
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                return False
        return _began(self.pid) == self.began


def _began(pid: int) -> str:
    """When a process began, in ticks since the machine did; where /proc does not tell, the id alone has to do."""
    try:
        # The name in brackets may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "ended" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        return "-"


def require_alone(record: Record, own: Controller, wish: Wish, now: datetime) -> None:
    """Raises CloudError if another controller may be at work on a change; ``now`` is the provider's time."""
    other = Controller.parse(record.change_by)
    if other is None or other == own:
        return
    alive = other.is_alive()
    # Of another machine only a person knows, until the time of the change is over.
    unknown = alive is None and wish.on_resume is None and (iso(now) or "") < (record.change_until or "")
    if alive or unknown:
        raise CloudError(
            f"guarded change {wish.change_id!r} of {record.target} is being carried out by process {other.pid} on "
            f"{other.machine}, or was until a moment ago",
            error_code="guarded_change_in_progress",
            next_steps=(
                "Wait for it to end, then run again. If it is certainly dead and was on another machine, set "
                "guarded_change_on_resume.",
            ),
        )


def other_changes(records: Iterable[Record], change_id: str, listed: SnapshotList) -> Iterator[Refusal]:
    """Refusals for other changes of the instance that have not ended.

    A new snapshot would be one of a half-changed disk, and their rollback would discard the new change. One that is
    dead and whose snapshot is gone cannot be rolled back, so it counts no more.
    """
    ids = {item.id for item in listed.snapshots}
    for record in records:
        if record.change is None or record.restore_id == change_id:
            continue
        state, controller = state_of(record), Controller.parse(record.change_by)
        alive = controller is not None and controller.is_alive() is True
        has_way_back = record.snapshot_id in ids or not listed.complete
        half = state in HALF_CHANGED or state in ROLLBACK_BEGAN
        if (half and (alive or has_way_back)) or (state == State.PREPARING and alive):
            yield Refusal(
                "guarded_change_unfinished",
                f"guarded change {record.restore_id!r} of {record.target} has not ended ({state})",
                f"Run it again with guarded_change_id: {record.restore_id} until it has ended, or delete its snapshot "
                f"{record.snapshot_name} with the module snapshot to give up its rollback.",
            )

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots that unfinished work needs: what a restore restores, and the way back of a restore or a guarded change."""

from __future__ import annotations

from collections.abc import Sequence

from .._api.models import Snapshot
from .._change.checks import is_guard
from .._change.state import State, state_of
from .._record.record import Record

ENDED = frozenset({State.FOREIGN, State.KEPT, State.COMMITTED, State.ROLLED_BACK})
"""States of a guarded change in which its snapshot is not its way back, or not needed as such."""


def needed_by(records: Sequence[Record], snapshot: Snapshot, *, ids_reused: bool) -> str | None:
    """Which unfinished work needs the snapshot, in words; ``records`` are those of its instance."""
    for record in records:
        if record.unfinished and snapshot.id in (record.snapshot_id, record.snapshot_name):
            return f"restore {record.restore_id}, which has not ended, restores it"
        if record.unfinished and snapshot.name == record.safety_snapshot:
            return f"it is the safety snapshot of restore {record.restore_id}, which has not ended"
        if state_of(record) not in ENDED and is_guard(record, snapshot, reused=ids_reused):
            return f"guarded change {record.restore_id}, which has not ended, would roll back to it"
    return None

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a guarded change of one instance, read from the record of the restore that is its way back."""

from __future__ import annotations

from .._api.models import Word
from .._record.record import Phase, Record


class State(Word):
    """How far a guarded change has come.

    ``preparing``: its snapshot is being taken, and nothing was changed. ``changing``: the tasks of the user may have
    begun. ``left``: they failed, and nothing was rolled back. ``kept``: verified, with its snapshot. ``committed``:
    verified, and the snapshot is deleted. ``foreign``: the id belongs to a restore that is no rollback.
    """

    NEW = "new"
    PREPARING = "preparing"
    CHANGING = "changing"
    LEFT = "left"
    KEPT = "kept"
    COMMITTED = "committed"
    ROLLING_BACK = "rolling_back"
    ROLLBACK_FAILED = "rollback_failed"
    ROLLED_BACK = "rolled_back"
    FOREIGN = "foreign"


UNTOUCHED = frozenset({State.NEW, State.PREPARING})
"""Nothing was changed yet."""
HALF_CHANGED = frozenset({State.CHANGING, State.LEFT})
ROLLBACK_BEGAN = frozenset({State.ROLLING_BACK, State.ROLLBACK_FAILED})
UNENDED = frozenset({*HALF_CHANGED, *ROLLBACK_BEGAN, State.KEPT})
"""A run that has found one of these may still end the change."""
VERIFIED = frozenset({State.KEPT, State.COMMITTED})


def state_of(record: Record | None) -> State:
    """The state of the guarded change whose record this is."""
    if record is None:
        return State.NEW
    if record.change is None:
        return State.FOREIGN
    if record.phase == Phase.PREPARED:
        return State(record.change)
    if record.unfinished:
        return State.ROLLING_BACK
    return State.ROLLED_BACK if record.phase == Phase.DONE else State.ROLLBACK_FAILED

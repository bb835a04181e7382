# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Undoing a restore: which snapshot was its safety snapshot, and why there may be nothing to undo."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .._api.errors import RestoreFailed
from .._api.models import Snapshot, SnapshotList, iso
from .._record.record import SUPERSEDED, Phase, Record
from .._task.refusal import Refusal, Refused
from .._task.resolve import Found

if TYPE_CHECKING:
    from .restore import Restore

CLOCK_ERROR = timedelta(minutes=2)
"""How far the times of the provider's lists and of its answers may be apart."""
MAY_BE_APPLIED = (RestoreFailed.error_code, SUPERSEDED)
"""Why a restore may count as failed although it was accepted."""


def choose(restore: Restore, target: str, undone: str, listed: SnapshotList) -> Found[Snapshot]:
    """The safety snapshot of the restore ``undone``, or a refusal that says why it cannot be undone."""
    record = restore.store.find(restore.provider.spec.name, target, undone)
    if record is None:
        return _nothing(
            f"no restore {undone!r} of {target} is recorded",
            "Check restore_id and the instance, and run on the machine that did the restore or with its record_path.",
        )
    if record.unfinished:
        text = f"restore {undone!r} of {target} has not ended (phase {record.phase})"
        step = f"Run it again with restore_id: {undone} until it has ended."
        return Found(None, refusal=Refusal("restore_in_progress", text, step))
    if record.phase == Phase.FAILED and not (record.sent_at and record.error_code in MAY_BE_APPLIED):
        return _nothing(
            f"restore {undone!r} of {target} was not applied [{record.error_code}], so its disk was not replaced",
            "Nothing is left to do.",
        )
    if record.safety_snapshot is None:
        return _nothing(
            f"no safety snapshot is recorded for restore {undone!r} of {target}; safety_snapshot: auto or required "
            "takes one, and the record at a provider names that of the latest restore only",
            "Restore another snapshot, if there is one; the module snapshot_info lists them.",
        )
    return _find(record, record.safety_snapshot, listed)


def require_latest(restore: Restore, own: Record, undone: str) -> None:
    """Raises Refused if ``own`` undid an earlier restore of the same id, which says nothing about the latest."""
    record = restore.store.find(restore.provider.spec.name, own.target, undone)
    if record is None or not (record.claimed_time and own.claimed_time and record.claimed_time > own.claimed_time):
        return
    name = record.safety_snapshot
    refusal = Refusal(
        "restore_id_conflict",
        f"restore {undone!r} of {own.target} was repeated at {record.claimed_at}, and {own.restore_id!r} of "
        f"{own.claimed_at} was about the one before",
        f"To undo the later one, use the role restore with snapshot {name} and another restore_id."
        if name
        else "It has no safety snapshot; the module snapshot_info lists what can be restored.",
    )
    raise Refused(f"undoing {undone!r}", [refusal])


def _find(record: Record, name: str, listed: SnapshotList) -> Found[Snapshot]:
    """The snapshot of this name that was created during the restore: names are used again."""
    named = {item.id: item for item in listed.snapshots if item.name == name}
    undated = [item for item in named.values() if item.created_at is None]
    if undated:
        text = f"whether snapshot {name!r} is the safety snapshot of restore {record.restore_id!r} is unknown: the "
        text += "provider does not say when it was created"
        step = "Check it in the provider's console. To restore it, use the role restore with its name."
        return Found(None, refusal=Refusal("snapshot_identity_unknown", text, step))
    found = [item for item in named.values() if _is_of(record, item)]
    if len(found) == 1 and listed.names_are_complete:
        return Found(found[0].id, found[0])
    if found or not listed.names_are_complete:
        several = "several snapshots have it" if found else "the list of snapshots is incomplete"
        text = f"which snapshot {name!r} is the safety snapshot of restore {record.restore_id!r} is unknown: {several}"
        step = "To restore one of them, use the role restore with its id."
        return Found(None, refusal=Refusal("snapshot_ambiguous", text, step))
    other = next(iter(named.values()), None)
    also = f"; the one of that name was created at {iso(other.created_at)}" if other else ""
    text = f"the safety snapshot {name!r} of restore {record.restore_id!r} no longer exists{also}"
    step = "Without it the restore cannot be undone; the module snapshot_info lists what can be restored."
    return Found(None, refusal=Refusal("snapshot_not_found", text, step))


def _is_of(record: Record, snapshot: Snapshot) -> bool:
    """Whether the snapshot was created between the claim of the restore and its last request."""
    begin, end, when = record.claimed_time, record.last_sent_time or record.updated_time, snapshot.created_at
    if begin is None or end is None or when is None:
        return False
    return begin - CLOCK_ERROR <= when <= end + CLOCK_ERROR


def _nothing(why: str, step: str) -> Found[Snapshot]:
    return Found(None, refusal=Refusal("nothing_to_undo", why, step))

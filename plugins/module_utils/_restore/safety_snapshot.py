# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The safety snapshot: taken before a restore as the way back, and looked up again after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.errors import CloudError, OutOfTime
from .._api.models import PowerState, Snapshot, SnapshotList
from .._api.text import cut
from .._record.record import Phase, Record
from .._snapshot.snapshots import BEFORE_RESTORE, LOOK_SECONDS, Snapshots, creation_refusals, unused_name
from .._task.refusal import Refusal
from .preflight import Facts

if TYPE_CHECKING:
    from .in_place import InPlace


def refusals(restore: InPlace, record: Record | None) -> list[Refusal]:
    """Why ``safety_snapshot: required`` cannot be met, as far as is known before anything is done."""
    facts = restore.facts
    if restore.options.safety_snapshot != "required" or facts.listed is None or reusable(facts, record):
        return []
    return creation_refusals(restore.capabilities, BEFORE_RESTORE.format("12345678"), facts.listed)


def reusable(facts: Facts, record: Record | None) -> str | None:
    """The safety snapshot of an earlier attempt, if it still holds the disk: the instance has stayed stopped."""
    if record is None or record.safety_snapshot is None or record.phase == Phase.DONE:
        return None
    listed = facts.listed.snapshots if facts.listed else ()
    if facts.power_state != PowerState.STOPPED or all(item.name != record.safety_snapshot for item in listed):
        return None
    return record.safety_snapshot


def take(restore: InPlace) -> None:
    """Take the safety snapshot. If that fails, ``required`` raises and ``auto`` continues with a warning."""
    wish = restore.options.safety_snapshot
    if wish == "never":
        return
    try:
        with restore.result.timed("safety_snapshot"):
            snapshot = _take(restore)
    except CloudError as exc:
        if wish == "required":
            restore.fail(exc)
            raise
        restore.result.warnings.append(f"there is no safety snapshot: {exc.message}")
        return
    restore.result.safety_snapshot = {**snapshot.to_result(), "survived": None}


def _take(restore: InPlace) -> Snapshot:
    snapshots = Snapshots(restore.provider, restore.facts.instance_id, restore.patience)
    record, listed = restore.record, restore.facts.listed or SnapshotList(())
    if record.phase == Phase.STOPPING and listed.can_create.allowed is False:
        # This was read during the stop, which has ended since.
        listed = snapshots.read()
    own = record.safety_snapshot
    existing = next((item for item in listed.snapshots if item.name == own), None)
    if existing is not None:
        return snapshots.wait_for(existing.name) if existing.restorable is False else existing
    # No other restore may have used this name, which holds only the beginning of the restore_id.
    name = unused_name(BEFORE_RESTORE, record.restore_id, listed.snapshots)
    if name == own:
        # An earlier run requested it; it may not be complete yet.
        try:
            return snapshots.at_most(LOOK_SECONDS).wait_for(name)
        except OutOfTime:
            pass
    problems = creation_refusals(restore.capabilities, name, listed)
    if problems:
        raise CloudError(problems[0].message, error_code=problems[0].code, next_steps=(problems[0].next_step,))
    restore.enter(record.phase, safety_snapshot=name)
    restore.result.changed = True
    about = f"Before restore {record.restore_id} to {record.snapshot_name or record.snapshot_id}"
    return snapshots.create(name, cut(about, 200))


def check_survival(restore: InPlace) -> None:
    """Report whether the safety snapshot still exists: some platforms delete newer snapshots in a restore."""
    name = restore.record.safety_snapshot
    if name is None:
        return
    try:
        listed = restore.provider.list_snapshots(restore.facts.instance_id).snapshots
    except CloudError as exc:
        restore.result.unverified.append(f"that the safety snapshot {name} survived ({exc.message})")
        return
    snapshot = next((item for item in listed if item.name == name), None)
    known = snapshot.to_result() if snapshot else restore.result.safety_snapshot or {"name": name}
    restore.result.safety_snapshot = {**known, "survived": snapshot is not None}
    if snapshot is None:
        restore.result.warnings.append(
            f"The safety snapshot {name} did not survive the restore; this restore cannot be undone."
        )

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The safety snapshot: the way back from a restore, taken before it and looked for after it."""

from __future__ import annotations

import re
from itertools import chain, count

from .._api.errors import CloudError, OutOfTime
from .._api.models import PowerState, Snapshot, SnapshotList
from .._api.text import cut
from .._record.record import Phase, Record
from .._snapshot.snapshot import LOOK_SECONDS, creation_refusals, take, wait_listed
from .._task.refusal import Refusal
from .context import Run
from .options import Facts

NAME = "pre-{}"


def safety_name(record: Record, listed: tuple[Snapshot, ...]) -> tuple[str, Snapshot | None]:
    """The name of the safety snapshot, and the snapshot if this restore has taken it already.

    The name is ``pre-`` and the first eight characters of the restore_id; a number follows when an older snapshot, of
    another restore whose id begins alike, has the name.
    """
    existing = next((item for item in listed if item.name == record.safety_snapshot), None)
    if existing is not None:
        return existing.name, existing
    return free_name(NAME, record.restore_id, listed), None


def free_name(form: str, restore_id: str, listed: tuple[Snapshot, ...]) -> str:
    """A name with the beginning of a restore_id that no snapshot has yet."""
    base = form.format(re.sub(r"[^A-Za-z0-9_-]", "-", restore_id[:8]))
    taken = {item.name for item in listed}
    names = chain([base], (f"{base}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def impossible(run: Run, facts: Facts, record: Record | None) -> list[Refusal]:
    """Why ``safety_snapshot: required`` cannot be met, as far as can be known before anything is done."""
    if run.options.safety_snapshot != "required" or facts.listed is None or still_good(facts, record):
        return []
    return creation_refusals(run.provider.capabilities, NAME.format("12345678"), facts.listed)


def still_good(facts: Facts, record: Record | None) -> str | None:
    """The safety snapshot of an earlier attempt at this restore, if it holds the disk as it still is.

    It does while the instance has stayed stopped: nothing has been written that is not in it.
    """
    if record is None or record.safety_snapshot is None or record.phase == Phase.DONE:
        return None
    listed = facts.listed.snapshots if facts.listed else ()
    if facts.power_state != PowerState.STOPPED or all(item.name != record.safety_snapshot for item in listed):
        return None
    return record.safety_snapshot


def take_before(run: Run, facts: Facts, record: Record) -> Record:
    """Take the safety snapshot; ``auto`` goes on without one, with a warning, where ``required`` fails."""
    wish = run.options.safety_snapshot
    if wish == "never" or run.provider.capabilities.creates_instance:
        # A new instance overwrites nothing, so that there is nothing to go back to.
        return record
    try:
        with run.report.timed("safety_snapshot"):
            return _take(run, facts, record)
    except CloudError as exc:
        if wish == "required":
            run.save(record, Phase.FAILED, error_code=exc.error_code)
            raise
        run.report.warnings.append(f"there is no safety snapshot: {exc.message}")
        return record


def _take(run: Run, facts: Facts, record: Record) -> Record:
    listed = facts.listed or SnapshotList(())
    if record.phase == Phase.STOPPING and listed.can_create.allowed is False:
        # Read while the stop was under way, which has ended since.
        listed = run.provider.list_snapshots(facts.instance_id)
    name, existing = safety_name(record, listed.snapshots)
    if existing is None and name == record.safety_snapshot:
        # An earlier run has asked for it; it may be in the making.
        existing = _look_for(run, facts, name)
    elif existing is not None and existing.restorable is False:
        existing = wait_listed(run.provider, facts.instance_id, name, run.patience)
    if existing is None:
        refusals = creation_refusals(run.provider.capabilities, name, listed)
        if refusals:
            raise CloudError(refusals[0].message, error_code=refusals[0].code, next_steps=(refusals[0].next_step,))
        record = run.save(record, record.phase, safety_snapshot=name)
        run.report.changed = True
        about = f"Before restore {record.restore_id} to {record.snapshot_name or record.snapshot_id}"
        existing = take(run.provider, facts.instance_id, name, cut(about, 200), run.patience)
    run.report.safety_snapshot = {**existing.to_result(), "survived": None}
    return record


def _look_for(run: Run, facts: Facts, name: str) -> Snapshot | None:
    try:
        return wait_listed(run.provider, facts.instance_id, name, run.patience.at_most(LOOK_SECONDS))
    except OutOfTime:
        return None


def check_survival(run: Run, facts: Facts, record: Record) -> None:
    """Say whether the safety snapshot still exists after the restore: platforms differ on newer snapshots."""
    if record.safety_snapshot is None:
        return
    try:
        listed = run.provider.list_snapshots(facts.instance_id).snapshots
    except CloudError as exc:
        run.report.unverified.append(f"that the safety snapshot {record.safety_snapshot} survived ({exc.message})")
        return
    found = next((item for item in listed if item.name == record.safety_snapshot), None)
    known = found.to_result() if found else run.report.safety_snapshot or {"name": record.safety_snapshot}
    run.report.safety_snapshot = {**known, "survived": found is not None}
    if found is None:
        run.report.warnings.append(
            f"The safety snapshot {record.safety_snapshot} did not survive the restore; there is no way back."
        )


def newer_than_target(facts: Facts, record: Record) -> list[str]:
    """Names of snapshots newer than the one to restore; some platforms restore only the newest."""
    created = facts.snapshot.created_at if facts.snapshot else None
    listed = facts.listed.snapshots if facts.listed else ()
    names = [item.name for item in listed if created and item.created_at and item.created_at > created]
    if record.safety_snapshot and record.safety_snapshot not in names:
        names.append(record.safety_snapshot)
    return names

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The safety snapshot: taken before a restore as the way back, and looked up again after it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .._api.errors import CloudError
from .._api.models import PowerState, Snapshot, SnapshotList
from .._api.text import cut
from .._snapshot.snapshots import BEFORE_RESTORE, Snapshots, creation_refusals, unused_name
from .._task.refusal import Refusal, Refused

if TYPE_CHECKING:
    from .in_place import InPlace


def refusals(restore: InPlace, *, fresh: bool) -> list[Refusal]:
    """Why ``safety_snapshot: required`` cannot be met, as far as is known before anything is done."""
    facts = restore.facts
    if restore.options.safety_snapshot != "required" or facts.instance is None:
        return []
    problems: list[Refusal] = []
    if facts.power_state != PowerState.STOPPED and not restore.will_stop():
        problems.append(
            Refusal(
                "safety_snapshot_of_running",
                f"instance {facts.instance_id} reads as {facts.power_state} and would not be stopped, so a safety "
                "snapshot may miss its latest writes",
                "Set stop: always, or safety_snapshot: auto to accept that.",
            )
        )
    if facts.listed is None:
        problems.append(
            Refusal(
                "snapshot_not_allowed",
                "safety_snapshot: required needs the list of snapshots, which cannot be read",
                "Set the path in api_routes: {snapshot_list: ...}, or safety_snapshot: never.",
            )
        )
        return problems
    # The snapshot of a claim is the safety snapshot of an instance that is stopped by then.
    stopped_later = facts.power_state != PowerState.STOPPED
    slots = max(1, restore.store.snapshots_of_claim + stopped_later) if fresh else 1
    return problems + _creation_refusals(restore, BEFORE_RESTORE.format("12345678"), facts.listed, slots)


def _creation_refusals(restore: InPlace, name: str, listed: SnapshotList, slots: int = 1) -> list[Refusal]:
    """Why it cannot be created; without a free slot the advice names safety snapshots of earlier attempts."""
    problems = creation_refusals(restore.capabilities, name, listed, slots)
    records = restore.store.all_of(restore.provider.spec.name, restore.facts.target)
    ours = {item.safety_snapshot for item in records if item.safety_snapshot}
    stale = ", ".join(sorted(item.name for item in listed.snapshots if item.name in ours))
    limit = listed.limit
    if not stale or limit is None or len(listed.snapshots) + slots <= limit:
        return problems
    step = f"Delete {stale}, the safety snapshot of an earlier attempt, with the module snapshot if it is not needed."
    return [item if item.code == "snapshot_name_invalid" else item._replace(next_step=step) for item in problems]


def take(restore: InPlace) -> None:
    """Take the safety snapshot. If that fails, ``required`` raises and ``auto`` continues with a warning.

    Each run takes its own: whether the instance ran between two runs is unknown.
    """
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
    if restore.facts.power_state != PowerState.STOPPED:
        restore.result.warnings.append(
            f"The safety snapshot {snapshot.name} was taken while the instance was running; it may miss writes."
        )


def _take(restore: InPlace) -> Snapshot:
    record, listed = restore.record, restore.facts.listed or SnapshotList(())
    made = partial(restore.store.add_snapshot, record.provider, record.target)
    snapshots = Snapshots(restore.provider, restore.facts.instance_id, restore.patience, made)
    if record.safety_snapshot and not restore.result.resumed and not restore.stopped_now:
        # This run's claim took it, and nothing happened since.
        restore.announce("taking safety snapshot", record.safety_snapshot)
        return snapshots.wait_for(record.safety_snapshot)
    if record.safety_snapshot or restore.stopped_now or restore.in_doubt:
        # The list was read before the claim or the stop, which may have closed the gate for a snapshot.
        listed = snapshots.read()
    name = unused_name(BEFORE_RESTORE, record.restore_id, listed.snapshots)
    problems = _creation_refusals(restore, name, listed)
    if problems:
        raise CloudError(problems[0].message, error_code=problems[0].code, next_steps=(problems[0].next_step,))
    restore.enter(record.phase, safety_snapshot=name)
    restore.result.changed = True
    restore.announce("taking safety snapshot", name)
    about = f"Before restore {record.restore_id} to {record.snapshot_name or record.snapshot_id}"
    return snapshots.create(name, cut(about, 200))


def require_still_stopped(restore: InPlace) -> None:
    """Just before the request: raises Refused if the required safety snapshot may miss writes by now."""
    if restore.options.safety_snapshot != "required":
        return
    state = restore.machine.read().power_state
    restore.result.power_state = state
    if state != PowerState.STOPPED:
        refusal = Refusal(
            "instance_running",
            f"instance {restore.facts.instance_id} reads as {state} after its safety snapshot was taken",
            "Find out who starts it, then run again: another safety snapshot is taken.",
        )
        raise Refused(f"restoring {restore.facts.target}", [refusal])


def require_still_there(restore: InPlace) -> None:
    """Before a later request: raises Refused if the required safety snapshot was deleted in the meantime."""
    name = restore.record.safety_snapshot
    if restore.options.safety_snapshot != "required":
        return
    listed = restore.provider.list_snapshots(restore.facts.instance_id).snapshots
    if all(item.name != name for item in listed):
        refusal = Refusal(
            "safety_snapshot_gone",
            f"the safety snapshot {name} was deleted before the restore was sent",
            "Find out who deletes it, then run again: another safety snapshot is taken.",
        )
        raise Refused(f"restoring {restore.facts.target}", [refusal])


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

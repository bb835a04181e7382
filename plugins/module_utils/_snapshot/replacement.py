# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing a snapshot with a new one of the same name.

Unless names are known to be unique, the new one is taken first, and the old one is deleted when it is complete.
Where they are unique, the old one has to be deleted first.
"""

from __future__ import annotations

from collections.abc import Callable

from .._api.errors import CloudError, OutOfTime
from .._api.models import Gate, PowerState, Snapshot, SnapshotList
from .._task.refusal import Refusal
from .snapshots import Snapshots, creation_refusals

GATE_SECONDS = 60.0
"""How long the provider may take to allow a new snapshot after the old one was deleted."""


def replacement_refusals(
    snapshots: Snapshots, old: Snapshot, listed: SnapshotList, power: PowerState | None
) -> list[Refusal]:
    """Why the old snapshot cannot be replaced now; known before anything is deleted."""
    capabilities = snapshots.provider.capabilities
    if not listed.names_are_complete:
        text = f"whether {old.name!r} is the only snapshot of this name is unknown: the list of snapshots is incomplete"
        return [Refusal("snapshot_name_unresolvable", text, "Run again, or choose another name.")]
    if not capabilities.snapshot_names_unique:
        return creation_refusals(capabilities, old.name, listed)
    if capabilities.snapshot_needs_running and power != PowerState.RUNNING:
        text = f"the instance reads as {power}, and the provider creates snapshots of running instances only"
        return [Refusal("snapshot_not_allowed", text, "Start it with the module instance_power, then run again.")]
    full = listed.limit is not None and len(listed.snapshots) >= listed.limit
    remaining = listed._replace(snapshots=tuple(item for item in listed.snapshots if item.id != old.id))
    if full and listed.can_create.code is None:
        # Without a code the gate may be closed only because the slots are used, and the deletion opens it.
        remaining = remaining._replace(can_create=listed.can_create._replace(allowed=None))
    return creation_refusals(capabilities, old.name, remaining)


def replace(
    snapshots: Snapshots, old: Snapshot, description: str | None, report: Callable[[Snapshot | None, bool], None]
) -> None:
    """Replace the snapshot. ``report`` gets the new snapshot, and whether the old one is deleted, as they change."""
    if not snapshots.provider.capabilities.snapshot_names_unique:
        try:
            new = snapshots.create(old.name, description, besides=(old.id,))
        except CloudError as exc:
            raise exc.with_context(detail=f"the old snapshot {old.id} was not deleted") from exc
        report(new, False)
        try:
            snapshots.delete(old)
        except CloudError as exc:
            left = f"the new snapshot {new.id} exists, and the old one, {old.id}, may still exist too"
            steps = (f"Check with snapshot_info, then delete {old.id} by its id with the module snapshot.",)
            raise exc.with_context(detail=left, next_steps=steps) from exc
        report(new, True)
        return
    snapshots.delete(old)
    report(None, True)
    try:
        _wait_for_gate(snapshots, old.name)
        new = snapshots.create(old.name, description)
    except CloudError as exc:
        raise exc.with_context(detail=f"the old snapshot {old.name} was deleted before") from exc
    report(new, True)


def _wait_for_gate(snapshots: Snapshots, name: str) -> None:
    """Wait until the provider allows a new snapshot; the deletion may keep it busy for a moment."""
    gate = Gate()

    def is_open(listed: SnapshotList) -> bool:
        nonlocal gate
        gate = listed.can_create
        return gate.allowed is not False

    try:
        snapshots.at_most(GATE_SECONDS).patience.poll(snapshots.read, is_open, f"creating snapshot {name}")
    except OutOfTime as exc:
        reason = gate.reason or "no reason given"
        raise exc.with_context(detail=f"the provider does not allow a new snapshot: {reason}") from exc

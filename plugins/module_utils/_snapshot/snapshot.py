# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking and deleting snapshots, each sent once and read back."""

from __future__ import annotations

from .._api.errors import MAYBE_APPLIED, CloudError, OutOfTime, ProviderError
from .._api.models import Operation, OperationStatus, Snapshot, SnapshotList
from .._api.wait import poll
from .._providers.base import Capabilities, Provider
from .._task import validation
from .._task.refusal import Refusal
from .._task.waiting import Patience, follow

FAILED_WORDS = ("failed", "error")
LOOK_SECONDS = 30.0
"""How long a snapshot is looked for when the answer to its request was lost."""


def creation_refusals(capabilities: Capabilities, name: str, listed: SnapshotList) -> list[Refusal]:
    """Why a snapshot of this name cannot be taken now, from what the provider's list says."""
    rule = capabilities.snapshot_name
    problems = validation.named("the name", name, rule) if rule else []
    found = [Refusal("snapshot_name_invalid", text, "Choose a name that the provider takes.") for text in problems]
    gate = listed.can_create
    if gate.allowed is False:
        code = f" [{gate.code}]" if gate.code else ""
        found.append(
            Refusal(
                "snapshot_not_allowed",
                f"the provider does not allow a new snapshot now{code}: {gate.reason or 'no reason given'}",
                "Resolve what the provider names, or wait until its running work has ended.",
            )
        )
    elif listed.slots is not None and len(listed.snapshots) >= listed.slots:
        found.append(
            Refusal(
                "no_snapshot_slot",
                f"the plan holds {listed.slots} snapshots and {len(listed.snapshots)} exist",
                "Delete a snapshot with the module snapshot, or have the plan enlarged.",
            )
        )
    return found


def take(provider: Provider, instance_id: str, name: str, description: str | None, patience: Patience) -> Snapshot:
    """Take a snapshot and wait until the list shows it complete.

    Raises CloudError ``snapshot_failed`` when the provider's operation fails, ``outcome_unknown`` when the answer was
    lost and no snapshot of this name shows up; it is never sent twice.
    """
    operation: Operation | None = None
    lost = False
    try:
        operation = provider.create_snapshot(instance_id, name, description)
    except CloudError as exc:
        if exc.applied != MAYBE_APPLIED:
            raise
        lost = True
    if operation is not None:
        _require_success(provider, instance_id, operation, f"taking snapshot {name}", patience)
    try:
        return wait_listed(provider, instance_id, name, patience.at_most(LOOK_SECONDS) if lost else patience)
    except OutOfTime:
        if not lost:
            raise
        raise CloudError(
            f"the answer to taking snapshot {name} was lost, and the provider does not list it",
            error_code="outcome_unknown",
            next_steps=("Look for it in the provider's console, then run again: an existing one is not taken twice.",),
        ) from None


def delete(provider: Provider, instance_id: str, snapshot: Snapshot, patience: Patience) -> None:
    """Delete a snapshot and wait until the list does not show it any more."""
    operation: Operation | None = None
    try:
        operation = provider.delete_snapshot(instance_id, snapshot.id)
    except ProviderError as exc:
        # Gone is what was asked for; a lost answer shows in the list.
        if exc.status != 404 and exc.applied != MAYBE_APPLIED:
            raise
    except CloudError as exc:
        if exc.applied != MAYBE_APPLIED:
            raise
    if operation is not None:
        _require_success(provider, instance_id, operation, f"deleting snapshot {snapshot.name}", patience)
    poll(
        lambda: provider.list_snapshots(instance_id),
        lambda listed: all(item.id != snapshot.id for item in listed.snapshots),
        doing=f"deleting snapshot {snapshot.name}",
        deadline=patience.deadline,
        runtime=patience.runtime,
        interval=patience.interval,
    )


def wait_listed(provider: Provider, instance_id: str, name: str, patience: Patience) -> Snapshot:
    def read() -> list[Snapshot]:
        named = [item for item in provider.list_snapshots(instance_id).snapshots if item.name == name]
        if any((item.status or "").lower() in FAILED_WORDS for item in named):
            raise _failed(f"taking snapshot {name}", "its status says so")
        return [item for item in named if item.restorable is not False]

    found = poll(
        read,
        bool,
        doing=f"taking snapshot {name}",
        deadline=patience.deadline,
        runtime=patience.runtime,
        interval=patience.interval,
    )
    return found[0]


def _require_success(
    provider: Provider, instance_id: str, operation: Operation, doing: str, patience: Patience
) -> None:
    ended = follow(provider, instance_id, operation, doing, patience)
    if ended is not None and ended.status == OperationStatus.FAILED:
        raise _failed(doing, f"{ended.message or 'the provider gives no reason'} (operation {ended.id})")


def _failed(doing: str, why: str) -> CloudError:
    return CloudError(
        f"{doing} failed: {why}",
        error_code="snapshot_failed",
        next_steps=("Mend what the provider names, delete what is left of the snapshot, then run again.",),
    )

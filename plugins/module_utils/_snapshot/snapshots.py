# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating and deleting the snapshots of one instance: each request is sent once and its effect is read back."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from itertools import chain, count
from typing import NamedTuple

from .._api.errors import Applied, CloudError, OutcomeUnknown, OutOfTime, ProviderError, SnapshotFailed
from .._api.models import Operation, OperationStatus, Snapshot, SnapshotList
from .._providers.base import Capabilities, Provider
from .._task import validation
from .._task.refusal import Refusal
from .._task.waiting import Patience, follow

FAILED_WORDS = ("failed", "error")
LOOK_SECONDS = 30.0
"""How long to look for a snapshot after the answer to its request was lost."""


BEFORE_RESTORE = "pre-{}"
"""Name of a snapshot taken before a restore, with the beginning of its restore_id."""


def creation_refusals(capabilities: Capabilities, name: str, listed: SnapshotList, slots: int = 1) -> list[Refusal]:
    """Why a snapshot of this name, or ``slots`` of them, cannot be created now, according to the provider's list."""
    rule = capabilities.snapshot_name
    problems = validation.named("the name", name, rule) if rule else []
    refusals = [Refusal("snapshot_name_invalid", text, "Choose a name that the provider accepts.") for text in problems]
    gate = listed.can_create
    if gate.allowed is False:
        code = f" [{gate.code}]" if gate.code else ""
        refusals.append(
            Refusal(
                "snapshot_not_allowed",
                f"the provider does not allow a new snapshot now{code}: {gate.reason or 'no reason given'}",
                "Fix what the provider reports, or wait until its running work has ended.",
            )
        )
    elif listed.limit is not None and len(listed.snapshots) + slots > listed.limit:
        refusals.append(
            Refusal(
                "no_snapshot_slot",
                f"the plan allows {listed.limit} snapshots and {len(listed.snapshots)} exist; this needs {slots} more",
                "Delete a snapshot with the module snapshot, or upgrade the plan.",
            )
        )
    return refusals


def unused_name(form: str, restore_id: str, listed: tuple[Snapshot, ...]) -> str:
    """``form`` with the first eight characters of a restore_id; a number follows if a snapshot has that name."""
    base = form.format(re.sub(r"[^A-Za-z0-9_-]", "-", restore_id[:8]))
    taken = {item.name for item in listed}
    names = chain([base], (f"{base}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


class Snapshots(NamedTuple):
    """The snapshots of one instance, and how long to wait for them. ``made`` is called with each new snapshot."""

    provider: Provider
    instance_id: str
    patience: Patience
    made: Callable[[Snapshot], None] = lambda snapshot: None

    def at_most(self, seconds: float) -> Snapshots:
        """The same with a nearer deadline."""
        return self._replace(patience=self.patience.at_most(seconds))

    def read(self) -> SnapshotList:
        return self.provider.list_snapshots(self.instance_id)

    def create(self, name: str, description: str | None, besides: Collection[str] = ()) -> Snapshot:
        """Create a snapshot and wait until the list shows it complete. The request is never sent twice.

        ``besides`` are the ids of older snapshots of the same name. Raises SnapshotFailed if the provider's operation
        fails, OutcomeUnknown if the answer was lost and no snapshot of this name appears.
        """
        operation: Operation | None = None
        lost = False
        try:
            operation = self.provider.create_snapshot(self.instance_id, name, description)
        except CloudError as exc:
            if exc.applied == Applied.NO:
                raise
            lost = True
        self._require_success(operation, f"creating snapshot {name}")
        try:
            snapshot = (self.at_most(LOOK_SECONDS) if lost else self).wait_for(name, besides)
        except OutOfTime as exc:
            if not lost:
                raise
            raise OutcomeUnknown(
                f"the answer to creating snapshot {name} was lost, and the provider does not list it",
                next_steps=(
                    "Check the provider's console, then run again: an existing snapshot is not created again.",
                ),
            ) from exc
        self.made(snapshot)
        return snapshot

    def delete(self, snapshot: Snapshot) -> SnapshotList:
        """Delete a snapshot and wait until the list no longer shows it; returns that list."""
        operation: Operation | None = None
        try:
            operation = self.provider.delete_snapshot(self.instance_id, snapshot.id)
        except CloudError as exc:
            # A snapshot that is gone is the goal, and after a lost answer the list decides.
            gone = isinstance(exc, ProviderError) and exc.status == 404
            if not gone and exc.applied == Applied.NO:
                raise
        doing = f"deleting snapshot {snapshot.name}"
        self._require_success(operation, doing)
        return self.patience.poll(self.read, lambda now: all(item.id != snapshot.id for item in now.snapshots), doing)

    def wait_for(self, name: str, besides: Collection[str] = ()) -> Snapshot:
        """The snapshot of this name once it is complete; raises SnapshotFailed or OutOfTime."""
        doing = f"creating snapshot {name}"

        def read() -> list[Snapshot]:
            named = [item for item in self.read().snapshots if item.name == name and item.id not in besides]
            if any((item.status or "").lower() in FAILED_WORDS for item in named):
                raise _failed(doing, "the provider lists it as failed")
            return [item for item in named if item.restorable is not False]

        return self.patience.poll(read, bool, doing)[0]

    def _require_success(self, operation: Operation | None, doing: str) -> None:
        ended = follow(self.provider, self.instance_id, operation, doing, self.patience) if operation else None
        if ended is not None and ended.status == OperationStatus.FAILED:
            raise _failed(doing, f"{ended.message or 'the provider gives no reason'} (operation {ended.id})")


def _failed(doing: str, why: str) -> SnapshotFailed:
    return SnapshotFailed(
        f"{doing} failed: {why}",
        next_steps=("Fix the problem that the provider reports, delete what is left of the snapshot, then run again.",),
    )

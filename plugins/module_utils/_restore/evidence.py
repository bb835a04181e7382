# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an accepted restore to its end, on the provider's evidence (design: completion)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .._api.errors import CloudError, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import Candidate, Instance, Operation, OperationStatus, PowerState
from .._api.wait import poll
from .._power.power import steady
from .._providers.base import Provider
from .._task.waiting import Patience, follow

EVIDENCE_SECONDS = 30.0
"""How long a task may take to show up in a list, and how long a lost answer is looked for."""


class Settled(NamedTuple):
    """The end of a restore. ``verified`` is False where the provider gave no evidence; ``unverified`` says of what."""

    verified: bool
    operation: Operation | None = None
    instance: Instance | None = None
    unverified: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def settle_in_place(
    provider: Provider,
    instance_id: str,
    snapshot_id: str,
    operation: Operation | None,
    since: datetime | None,
    patience: Patience,
) -> Settled:
    """Wait for a restore in place; raises CloudError ``restore_failed`` or OutOfTime."""
    certain = True
    if operation is None and since is not None and provider.capabilities.lists_operations:
        candidate = find_operation(provider, instance_id, snapshot_id, since, patience)
        if candidate is not None:
            operation, certain = candidate.operation, candidate.certain
    if operation is None:
        return _without_operation(provider, instance_id, "the provider named no operation for this restore", patience)
    ended = follow(provider, instance_id, operation, "the restore", patience)
    if ended is None:
        why = f"operation {operation.id} cannot be read any more"
        return _without_operation(provider, instance_id, why, patience, operation)
    if not certain:
        text = f"how the restore ended: operation {ended.id} ({ended.kind}) began with it and may be other work"
        return Settled(False, ended, unverified=(text,))
    if ended.status == OperationStatus.FAILED:
        raise _failed(ended.message, f"operation {ended.id}", ended.status_raw)
    if ended.status != OperationStatus.SUCCEEDED:
        text = f"how the restore ended: operation {ended.id} ended with the unknown word {ended.status_raw!r}"
        return Settled(False, ended, unverified=(text,))
    if not provider.capabilities.reports_job:
        return Settled(True, ended)
    return Settled(True, ended, steady(provider, instance_id, None, patience))


def find_operation(
    provider: Provider,
    instance_id: str,
    snapshot_id: str,
    since: datetime,
    patience: Patience,
    seconds: float = EVIDENCE_SECONDS,
) -> Candidate | None:
    """The operation of a restore sent at ``since``, looked for in the list for some ``seconds``.

    None when none can be told, or the list does not answer.
    """
    try:
        found = poll(
            lambda: provider.restores_since(instance_id, snapshot_id, since),
            lambda items: any(item.certain for item in items),
            doing="looking for the operation of the restore",
            deadline=patience.at_most(seconds).deadline,
            runtime=patience.runtime,
            interval=patience.interval,
        )
    except OutOfTime:
        found = _look_once(provider, instance_id, snapshot_id, since)
    except ProviderError as exc:
        if exc.status == 401:
            raise
        # A list that is not published proves nothing when it does not answer.
        return None
    certain = [item for item in found if item.certain]
    # Of several nobody can tell which one is ours.
    chosen = certain or list(found)
    return chosen[0] if len(chosen) == 1 else None


def _look_once(provider: Provider, instance_id: str, snapshot_id: str, since: datetime) -> tuple[Candidate, ...]:
    try:
        return provider.restores_since(instance_id, snapshot_id, since)
    except CloudError:
        return ()


def _without_operation(
    provider: Provider, instance_id: str, why: str, patience: Patience, operation: Operation | None = None
) -> Settled:
    instance: Instance | None = None
    if provider.capabilities.has_restore_gate:
        poll(
            lambda: provider.restore_gate(instance_id),
            lambda gate: gate.allowed is not False,
            doing="the restore (waiting until the provider would allow another)",
            deadline=patience.deadline,
            runtime=patience.runtime,
            interval=patience.interval,
        )
        instance = steady(provider, instance_id, None, patience)
    return Settled(False, operation, instance, unverified=(f"that the restore has ended, and how: {why}",))


def settle_new_instance(provider: Provider, instance: Instance, patience: Patience) -> Settled:
    """Wait until a new instance is active; raises CloudError ``restore_failed`` or OutOfTime."""

    def read() -> Instance:
        found = provider.get_instance(instance.id)
        if found.power_state in (PowerState.ERROR, PowerState.DELETED):
            raise _failed(None, f"instance {instance.id}", found.power_state_raw)
        return found

    try:
        active = poll(
            read,
            lambda item: item.power_state == PowerState.RUNNING,
            doing=f"the new instance {instance.id}",
            deadline=patience.deadline,
            runtime=patience.runtime,
            interval=patience.interval,
        )
    except RouteUnconfirmed as exc:
        text = f"that the new instance {instance.id} is active: {exc.message}"
        return Settled(False, instance=instance, unverified=(text,))
    return Settled(True, instance=merged(instance, active))


def merged(answer: Instance, details: Instance) -> Instance:
    """What the details say, completed by what only the answer to the restore said."""
    known = {name: value for name, value in details._asdict().items() if value not in (None, "", PowerState.UNKNOWN)}
    return answer._replace(**known)


def _failed(message: str | None, what: str, word: str | None) -> CloudError:
    said = message or (f"its state is {word}" if word else "the provider gives no reason")
    return CloudError(
        f"the restore failed ({what}): {said}",
        error_code="restore_failed",
        next_steps=(
            "The instance was not started. Read the provider's reason, mend it, and run again with the same restore_id "
            "to try once more.",
        ),
    )

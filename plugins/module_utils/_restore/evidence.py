# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an accepted restore to its end, on the provider's evidence."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from .._api.errors import CloudError, OutOfTime, ProviderError, RestoreFailed, RouteUnconfirmed
from .._api.models import Accepted, Candidate, Instance, Operation, OperationStatus, PowerState
from .._power.machine import Machine
from .._providers.base import Provider
from .._record.record import Record
from .._task.waiting import MISSES, UNREADABLE, Patience

if TYPE_CHECKING:
    from .restore import Restore

EVIDENCE_SECONDS = 30.0
"""How long an operation may take to appear in a list, and how long to look for a lost restore at least."""
CLOCK_SKEW = timedelta(minutes=1)


class End(NamedTuple):
    """The end of a restore. ``verified`` is False without evidence; ``unverified`` then says of what."""

    verified: bool
    operation: Operation | None = None
    instance: Instance | None = None
    unverified: tuple[str, ...] = ()


def wait(restore: Restore) -> End | None:
    """The end of the accepted restore, or None if this run does not wait for it and it has not ended yet.

    Raises RestoreFailed, which makes the record ``failed``, and OutOfTime at the deadline.
    """
    patience: Patience | None = restore.patience
    if not restore.options.wait:
        patience = _patience_without_wait(restore)
    if patience is None:
        return None
    restore.announce("restoring", restore.snapshot_name)
    started = restore.runtime.monotonic()
    try:
        with restore.result.timed("restore"):
            if restore.answered_now:
                restore.pace.before("restoring", patience.deadline)
            end = restore.wait_for_evidence(patience)
            if restore.answered_now and end.verified:
                restore.pace.took("restoring", restore.runtime.monotonic() - started)
    except OutOfTime as exc:
        if not restore.options.wait and not restore.deadline.passed():
            return None
        again = (
            f"Run again with restore_id: {restore.record.restore_id} to keep waiting; the restore is not sent again."
        )
        raise exc.with_context(next_steps=(again,)) from exc
    except RestoreFailed as exc:
        restore.fail(exc)
        raise
    if not restore.options.wait and not end.verified and end.operation is None:
        # It may be too early for evidence: only a run that waits ends without it.
        return None
    restore.result.operation = end.operation or restore.result.operation
    restore.result.unverified.extend(end.unverified)
    return end


def _patience_without_wait(restore: Restore) -> Patience | None:
    """For a run that does not wait: how long to look, or None if the restore cannot have ended or has not."""
    operation = restore.accepted.operation
    if operation is not None and operation.ended:
        return restore.patience
    if restore.answered_now or not restore.result.resumed:
        return None
    if operation is None:
        # One look.
        return restore.patience.at_most(0.001)
    try:
        operation = restore.provider.get_operation(operation, restore.facts.instance_id)
    except ProviderError as exc:
        if exc.status not in UNREADABLE:
            raise
        # Too new or too old to be read: a run that waits decides.
        return None
    restore.result.operation = operation
    restore.accepted = Accepted(operation)
    return restore.patience if operation.ended else None


def end_in_place(machine: Machine, snapshot_id: str, operation: Operation | None, record: Record) -> End:
    """Wait for the end of a restore in place; raises RestoreFailed or OutOfTime."""
    provider = machine.provider
    candidate: Candidate | None = None
    if operation is None and provider.capabilities.lists_operations:
        candidate = find_operation(machine.at_most(EVIDENCE_SECONDS), snapshot_id, record)
        operation = candidate.operation if candidate else None
    if operation is None:
        return _end_without_operation(machine, "the provider named no operation for this restore")
    ended = machine.follow(operation, "the restore")
    if ended is None:
        return _end_without_operation(machine, f"operation {operation.id} can no longer be read", operation)
    other = provider.other_work(ended, machine.instance_id, snapshot_id, _earliest(record))
    if other:
        return _end_without_operation(machine, f"operation {ended.id} {other}", ended)
    if candidate is not None and not _is_only(machine, snapshot_id, record, candidate):
        text = f"how the restore ended: operation {ended.id} ({ended.kind}) started with it and may be other work"
        return End(False, ended, unverified=(text,))
    if ended.status == OperationStatus.FAILED:
        raise _failed(ended.message, f"operation {ended.id}", ended.status_raw)
    if ended.status != OperationStatus.SUCCEEDED:
        text = f"how the restore ended: operation {ended.id} ended with the unknown status {ended.status_raw!r}"
        return End(False, ended, unverified=(text,))
    return End(True, ended, machine.steady() if provider.capabilities.reports_job else None)


def find_operation(machine: Machine, snapshot_id: str, record: Record) -> Candidate | None:
    """The operation of a restore, looked up in the list until the machine's deadline.

    None if it cannot be identified, or the list does not answer.
    """

    def read() -> Candidate | None:
        return _identify(_candidates(machine, snapshot_id, record), record)

    try:
        return machine.patience.poll(
            read, lambda item: item is not None and item.certain, "looking for the operation of the restore"
        )
    except OutOfTime:
        try:
            return read()
        except CloudError:
            return None
    except ProviderError as exc:
        if exc.status == 401:
            raise
        # An undocumented list that does not answer proves nothing.
        return None


def _candidates(machine: Machine, snapshot_id: str, record: Record) -> list[Candidate]:
    """Operations that may be this restore: new since the request, and not known to be other work."""
    before = (record.operations_before or "").split()
    found = machine.provider.restores_since(machine.instance_id, snapshot_id, _earliest(record))
    return [item for item in found if item.operation.id not in before]


def _identify(candidates: list[Candidate], record: Record) -> Candidate | None:
    """The one candidate that must be the restore, or the only one that may be; of several none."""
    named = [item for item in candidates if item.named_restore]
    chosen = named if len(named) == 1 else candidates
    if len(chosen) != 1:
        return None
    # Without a list from before the request it may be an older operation.
    known = record.operations_before is not None
    return chosen[0] if known else chosen[0]._replace(certain=False)


def _is_only(machine: Machine, snapshot_id: str, record: Record, candidate: Candidate) -> bool:
    """Whether a candidate is proof: certain, and either named a restore or still the only one."""
    if not candidate.certain or candidate.named_restore:
        return candidate.certain
    try:
        now = _identify(_candidates(machine, snapshot_id, record), record)
    except CloudError:
        return False
    return now is not None and now.operation.id == candidate.operation.id


def _earliest(record: Record) -> datetime:
    """The earliest time stamp of this restore's operation: the clocks of providers disagree by up to a minute."""
    return (record.sent_time or datetime.fromtimestamp(0, timezone.utc)) - CLOCK_SKEW


def _end_without_operation(machine: Machine, why: str, operation: Operation | None = None) -> End:
    instance: Instance | None = None
    if machine.provider.capabilities.has_restore_gate:
        machine.patience.poll(
            lambda: machine.provider.restore_gate(machine.instance_id),
            lambda gate: gate.allowed is not False,
            "the restore (waiting until the provider allows another one)",
        )
        instance = machine.steady()
    return End(False, operation, instance, unverified=(f"that the restore has ended, and how: {why}",))


def end_of_new_instance(provider: Provider, instance: Instance, patience: Patience) -> End:
    """Wait until a new instance is active; raises RestoreFailed or OutOfTime."""

    misses = 0

    def read() -> Instance | None:
        nonlocal misses
        try:
            reading = provider.get_instance(instance.id)
        except ProviderError as exc:
            misses += 1
            if exc.status not in UNREADABLE or misses > MISSES:
                raise
            # It may not be readable yet.
            return None
        if reading.power_state in (PowerState.ERROR, PowerState.DELETED):
            raise _failed(None, f"instance {instance.id}", reading.power_state_raw)
        misses = 0
        return reading

    try:
        active = patience.poll(
            read,
            lambda item: item is not None and item.power_state == PowerState.RUNNING,
            f"the new instance {instance.id}",
        )
    except RouteUnconfirmed as exc:
        text = f"that the new instance {instance.id} is active: {exc.message}"
        return End(False, instance=instance, unverified=(text,))
    return End(True, instance=_merged(instance, active) if active else instance)


def _merged(answer: Instance, details: Instance) -> Instance:
    """The details, completed by what only the answer to the restore said."""
    known = {name: value for name, value in details._asdict().items() if value not in (None, "", PowerState.UNKNOWN)}
    return answer._replace(**known)


def _failed(message: str | None, what: str, word: str | None) -> RestoreFailed:
    reason = message or (f"its state is {word}" if word else "the provider gives no reason")
    return RestoreFailed(
        f"the restore failed ({what}): {reason}",
        next_steps=(
            "The instance was not started. Fix the problem that the provider reports, and run again with the same "
            "restore_id to try once more.",
        ),
    )

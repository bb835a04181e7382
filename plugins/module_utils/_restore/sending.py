# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending the restore: once, and what to make of its answer (design: the table of answers)."""

from __future__ import annotations

from datetime import timedelta

from .._api.clock import Deadline
from .._api.errors import (
    MAYBE_APPLIED,
    NOT_APPLIED,
    AnswerLost,
    AnswerUnreadable,
    CloudError,
    NotSent,
    ProviderError,
    TlsFailed,
)
from .._api.models import SETTLING, Accepted, PowerState, iso
from .._api.wait import pauses
from .._providers.base import RestoreRequest
from .._record.record import Phase, Record
from .._task.waiting import POLL_SECONDS
from .context import Run
from .options import Facts
from .safety_snapshot import newer_than_target

STOP_FIRST = "Set stop: if_required to have the instance stopped first, or stop it with the module instance_power."
LET_IT_END = "See in the provider's console whether the instance is off and no work on it is running, then run again."
CLOCK_RESOLUTION = timedelta(seconds=2)
CONTRADICTION_SECONDS = 60.0
"""How long a 409 is tried again although an instance that we have just stopped reads so: hypervisors lag."""


def send(run: Run, facts: Facts, record: Record) -> tuple[Record, Accepted | None, CloudError | None]:
    """Send the restore; gives what was accepted, or the error with which the answer was lost.

    The record says ``sent`` before the request leaves. A refusal becomes a ``failed`` record and is raised.
    """
    now = run.provider.transport.provider_now() - CLOCK_RESOLUTION
    record = run.save(record, Phase.SENT, sent_at=record.sent_at or iso(now))
    late = run.provider.capabilities.restore_answers_late
    request = RestoreRequest(
        facts.instance_id,
        facts.snapshot_id,
        new_instance_name=run.options.new_vm_name,
        force=run.options.provider_force,
        timeout=run.deadline.left() if late else None,
    )
    try:
        accepted = _send_until_answered(run, request, stopped_by_us=record.stopped_by_us)
    except (AnswerLost, AnswerUnreadable, ProviderError) as exc:
        if exc.applied == MAYBE_APPLIED:
            run.report.changed = True
            return record, None, exc
        run.save(record, Phase.FAILED, error_code=exc.error_code)
        raise _explained(exc, newer_than_target(facts, record)) from None
    except CloudError as exc:
        run.save(record, Phase.FAILED, error_code=exc.error_code)
        raise
    return accept(run, record, accepted), accepted, None


def _explained(exc: CloudError, newer: list[str]) -> CloudError:
    """The refusal, with the snapshots that may be its cause."""
    if newer and isinstance(exc, ProviderError) and exc.status in (400, 409, 422):
        names = ", ".join(newer[:5])
        exc.message += f" (there are newer snapshots: {names})"
        exc.next_steps += (
            f"If the provider restores only the newest snapshot, delete {names} with the module snapshot "
            "(state: absent) and run again with safety_snapshot: never.",
        )
    return exc


def accept(run: Run, record: Record, accepted: Accepted) -> Record:
    """Write down at once what the provider took on."""
    run.report.changed = True
    run.report.operation = accepted.operation
    if accepted.instance is not None:
        run.report.instance = accepted.instance
    operation = accepted.operation
    return run.save(
        record,
        Phase.ACCEPTED,
        operation_id=operation.id if operation else None,
        operation_path=operation.poll_path if operation else None,
        instance_id=accepted.instance.id if accepted.instance else None,
    )


def _send_until_answered(run: Run, request: RestoreRequest, *, stopped_by_us: bool) -> Accepted:
    between = pauses(POLL_SECONDS, run.runtime.uniform)
    contradiction = Deadline(CONTRADICTION_SECONDS if stopped_by_us else 0.0, run.runtime)
    while True:
        try:
            return run.provider.restore(request)
        except NotSent as exc:
            if isinstance(exc, TlsFailed) or run.deadline.passed():
                raise
        except ProviderError as exc:
            if exc.status != 409 or run.provider.capabilities.creates_instance:
                raise
            if not _is_settling(run, request.instance_id, contradiction):
                raise _not_ready(run, exc) from None
        run.deadline.check("sending the restore")
        run.deadline.pause(next(between))


def _is_settling(run: Run, instance_id: str, contradiction: Deadline) -> bool:
    """Whether a 409 may pass by itself, by the state of the instance."""
    try:
        state = run.provider.read_power(instance_id).power_state
    except CloudError:
        return False
    run.report.power_state = state
    return state in SETTLING or (state == PowerState.STOPPED and not contradiction.passed())


def _not_ready(run: Run, exc: ProviderError) -> ProviderError:
    stopped = run.provider.capabilities.must_be_stopped
    return ProviderError(
        exc.message,
        status=exc.status,
        provider_code=exc.provider_code,
        request_id=exc.request_id,
        error_code="instance_not_stopped" if stopped else "instance_not_ready",
        applied=NOT_APPLIED,
        next_steps=(STOP_FIRST if stopped and run.options.stop == "never" else LET_IT_END,),
    )

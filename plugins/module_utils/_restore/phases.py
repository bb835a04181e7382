# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying a restore through its phases: claimed -> stopping -> sent -> accepted -> settled -> done."""

from __future__ import annotations

from .._api.errors import AnswerLost, CloudError, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import Accepted, Instance, Operation, PowerState
from .._api.wait import poll
from .._power.power import PowerChange, bring_to, request
from .._record.record import Phase, Record
from .._task.waiting import UNREADABLE, Patience
from .context import Run
from .evidence import EVIDENCE_SECONDS, Settled, settle_in_place, settle_new_instance
from .options import Facts, Until
from .plan import will_stop
from .power_after import finish
from .result import RestoreStatus
from .safety_snapshot import take_before
from .sending import send


def go_on(run: Run, facts: Facts, record: Record) -> None:
    """From the phase of the record to the end."""
    accepted = Accepted(_known_operation(record), _known_instance(record))
    answer: Accepted | None = None
    if record.phase in (Phase.CLAIMED, Phase.STOPPING):
        record = _stop(run, facts, record)
        if run.options.until == Until.STOPPING:
            run.report.status = RestoreStatus.CLAIMED
            return
        record = take_before(run, facts, record)
        with run.report.timed("restore"):
            record, answer, lost = send(run, facts, record)
        accepted = answer or accepted
        if answer is None:
            record, accepted = _after_lost_answer(run, facts, record, lost, resumed=False)
    elif record.phase == Phase.SENT:
        record, accepted = _after_lost_answer(run, facts, record, None, resumed=True)
    if record.phase == Phase.ACCEPTED:
        settled = _settle(run, facts, record, accepted, just_sent=answer is not None)
        if settled is None:
            run.report.status = RestoreStatus.ACCEPTED
            return
        left = settled.instance.power_state if settled.instance else None
        record = run.save(
            record,
            Phase.SETTLED,
            outcome=RestoreStatus.RESTORED if settled.verified else RestoreStatus.ACCEPTED_UNVERIFIED,
            left_power=left,
        )
    else:
        settled = Settled(record.outcome == RestoreStatus.RESTORED, accepted.operation, accepted.instance)
    finish(run, facts, record, settled)


def _after_lost_answer(
    run: Run, facts: Facts, record: Record, lost: CloudError | None, *, resumed: bool
) -> tuple[Record, Accepted]:
    # Answers are seldom lost, and what is imported is paid for by every run.
    from .lost_answer import after_lost_answer

    return after_lost_answer(run, facts, record, lost, resumed=resumed)


def _stop(run: Run, facts: Facts, record: Record) -> Record:
    if not will_stop(run, facts):
        return record
    asked = record.phase == Phase.STOPPING
    if not asked:
        record = _with_former_power(run, facts, record)
    record = run.save(record, Phase.STOPPING, stopped_by_us=record.previous_power_state == PowerState.RUNNING)
    try:
        with run.report.timed("stop"):
            if run.options.until == Until.STOPPING:
                if not asked:
                    _send_stop(run, facts)
                    run.report.changed = True
                return record
            run.waits("stopping")
            change = PowerChange(PowerState.STOPPED, asked=asked, seen=facts.instance)
            instance, warnings = bring_to(run.provider, facts.instance_id, change, run.patience)
    except CloudError as exc:
        if isinstance(exc, RouteUnconfirmed) and facts.instance is None:
            # Nothing is known of the power state; the provider's 409 will tell.
            run.report.unverified.append(f"that the instance is stopped ({exc.message})")
            return record
        run.report.changed = run.provider.transport.writes > 0
        run.save(record, Phase.FAILED, error_code=exc.error_code)
        raise
    run.report.changed = True
    run.report.warnings.extend(warnings)
    run.report.power_state = instance.power_state
    return record


def _with_former_power(run: Run, facts: Facts, record: Record) -> Record:
    """The record with the state that is to be put back; a word that nobody knows may be another one in a moment."""
    if run.options.power_after != "previous" or record.previous_power_state is not None or facts.instance is None:
        return record
    patience = run.patience.at_most(EVIDENCE_SECONDS)
    try:
        instance = poll(
            lambda: run.provider.read_power(facts.instance_id),
            lambda item: item.power_state in (PowerState.RUNNING, PowerState.STOPPED),
            doing="waiting for a known power state",
            deadline=patience.deadline,
            runtime=patience.runtime,
            interval=patience.interval,
        )
    except CloudError:
        return record
    run.report.previous_power_state = run.report.power_state = instance.power_state
    return record._replace(previous_power_state=instance.power_state)


def _send_stop(run: Run, facts: Facts) -> None:
    """Ask once, without waiting; the next run of this restore waits, and powers off what does not shut down."""
    graceful = run.provider.capabilities.graceful_stop
    try:
        request(run.provider, facts.instance_id, "shutdown" if graceful else "stop", PowerState.STOPPED)
    except RouteUnconfirmed:
        request(run.provider, facts.instance_id, "stop", PowerState.STOPPED)
    except AnswerLost as exc:
        run.report.warnings.append(f"the answer to the stop was lost; the next run looks: {exc.message}")
    run.report.power_state = PowerState.STOPPING


def _settle(run: Run, facts: Facts, record: Record, accepted: Accepted, *, just_sent: bool) -> Settled | None:
    """The end of the restore, or None when it is not to be waited for and has not come yet."""
    patience = run.patience
    if run.options.until == Until.ACCEPTED:
        seen = _one_look(run, facts, accepted, just_sent=just_sent)
        if seen is None:
            return None
        accepted, patience = seen
    run.waits("restoring")
    try:
        with run.report.timed("restore"):
            if accepted.instance is not None:
                settled = settle_new_instance(run.provider, accepted.instance, patience)
            else:
                settled = settle_in_place(
                    run.provider,
                    facts.instance_id,
                    facts.snapshot_id,
                    accepted.operation,
                    record.sent_time,
                    patience,
                )
    except OutOfTime as exc:
        if run.options.until == Until.ACCEPTED and not run.deadline.passed():
            return None
        again = f"Run again with restore_id: {record.restore_id} to go on waiting; the restore is not sent again."
        raise OutOfTime(exc.message, next_steps=(again,)) from None
    except CloudError as exc:
        if exc.error_code == "restore_failed":
            run.save(record, Phase.FAILED, error_code=exc.error_code)
        raise
    run.report.operation = settled.operation or run.report.operation
    run.report.unverified.extend(settled.unverified)
    run.report.warnings.extend(settled.warnings)
    return settled


def _one_look(run: Run, facts: Facts, accepted: Accepted, *, just_sent: bool) -> tuple[Accepted, Patience] | None:
    """For a run that does not wait: None when there is nothing to see yet, else what to settle and how patiently."""
    operation = accepted.operation
    if operation is not None and operation.ended:
        return accepted, run.patience
    if just_sent or not run.report.resumed:
        return None
    if operation is None:
        return accepted, run.patience.at_most(0.001)
    try:
        run.report.operation = operation = run.provider.get_operation(operation, facts.instance_id)
    except ProviderError as exc:
        if exc.status not in UNREADABLE:
            raise
        # It may be too young or too old to be read; the run that waits will tell.
        return None
    return (Accepted(operation), run.patience) if operation.ended else None


def _known_operation(record: Record) -> Operation | None:
    return Operation(record.operation_id, poll_path=record.operation_path) if record.operation_id else None


def _known_instance(record: Record) -> Instance | None:
    return Instance(record.instance_id, record.target) if record.instance_id else None

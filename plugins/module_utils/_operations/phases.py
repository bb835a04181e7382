# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying a restore through its phases: claimed -> stopping -> sent -> accepted -> settled -> done."""

from __future__ import annotations

from .._api.errors import AnswerLost, CloudError, OutOfTime, RouteUnconfirmed
from .._api.models import RUNNING, STOPPED, Accepted, Instance, Operation
from .._api.models import STOPPING as STOPPING_STATE
from .explain import outcome_unknown, will_stop
from .facts import ACCEPTED_ENOUGH, STOPPING_ENOUGH, Facts
from .finish import finish
from .power import PowerChange, bring_to, request
from .record import ACCEPTED, CLAIMED, FAILED, SENT, SETTLED, STOPPING, Record
from .report import ACCEPTED_STATUS, CLAIMED_STATUS, RESTORED, UNVERIFIED
from .run import Run
from .safety import take_before
from .send import accept, find_evidence, send
from .settle import Settled, settle_in_place, settle_new_instance


def go_on(run: Run, facts: Facts, record: Record) -> None:
    """From the phase of the record to the end."""
    accepted = Accepted(_known_operation(record), _known_instance(record))
    if record.phase in (CLAIMED, STOPPING):
        record = _stop(run, facts, record)
        if run.options.until == STOPPING_ENOUGH:
            run.report.status = CLAIMED_STATUS
            return
        record = take_before(run, facts, record)
        record, answer = _timed_send(run, facts, record)
        accepted = answer or accepted
        if answer is None:
            record, accepted = _after_lost_answer(run, facts, record, repeat=False)
    elif record.phase == SENT:
        record, accepted = _after_lost_answer(run, facts, record, repeat=True)
    if record.phase == ACCEPTED:
        settled = _settle(run, facts, record, accepted)
        if settled is None:
            run.report.status = ACCEPTED_STATUS
            return
        record = run.save(record, SETTLED, outcome=RESTORED if settled.verified else UNVERIFIED)
    else:
        settled = Settled(record.outcome == RESTORED, accepted.operation, accepted.instance)
    finish(run, facts, record, settled)


def _stop(run: Run, facts: Facts, record: Record) -> Record:
    if not will_stop(run, facts):
        return record
    record = run.save(record, STOPPING, stopped_by_us=record.previous_power_state == RUNNING)
    run.report.changed = True
    try:
        with run.report.timed("stop"):
            if run.options.until == STOPPING_ENOUGH:
                _send_stop(run, facts)
                return record
            instance, warnings = bring_to(run.provider, facts.instance_id, PowerChange(STOPPED), run.patience)
    except CloudError as exc:
        if isinstance(exc, RouteUnconfirmed) and facts.instance is None:
            # Nothing is known of the power state; the provider's 409 will tell.
            run.report.unverified.append(f"that the instance is stopped ({exc.message})")
            return record
        run.save(record, FAILED, error_code=exc.error_code)
        raise
    run.report.warnings.extend(warnings)
    run.report.power_state = instance.power_state
    return record


def _send_stop(run: Run, facts: Facts) -> None:
    """Ask once, without waiting; the next run of this restore waits, and powers off what does not shut down."""
    graceful = run.provider.capabilities.graceful_stop
    try:
        request(run.provider, facts.instance_id, "shutdown" if graceful else "stop", STOPPED)
    except RouteUnconfirmed:
        request(run.provider, facts.instance_id, "stop", STOPPED)
    except AnswerLost as exc:
        run.report.warnings.append(f"the answer to the stop was lost; the next run looks: {exc.message}")
    run.report.power_state = STOPPING_STATE


def _timed_send(run: Run, facts: Facts, record: Record) -> tuple[Record, Accepted | None]:
    with run.report.timed("restore"):
        return send(run, facts, record)


def _after_lost_answer(run: Run, facts: Facts, record: Record, *, repeat: bool) -> tuple[Record, Accepted]:
    """Observe; adopt what is found; else decide by the invariant and ``on_unknown``. Never sends twice in one run."""
    with run.report.timed("restore"):
        accepted = find_evidence(run, facts, record)
    if accepted is not None:
        return accept(run, record, accepted), accepted
    if run.options.on_unknown == "accept":
        run.report.unverified.append("that the restore was applied: it was accepted as it is by on_unknown: accept")
        return run.save(record, SETTLED, outcome=UNVERIFIED), Accepted()
    if repeat and (run.options.on_unknown == "restore" or _repeat_is_harmless(run, facts, record)):
        record, answer = _timed_send(run, facts, record)
        if answer is not None:
            return record, answer
        accepted = find_evidence(run, facts, record)
        if accepted is not None:
            return accept(run, record, accepted), accepted
    raise outcome_unknown(run, facts, record)


def _repeat_is_harmless(run: Run, facts: Facts, record: Record) -> bool:
    """In place, and stopped since before the first POST: then a second restore changes nothing."""
    if run.provider.capabilities.creates_instance:
        return False
    was_stopped = record.previous_power_state == STOPPED or record.stopped_by_us
    try:
        instance = run.provider.read_power(facts.instance_id)
    except CloudError:
        return False
    run.report.power_state = instance.power_state
    return was_stopped and instance.power_state == STOPPED


def _settle(run: Run, facts: Facts, record: Record, accepted: Accepted) -> Settled | None:
    """The end of the restore, or None when it is not to be waited for and has not come yet."""
    if run.options.until == ACCEPTED_ENOUGH and not _has_ended(run, facts, record, accepted):
        return None
    try:
        with run.report.timed("restore"):
            if accepted.instance is not None:
                settled = settle_new_instance(run.provider, accepted.instance, run.patience)
            else:
                settled = settle_in_place(
                    run.provider,
                    facts.instance_id,
                    facts.snapshot_id,
                    accepted.operation,
                    record.sent_time,
                    run.patience,
                )
    except OutOfTime as exc:
        again = f"Run again with restore_id: {record.restore_id} to go on waiting; the restore is not sent again."
        raise OutOfTime(exc.message, next_steps=(again,)) from None
    except CloudError as exc:
        if exc.error_code == "restore_failed":
            run.save(record, FAILED, error_code=exc.error_code)
        raise
    run.report.operation = settled.operation or run.report.operation
    run.report.unverified.extend(settled.unverified)
    run.report.warnings.extend(settled.warnings)
    return settled


def _has_ended(run: Run, facts: Facts, record: Record, accepted: Accepted) -> bool:
    """One look, for a run that does not wait."""
    operation = accepted.operation
    if operation is None or not run.report.resumed:
        return operation is not None and operation.ended
    run.report.operation = operation = run.provider.get_operation(operation, facts.instance_id)
    return operation.ended


def _known_operation(record: Record) -> Operation | None:
    return Operation(record.operation_id, poll_path=record.operation_path) if record.operation_id else None


def _known_instance(record: Record) -> Instance | None:
    return Instance(record.instance_id, record.target) if record.instance_id else None

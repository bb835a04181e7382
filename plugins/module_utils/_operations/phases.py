# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying a restore through its phases: claimed -> stopping -> sent -> accepted -> settled -> done."""

from __future__ import annotations

from dataclasses import replace

from .._api.errors import CloudError, OutOfTime, RouteUnconfirmed
from .._api.models import RUNNING, STOPPED, Accepted, Instance, Operation
from .explain import outcome_unknown
from .facts import Facts
from .power import PowerChange, bring_to
from .record import ACCEPTED, CLAIMED, DONE, FAILED, SENT, SETTLED, STOPPING, Record
from .report import ACCEPTED_STATUS, RESTORED, UNVERIFIED
from .run import Run
from .send import accept, find_evidence, send
from .settle import Settled, settle_in_place, settle_new_instance


def go_on(run: Run, facts: Facts, record: Record) -> None:
    """From the phase of the record to the end."""
    accepted = Accepted(_known_operation(record), _known_instance(record))
    if record.phase in (CLAIMED, STOPPING):
        record = _stop(run, facts, record)
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
    _finish(run, facts, record, settled)


def _stop(run: Run, facts: Facts, record: Record) -> Record:
    capabilities = run.provider.capabilities
    wanted = capabilities.must_be_stopped and run.options.stop and facts.power_state != STOPPED
    if not wanted:
        return record
    record = run.save(record, STOPPING, stopped_by_us=record.previous_power_state == RUNNING)
    try:
        with run.report.timed("stop"):
            run.report.changed = True
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


def _timed_send(run: Run, facts: Facts, record: Record) -> tuple[Record, Accepted | None]:
    with run.report.timed("restore"):
        return send(run, record, facts.instance_id, facts.snapshot_id)


def _after_lost_answer(run: Run, facts: Facts, record: Record, *, repeat: bool) -> tuple[Record, Accepted]:
    """Observe; adopt what is found; else decide by the invariant and ``on_unknown``. Never sends twice in one run."""
    with run.report.timed("restore"):
        accepted = find_evidence(run, record, facts.instance_id)
    if accepted is not None:
        return accept(run, record, accepted), accepted
    if run.options.on_unknown == "accept":
        run.report.unverified.append("that the restore was applied: it was accepted as it is by on_unknown: accept")
        return run.save(record, SETTLED, outcome=UNVERIFIED), Accepted()
    if repeat and (run.options.on_unknown == "restore" or _repeat_is_harmless(run, facts, record)):
        record, answer = _timed_send(run, facts, record)
        if answer is not None:
            return record, answer
        accepted = find_evidence(run, record, facts.instance_id)
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
    if not run.options.wait and not _has_ended(run, facts, record, accepted):
        return None
    try:
        with run.report.timed("restore"):
            if accepted.instance is not None:
                settled = settle_new_instance(run.provider, accepted.instance, run.patience)
            else:
                settled = settle_in_place(
                    run.provider, facts.instance_id, accepted.operation, record.sent_time, run.patience
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
    """One look, for ``wait: false``."""
    operation = accepted.operation
    if operation is None or not run.report.resumed:
        return operation is not None and operation.ended
    run.report.operation = operation = run.provider.get_operation(operation, facts.instance_id)
    return operation.ended


def _finish(run: Run, facts: Facts, record: Record, settled: Settled) -> None:
    report, options = run.report, run.options
    instance = settled.instance
    if run.provider.capabilities.creates_instance:
        report.instance = instance or report.instance
    else:
        instance = _start(run, facts, record, settled) or instance
        if instance is None:
            instance = _last_reading(run, facts)
        report.instance = _with_power(facts.instance, instance)
    report.power_state = instance.power_state if instance else None
    run.save(record, DONE)
    report.changed = True
    report.status = RESTORED if settled.verified else UNVERIFIED
    if not settled.verified:
        report.warnings.append(
            "The provider accepted the restore and gave no evidence of its end; check before relying on it."
            + ("" if options.start == "always" else " It was not started.")
        )


def _start(run: Run, facts: Facts, record: Record, settled: Settled) -> Instance | None:
    wish = run.options.start
    if wish == "previous" and record.previous_power_state is None:
        run.report.warnings.append("the former power state is not known, so that the instance was not started")
    if wish == "never" or (wish == "previous" and record.previous_power_state != RUNNING):
        return None
    if not settled.verified and wish != "always":
        return None
    if settled.instance is not None and settled.instance.power_state == RUNNING:
        return settled.instance
    with run.report.timed("start"):
        return bring_to(run.provider, facts.instance_id, PowerChange(RUNNING), run.patience)[0]


def _last_reading(run: Run, facts: Facts) -> Instance | None:
    try:
        return run.provider.read_power(facts.instance_id)
    except CloudError as exc:
        run.report.unverified.append(f"the power state after the restore ({exc.message})")
        return None


def _with_power(known: Instance | None, reading: Instance | None) -> Instance | None:
    if known is None or reading is None:
        return known or reading
    return replace(
        known,
        power_state=reading.power_state,
        power_state_raw=reading.power_state_raw,
        power_state_at=reading.power_state_at,
    )


def _known_operation(record: Record) -> Operation | None:
    return Operation(record.operation_id, poll_path=record.operation_path) if record.operation_id else None


def _known_instance(record: Record) -> Instance | None:
    return Instance(record.instance_id, record.target) if record.instance_id else None

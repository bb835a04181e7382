# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring a snapshot at most once: plan with GET only, then apply phase by phase (design, section 4)."""

from __future__ import annotations

from .._api.models import RUNNING, STOPPED, Instance, iso
from . import preflight, rails, safety
from .explain import describe_diff, describe_plan
from .facts import Facts
from .identity import ALREADY, RESUME, Decision, decide
from .phases import go_on
from .record import CLAIMED, DONE, FAILED, Record
from .refusal import Refused
from .report import ALREADY_RESTORED, RESTORED, UNVERIFIED, WOULD_RESTORE
from .run import Run


def restore(run: Run, *, check_mode: bool) -> None:
    """Do what the options ask and fill ``run.report``; raises the errors of ``_api.errors`` and Refused."""
    capabilities, name = run.provider.capabilities, run.provider.spec.name
    with run.report.timed("preflight"):
        found = preflight.find_target(run.provider, run.options)
    target = (run.options.new_vm_name if capabilities.creates_instance else found.id or run.options.instance) or ""
    with run.store.holding(name, target, run.deadline):
        with run.report.timed("preflight"):
            pre = preflight.read(run.provider, run.options, found)
        facts, decision = pre.facts, None
        _report_facts(run, facts)
        if found.refusal is None:
            decision = decide(name, facts, run.store, restore_id=run.options.restore_id, force=run.options.force)
            run.report.restore_id = decision.restore_id
        if decision and decision.record and decision.kind == ALREADY:
            _already(run, facts, decision.record)
        elif decision and decision.record and decision.kind == RESUME:
            _resume(run, facts, decision.record, check_mode)
        else:
            now = run.provider.transport.provider_now()
            refusals = (
                *pre.refusals,
                *rails.refusals(capabilities, run.options, facts, now),
                *safety.impossible(run, facts),
            )
            if refusals or decision is None:
                raise Refused(f"restoring {target or run.options.snapshot}", refusals)
            _fresh(run, facts, decision, check_mode)


def _report_facts(run: Run, facts: Facts) -> None:
    run.report.instance = facts.existing or facts.instance
    run.report.snapshot = facts.snapshot
    run.report.power_state = facts.power_state
    run.report.previous_power_state = facts.former_power_state
    run.report.unverified.extend(facts.unverified)


def _already(run: Run, facts: Facts, record: Record) -> None:
    report = run.report
    report.status, report.phase = ALREADY_RESTORED, DONE
    report.previous_power_state = record.previous_power_state
    text = (
        f"{record.target} was restored to {record.snapshot_name or record.snapshot_id} at {record.updated_at} under "
        f"restore_id {record.restore_id}; nothing was done. To restore again, give another restore_id or force: true."
    )
    if record.outcome == UNVERIFIED:
        text += " The provider gave no evidence of how that restore ended."
    if run.provider.capabilities.creates_instance and facts.existing is None and not facts.unverified:
        text += " The instance it made is not there any more."
    report.warnings.append(text)


def _fresh(run: Run, facts: Facts, decision: Decision, check_mode: bool) -> None:
    report = run.report
    if facts.existing is not None:
        # The name is unique in the account, so an instance of this name from this snapshot is this restore.
        _adopt_existing(run, facts, facts.existing, decision, check_mode)
        return
    previous = _former_power_state(run, facts)
    report.previous_power_state = previous
    report.plan = describe_plan(run, facts, previous)
    report.diff = describe_diff(run, facts, previous)
    report.changed = check_mode
    if check_mode:
        report.status = WOULD_RESTORE
        return
    for other in decision.superseded:
        run.store.save(other.at(FAILED, run.runtime.now(), error_code="superseded"))
    record = _new_record(run, facts, decision.restore_id, previous)
    record = run.save(record, CLAIMED)
    go_on(run, facts, record)


def _new_record(run: Run, facts: Facts, restore_id: str, previous: str | None) -> Record:
    now = iso(run.runtime.now()) or ""
    return Record(
        provider=run.provider.spec.name,
        target=facts.target,
        restore_id=restore_id,
        snapshot_id=facts.snapshot_id,
        snapshot_name=facts.snapshot.name if facts.snapshot else None,
        snapshot_created_at=iso(facts.snapshot.created_at) if facts.snapshot else None,
        default_id=run.options.restore_id is None,
        phase=CLAIMED,
        claimed_at=now,
        updated_at=now,
        previous_power_state=previous,
        stopped_by_us=previous == RUNNING and facts.power_state == STOPPED,
    )


def _former_power_state(run: Run, facts: Facts) -> str | None:
    """The state before we touched the instance: an attempt that failed may have left it stopped."""
    latest = next(iter(run.store.all_of(run.provider.spec.name, facts.target)), None)
    if latest and latest.phase == FAILED and latest.stopped_by_us and facts.power_state == STOPPED:
        return latest.previous_power_state
    return facts.former_power_state


def _adopt_existing(run: Run, facts: Facts, existing: Instance, decision: Decision, check_mode: bool) -> None:
    report = run.report
    report.status, report.phase = ALREADY_RESTORED, DONE
    if existing.origin is None:
        report.unverified.append(f"that instance {existing.id} was made from snapshot {facts.snapshot_id}")
    report.warnings.append(
        f"instance {existing.id} named {existing.name!r} exists already and was made from a snapshot; nothing was "
        "done. To make another one, choose another new_vm_name."
    )
    if not check_mode:
        record = _new_record(run, facts, decision.restore_id, None)
        run.save(record, DONE, instance_id=existing.id, outcome=RESTORED if existing.origin else UNVERIFIED)


def _resume(run: Run, facts: Facts, record: Record, check_mode: bool) -> None:
    report = run.report
    report.resumed, report.phase = True, record.phase
    report.previous_power_state = record.previous_power_state
    report.plan = describe_plan(run, facts, record.previous_power_state, record)
    report.diff = describe_diff(run, facts, record.previous_power_state)
    report.changed = True
    if check_mode:
        report.status = WOULD_RESTORE
        return
    go_on(run, facts, record)

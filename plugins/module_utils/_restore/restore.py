# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring a snapshot at most once: plan with GET only, then apply phase by phase (design, section 4)."""

from __future__ import annotations

from .._api.models import Instance, PowerState, iso
from .._record.record import Phase, Record, new_claim
from .._task.refusal import Refusal, Refused
from .._task.resolve import Found
from . import guards, preflight, safety_snapshot
from .context import Run
from .identity import ALREADY, FRESH, RESUME, Decision, decide
from .known import known_record, known_snapshot
from .options import Facts
from .phases import go_on
from .plan import describe_diff, describe_plan
from .result import RestoreStatus


def restore(run: Run, *, check_mode: bool) -> None:
    """Do what the options ask and fill ``run.report``; raises the errors of ``_api.errors`` and Refused."""
    name, creates = run.provider.spec.name, run.provider.capabilities.creates_instance
    with run.report.timed("preflight"):
        found = _find_target(run)
    target = (run.options.new_vm_name if creates else found.id or run.options.instance) or ""
    with run.store.holding(name, target, run.deadline) as waited:
        with run.report.timed("preflight"):
            if waited:
                # Another run had the target; what was read before it let go is old.
                found = _find_target(run)
            pre, decision = _read_and_decide(run, found, check_mode)
            while decision and decision.record and decision.kind == RESUME and not check_mode:
                if not run.store.wait_turn(decision.record, run.deadline):
                    break
                found = _find_target(run)
                pre, decision = _read_and_decide(run, found, check_mode)
        facts = pre.facts
        if decision and decision.record and decision.kind == ALREADY:
            _already(run, facts, decision.record)
            return
        refusals = _refusals(run, pre, decision)
        if refusals or decision is None:
            raise Refused(f"restoring {target or run.options.snapshot}", refusals)
        resumed = decision.record if decision.kind == RESUME else None
        if facts.existing is not None and (resumed is None or resumed.phase == Phase.CLAIMED):
            # The name is unique in the account, so an instance of this name from this snapshot is this restore.
            _adopt_existing(run, facts, facts.existing, decision, check_mode)
        elif resumed is not None:
            _resume(run, facts, resumed, check_mode)
        else:
            _fresh(run, facts, decision, check_mode)


def _find_target(run: Run) -> Found[Instance]:
    known = known_record(run.provider, run.options, run.store) is not None
    return preflight.find_target(run.provider, run.options, known=known)


def _read_and_decide(run: Run, found: Found[Instance], check_mode: bool) -> tuple[preflight.Preflight, Decision | None]:
    known = known_snapshot(run.provider, run.options, known_record(run.provider, run.options, run.store))
    pre = preflight.read(run.provider, run.options, found, check_mode=check_mode, known=known)
    run.store.look(pre.facts)
    pre = pre._replace(facts=_with_our_record(run, pre.facts))
    _report_facts(run, pre.facts)
    if found.refusal is not None:
        return pre, None
    options = run.options
    decision = decide(run.provider.spec.name, pre.facts, run.store, restore_id=options.restore_id, force=options.force)
    run.report.restore_id = decision.restore_id
    return pre, decision


def _refusals(run: Run, pre: preflight.Preflight, decision: Decision | None) -> list[Refusal]:
    """Everything that speaks against going on; of a restore that is under way, what still matters."""
    found = [
        *pre.refusals,
        *guards.refusals(run.provider.capabilities, run.options, pre.facts, run.provider.transport.provider_now()),
        *safety_snapshot.impossible(run, pre.facts, decision.record if decision else None),
        *(run.store.refusals(pre.facts) if decision and decision.kind == FRESH else ()),
    ]
    record = decision.record if decision and decision.kind == RESUME else None
    if record is None or record.phase == Phase.CLAIMED:
        return found
    if record.phase == Phase.STOPPING:
        # The stop that we asked for may itself have closed the gates; when it has ended the answers will tell.
        return [item for item in found if item.code not in ("restore_not_allowed", "snapshot_not_allowed")]
    still = {
        "instance_name_differs",
        *({"billing_not_accepted"} if record.phase == Phase.SENT else ()),
    }
    return [item for item in found if item.code in still]


def _with_our_record(run: Run, facts: Facts) -> Facts:
    """What our records say of the origin of an instance that has the new name, where the provider says nothing."""
    existing = facts.existing
    if existing is None or existing.origin is not None:
        return facts
    for record in run.store.all_of(run.provider.spec.name, facts.target):
        if record.instance_id == existing.id:
            return facts._replace(existing=existing._replace(origin=record.snapshot_id))
    return facts


def _report_facts(run: Run, facts: Facts) -> None:
    run.report.instance = facts.existing or facts.instance
    run.report.snapshot = facts.snapshot
    run.report.power_state = facts.power_state
    run.report.previous_power_state = facts.former_power_state
    run.report.unverified[:] = facts.unverified


def _already(run: Run, facts: Facts, record: Record) -> None:
    report = run.report
    report.status, report.phase = RestoreStatus.ALREADY_RESTORED, Phase.DONE
    report.previous_power_state = record.previous_power_state
    text = (
        f"{record.target} was restored to {record.snapshot_name or record.snapshot_id} at {record.updated_at} under "
        f"restore_id {record.restore_id}; nothing was done. To restore again, give another restore_id or force: true."
    )
    if record.outcome == RestoreStatus.ACCEPTED_UNVERIFIED:
        text += " The provider gave no evidence of how that restore ended."
    if run.provider.capabilities.creates_instance and facts.existing is None and not facts.unverified:
        text += " The instance it made is not there any more."
    report.warnings.append(text)


def _fresh(run: Run, facts: Facts, decision: Decision, check_mode: bool) -> None:
    report = run.report
    previous = _former_power_state(run, facts)
    report.previous_power_state = previous
    report.plan = describe_plan(run, facts, previous)
    report.diff = describe_diff(run, facts, previous)
    report.changed = check_mode
    if check_mode:
        report.status = RestoreStatus.WOULD_RESTORE
        return
    for other in decision.superseded:
        run.store.save(other.at(Phase.FAILED, run.runtime.now(), error_code="superseded"))
    record = _new_record(run, facts, decision.restore_id, previous)
    record = run.save(record, Phase.CLAIMED, safety_snapshot=safety_snapshot.still_good(facts, decision.record))
    go_on(run, facts, record)


def _new_record(run: Run, facts: Facts, restore_id: str, previous: PowerState | None) -> Record:
    # The provider's time, since the clocks of controllers differ.
    now = iso(run.provider.transport.provider_now()) or ""
    return Record(
        provider=run.provider.spec.name,
        target=facts.target,
        restore_id=restore_id,
        snapshot_id=facts.snapshot_id,
        snapshot_name=facts.snapshot.name if facts.snapshot else None,
        snapshot_created_at=iso(facts.snapshot.created_at) if facts.snapshot else None,
        default_id=run.options.restore_id is None,
        phase=Phase.CLAIMED,
        claimed_at=now,
        updated_at=now,
        previous_power_state=previous,
        stopped_by_us=previous == PowerState.RUNNING and facts.power_state == PowerState.STOPPED,
        claim=new_claim(),
    )


def _former_power_state(run: Run, facts: Facts) -> PowerState | None:
    """The state before we touched the instance: an attempt that did not come to its end may have left it stopped."""
    latest = next(iter(run.store.all_of(run.provider.spec.name, facts.target)), None)
    if latest and _may_have_left_it_stopped(latest) and facts.power_state == PowerState.STOPPED:
        return latest.previous_power_state
    return facts.former_power_state


def _may_have_left_it_stopped(record: Record) -> bool:
    if record.phase == Phase.DONE:
        # Without proof of its end a restore leaves the instance stopped.
        return record.outcome == RestoreStatus.ACCEPTED_UNVERIFIED
    return record.stopped_by_us or record.sent_at is not None


def _adopt_existing(run: Run, facts: Facts, existing: Instance, decision: Decision, check_mode: bool) -> None:
    report = run.report
    if existing.origin is None:
        report.unverified.append(f"that instance {existing.id} was made from snapshot {facts.snapshot_id}")
    report.warnings.append(
        f"instance {existing.id} named {existing.name!r} exists already and was made from a snapshot; no restore was "
        "sent. To make another one, choose another new_vm_name."
    )
    if check_mode:
        report.status, report.phase = RestoreStatus.ALREADY_RESTORED, Phase.DONE
        return
    outcome = RestoreStatus.RESTORED if existing.origin else RestoreStatus.ACCEPTED_UNVERIFIED
    record = run.save(
        _new_record(run, facts, decision.restore_id, None), Phase.ACCEPTED, instance_id=existing.id, outcome=outcome
    )
    if existing.power_state not in (PowerState.RUNNING, PowerState.STOPPED):
        go_on(run, facts, record)
    else:
        run.save(record, Phase.DONE)
    report.status, report.changed = RestoreStatus.ALREADY_RESTORED, False


def _resume(run: Run, facts: Facts, record: Record, check_mode: bool) -> None:
    report = run.report
    report.resumed, report.phase = True, record.phase
    report.previous_power_state = record.previous_power_state
    report.plan = describe_plan(run, facts, record.previous_power_state, record)
    report.diff = describe_diff(run, facts, record.previous_power_state)
    report.changed = check_mode
    if check_mode:
        report.status = RestoreStatus.WOULD_RESTORE
        return
    if facts.snapshot is None:
        facts = facts._replace(snapshot_id=record.snapshot_id)
    go_on(run, facts, run.store.take_over(record))

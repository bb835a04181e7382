# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the record tells a run about earlier runs, and the record that a new restore begins with."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .._api.errors import CloudError
from .._api.models import PowerState, exact, iso
from .._record.record import Phase, Record, new_claim
from .._task.resolve import canonical_id, is_id
from .identity import Decision
from .result import RestoreSent, RestoreStatus

if TYPE_CHECKING:
    from .restore import Restore

LONG_AGO = timedelta(hours=1)
"""After this long another restore says nothing about the power state before this one."""


def new_record(restore: Restore, decision: Decision, previous: PowerState | None) -> Record:
    """The record of a restore that begins now. The rollback of a guarded change still says so."""
    # The provider's time, since the clocks of controllers differ.
    now = iso(restore.provider.transport.provider_now()) or ""
    facts, before, drill = restore.facts, decision.record, restore.options.drill
    return Record(
        provider=restore.provider.spec.name,
        account=restore.provider.account,
        target=facts.target,
        restore_id=decision.restore_id,
        snapshot_id=facts.snapshot_id,
        snapshot_name=facts.snapshot.name if facts.snapshot else None,
        snapshot_created_at=iso(facts.snapshot.created_at) if facts.snapshot else None,
        default_id=restore.options.restore_id is None,
        phase=Phase.CLAIMED,
        claimed_at=now,
        updated_at=now,
        previous_power_state=previous,
        stopped_by_us=previous == PowerState.RUNNING and facts.power_state == PowerState.STOPPED,
        claim=new_claim(),
        run_by=restore.run_by,
        snapshot_as_of=exact(restore.options.snapshot_as_of),
        change=before.change if before else None,
        change_mark=before.change_mark if before else None,
        drill=drill.id if drill else None,
        drill_host=drill.host if drill else None,
        change_by=drill.controller if drill else None,
        change_until=drill.until if drill else None,
    )


def report_already(restore: Restore, record: Record) -> None:
    """The result of a run that finds the restore done."""
    result = restore.result
    result.status, result.phase = RestoreStatus.ALREADY_RESTORED, Phase.DONE
    result.previous_power_state, result.restore_sent = record.previous_power_state, RestoreSent.ACCEPTED
    result.record = record
    text = (
        f"{record.target} was restored to {record.snapshot_name or record.snapshot_id} at {record.updated_at} "
        f"under restore_id {record.restore_id}; nothing was done. To restore again, set another restore_id or "
        "force: true."
    )
    if record.outcome == RestoreStatus.ACCEPTED_UNVERIFIED:
        text += " The provider gave no evidence of how that restore ended."
        result.unverified.append("that the restore has ended, and how: the provider gave no evidence")
    result.warnings.append(text + restore.already_note(record))


def recorded_as_sent(restore: Restore) -> RestoreSent:
    """What the record says where an error came before it was read."""
    options = restore.options
    target = restore.known_target or options.new_vm_name or options.instance
    if target is None:
        return RestoreSent.NO
    name = restore.provider.spec.name
    try:
        if options.restore_id is None:
            return _default_sent(restore, restore.store.all_of(name, canonical_id(restore.provider, target)))
        record = restore.store.find(name, canonical_id(restore.provider, target), options.restore_id)
        unresolved = restore.known_target is None and options.new_vm_name is None
        if record is None and unresolved and not is_id(restore.provider, target):
            # The target is a name that could not be looked up, and any restore of this restore_id may be meant.
            return RestoreSent.UNKNOWN if restore.store.unfinished(name, options.restore_id) else RestoreSent.NO
    except CloudError:
        return RestoreSent.NO
    return sent_by(record) if record else RestoreSent.NO


def _default_sent(restore: Restore, records: list[Record]) -> RestoreSent:
    """The same without a ``restore_id``, where the default one is not known: it depends on the snapshot's time."""
    wanted = canonical_id(restore.provider, restore.options.snapshot)
    for record in records:
        alike = record.default_id and wanted in (record.snapshot_id, record.snapshot_name)
        if alike and record.unfinished and sent_by(record) != RestoreSent.NO:
            return RestoreSent.UNKNOWN
    return RestoreSent.NO


def former_power_state(restore: Restore, decision: Decision) -> PowerState | None:
    """The state before this restore touched the instance, which an earlier attempt may have left stopped.

    It belongs to the restore_id. Another restore counts only if ``force`` abandons it now, or if it was recent.
    """
    latest = next(iter(restore.store.all_of(restore.provider.spec.name, restore.facts.target)), None)
    if latest and (latest.updated_time is None or restore.now() - latest.updated_time > LONG_AGO):
        latest = None
    if restore.facts.power_state != PowerState.RUNNING:
        if decision.record and decision.record.change and decision.record.previous_power_state:
            # The state before the guarded change, which may have stopped it.
            return decision.record.previous_power_state
        for record in (decision.record, *decision.superseded, latest):
            if record and record.previous_power_state and _may_have_left_it_stopped(record):
                return record.previous_power_state
    return restore.facts.settled_power_state


def sent_by(record: Record) -> RestoreSent:
    """Whether the restore of an unfinished or finished record was sent."""
    if record.phase == Phase.SENT:
        return RestoreSent.UNKNOWN
    accepted = record.phase in (Phase.ACCEPTED, Phase.SETTLED, Phase.DONE)
    return RestoreSent.ACCEPTED if accepted else RestoreSent.NO


def _may_have_left_it_stopped(record: Record) -> bool:
    if record.phase == Phase.DONE:
        # Without evidence of its end a restore leaves the instance stopped.
        return record.outcome == RestoreStatus.ACCEPTED_UNVERIFIED
    return record.stopped_by_us or record.sent_at is not None

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore that was sent and whose answer was lost: look, adopt what is found, and never send again on a guess."""

from __future__ import annotations

from .._api.errors import CloudError, OutOfTime, ProviderError
from .._api.models import Accepted, Instance, PowerState
from .._api.wait import poll
from .._record.record import Phase, Record
from .._task.waiting import POLL_SECONDS
from .context import Run
from .evidence import EVIDENCE_SECONDS, find_operation
from .guards import foreign_origin
from .options import Facts
from .plan import outcome_unknown
from .preflight import find_by_name
from .result import RestoreStatus
from .sending import accept, send

QUIET_SECONDS = 120.0
"""A restore that is not seen so long after it was sent has not begun, and is not waiting to begin."""
REPEAT_WITHIN = 3600.0
"""Later than this nobody can tell whether a stopped instance has run in between."""


def after_lost_answer(
    run: Run, facts: Facts, record: Record, lost: CloudError | None, *, resumed: bool
) -> tuple[Record, Accepted]:
    """Observe; adopt what is found; else go by the invariant and ``on_unknown``. Sends at most once in one run.

    Raises CloudError ``outcome_unknown`` with what was seen.
    """
    with run.report.timed("restore"):
        against = _seen_running(facts, record) if resumed else None
        accepted, work = _look(
            run, facts, record, _seconds(run, record) if resumed and not against else EVIDENCE_SECONDS
        )
    if accepted is not None:
        return accept(run, record, accepted), accepted
    if record.repeat_unsafe is None and (against or work):
        record = run.save(record, Phase.SENT, repeat_unsafe=against or work)
    if run.options.on_unknown == "accept":
        run.report.unverified.append("that the restore was applied: it was accepted as it is by on_unknown: accept")
        return run.save(record, Phase.SETTLED, outcome=RestoreStatus.ACCEPTED_UNVERIFIED), Accepted()
    if resumed and (run.options.on_unknown == "restore" or _repeat_is_harmless(run, facts, record)):
        with run.report.timed("restore"):
            record, accepted, lost = send(run, facts, record)
        if accepted is not None:
            return record, accepted
        return after_lost_answer(run, facts, record, lost, resumed=False)
    run.store.release(record)
    raise outcome_unknown(run, facts, record, lost)


def _seconds(run: Run, record: Record) -> float:
    """How long to look: until the quiet period is over."""
    return max(EVIDENCE_SECONDS, QUIET_SECONDS - _age(run, record))


def _age(run: Run, record: Record) -> float:
    since = record.sent_time
    return 0.0 if since is None else (run.provider.transport.provider_now() - since).total_seconds()


def _seen_running(facts: Facts, record: Record) -> str | None:
    state = facts.power_state
    if state in (None, PowerState.STOPPED) or not record.was_stopped:
        return None
    return f"the instance was seen {state} after the restore was sent"


def _repeat_is_harmless(run: Run, facts: Facts, record: Record) -> bool:
    """In place, and stopped ever since before the first POST: then a second restore changes nothing."""
    if run.provider.capabilities.creates_instance or record.repeat_unsafe or not record.was_stopped:
        return False
    if not QUIET_SECONDS <= _age(run, record) <= REPEAT_WITHIN:
        return False
    try:
        instance = run.provider.read_power(facts.instance_id)
    except CloudError:
        return False
    run.report.power_state = instance.power_state
    return instance.power_state == PowerState.STOPPED


def _look(run: Run, facts: Facts, record: Record, seconds: float) -> tuple[Accepted | None, str | None]:
    """Proof that the restore was taken on, or else what was seen that speaks against sending it again."""
    capabilities, since = run.provider.capabilities, record.sent_time
    patience = run.patience.at_most(seconds)
    if capabilities.creates_instance:
        return _look_for_instance(run, facts, record, seconds)
    if capabilities.lists_operations and since:
        candidate = find_operation(run.provider, facts.instance_id, facts.snapshot_id, since, patience, seconds)
        if candidate is None or candidate.certain:
            return (Accepted(candidate.operation) if candidate else None), None
        return None, f"operation {candidate.operation.id} ({candidate.operation.kind}) began after the restore was sent"
    if capabilities.has_restore_gate:
        try:
            gate = poll(
                lambda: run.provider.restore_gate(facts.instance_id),
                lambda item: item.allowed is False,
                doing="looking for the restore",
                deadline=patience.deadline,
                runtime=run.runtime,
                interval=POLL_SECONDS,
            )
        except (OutOfTime, ProviderError):
            return None, None
        # What closed it is not said for certain, so that this is no proof.
        return None, f"the provider did not allow a restore after this one was sent: {gate.reason or gate.code}"
    return None, None


def _look_for_instance(run: Run, facts: Facts, record: Record, seconds: float) -> tuple[Accepted | None, str | None]:
    name = run.options.new_vm_name or ""

    def read() -> Instance | None:
        return find_by_name(run.provider, name)[0]

    try:
        found = poll(
            read,
            lambda item: item is not None,
            doing="looking for the new instance",
            deadline=run.patience.at_most(seconds).deadline,
            runtime=run.runtime,
            interval=POLL_SECONDS,
        )
    except (OutOfTime, ProviderError):
        return None, None
    if found is None:
        return None, None
    conflict = foreign_origin(found, facts.snapshot_id, record.sent_time)
    if conflict:
        return None, f"instance {found.id} named {name!r} {conflict}"
    if found.origin is None:
        run.report.unverified.append(f"that instance {found.id} was made from snapshot {facts.snapshot_id}")
    return Accepted(instance=found), None

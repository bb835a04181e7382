# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring in place: the disk of an existing instance is replaced."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from .._api.errors import Applied, CloudError, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import SETTLING, Accepted, Gate, Instance, PowerState, Snapshot
from .._power.machine import Machine, PowerChange
from .._providers.base import ProviderSpec
from .._record.record import Phase, Record
from .._task.refusal import Refusal, Refused
from .._task.resolve import Found
from .._task.waiting import Patience
from . import guards, plan, power_after, safety_snapshot
from .evidence import EVIDENCE_SECONDS, End, end_in_place, find_operation
from .identity import Decision, DecisionKind
from .options import RestoreOptions
from .preflight import Facts, facts_of, merge_power, same_snapshot
from .restore import Restore

STOP_FIRST = "Set stop: always to stop the instance first, or stop it with the module instance_power."
RECENT = timedelta(minutes=10)
"""How old an operation may be to be taken for one that the restore caused, with room for clocks that disagree."""
QUIET_SECONDS = 120.0
"""How long after a request it may be repeated at the earliest."""
LONG_QUIET_SECONDS = 900.0
"""The same where the provider restores a running instance: a request that is late would overwrite it."""
WAIT_FOR_IT = "Check in the provider's console that the instance is off and has no running work, then run again."


class InPlace(Restore):
    """The target is the instance whose disk is replaced. It may be stopped before and started after."""

    @classmethod
    def option_problems(cls, spec: ProviderSpec, options: RestoreOptions) -> list[str]:
        problems = super().option_problems(spec, options)
        if options.instance is None:
            problems.append(f"instance is required with provider {spec.name}")
        if options.new_vm_name is not None:
            problems.append(f"new_vm_name cannot be used with provider {spec.name}, which restores in place")
        return problems

    @property
    def machine(self) -> Machine:
        return Machine(self.provider, self.facts.instance_id, self.patience)

    def target_of(self, found: Found[Instance]) -> str:
        return found.id or self.options.instance or ""

    def read_facts(self, found: Found[Instance]) -> Facts:
        snapshot, listed = Found[Snapshot](None), None
        if found.id is not None:
            snapshot, listed = self.find_snapshot(found, found.id)
        return facts_of(self.target_of(found), self.options, found, snapshot, listed)

    def guards(self) -> list[Refusal]:
        return guards.in_place(self.options, self.facts, self.now())

    def record_guards(self, decision: Decision | None) -> list[Refusal]:
        fresh = decision is not None and decision.kind == DecisionKind.FRESH
        return [*safety_snapshot.refusals(self, fresh=fresh), *super().record_guards(decision)]

    def plan_steps(self, record: Record | None, previous: PowerState | None) -> list[str]:
        return plan.steps_in_place(self, record, previous)

    def diff(self, previous: PowerState | None) -> dict[str, object]:
        return plan.diff_in_place(self, previous)

    def prepare(self) -> None:
        if self.will_stop():
            self._stop()
        safety_snapshot.take(self)

    def will_stop(self) -> bool:
        """Whether the instance is stopped before the restore."""
        stop = self.options.stop
        wanted = stop == "always" or (stop == "if_required" and self.capabilities.must_be_stopped is True)
        return wanted and self.facts.power_state != PowerState.STOPPED

    def _stop(self) -> None:
        asked = self.record.phase == Phase.STOPPING
        if not asked:
            self._observe_former_power()
        # A restore in doubt stays ``sent``, whatever is done about it.
        phase = Phase.SENT if self.in_doubt else Phase.STOPPING
        self.enter(phase, stopped_by_us=self.record.previous_power_state == PowerState.RUNNING)
        try:
            with self.result.timed("stop"):
                self.announce("stopping", self.instance_name)
                change = PowerChange(PowerState.STOPPED, asked=asked, seen=self.facts.instance)
                instance, warnings = self.machine.bring_to(change)
        except CloudError as exc:
            if isinstance(exc, RouteUnconfirmed) and self.facts.instance is None:
                # The power state is unknown; a 409 of the provider will show if it is still running.
                self.result.unverified.append(f"that the instance is stopped ({exc.message})")
                return
            self.result.changed = self.provider.transport.writes > 0
            self.fail(exc)
            raise
        self.stopped_now = self.result.changed = True
        self.result.warnings.extend(warnings)
        self.result.power_state = instance.power_state
        self.facts = self.facts._replace(instance=merge_power(self.facts.instance, instance))

    def _observe_former_power(self) -> None:
        """Wait briefly for a known power state, if it is to be brought back and is unknown so far."""
        previous = self.record.previous_power_state
        if self.options.power_after != "previous" or previous is not None or self.facts.instance is None:
            return
        try:
            instance = self.machine.at_most(EVIDENCE_SECONDS).patience.poll(
                self.machine.read,
                lambda item: item.power_state in (PowerState.RUNNING, PowerState.STOPPED),
                "waiting for a known power state",
            )
        except CloudError:
            return
        self.result.previous_power_state = self.result.power_state = instance.power_state
        self.record = self.record._replace(previous_power_state=instance.power_state)

    def before_sending(self) -> None:
        if self.capabilities.lists_operations:
            self.operations_before = self._operation_ids()
        if self.capabilities.snapshot_ids_reused and self.facts.snapshot is not None:
            self._require_same_snapshot(self.facts.snapshot)
        safety_snapshot.require_still_stopped(self)

    def before_sending_again(self) -> None:
        self.before_sending()
        safety_snapshot.require_still_there(self)

    def _operation_ids(self) -> str | None:
        """The operations that are there before the request, or None if they cannot be listed."""
        try:
            oldest = self.now() - RECENT
            return " ".join(self.provider.recent_operations(self.facts.instance_id, oldest)) or "none"
        except CloudError:
            return None

    def _require_same_snapshot(self, known: Snapshot) -> None:
        """Where a snapshot's id can be reused: raises Refused if another one has it by now."""
        listed = self.provider.list_snapshots(self.facts.instance_id).snapshots
        now = next((item for item in listed if item.id == known.id), None)
        if now is None or not same_snapshot(known, now):
            gone = "no longer exists" if now is None else "was replaced by another one of the same name"
            refusal = Refusal(
                "snapshot_replaced",
                f"snapshot {known.name!r} {gone} while the restore was prepared",
                "Check the snapshots with the module snapshot_info, and run again with the right one.",
            )
            raise Refused(f"restoring {self.facts.target}", [refusal])

    def look_for_lost_restore(self, seconds: float) -> tuple[Accepted | None, str | None]:
        machine, since = self.machine.at_most(seconds), self.record.sent_time
        if self.capabilities.lists_operations and since:
            candidate = find_operation(machine, self.facts.snapshot_id, self.record)
            if candidate is None:
                return None, self._work_since(since)
            if candidate.certain:
                return Accepted(candidate.operation), None
            operation = candidate.operation
            return None, f"operation {operation.id} ({operation.kind}) started after the restore was sent"
        if not self.capabilities.has_restore_gate:
            return None, None
        closed: list[Gate] = []

        def read() -> bool:
            gate = self.provider.restore_gate(machine.instance_id)
            if gate.allowed is False:
                closed.append(gate)
            # The log may still say more than the gate.
            return self.request_log.look() is not None or (bool(closed) and not self.request_log.readable)

        with suppress(OutOfTime, ProviderError):
            machine.patience.poll(read, bool, "looking for the restore")
        if not closed:
            return None, None
        # Other work may have closed it, so this is no proof.
        reason = closed[0].reason or closed[0].code
        return None, f"the provider did not allow a restore after this one was sent: {reason}"

    def _work_since(self, since: datetime) -> str | None:
        """Work on the instance that began after the request: the disk may have been written since."""
        before = (self.record.operations_before or "").split()
        try:
            recent = self.provider.recent_operations(self.facts.instance_id, since)
        except CloudError:
            return None
        work = [item for item in recent if item not in before]
        return f"operation {work[0]} started after the restore was sent" if work else None

    def nothing_seen(self) -> str:
        return f"no operation of it was found, and the instance reads as {self._known_power()}"

    def where_to_check(self) -> str:
        hold = "; do not start it before that" if self._known_power() == PowerState.STOPPED else ""
        return f"Check {self.record.target} in the provider's console{hold}."

    def _known_power(self) -> PowerState:
        return self.result.power_state or self.facts.power_state or PowerState.UNKNOWN

    def conflict_may_pass(self, just_stopped: bool) -> bool:
        try:
            state = self.machine.read().power_state
        except CloudError:
            return False
        self.result.power_state = state
        # Hypervisors lag behind: an instance that reads as stopped may still be shutting down.
        return state in SETTLING or (state == PowerState.STOPPED and just_stopped)

    def explain_conflict(self, exc: ProviderError) -> ProviderError:
        must_stop = self.capabilities.must_be_stopped
        return ProviderError(
            exc.message,
            status=exc.status,
            provider_code=exc.provider_code,
            request_id=exc.request_id,
            error_code="instance_not_stopped" if must_stop else "instance_not_ready",
            applied=Applied.NO,
            next_steps=(STOP_FIRST if must_stop and self.options.stop == "never" else WAIT_FOR_IT,),
        )

    may_repeat = True

    @property
    def quiet_seconds(self) -> float:
        # Where the provider refuses to restore a running instance, a late first request does no harm after a start.
        return QUIET_SECONDS if self.capabilities.must_be_stopped else LONG_QUIET_SECONDS

    def power_now(self) -> PowerState | None:
        try:
            self.result.power_state = self.machine.read().power_state
        except CloudError:
            return None
        return self.result.power_state

    def repeat_is_harmless(self) -> bool:
        """Stopped since before the first request: a second restore then changes nothing."""
        if self.record.repeat_unsafe or not self.record.was_stopped:
            return False
        return self.power_now() == PowerState.STOPPED

    def wait_for_evidence(self, patience: Patience) -> End:
        machine = self.machine._replace(patience=patience)
        return end_in_place(machine, self.facts.snapshot_id, self.accepted.operation, self.record)

    def set_power_after(self, end: End) -> None:
        power_after.set_power(self, end)

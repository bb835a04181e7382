# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring in place: the disk of an existing instance is replaced."""

from __future__ import annotations

from .._api.errors import AnswerLost, Applied, CloudError, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import SETTLING, Accepted, Instance, PowerState, Snapshot
from .._power.machine import Machine, PowerChange
from .._providers.base import ProviderSpec
from .._record.record import Phase, Record
from .._task.refusal import Refusal
from .._task.resolve import Found
from .._task.waiting import Patience
from . import guards, plan, power_after, safety_snapshot
from .evidence import EVIDENCE_SECONDS, End, end_in_place, find_operation
from .identity import Decision
from .options import RestoreOptions, Until
from .preflight import Facts, facts_of, read_snapshot
from .restore import Restore

STOP_FIRST = "Set stop: always to stop the instance first, or stop it with the module instance_power."
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

    def read_facts(self, found: Found[Instance], known: Snapshot | None, *, check_mode: bool) -> Facts:
        snapshot, listed = Found[Snapshot](None), None
        if known is not None:
            snapshot = Found(known.id, known)
        elif found.id is not None:
            snapshot, listed = read_snapshot(self.provider, self.options.snapshot, found.id)
        return facts_of(self.target_of(found), self.options, found, snapshot, listed)

    def guards(self) -> list[Refusal]:
        return guards.in_place(self.options, self.facts, self.now())

    def record_guards(self, decision: Decision | None) -> list[Refusal]:
        record = decision.record if decision else None
        return [*safety_snapshot.refusals(self, record), *super().record_guards(decision)]

    def plan_steps(self, record: Record | None, previous: PowerState | None) -> list[str]:
        return plan.steps_in_place(self, record, previous)

    def diff(self, previous: PowerState | None) -> dict[str, object]:
        return plan.diff_in_place(self, previous)

    def reusable_safety_snapshot(self, record: Record | None) -> str | None:
        return safety_snapshot.reusable(self.facts, record)

    def prepare(self) -> bool:
        if self.will_stop():
            self._stop()
        if self.options.until == Until.STOPPING:
            return False
        safety_snapshot.take(self)
        return True

    def will_stop(self) -> bool:
        """Whether the instance is stopped before the restore."""
        stop = self.options.stop
        wanted = stop == "always" or (stop == "if_required" and self.capabilities.must_be_stopped is True)
        return wanted and self.facts.power_state != PowerState.STOPPED

    def _stop(self) -> None:
        asked = self.record.phase == Phase.STOPPING
        if not asked:
            self._observe_former_power()
        self.enter(Phase.STOPPING, stopped_by_us=self.record.previous_power_state == PowerState.RUNNING)
        try:
            with self.result.timed("stop"):
                if self.options.until == Until.STOPPING:
                    if not asked:
                        self._send_stop()
                        self.result.changed = True
                    return
                self.announce("stopping")
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
        self.result.changed = True
        self.result.warnings.extend(warnings)
        self.result.power_state = instance.power_state

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

    def _send_stop(self) -> None:
        """Request the stop without waiting; the next run waits, and powers off an instance that does not shut down."""
        machine = self.machine
        try:
            try:
                machine.request(machine.first_action(PowerChange(PowerState.STOPPED)), PowerState.STOPPED)
            except RouteUnconfirmed:
                machine.request("stop", PowerState.STOPPED)
        except AnswerLost as exc:
            self.result.warnings.append(f"the answer to the stop was lost; the next run checks it: {exc.message}")
        self.result.power_state = PowerState.STOPPING

    def look_for_lost_restore(self, seconds: float) -> tuple[Accepted | None, str | None]:
        machine, since = self.machine.at_most(seconds), self.record.sent_time
        if self.capabilities.lists_operations and since:
            candidate = find_operation(machine, self.facts.snapshot_id, since)
            if candidate is None or candidate.certain:
                return (Accepted(candidate.operation) if candidate else None), None
            operation = candidate.operation
            return None, f"operation {operation.id} ({operation.kind}) started after the restore was sent"
        if not self.capabilities.has_restore_gate:
            return None, None
        try:
            gate = machine.patience.poll(
                lambda: self.provider.restore_gate(machine.instance_id),
                lambda item: item.allowed is False,
                "looking for the restore",
            )
        except (OutOfTime, ProviderError):
            return None, None
        # Other work may have closed it, so this is no proof.
        return None, f"the provider did not allow a restore after this one was sent: {gate.reason or gate.code}"

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

    def repeat_is_harmless(self) -> bool:
        """Stopped since before the first request: a second restore then changes nothing."""
        # Lost answers are rare, so the other runs do not pay for this import.
        from .lost_answer import is_repeat_due

        if self.record.repeat_unsafe or not self.record.was_stopped or not is_repeat_due(self):
            return False
        try:
            instance = self.machine.read()
        except CloudError:
            return False
        self.result.power_state = instance.power_state
        return instance.power_state == PowerState.STOPPED

    def wait_for_evidence(self, patience: Patience) -> End:
        machine = self.machine._replace(patience=patience)
        return end_in_place(machine, self.facts.snapshot_id, self.accepted.operation, self.record.sent_time)

    def set_power_after(self, end: End) -> bool:
        return power_after.set_power(self, end)

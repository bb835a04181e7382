# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring to a new instance: nothing is overwritten, and the new instance may be billed."""

from __future__ import annotations

from contextlib import suppress

from .._api.clock import Deadline
from .._api.errors import CloudError, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import Accepted, Instance, PowerState
from .._providers.base import ProviderSpec
from .._record.record import Phase, Record
from .._task import validation
from .._task.refusal import Refusal, Refused
from .._task.resolve import Found
from .._task.waiting import Patience
from . import guards, history, plan
from .evidence import End, end_of_new_instance
from .identity import Decision, DecisionKind
from .options import RestoreOptions
from .preflight import Facts, facts_of, find_by_name
from .restore import Restore
from .result import RestoreStatus

PRICE_SECONDS = 15.0
"""How long a check tries to read a price that nothing depends on."""


class NewInstance(Restore):
    """The target is the name of the new instance, which is unique in the account."""

    @classmethod
    def option_problems(cls, spec: ProviderSpec, options: RestoreOptions) -> list[str]:
        name = spec.name
        if options.undo_of is not None:
            return [
                f"a restore cannot be undone with provider {name}: it created a new instance and replaced no disk; "
                "delete the new instance if it is not needed"
            ]
        problems = super().option_problems(spec, options)
        for option, default in (("stop", "never"), ("power_after", "leave"), ("safety_snapshot", "never")):
            if getattr(options, option) != default:
                problems.append(f"{option} cannot be used with provider {name}, where a restore creates a new instance")
        if options.instance is None and options.expected_instance_name is not None:
            problems.append("expected_instance_name needs instance, whose name it is")
        if options.new_vm_name is None:
            problems.append(f"new_vm_name is required with provider {name}, where a restore creates a new instance")
        elif spec.capabilities.new_instance_name is not None:
            problems += validation.named("new_vm_name", options.new_vm_name, spec.capabilities.new_instance_name)
        return problems

    @property
    def name(self) -> str:
        return self.options.new_vm_name or ""

    def target_of(self, found: Found[Instance]) -> str:
        return self.name

    def read_facts(self, found: Found[Instance]) -> Facts:
        # The list of the whole account says which instance a snapshot belongs to.
        snapshot, listed = self.find_snapshot(found, None)
        facts = self._read_name(facts_of(self.name, self.options, found, snapshot, listed))
        source = facts.snapshot
        if source is None:
            return facts
        if facts.instance_id and source.instance_id is None:
            text = f"that snapshot {source.name} was taken of instance {facts.instance_id}"
            facts = facts._replace(unverified=(*facts.unverified, text))
        if self.options.max_hourly_rate is not None:
            facts = facts._replace(hourly_price=self.provider.hourly_price(source))
        return facts

    def _read_price(self) -> None:
        """For whoever decides on the plan; a real run needs the price only for ``max_hourly_rate``."""
        source, transport = self.facts.snapshot, self.provider.transport
        if source is None or self.facts.hourly_price is not None or self.facts.existing is not None:
            return
        deadline = transport.deadline
        transport.deadline = Deadline(min(PRICE_SECONDS, deadline.left()), self.runtime)
        try:
            with suppress(CloudError):
                self.facts = self.facts._replace(hourly_price=self.provider.hourly_price(source))
        finally:
            transport.deadline = deadline

    def _read_name(self, facts: Facts) -> Facts:
        try:
            existing, complete = find_by_name(self.provider, self.name)
        except RouteUnconfirmed as exc:
            existing, complete, why = None, False, exc.message
        else:
            why = "the list ends before its own count, or has items without a name"
        facts = facts._replace(existing=existing)
        if existing is not None or complete:
            return facts
        text = f"that no instance is named {self.name!r} already ({why})"
        return facts._replace(unverified=(*facts.unverified, text), name_unverified=text)

    def with_recorded_origin(self, facts: Facts) -> Facts:
        """The origin of an existing instance by our records, where the provider does not say."""
        existing = facts.existing
        if existing is None or existing.origin is not None:
            return facts
        for record in self.store.all_of(self.provider.spec.name, facts.target):
            # An instance of unknown origin that was adopted is still of unknown origin.
            if record.instance_id == existing.id and record.sent_at is not None:
                return facts._replace(existing=existing._replace(origin=record.snapshot_id))
        return facts

    def guards(self) -> list[Refusal]:
        return guards.new_instance(self.capabilities, self.options, self.facts, self.now())

    def plan_steps(self, record: Record | None, previous: PowerState | None) -> list[str]:
        phase = record.phase if record else Phase.CLAIMED
        return plan.send_and_wait(self, phase, f"a new instance named {self.name!r}")

    def diff(self, previous: PowerState | None) -> dict[str, object]:
        return plan.diff_new_instance(self)

    def already_note(self, record: Record) -> str:
        existing = self.facts.existing
        if existing is not None and record.instance_id not in (None, existing.id):
            self.result.instance = None
            return f" The instance that has its name now, {existing.id}, is another one."
        gone = existing is None and not self.facts.unverified
        return " The instance it created no longer exists." if gone else ""

    def proceed(self, decision: Decision, check_mode: bool) -> None:
        if check_mode:
            self._read_price()
        resumed = decision.record if decision.kind == DecisionKind.RESUME else None
        existing = self.facts.existing
        # A run that died while it adopted an instance sent nothing.
        unsent = resumed is None or (resumed.sent_at is None and resumed.phase != Phase.SENT)
        if existing is not None and unsent:
            # The name is unique in the account, so an instance of this name from this snapshot is this restore.
            self._adopt(existing, decision, check_mode)
        else:
            super().proceed(decision, check_mode)

    def _adopt(self, existing: Instance, decision: Decision, check_mode: bool) -> None:
        result = self.result
        if existing.origin is None:
            result.unverified.append(f"that instance {existing.id} was created from snapshot {self.facts.snapshot_id}")
        result.warnings.append(
            f"instance {existing.id} named {existing.name!r} exists already and was created from a snapshot; no "
            "restore was sent. To create another one, choose another new_vm_name."
        )
        if check_mode:
            result.status, result.phase = RestoreStatus.ALREADY_RESTORED, Phase.DONE
            return
        outcome = RestoreStatus.RESTORED if existing.origin else RestoreStatus.ACCEPTED_UNVERIFIED
        self.record = history.new_record(self, decision, None)
        self.accepted = Accepted(instance=existing)
        self.enter(Phase.ACCEPTED, instance_id=existing.id, outcome=outcome)
        if existing.power_state in (PowerState.RUNNING, PowerState.STOPPED):
            self.enter(Phase.DONE)
        else:
            self.follow_phases()
        result.status, result.changed = RestoreStatus.ALREADY_RESTORED, False

    def prepare(self) -> None:
        """Nothing is stopped or saved before."""

    def before_sending(self) -> None:
        """The list that the preflight read shows whether the name is free, also before a repeat."""
        self._require_free_name(self.facts)
        if self.record.sent_at is None:
            self.record = self.record._replace(name_was_free=self.facts.name_unverified is None)

    def before_sending_again(self) -> None:
        self._require_free_name(self._read_name(self.facts._replace(name_unverified=None)))

    def _require_free_name(self, facts: Facts) -> None:
        refusals = guards.used_name(self.options, facts)
        if refusals:
            raise Refused(f"creating the instance {self.name!r}", refusals)

    def look_for_lost_restore(self, seconds: float) -> tuple[Accepted | None, str | None]:
        try:
            found = self.patience.at_most(seconds).poll(
                lambda: find_by_name(self.provider, self.name)[0],
                lambda item: item is not None,
                "looking for the new instance",
            )
        except (OutOfTime, ProviderError):
            return None, None
        if found is None:
            return None, None
        conflict = guards.foreign_origin(found, self.facts.snapshot_id, self.record.sent_time)
        if conflict:
            return None, f"instance {found.id} named {self.name!r} {conflict}"
        if found.origin is None:
            text = f"that instance {found.id} was created from snapshot {self.facts.snapshot_id}"
            self.result.unverified.append(text)
        return Accepted(instance=found), None

    def nothing_seen(self) -> str:
        return "the instances cannot be listed" if self.facts.name_unverified else f"no instance is named {self.name!r}"

    def where_to_check(self) -> str:
        return "Check the provider's console for the new instance."

    def repeat_is_harmless(self) -> bool:
        """A repeat may start a second bill."""
        return False

    def wait_for_evidence(self, patience: Patience) -> End:
        instance = self.accepted.instance
        if instance is None:
            return End(False, unverified=("that the new instance is active: its id is unknown",))
        return end_of_new_instance(self.provider, instance, patience)

    def set_power_after(self, end: End) -> None:
        if not end.verified:
            self.result.warnings.append(
                "The provider accepted the restore and gave no evidence of its end; check before relying on it."
            )
        self.result.instance = end.instance or self.result.instance
        self.result.power_state = end.instance.power_state if end.instance else None

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One restore as an object: what is asked, what was read, and its record. Each run follows the phases of the record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from .._api.errors import CloudError, ProviderError, RestoreInDoubt
from .._api.models import Accepted, Instance, Operation, PowerState, Snapshot, SnapshotList
from .._providers.base import Capabilities, Provider, ProviderSpec
from .._record.record import Phase, Record, RecordStore, RecordUnavailable, TargetBusy
from .._task.refusal import Refusal, Refused
from .._task.resolve import Found, find_instance
from .._task.session import Progress
from .._task.waiting import Pace, Patience
from . import evidence, history, sending
from .evidence import End
from .identity import Decision, DecisionKind, decide, require_same_snapshot
from .options import RestoreOptions
from .preflight import Facts, read_snapshot
from .result import RestoreSent, RestoreStatus, Result

if TYPE_CHECKING:
    from .choice import Choice
    from .request_log import RequestLog


class Restore(ABC):
    """A restore of one target. The subclasses ``InPlace`` and ``NewInstance`` implement what differs.

    ``accepted`` is what the provider said to the request, ``lost_answer`` the error if its answer was lost,
    ``end`` the evidence of how the restore ended. While ``in_doubt``, a request was sent and it is unknown whether it
    was applied: then no error makes the record ``failed``, only evidence or a person ends the doubt.
    """

    facts: Facts
    record: Record

    def __init__(
        self,
        provider: Provider,
        options: RestoreOptions,
        store: RecordStore,
        result: Result,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        run_by: str | None = None,
    ) -> None:
        self.provider = provider
        self.options = options
        self.store = store
        self.result = result
        self.run_by = run_by
        self.accepted = Accepted()
        self.in_doubt = False
        self.sent_now = False
        self.refused = False
        self.stopped_now = False
        self.answered_now = False
        self.saw_it_run = False
        self.lost_answer: CloudError | None = None
        self.end: End | None = None
        self.known_target: str | None = None
        self.awaits_other = False
        """Whether a check found the claim of another controller, for whose end a real run waits."""
        self.choice: Choice | None = None
        """The snapshot, if the options do not name it, once it is chosen."""
        self.operations_before: str | None = None
        self.deadline = provider.transport.deadline
        self.runtime = provider.transport.runtime
        self.pace = Pace()
        self.shielded: Callable[[], AbstractContextManager[None]] = nullcontext
        """Around the restore request: a run must not be interrupted between its record and its answer."""
        self._on_progress = on_progress
        self._progress = Progress("waiting")

    # What the kinds implement.

    @classmethod
    def option_problems(cls, spec: ProviderSpec, options: RestoreOptions) -> list[str]:
        """Options that this provider requires or cannot honour."""
        problems, name = [], spec.name
        if not spec.capabilities.bills_restore:
            given = [option for option in ("accept_billing", "max_hourly_rate") if getattr(options, option)]
            problems += [
                f"{item} cannot be used with provider {name}, which documents no bill for a restore" for item in given
            ]
        if options.provider_force is not None and not spec.capabilities.takes_provider_force:
            problems.append(f"provider_force cannot be used with provider {name}, whose API has no such flag")
        return problems

    @abstractmethod
    def target_of(self, found: Found[Instance]) -> str:
        """The key of the record."""

    @abstractmethod
    def read_facts(self, found: Found[Instance]) -> Facts:
        """Read what the restore depends on."""

    @abstractmethod
    def guards(self) -> list[Refusal]:
        """The reasons not to restore that do not depend on the record."""

    @abstractmethod
    def plan_steps(self, record: Record | None, previous: PowerState | None) -> list[str]:
        """The plan: the steps that lie ahead, for a new restore or from the phase of ``record``."""

    @abstractmethod
    def diff(self, previous: PowerState | None) -> dict[str, object]:
        """``before`` and ``after`` for ``--diff``."""

    @abstractmethod
    def prepare(self) -> None:
        """Everything between the claim and the restore request."""

    @abstractmethod
    def look_for_lost_restore(self, seconds: float) -> tuple[Accepted | None, str | None]:
        """Proof that a restore whose answer was lost was accepted, or else what makes a repeat unsafe.

        The log of requests is read before and after it, and where this polls, while it does.
        """

    @abstractmethod
    def nothing_seen(self) -> str:
        """What a search for a lost restore found instead, for the message."""

    @abstractmethod
    def where_to_check(self) -> str:
        """Advice to a person who has to decide what became of a lost restore."""

    def conflict_may_pass(self, just_stopped: bool) -> bool:
        """Whether a 409 may go away by itself. ``just_stopped``: we stopped the instance a moment ago."""
        return False

    def explain_conflict(self, exc: ProviderError) -> ProviderError:
        """A 409 that does not go away, with advice."""
        return exc

    may_repeat = False
    """Whether a later run may ever repeat a lost restore without a person's decision."""

    @property
    def quiet_seconds(self) -> float:
        """Seconds after a request before it may be repeated."""
        return 0.0

    def power_now(self) -> PowerState | None:
        """The power state by another reading; None if it cannot be read, or does not matter."""
        return None

    @abstractmethod
    def repeat_is_harmless(self) -> bool:
        """Whether the restore may be sent again without a person's decision."""

    @abstractmethod
    def wait_for_evidence(self, patience: Patience) -> End:
        """Wait for the end of the accepted restore; raises RestoreFailed or OutOfTime."""

    @abstractmethod
    def set_power_after(self, end: End) -> None:
        """Bring about the power state asked for."""

    # Deciding.

    def run(self, *, check_mode: bool) -> None:
        """Do what the options ask and fill ``result``; raises Refused and the errors of ``_api.errors``.

        While it is in doubt whether the restore was applied, every error is a RestoreInDoubt that quotes it.
        """
        try:
            self._run(check_mode)
        except RestoreInDoubt:
            if not check_mode:
                self.store.release(self.record)
            raise
        except CloudError as exc:
            if self.in_doubt and self.record.phase == Phase.SENT:
                from .lost_answer import outcome_unknown

                self.lost_answer = exc
                self.store.release(self.record)
                raise outcome_unknown(self) from exc
            if isinstance(exc, TargetBusy):
                self.result.retry_at = exc.until
            if self.result.restore_sent == RestoreSent.NO:
                self.result.restore_sent = history.recorded_as_sent(self)
            raise

    def _run(self, check_mode: bool) -> None:
        with self.result.timed("preflight"):
            found = self._find_instance()
        target = self.target_of(found)
        self.known_target = target if found.id else None
        with self.store.holding(self.provider.spec.name, target, self.deadline) as waited:
            with self.result.timed("preflight"):
                if waited:
                    # Another run held the target, so what was read before is out of date.
                    found = self._find_instance()
                decision = self._look(found)
                while not check_mode and self._waited_for_other(decision):
                    found = self._find_instance()
                    decision = self._look(found)
                if check_mode and decision and decision.record and decision.kind == DecisionKind.RESUME:
                    self._foresee(decision.record)
            if decision and decision.record and decision.kind == DecisionKind.ALREADY:
                history.report_already(self, decision.record)
                return
            refusals = self.refusals(decision)
            if refusals or decision is None:
                raise Refused(f"restoring {target or self.options.snapshot}", refusals)
            self.proceed(decision, check_mode)

    def refusals(self, decision: Decision | None) -> list[Refusal]:
        """Every reason not to go on; for a restore under way only those that still matter."""
        record = decision.record if decision and decision.kind == DecisionKind.RESUME else None
        refusals = [*self.facts.refusals, *self.guards(), *self.record_guards(decision)]
        if record is None or record.phase == Phase.CLAIMED:
            return refusals
        if record.phase == Phase.STOPPING:
            # Our own stop may have closed the gates; the provider's answers decide once it has ended.
            return [item for item in refusals if item.code not in ("restore_not_allowed", "snapshot_not_allowed")]
        still = {
            "instance_name_differs",
            "record_unavailable",
            *({"billing_not_accepted"} if record.phase == Phase.SENT else ()),
        }
        return [item for item in refusals if item.code in still]

    def record_guards(self, decision: Decision | None) -> list[Refusal]:
        """The reasons not to restore that depend on the record."""
        fresh = decision is not None and decision.kind == DecisionKind.FRESH
        return self.store.refusals(self.facts.target, self.facts.instance, self.facts.listed, fresh=fresh)

    def proceed(self, decision: Decision, check_mode: bool) -> None:
        """Begin the restore or resume it; in check mode only report what would be done."""
        resumed = decision.record if decision.kind == DecisionKind.RESUME else None
        previous = resumed.previous_power_state if resumed else history.former_power_state(self, decision)
        result = self.result
        result.previous_power_state = previous
        result.plan, result.diff = self.plan_steps(resumed, previous), self.diff(previous)
        result.hourly_price = self.facts.hourly_price
        result.changed = check_mode
        if resumed:
            result.resumed, result.phase, result.restore_sent = True, resumed.phase, history.sent_by(resumed)
        if check_mode:
            result.status = RestoreStatus.WOULD_RESTORE
        elif resumed:
            self._resume(resumed)
        else:
            self._begin(decision, previous)

    def _find_instance(self) -> Found[Instance]:
        if self.options.instance is None:
            return Found(None)
        return find_instance(self.provider, self.options.instance)

    def _look(self, found: Found[Instance]) -> Decision | None:
        self.facts = self.read_facts(found)
        self.store.look(self.facts.target, self.facts.instance, self.facts.listed)
        self.facts = self.with_recorded_origin(self.facts)
        result, facts = self.result, self.facts
        result.instance, result.snapshot = facts.existing or facts.instance, facts.snapshot
        result.power_state, result.previous_power_state = facts.power_state, facts.settled_power_state
        result.unverified[:] = facts.unverified
        if found.refusal is not None:
            return None
        options = self.options
        decision = decide(self.provider.spec, facts, self.store, restore_id=options.restore_id, force=options.force)
        result.restore_id = decision.restore_id
        return decision

    def find_snapshot(
        self, found: Found[Instance], listed_of: str | None
    ) -> tuple[Found[Snapshot], SnapshotList | None]:
        """The snapshot that the options mean, among those of an instance, or with None of the account."""
        if self.options.description is None:
            return read_snapshot(self.provider, self.options.snapshot, listed_of)
        # Few restores need it, so the others do not pay for this import.
        from .choice import read_chosen

        return read_chosen(self, found, listed_of)

    def with_recorded_origin(self, facts: Facts) -> Facts:
        """The facts, completed by what our records say."""
        return facts

    def _waited_for_other(self, decision: Decision | None) -> bool:
        if decision is None or decision.record is None or decision.kind != DecisionKind.RESUME:
            return False
        return self.store.wait_turn(decision.record, self.deadline)

    def _foresee(self, record: Record) -> None:
        """In check mode: fail where a real run would wait for another controller, or find nothing about its restore."""
        self.awaits_other = self.options.on_unknown == "fail" and self.store.held_until(record) is not None
        self.store.require_turn(record)
        if self.options.on_unknown == "fail" and self.store.is_lost(record):
            from .lost_answer import require_known

            self.record = record
            require_known(self)

    def already_note(self, record: Record) -> str:
        """What to add to the warning that nothing was done."""
        return ""

    # Following the phases.

    def _begin(self, decision: Decision, previous: PowerState | None) -> None:
        for other in decision.superseded:
            self.store.supersede(other, self.now())
        self.record = history.new_record(self, decision, previous)
        self.enter(Phase.CLAIMED)
        self.follow_phases()

    def _resume(self, record: Record) -> None:
        if self.facts.snapshot is None:
            self.facts = self.facts._replace(snapshot_id=record.snapshot_id)
        self.record, self.in_doubt = record, record.phase == Phase.SENT
        self.record = self.result.record = self.store.take_over(record)
        self.accepted = Accepted(
            Operation(record.operation_id, poll_path=record.operation_path) if record.operation_id else None,
            Instance(record.instance_id, record.target) if record.instance_id else None,
        )
        self.follow_phases()

    def follow_phases(self) -> None:
        """From the phase of the record to the end, or with ``wait: false`` to the acceptance."""
        steps = {
            Phase.CLAIMED: self.prepare_and_send,
            Phase.STOPPING: self.prepare_and_send,
            Phase.SENT: self.recover,
            Phase.ACCEPTED: self.wait_for_end,
            Phase.SETTLED: self.finish,
        }
        while self.record.phase in steps:
            if not steps[self.record.phase]():
                return

    def prepare_and_send(self) -> bool:
        """Stop, take the safety snapshot, send the request once. The answer may be lost."""
        self.prepare()
        with self.result.timed("restore"):
            sending.send(self)
        return True

    def repeat(self) -> None:
        """Send a lost restore again like a first one: with every reason to refuse, the stop and the safety snapshot."""
        self._check_again()
        self.prepare()
        with self.result.timed("restore"):
            sending.send(self)

    def begin_again(self) -> None:
        """Go back to the claim: every request of this restore was refused."""
        nothing_sent = dict.fromkeys(("sent_at", "repeated_at", "attempts", "operations_before", "repeat_unsafe"))
        self.enter(Phase.CLAIMED, **nothing_sent)
        self.in_doubt, self.result.restore_sent = False, RestoreSent.REFUSED
        self._check_again()

    def _check_again(self) -> None:
        with self.result.timed("preflight"):
            known = self.facts.snapshot
            self.facts = self.read_facts(self._find_instance())
            require_same_snapshot(self.provider.spec, self.record, self.facts, known)
            refusals = [*self.facts.refusals, *self.guards(), *self.record_guards(None)]
        if refusals:
            raise Refused(f"repeating the restore of {self.facts.target}", refusals)

    @abstractmethod
    def before_sending(self) -> None:
        """The last look before the request; raises Refused if the snapshot or the instance changed."""

    def before_sending_again(self) -> None:
        """The same before a request that follows one that was refused for now, after which time has passed."""
        self.before_sending()

    def recover(self) -> bool:
        """Find out what became of a request whose answer was lost."""
        # Lost answers are rare, so the other runs do not pay for this import.
        from .lost_answer import recover

        recover(self)
        return True

    @cached_property
    def request_log(self) -> RequestLog:
        """The provider's own log of requests."""
        from .request_log import RequestLog

        return RequestLog(self)

    def wait_for_end(self) -> bool:
        """Wait for evidence of the end, as far as this run waits."""
        end = evidence.wait(self)
        if end is None:
            self.result.status = RestoreStatus.ACCEPTED
            return False
        self.end = end
        self.enter(
            Phase.SETTLED,
            outcome=RestoreStatus.RESTORED if end.verified else RestoreStatus.ACCEPTED_UNVERIFIED,
            left_power=end.instance.power_state if end.instance else None,
        )
        return True

    def finish(self) -> bool:
        """Set the power state that was asked for, and close the record."""
        record, accepted = self.record, self.accepted
        end = self.end or End(record.outcome == RestoreStatus.RESTORED, accepted.operation, accepted.instance)
        self.result.changed = True
        self.result.status = RestoreStatus.RESTORED if end.verified else RestoreStatus.ACCEPTED_UNVERIFIED
        self.set_power_after(end)
        self.enter(Phase.DONE)
        return True

    def accept(self, accepted: Accepted) -> None:
        """Record at once what the provider accepted."""
        operation, instance = accepted.operation, accepted.instance
        self.accepted, self.in_doubt = accepted, False
        self.result.changed, self.result.restore_sent = True, RestoreSent.ACCEPTED
        self.result.operation = operation
        self.result.instance = instance or self.result.instance
        self.enter(
            Phase.ACCEPTED,
            operation_id=operation.id if operation else None,
            operation_path=operation.poll_path if operation else None,
            instance_id=instance.id if instance else None,
        )

    def enter(self, phase: Phase, **changes: object) -> None:
        """Record a phase before anything that belongs to it is done."""
        clean = self.provider.transport.redactor.value(changes)
        try:
            # The provider's time, since the clocks of controllers differ.
            self.record = self.result.record = self.store.save(self.record.at(phase, self.now(), **clean))
        except RecordUnavailable as exc:
            if self.result.restore_sent not in (RestoreSent.UNKNOWN, RestoreSent.ACCEPTED):
                raise
            advice = (
                f"A restore of {self.record.target} is under way. Make the record writable again, then run again with "
                f"restore_id: {self.record.restore_id} and the same record_path: with another one it is restored again."
            )
            raise exc.with_context(
                f"the restore of {self.record.target} was sent ({self.result.restore_sent})", next_steps=(advice,)
            ) from exc
        if phase != Phase.FAILED:
            # The result keeps the phase in which it failed.
            self.result.phase = phase

    def fail(self, exc: CloudError) -> None:
        """Record that this attempt failed, unless that is in doubt; the caller raises."""
        if not self.in_doubt:
            self.enter(Phase.FAILED, error_code=exc.error_code)

    # Waiting.

    @property
    def capabilities(self) -> Capabilities:
        return self.provider.capabilities

    @property
    def patience(self) -> Patience:
        return Patience(self.deadline, self.runtime, self._watch, self.pace)

    @property
    def instance_name(self) -> str:
        """As people know it; its id where the name was not read."""
        return self.facts.instance.name if self.facts.instance else self.facts.instance_id

    @property
    def snapshot_name(self) -> str | None:
        return self.result.snapshot.name if self.result.snapshot else self.options.snapshot

    def now(self) -> datetime:
        """The provider's time."""
        return self.provider.transport.provider_now()

    def announce(self, doing: str, what: str | None) -> None:
        """Show what the run is waiting for from now on."""
        self._progress = Progress(doing, what)
        self._on_progress(self._progress)

    def _watch(self, operation: Operation) -> None:
        if self.result.phase == Phase.ACCEPTED:
            self.result.operation = operation
            self.saw_it_run = self.saw_it_run or not operation.ended
        self._on_progress(self._progress._replace(percent=operation.progress))

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guarded change of one instance: what it has come to, its snapshot, and its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .._api.clock import Deadline
from .._api.errors import Applied, CloudError, InvalidOption, OutOfTime, ProviderError
from .._api.models import Instance, PowerState, Snapshot, SnapshotList, iso
from .._api.text import cut
from .._providers.base import Provider
from .._record.record import Phase, Record, new_claim
from .._record.record_file import RecordFile
from .._record.sqlite_store import FileRecord
from .._record.stores import file_record
from .._snapshot.snapshots import Snapshots
from .._task.outcome import Outcome, execute, reporting_changes
from .._task.refusal import Refusal, Refused
from .._task.resolve import require_instance
from .._task.session import READ_SECONDS, Context, Progress, open_provider
from .._task.waiting import Patience
from .checks import Planned, Seen, is_guard, refusals, snapshot_name
from .controller import Controller, other_changes, require_alone
from .decision import RUNS_TASKS, Action, Decision, Wish, decide
from .state import UNENDED, State, state_of


class Wanted(NamedTuple):
    """One guarded change: the context of its tasks, what the user asks for, and problems that were found before."""

    context: Context
    wish: Wish
    planned: Planned
    answers: bool | None
    controller: Controller
    problems: tuple[str, ...] = ()


class GuardedChange:
    """The steps of a guarded change of one instance. Each fills ``outcome`` and raises nothing.

    ``action`` is what this run does, None before it was decided or if it is refused.
    """

    def __init__(self, wanted: Wanted, file: Callable[[Path], RecordFile | None] = lambda path: None) -> None:
        self.wanted = wanted
        self.outcome = Outcome()
        self.state = State.NEW
        self.action: Action | None = None
        self.record: Record | None = None
        self.instance: Instance | None = None
        self.snapshot: Snapshot | None = None
        self.target = ""
        self.warnings: list[str] = []
        self.changed = False
        self._file = file
        self._provider: Provider | None = None
        self._listed = SnapshotList(())
        self._same_name: Snapshot | None = None

    @property
    def failed(self) -> bool:
        return self.outcome.failed

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies the instance, once it was found."""
        return (self._provider.spec.name, self._provider.account, self.target) if self._provider else ("", "", "")

    @property
    def name(self) -> str:
        """The name of the snapshot."""
        return snapshot_name(self.wanted.wish.change_id)

    # The steps.

    def look(self) -> Decision | None:
        """Read the record and the instance with GET requests, and decide; None after an error."""
        found: list[Decision] = []
        self._run(lambda: found.append(self._look()), check_mode=True)
        return found[0] if found and not self.failed else None

    def recall(self, target: str) -> None:
        """Read the record of an instance that an earlier step of the same run has found; sends no request."""

        def step() -> None:
            provider = self._open(READ_SECONDS)
            self.target = target
            self.record = self._store().find(provider.spec.name, target, self.wanted.wish.change_id)
            self.state = state_of(self.record)
            if self.state not in UNENDED:
                raise CloudError(
                    f"somebody has ended guarded change {self.wanted.wish.change_id!r} of {target} meanwhile: it is "
                    f"{self.state} now",
                    error_code="guarded_change_in_progress",
                    next_steps=("Check the host.",),
                )
            if self.record is not None:
                require_alone(self.record, self.wanted.controller, self.wanted.wish, provider.transport.provider_now())

        self._run(step)

    def settle_on(self, decision: Decision) -> None:
        """Take the decision, unless there are reasons to refuse it."""

        def step() -> None:
            if isinstance(decision, Refusal):
                self._refuse([decision])
                return
            self.action = decision
            if decision in RUNS_TASKS:
                provider = self._open(READ_SECONDS)
                seen = Seen(self.instance, self._listed, self.snapshot, self._same_name, self.wanted.answers)
                now = provider.transport.provider_now()
                found = refusals(decision, provider.capabilities, self.name, seen, self.wanted.planned, now)
                store = self._store(check_mode=True)
                self._refuse([*found, *self._others(store), *store.refusals(self.target, None, None, fresh=True)])

        self._run(step, check_mode=True)

    def take_snapshot(self) -> None:
        """Take a new snapshot, in place of one that an earlier run took without changing anything."""
        self._run(self._take_snapshot)

    def begin(self) -> None:
        """Record that the tasks of the user are about to run."""
        self._run(lambda: self._move_to(State.CHANGING, **self._at_work()))

    def discard(self) -> None:
        """Delete the snapshot of this run, since the change does not begin. A failure of that is a warning."""
        before = self.outcome
        self._run(self._discard)
        if self.failed:
            self.warnings.append(f"the snapshot {self.name} could not be deleted: {self.outcome.result['reason']}")
        self.outcome = before

    def leave(self) -> None:
        """Record that the change failed and is not rolled back."""
        self._run(lambda: self._move_to(State.LEFT, **_NOBODY))

    def keep(self) -> None:
        """Record that the change was verified."""
        self._run(lambda: self._move_to(State.KEPT, **_NOBODY))

    def commit(self) -> None:
        """Delete the snapshot of a change that was verified."""
        self._run(self._commit)

    def refuse(self, refusal: Refusal) -> None:
        """Give up for a reason that lies outside of this instance."""
        self._run(lambda: self._refuse([refusal]))

    # What they do.

    def _look(self) -> Decision:
        if self.wanted.problems:
            raise InvalidOption(list(self.wanted.problems))
        provider = self._open(READ_SECONDS)
        params = self.wanted.context.params
        found = require_instance(provider, str(params["instance"]), params.get("expected_instance_name"))
        self.instance, self.target = found.thing, found.id or ""
        self.warnings += [f"Could not be verified: {text}" for text in found.unverified]
        self.record = self._store(check_mode=True).find(provider.spec.name, self.target, self.wanted.wish.change_id)
        self.state = state_of(self.record)
        if self.state not in (State.COMMITTED, State.FOREIGN, State.ROLLED_BACK):
            self._read_snapshots(provider)
        if self.record is not None:
            require_alone(self.record, self.wanted.controller, self.wanted.wish, provider.transport.provider_now())
        return decide(self.state, self.wanted.wish)

    def _read_snapshots(self, provider: Provider) -> None:
        self._listed = provider.list_snapshots(self.target)
        own = [item for item in self._listed.snapshots if item.instance_id in (None, self.target)]
        record, reused = self.record, provider.capabilities.snapshot_ids_reused
        self.snapshot = next((item for item in own if record and is_guard(record, item, reused=reused)), None)
        self._same_name = next((item for item in own if item.name == self.name and item != self.snapshot), None)

    def _take_snapshot(self) -> None:
        provider = self._open(self.wanted.planned.rollback)
        snapshots = self._snapshots(provider)
        with self._alone(provider), reporting_changes(self.outcome, provider):
            self._refuse(self._others(self._store()))
            if self.snapshot is not None:
                snapshots.delete(self.snapshot)
                self.snapshot = None
            now, mark = iso(provider.transport.provider_now()) or "", new_claim()
            self.record = self._store().save(
                Record(
                    provider=provider.spec.name,
                    account=provider.account,
                    target=self.target,
                    restore_id=self.wanted.wish.change_id,
                    snapshot_id="",
                    snapshot_name=self.name,
                    snapshot_created_at=None,
                    default_id=False,
                    phase=Phase.PREPARED,
                    claimed_at=now,
                    updated_at=now,
                    previous_power_state=PowerState.RUNNING,
                    change=State.PREPARING,
                    change_mark=mark,
                    run_by=provider.transport.redactor.text(self.wanted.context.run_by.to_text()),
                    **self._at_work(),
                )
            )
            hours = provider.capabilities.snapshot_lifetime_hours
            if hours is not None and not self.wanted.wish.commit:
                text = f"The provider deletes snapshot {self.name} after about {hours:g} hours"
                self.warnings.append(f"{text}; then the change cannot be rolled back any more.")
            about = cut(f"Before guarded change {self.wanted.wish.change_id} ({mark})", 200)
            try:
                self.snapshot = snapshot = snapshots.create(self.name, about)
            except ProviderError as exc:
                if exc.applied == Applied.NO:
                    # A later snapshot of this name is not ours.
                    self._enter(State.PREPARING, snapshot_name=None, **_NOBODY)
                raise
            self._enter(
                State.PREPARING,
                snapshot_id=snapshot.id,
                snapshot_created_at=iso(snapshot.created_at),
            )

    def _discard(self) -> None:
        provider = self._open(self.wanted.planned.rollback)
        with self._alone(provider):
            if self.snapshot is not None:
                self._snapshots(provider).delete(self.snapshot)
            # Without a name no later snapshot is taken for this one.
            self._enter(State.PREPARING, snapshot_id="", snapshot_name=None, **_NOBODY)

    def _commit(self) -> None:
        provider = self._open(self.wanted.planned.rollback)
        with self._alone(provider), reporting_changes(self.outcome, provider):
            self._read_snapshots(provider)
            if self.snapshot is not None:
                self._snapshots(provider).delete(self.snapshot)
            elif not self._listed.names_are_complete:
                raise CloudError(
                    f"whether the snapshot {self.name} still exists is unknown: the list of snapshots is incomplete",
                    error_code="snapshot_name_unresolvable",
                )
            self._enter(State.COMMITTED, **_NOBODY)

    # Around them.

    def _run(self, step: Callable[[], None], *, check_mode: bool = False) -> None:
        context = self.wanted.context
        context.check_mode = check_mode

        def task(dummy: Context, outcome: Outcome) -> None:
            self.outcome = outcome
            step()

        self.outcome = execute(task, context)
        self.changed = self.changed or bool(self.outcome.result["changed"])

    def _others(self, store: FileRecord) -> list[Refusal]:
        provider = self._open(READ_SECONDS) if self._provider is None else self._provider
        records = store.all_of(provider.spec.name, self.target)
        return list(other_changes(records, self.wanted.wish.change_id, self._listed))

    def _refuse(self, found: list[Refusal]) -> None:
        if found:
            raise Refused(f"guarded change {self.wanted.wish.change_id!r} of {self.target or 'the host'}", found)

    def _open(self, seconds: float) -> Provider:
        if self._provider is None:
            self._provider = open_provider(self.wanted.context, seconds, [])
        self._provider.transport.deadline = Deadline(seconds, self.wanted.context.runtime)
        return self._provider

    def _snapshots(self, provider: Provider) -> Snapshots:
        context = self.wanted.context
        context.on_progress(Progress("taking a snapshot" if self.action == Action.CHANGE else "committing", self.name))
        made = partial(self._store().add_snapshot, provider.spec.name, self.target)
        return Snapshots(provider, self.target, Patience(provider.transport.deadline, context.runtime), made)

    def _store(self, *, check_mode: bool = False) -> FileRecord:
        provider = self._open(READ_SECONDS) if self._provider is None else self._provider
        self.wanted.context.check_mode = check_mode
        return file_record(self.wanted.context, provider.account, self._file)

    @contextmanager
    def _alone(self, provider: Provider) -> Iterator[None]:
        """Hold the instance, and check that no other run has gone on with the change since this one looked."""
        store = self._store()
        with store.holding(provider.spec.name, self.target, provider.transport.deadline):
            now = store.find(provider.spec.name, self.target, self.wanted.wish.change_id)
            if now != self.record:
                raise OutOfTime(
                    f"another run has gone on with guarded change {self.wanted.wish.change_id!r} of {self.target}",
                    error_code="guarded_change_in_progress",
                    next_steps=("Wait for it to end, then run again.",),
                )
            yield

    def _at_work(self) -> dict[str, Any]:
        provider = self._open(READ_SECONDS) if self._provider is None else self._provider
        end = provider.transport.provider_now() + timedelta(seconds=self.wanted.planned.total)
        return {"change_by": str(self.wanted.controller), "change_until": iso(end)}

    def _move_to(self, state: State, **changes: Any) -> None:
        with self._alone(self._open(READ_SECONDS)):
            self._enter(state, **changes)

    def _enter(self, state: State, **changes: Any) -> None:
        if self.record is not None:
            clean = self.wanted.context.redactor.value(changes)
            record = self.record.at(Phase.PREPARED, self.wanted.context.runtime.now(), change=state, **clean)
            self.record, self.state = self._store().save(record), state


_NOBODY: dict[str, Any] = {"change_by": None, "change_until": None}

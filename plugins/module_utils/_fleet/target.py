# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One restore of a fleet."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from .._api.clock import Deadline
from .._api.errors import CloudError, InvalidOption, RestoreFailed
from .._api.models import PowerState
from .._power.machine import Machine, PowerChange
from .._providers.base import Provider
from .._record.record import Phase
from .._record.record_file import RecordFile
from .._restore.restore import Restore
from .._restore.result import RestoreStatus
from .._restore.task import Surroundings, restore_task
from .._task.outcome import Outcome, execute, reporting_changes
from .._task.refusal import Refusal, Refused
from .._task.session import Context, open_provider
from .._task.waiting import Patience
from .crew import Cancelled, Crew
from .pace import FleetPace
from .shared import SHARED, Account, SharedReads

URGENCY = {Phase.SETTLED: 1, Phase.ACCEPTED: 2, Phase.SENT: 3, Phase.STOPPING: 4, Phase.CLAIMED: 5}
"""By phase: a restore that is nearly done goes first, so its instance is down for a shorter time."""
NOT_STARTED = 6


class Interrupted(CloudError):
    """The play was ended early."""

    error_code = "interrupted"


def may_start_again(outcome: Outcome) -> bool:
    """Whether a restore failed, its instance ran before, and nothing can be writing to its disk any more."""
    result = outcome.result
    over = result.get("restore_sent") in ("no", "refused") or result.get("error_code") == RestoreFailed.error_code
    ran = result.get("previous_power_state") == PowerState.RUNNING
    return outcome.failed and ran and over and result.get("error_code") != Interrupted.error_code


class Shares(Protocol):
    """What the fleet gives to a target."""

    crew: Crew

    def account_of(self, provider: Provider) -> Account:
        """What the targets of one account share."""

    def record_file(self, path: Path) -> RecordFile:
        """The file of records as all threads use it."""


class Wanted(NamedTuple):
    """One restore of a fleet: its name in messages, the context of its task, and its group.

    ``check_only``: restore nothing. ``start_again``: after a failed restore, start an instance that was stopped for it.
    ``problems`` are reasons to refuse it that were found before.
    """

    name: str
    context: Context
    order: int = 0
    check_only: bool = False
    start_again: bool = False
    problems: tuple[str, ...] = ()


class Done(NamedTuple):
    """When a step of a target began (UTC, the provider's time), and what it returned."""

    began: datetime
    outcome: Outcome


class Target:
    """A check and a restore with the same context and the same provider.

    ``steps`` are what they returned, by name (``check``, ``restore``, ``start_again``), and ``outcome`` what decides.
    ``key`` and ``instance`` identify what would be restored, after the check found it.
    """

    def __init__(self, fleet: Shares, wanted: Wanted) -> None:
        self.wanted = wanted
        self.name = wanted.name
        self.outcome = Outcome()
        self.steps: dict[str, Done] = {}
        self.key: Hashable = None
        self.instance = ""
        self._fleet = fleet
        self._context = wanted.context
        self._provider: SharedReads | None = None
        self._restore: Restore | None = None
        self._awaits_other = False

    @property
    def is_due(self) -> bool:
        """Whether the check found that there is something to restore, or another controller to wait for."""
        if self.outcome.failed:
            return self._awaits_other
        return self.outcome.result.get("status") == RestoreStatus.WOULD_RESTORE

    @property
    def ended(self) -> bool:
        """Whether nothing more is done for it."""
        return "restore" in self.steps or ("check" in self.steps and not self.is_due)

    @property
    def clock_ahead(self) -> timedelta:
        """How far the provider's clock is ahead of ours; zero before its first answer."""
        return self._provider.transport.clock_ahead if self._provider else timedelta(0)

    @property
    def phase(self) -> Phase | None:
        """How far the restore has come."""
        return self._restore.result.phase if self._restore else None

    def check(self) -> None:
        """Read and check everything, with GET requests only."""
        self._run("check")
        restore = self._restore
        self._awaits_other = restore is not None and restore.awaits_other
        if restore is not None and hasattr(restore, "facts"):
            self.instance = restore.facts.target
            self.key = (restore.provider.spec.name, restore.provider.account, self.instance)
        if self._provider is not None:
            # A record at the provider is in what was read, and another controller may have changed it since.
            self._provider.hand_over(nothing=self._context.params.get("record") == "provider")

    def restore(self) -> None:
        """Restore, whatever became of the other targets."""
        room = self._provider.account_of_fleet.room if self._provider else None
        with suppress(Cancelled):
            if room is not None:
                room.enter()
        # The time of a target runs from here on. After a cancellation it only says so.
        self._awaits_other = False
        self._run("restore")
        if self.wanted.start_again and may_start_again(self.outcome):
            began = self._context.runtime.now()
            self.steps["start_again"] = Done(began + self.clock_ahead, execute(self._start_again, self._context))
        if room is not None:
            room.leave()

    def refuse(self, refusal: Refusal) -> None:
        """Do not restore this target, for a reason that lies outside of it."""
        found, self._awaits_other = self.outcome.result, False

        def task(context: Context, outcome: Outcome) -> None:
            outcome.result.update({**found, "changed": False, "status": RestoreStatus.UNKNOWN})
            raise Refused(f"restoring {self.instance or self.name}", [refusal])

        self.outcome = execute(task, self._context)
        self.steps["check"] = self.steps["check"]._replace(outcome=self.outcome)

    def _run(self, step: str) -> None:
        self._context.check_mode = step == "check"
        began, ahead = self._context.runtime.now(), self.clock_ahead
        with self._active():
            self.outcome = execute(self._task, self._context)
        self.steps[step] = Done(began + (ahead or self.clock_ahead), self.outcome)

    def _task(self, context: Context, outcome: Outcome) -> None:
        if self.wanted.problems:
            raise InvalidOption(list(self.wanted.problems))
        around = Surroundings(self._connect, self._fleet.record_file, self._begin)
        try:
            self._fleet.crew.check()
            restore_task(context, outcome, around)
        except Cancelled:
            phase = f" in the phase {self.phase}" if self.phase else " before anything was changed"
            raise Interrupted(
                f"the play was interrupted{phase}",
                next_steps=("Run the play again: it continues what was begun, and repeats nothing.",),
            ) from None

    def _start_again(self, context: Context, outcome: Outcome) -> None:
        """Start the instance again, since nothing is being written to its disk."""
        seconds = cast(SharedReads, self._provider).transport.deadline.seconds
        provider = self._connect(context, seconds, [])
        machine = Machine(provider, self.instance, Patience(provider.transport.deadline, context.runtime))
        with reporting_changes(outcome, provider):
            instance, warnings = machine.bring_to(PowerChange(PowerState.RUNNING))
        outcome.warnings.extend(warnings)
        outcome.result["power_state"] = instance.power_state

    def _connect(self, context: Context, seconds: float, problems: list[str]) -> Provider:
        if self._provider is None:
            provider = cast(SharedReads, open_provider(context, seconds, problems, SHARED))
            provider.join(self._fleet.account_of(provider), self._urgency)
            self._provider = provider
            provider.account_of_fleet.active += 1
        self._provider.transport.deadline = Deadline(seconds, context.runtime)
        context.redactor = self._provider.transport.redactor
        return self._provider

    def _begin(self, restore: Restore) -> None:
        if self._restore is not None:
            # The restore means the snapshot that the check found.
            restore.choice = self._restore.choice
        self._restore = restore
        restore.shielded = self._fleet.crew.shielded
        provider = restore.provider
        if isinstance(provider, SharedReads):
            account = provider.account_of_fleet
            restore.pace = FleetPace(account.durations, account.room, lambda: provider.was_shared)

    def _urgency(self) -> int:
        phase = self.phase
        return NOT_STARTED if phase is None else URGENCY.get(phase, NOT_STARTED)

    @contextmanager
    def _active(self) -> Iterator[None]:
        """Count as active in the account while being worked on."""
        if self._provider is not None:
            self._provider.account_of_fleet.active += 1
        try:
            yield
        finally:
            if self._provider is not None:
                self._provider.account_of_fleet.active -= 1

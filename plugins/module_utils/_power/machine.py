# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The power state of one instance: reading it, waiting for it, changing it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .._api.errors import AnswerLost, Applied, CloudError, OutcomeUnknown, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import SETTLING, Instance, Operation, OperationStatus, PowerState, iso
from .._providers.base import Provider
from .._task.waiting import UNREADABLE, Patience, follow

FORCE_AFTER = 120.0
SEND_AGAIN_AFTER = 30.0
"""Seconds after which a power request that shows no effect is sent again."""
WATCH_SECONDS = 15.0
"""How long the power state alone is watched before its operation is looked at."""
ACTIONS = {PowerState.RUNNING: "start", PowerState.STOPPED: "stop"}
TOWARDS = {PowerState.RUNNING: PowerState.STARTING, PowerState.STOPPED: PowerState.STOPPING}


class PowerFailed(CloudError):
    """The provider reports that a power change failed."""

    error_code = "power_failed"


class PowerChange(NamedTuple):
    """A wanted power state.

    A graceful shutdown is followed by a power-off after ``force_after`` seconds, or never with None. ``asked``: an
    earlier run sent the request, so its effect is awaited before it is sent again. ``seen``: what this run read since.
    """

    wanted: PowerState
    graceful: bool = True
    force_after: float | None = FORCE_AFTER
    asked: bool = False
    seen: Instance | None = None


class Machine(NamedTuple):
    """One instance, and how long to wait for it."""

    provider: Provider
    instance_id: str
    patience: Patience

    def at_most(self, seconds: float) -> Machine:
        """The same with a nearer deadline."""
        return self._replace(patience=self.patience.at_most(seconds))

    def read(self) -> Instance:
        """The instance with its freshest power state."""
        return self.provider.read_power(self.instance_id)

    def follow(self, operation: Operation, doing: str) -> Operation | None:
        """The operation once it has ended, or None if it can no longer be read."""
        return follow(self.provider, self.instance_id, operation, doing, self.patience)

    def steady(
        self, wanted: PowerState | None = None, since: datetime | None = None, *, seen: Instance | None = None
    ) -> Instance:
        """Read until two readings in a row agree on ``wanted``, or with None on any state that is not changing.

        ``seen`` is a reading made just before, which counts as the first of the two. A provider may say when it last
        looked at the power state; a look before ``since`` does not count. Raises OutOfTime at the deadline.
        """
        states = [seen.power_state_raw or seen.power_state] if seen and seen.power_state == wanted else []
        last: list[Instance] = []

        def settled(instance: Instance) -> bool:
            last[:] = [instance]
            if not _is_fresh(instance, since):
                states.clear()
                return False
            state = instance.power_state
            agrees = state == wanted if wanted else state not in SETTLING
            states.append(instance.power_state_raw or state)
            return agrees and states[-2:-1] == states[-1:]

        goal = f"be {wanted}" if wanted else "settle"
        try:
            return self.patience.poll(self.read, settled, f"waiting for {self.instance_id} to {goal}")
        except OutOfTime as exc:
            if not last:
                raise
            detail = f"its last power state was {last[0].power_state_raw or last[0].power_state!r}"
            if not _is_fresh(last[0], since):
                detail += f", as of {iso(last[0].power_state_at)}, which is before the request"
            raise exc.with_context(detail=detail) from exc

    def request(self, action: str, wanted: PowerState) -> Operation | None:
        """Send a power request once. A refusal is no error if the instance is in the wanted state, or on its way."""
        try:
            return self.provider.set_power(self.instance_id, action)
        except ProviderError as exc:
            if exc.status not in (400, 409, 422) or self.read().power_state not in (wanted, TOWARDS[wanted]):
                raise
            return None

    def first_action(self, change: PowerChange) -> str:
        """The request that a change begins with."""
        graceful = change.wanted == PowerState.STOPPED and change.graceful
        return "shutdown" if graceful and self.provider.capabilities.graceful_stop else ACTIONS[change.wanted]

    def bring_to(self, change: PowerChange) -> tuple[Instance, list[str]]:
        """Start or stop the instance and wait until two readings in a row confirm it.

        Returns the instance and warnings. Raises PowerFailed if the provider's operation fails, OutOfTime at the
        deadline.
        """
        if change.asked:
            try:
                return self.at_most(SEND_AGAIN_AFTER).steady(change.wanted, seen=change.seen), []
            except OutOfTime:
                self.patience.deadline.check(f"waiting for {self.instance_id} to be {change.wanted}")
        action = self.first_action(change)
        if action != "shutdown":
            return self._change(action, change.wanted), []
        left = self.patience.deadline.left()
        limit = left if change.force_after is None else min(change.force_after, left)
        try:
            return self.at_most(limit)._change("shutdown", PowerState.STOPPED), []
        except RouteUnconfirmed:
            if change.force_after is None:
                raise
            warning = "the provider has no such route for a graceful shutdown; the instance was powered off"
        except OutOfTime:
            if change.force_after is None or self.patience.deadline.passed():
                raise
            warning = f"the instance did not shut down within {limit:g} s and was powered off"
        except PowerFailed as exc:
            if change.force_after is None:
                raise
            warning = f"the instance was powered off because its {exc.message}"
        # The shutdown still under way may block the power-off for a while.
        return self._change("stop", PowerState.STOPPED, retry_refused=True), [warning]

    def restart(self, before: Instance) -> tuple[Instance, list[str]]:
        """Restart the instance once; returns it and warnings.

        ``running`` alone proves nothing, since it was running before. Evidence is the provider's operation, a reading
        that is not running, or an uptime that started again.
        """
        asked = self._now()
        try:
            operation = self.provider.set_power(self.instance_id, "restart")
        except AnswerLost as exc:
            raise OutcomeUnknown(
                f"the answer to the restart of {self.instance_id} was lost: {exc.message}",
                next_steps=("Check its uptime. Running again with state: restarted restarts it again.",),
            ) from exc
        self._require_success(operation, "restart")
        warnings: list[str] = []
        if operation is None:
            try:
                self.at_most(SEND_AGAIN_AFTER + _lag(before, asked)).patience.poll(
                    self.read,
                    lambda now: _is_fresh(now, asked) and _is_restarted(before, now),
                    f"restart of {self.instance_id}",
                )
            except OutOfTime:
                warnings.append("the provider accepted the restart and gave no evidence of it")
        return self.steady(PowerState.RUNNING, asked), warnings

    def _change(self, action: str, wanted: PowerState, *, retry_refused: bool = False) -> Instance:
        """Send a request and wait. ``retry_refused``: send it again while other work makes the provider refuse it."""
        asked = self._now()
        while True:
            try:
                operation = self.request(action, wanted)
                break
            except (AnswerLost, ProviderError) as exc:
                # A lost request may work, and a refused one may have been sent by an earlier run: look first.
                refused = isinstance(exc, ProviderError) and exc.status == 409
                if isinstance(exc, ProviderError) and not refused and exc.applied == Applied.NO:
                    raise
                try:
                    return self._look_for_effect(wanted, asked)
                except OutOfTime:
                    if refused and not retry_refused:
                        raise exc from None
                    self.patience.deadline.check(f"{action} of {self.instance_id}")
        if operation is not None and self.provider.shares_readings:
            return self._watch(operation, action, wanted, asked)
        self._require_success(operation, action, wanted)
        return self.steady(wanted, asked)

    def _watch(self, operation: Operation, action: str, wanted: PowerState, asked: datetime) -> Instance:
        """Watch the power state, and look at the operation only now and then."""
        while True:
            try:
                return self.at_most(WATCH_SECONDS).steady(wanted, asked)
            except OutOfTime:
                self.patience.deadline.check(f"{action} of {self.instance_id}")
            try:
                reading = self.provider.get_operation(operation, self.instance_id)
            except ProviderError as exc:
                if exc.status not in UNREADABLE:
                    raise
            else:
                if reading.ended:
                    self._require_success(reading, action, wanted)

    def _look_for_effect(self, wanted: PowerState, asked: datetime) -> Instance:
        """See whether a request worked; a power state that lags behind is given time to catch up."""
        try:
            lag = _lag(self.read(), self._now())
        except CloudError:
            lag = 0.0
        return self.at_most(SEND_AGAIN_AFTER + lag).steady(wanted, asked)

    def _require_success(self, operation: Operation | None, action: str, wanted: PowerState | None = None) -> None:
        # An operation that can no longer be read proves nothing; the power state decides.
        ended = self.follow(operation, f"{action} of {self.instance_id}") if operation else None
        if ended is not None and ended.status == OperationStatus.FAILED and not self._is(wanted):
            raise PowerFailed(
                f"{action} of {self.instance_id} failed: {ended.message or 'the provider gives no reason'}"
                f" (operation {ended.id})",
                next_steps=("Check the instance in the provider's console, then run again.",),
            )

    def _is(self, wanted: PowerState | None) -> bool:
        """Whether a failed request was not needed: the instance is as wanted."""
        return wanted is not None and self.read().power_state == wanted

    def _now(self) -> datetime:
        """The provider's time in whole seconds, the resolution of its timestamps."""
        return self.provider.transport.provider_now().replace(microsecond=0)


def _is_restarted(before: Instance, now: Instance) -> bool:
    began_again = before.uptime is not None and now.uptime is not None and now.uptime < before.uptime
    return now.power_state != PowerState.RUNNING or began_again


def _is_fresh(instance: Instance, since: datetime | None) -> bool:
    return since is None or instance.power_state_at is None or instance.power_state_at >= since


def _lag(instance: Instance, now: datetime) -> float:
    """By how many seconds the provider's power state lags behind; zero where it does not say."""
    return 0.0 if instance.power_state_at is None else max(0.0, (now - instance.power_state_at).total_seconds())

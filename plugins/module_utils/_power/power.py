# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing an instance to a power state and being sure of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .._api.errors import MAYBE_APPLIED, AnswerLost, CloudError, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import SETTLING, Instance, Operation, OperationStatus, PowerState, iso
from .._api.wait import poll
from .._providers.base import Provider
from .._task.waiting import Patience, follow

FORCE_AFTER = 120.0
SEND_AGAIN_AFTER = 30.0
ACTIONS = {PowerState.RUNNING: "start", PowerState.STOPPED: "stop"}
TOWARDS = {PowerState.RUNNING: PowerState.STARTING, PowerState.STOPPED: PowerState.STOPPING}


class PowerFailed(CloudError):
    """The provider's own verdict that a power change failed."""


class PowerChange(NamedTuple):
    """A wanted power state; after ``force_after`` seconds of a graceful shutdown the power is cut, None means never.

    ``asked`` tells that an earlier run has sent the request, so that it is waited for before it is sent again; ``seen``
    is what this run has read since.
    """

    wanted: PowerState
    graceful: bool = True
    force_after: float | None = FORCE_AFTER
    asked: bool = False
    seen: Instance | None = None


def bring_to(
    provider: Provider, instance_id: str, change: PowerChange, patience: Patience
) -> tuple[Instance, list[str]]:
    """Start or stop an instance and wait until two readings in a row say so; gives it and warnings.

    Raises CloudError ``power_failed`` when the provider's job fails, OutOfTime at the deadline.
    """
    if change.asked:
        try:
            soon = patience.at_most(SEND_AGAIN_AFTER)
            return steady(provider, instance_id, change.wanted, soon, seen=change.seen), []
        except OutOfTime:
            patience.deadline.check(f"waiting for {instance_id} to be {change.wanted}")
    action = first_action(provider, change)
    if action != "shutdown":
        return _change(provider, instance_id, action, change.wanted, patience), []
    limit = (
        patience.deadline.left() if change.force_after is None else min(change.force_after, patience.deadline.left())
    )
    try:
        return _change(provider, instance_id, "shutdown", PowerState.STOPPED, patience.at_most(limit)), []
    except RouteUnconfirmed:
        if change.force_after is None:
            raise
        warning = "the route of a graceful shutdown does not exist; the instance was stopped the hard way"
    except OutOfTime:
        if change.force_after is None or patience.deadline.passed():
            raise
        warning = f"the instance did not shut down within {limit:g} s and was powered off"
    except PowerFailed as exc:
        if change.force_after is None:
            raise
        warning = f"the instance was powered off, since its {exc.message}"
    # The shutdown that it does not follow may be in the way for a while.
    return _change(provider, instance_id, "stop", PowerState.STOPPED, patience, insist=True), [warning]


def first_action(provider: Provider, change: PowerChange) -> str:
    """The action that a change begins with."""
    graceful = change.wanted == PowerState.STOPPED and change.graceful and provider.capabilities.graceful_stop
    return "shutdown" if graceful else ACTIONS[change.wanted]


def restart(provider: Provider, instance_id: str, before: Instance, patience: Patience) -> tuple[Instance, list[str]]:
    """Restart an instance once; gives it and warnings.

    Evidence is the provider's operation, or a reading that is not running, or an uptime that began again: running alone
    is also how it was before.
    """
    asked = _now(provider)
    try:
        operation = provider.set_power(instance_id, "restart")
    except AnswerLost as exc:
        raise CloudError(
            f"the answer to the restart of {instance_id} was lost: {exc.message}",
            error_code="outcome_unknown",
            next_steps=("See by its uptime whether it was restarted; a run with state: restarted restarts it again.",),
            applied=MAYBE_APPLIED,
        ) from None
    _follow(provider, instance_id, operation, "restart", patience)
    warnings: list[str] = []
    if operation is None:
        try:
            poll(
                lambda: provider.read_power(instance_id),
                lambda now: _is_fresh(now, asked) and _is_restarted(before, now),
                doing=f"restart of {instance_id}",
                deadline=patience.at_most(SEND_AGAIN_AFTER + _lag(before, asked)).deadline,
                runtime=patience.runtime,
                interval=patience.interval,
            )
        except OutOfTime:
            warnings.append("the provider accepted the restart and gave no evidence of it")
    return steady(provider, instance_id, PowerState.RUNNING, patience, asked), warnings


def _is_restarted(before: Instance, now: Instance) -> bool:
    began_again = before.uptime is not None and now.uptime is not None and now.uptime < before.uptime
    return now.power_state != PowerState.RUNNING or began_again


def steady(
    provider: Provider,
    instance_id: str,
    wanted: PowerState | None,
    patience: Patience,
    since: datetime | None = None,
    *,
    seen: Instance | None = None,
) -> Instance:
    """Read until two readings in a row agree on ``wanted``, or with None on any state that is not settling.

    ``seen`` is a reading that was made just before, and the first of the two.

    Where the provider says when it last looked, a look before ``since``, by its own clock, is no reading.
    """
    words = [seen.power_state_raw or seen.power_state] if seen and seen.power_state == wanted else []
    last: list[Instance] = []

    def settled(instance: Instance) -> bool:
        last[:] = [instance]
        if not _is_fresh(instance, since):
            words.clear()
            return False
        state = instance.power_state
        agrees = state == wanted if wanted else state not in SETTLING
        words.append(instance.power_state_raw or state)
        return agrees and words[-2:-1] == words[-1:]

    what = f"waiting for {instance_id} to be {wanted}" if wanted else f"waiting for {instance_id} to settle"
    try:
        return poll(
            lambda: provider.read_power(instance_id),
            settled,
            doing=what,
            deadline=patience.deadline,
            runtime=patience.runtime,
            interval=patience.interval,
        )
    except OutOfTime as exc:
        for instance in last:
            exc.message += f"; its power state was last {instance.power_state_raw or instance.power_state!r}"
            if not _is_fresh(instance, since):
                exc.message += f", as of {iso(instance.power_state_at)}, which is before the request"
        raise


def _now(provider: Provider) -> datetime:
    """The provider's time in whole seconds, since its stamps may have no more."""
    return provider.transport.provider_now().replace(microsecond=0)


def _is_fresh(instance: Instance, since: datetime | None) -> bool:
    return since is None or instance.power_state_at is None or instance.power_state_at >= since


def _lag(instance: Instance, now: datetime) -> float:
    """By how many seconds the provider's power state is behind, zero where it does not say."""
    return 0.0 if instance.power_state_at is None else max(0.0, (now - instance.power_state_at).total_seconds())


def request(provider: Provider, instance_id: str, action: str, wanted: PowerState) -> Operation | None:
    """Ask for a power action once; that the instance is, or is about to be, in the wanted state is no error."""
    try:
        return provider.set_power(instance_id, action)
    except ProviderError as exc:
        if exc.status not in (400, 409, 422):
            raise
        # Some providers refuse what is already so; their state decides.
        if provider.read_power(instance_id).power_state not in (wanted, TOWARDS[wanted]):
            raise
        return None


def _change(
    provider: Provider, instance_id: str, action: str, wanted: PowerState, patience: Patience, *, insist: bool = False
) -> Instance:
    """Ask and wait; with ``insist`` a request that is refused since other work goes on is repeated to the deadline."""
    asked = _now(provider)
    while True:
        try:
            operation = request(provider, instance_id, action, wanted)
            break
        except (AnswerLost, ProviderError) as exc:
            # A lost request may work, and a refused one may have been sent by an earlier run: see before going on.
            refused = isinstance(exc, ProviderError) and exc.status == 409
            if isinstance(exc, ProviderError) and not refused and exc.applied != MAYBE_APPLIED:
                raise
            try:
                return _look(provider, instance_id, wanted, patience, asked)
            except OutOfTime:
                if refused and not insist:
                    raise exc from None
                patience.deadline.check(f"{action} of {instance_id}")
    _follow(provider, instance_id, operation, action, patience)
    return steady(provider, instance_id, wanted, patience, asked)


def _look(provider: Provider, instance_id: str, wanted: PowerState, patience: Patience, asked: datetime) -> Instance:
    """See whether a request worked; a power state that is behind is given the time to show it."""
    try:
        lag = _lag(provider.read_power(instance_id), _now(provider))
    except CloudError:
        lag = 0.0
    return steady(provider, instance_id, wanted, patience.at_most(SEND_AGAIN_AFTER + lag), asked)


def _follow(provider: Provider, instance_id: str, operation: Operation | None, action: str, patience: Patience) -> None:
    if operation is None:
        return
    # An operation that can no longer be read says nothing; the power state itself will tell.
    ended = follow(provider, instance_id, operation, f"{action} of {instance_id}", patience)
    if ended is not None and ended.status == OperationStatus.FAILED:
        raise PowerFailed(
            f"{action} of {instance_id} failed: {ended.message or 'the provider gives no reason'}"
            f" (operation {ended.id})",
            error_code="power_failed",
            next_steps=("Look at the instance in the provider's console, then run again.",),
        )

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing an instance to a power state and being sure of it."""

from __future__ import annotations

from dataclasses import dataclass

from .._api.errors import MAYBE_APPLIED, AnswerLost, CloudError, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import FAILURE, RUNNING, SETTLING, STARTING, STOPPED, STOPPING, Instance, Operation
from .._api.wait import poll
from .._providers.base import Provider
from .follow import Patience, follow

FORCE_AFTER = 120.0
SEND_AGAIN_AFTER = 30.0
ACTIONS = {RUNNING: "start", STOPPED: "stop"}
TOWARDS = {RUNNING: STARTING, STOPPED: STOPPING}


@dataclass(frozen=True)
class PowerChange:
    """A wanted power state; ``force_after`` seconds of a graceful shutdown the power is cut, None means never.

    ``asked`` tells that an earlier run has sent the request, so that it is waited for before it is sent again.
    """

    wanted: str
    graceful: bool = True
    force_after: float | None = FORCE_AFTER
    asked: bool = False


def bring_to(
    provider: Provider, instance_id: str, change: PowerChange, patience: Patience
) -> tuple[Instance, list[str]]:
    """Start or stop an instance and wait until two readings in a row say so; gives it and warnings.

    Raises CloudError ``power_failed`` when the provider's job fails, OutOfTime at the deadline.
    """
    if change.asked:
        try:
            return steady(provider, instance_id, change.wanted, patience.at_most(SEND_AGAIN_AFTER)), []
        except OutOfTime:
            patience.deadline.check(f"waiting for {instance_id} to be {change.wanted}")
    if change.wanted != STOPPED or not change.graceful or not provider.capabilities.graceful_stop:
        return _change(provider, instance_id, ACTIONS[change.wanted], change.wanted, patience), []
    limit = (
        patience.deadline.left() if change.force_after is None else min(change.force_after, patience.deadline.left())
    )
    try:
        return _change(provider, instance_id, "shutdown", STOPPED, patience.at_most(limit)), []
    except RouteUnconfirmed:
        warning = "the route of a graceful shutdown does not exist; the instance was stopped the hard way"
    except OutOfTime:
        if patience.deadline.passed():
            raise
        warning = f"the instance did not shut down within {limit:g} s and was powered off"
    return _change(provider, instance_id, "stop", STOPPED, patience), [warning]


def restart(provider: Provider, instance_id: str, before: Instance, patience: Patience) -> tuple[Instance, list[str]]:
    """Restart an instance once; gives it and warnings.

    Evidence is the provider's operation, or a reading that is not running, or an uptime that began again: running alone
    is also how it was before.
    """
    operation = provider.set_power(instance_id, "restart")
    _follow(provider, instance_id, operation, "restart", patience)
    warnings: list[str] = []
    if operation is None:
        try:
            poll(
                lambda: provider.read_power(instance_id),
                lambda now: now.power_state != RUNNING or (now.uptime or 0) < (before.uptime or 0),
                doing=f"restart of {instance_id}",
                deadline=patience.at_most(SEND_AGAIN_AFTER).deadline,
                runtime=patience.runtime,
                interval=patience.interval,
            )
        except OutOfTime:
            warnings.append("the provider accepted the restart and gave no evidence of it")
    return steady(provider, instance_id, RUNNING, patience), warnings


def steady(provider: Provider, instance_id: str, wanted: str | None, patience: Patience) -> Instance:
    """Read until two readings in a row agree on ``wanted``, or with None on any state that is not settling."""
    last: list[str] = []

    def settled(instance: Instance) -> bool:
        state = instance.power_state
        agrees = state == wanted if wanted else state not in SETTLING
        last.append(instance.power_state_raw or state)
        return agrees and last[-2:-1] == last[-1:]

    what = f"waiting for {instance_id} to be {wanted}" if wanted else f"waiting for {instance_id} to settle"
    return poll(
        lambda: provider.read_power(instance_id),
        settled,
        doing=what,
        deadline=patience.deadline,
        runtime=patience.runtime,
        interval=patience.interval,
    )


def request(provider: Provider, instance_id: str, action: str, wanted: str) -> Operation | None:
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


def _change(provider: Provider, instance_id: str, action: str, wanted: str, patience: Patience) -> Instance:
    while True:
        try:
            operation = request(provider, instance_id, action, wanted)
            break
        except (AnswerLost, ProviderError) as exc:
            # A lost request may work, and a refused one may have been sent by an earlier run: see before going on.
            if isinstance(exc, ProviderError) and exc.status != 409 and exc.applied != MAYBE_APPLIED:
                raise
            try:
                return steady(provider, instance_id, wanted, patience.at_most(SEND_AGAIN_AFTER))
            except OutOfTime:
                if isinstance(exc, ProviderError) and exc.status == 409:
                    raise exc from None
                patience.deadline.check(f"{action} of {instance_id}")
    _follow(provider, instance_id, operation, action, patience)
    return steady(provider, instance_id, wanted, patience)


def _follow(provider: Provider, instance_id: str, operation: Operation | None, action: str, patience: Patience) -> None:
    if operation is None:
        return
    # An operation that can no longer be read says nothing; the power state itself will tell.
    ended = follow(provider, instance_id, operation, f"{action} of {instance_id}", patience)
    if ended is not None and ended.status == FAILURE:
        raise CloudError(
            f"{action} of {instance_id} failed: {ended.message or 'the provider gives no reason'}"
            f" (operation {ended.id})",
            error_code="power_failed",
            next_steps=("Look at the instance in the provider's console, then run again.",),
        )

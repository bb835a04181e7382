# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing an instance to a power state and being sure of it."""

from __future__ import annotations

from dataclasses import dataclass

from .._api.clock import Deadline, Runtime
from .._api.errors import AnswerLost, CloudError, OutOfTime, ProviderError, RouteUnconfirmed
from .._api.models import FAILURE, RUNNING, SETTLING, STOPPED, Instance, Operation
from .._api.wait import poll
from .._providers.base import Provider

FORCE_AFTER = 120.0
SEND_AGAIN_AFTER = 30.0
ACTIONS = {RUNNING: "start", STOPPED: "stop"}


@dataclass(frozen=True)
class PowerChange:
    """A wanted power state; ``force_after`` seconds of a graceful shutdown the power is cut, None means never."""

    wanted: str
    graceful: bool = True
    force_after: float | None = FORCE_AFTER


@dataclass(frozen=True)
class Patience:
    """Everything a wait needs."""

    deadline: Deadline
    runtime: Runtime
    interval: float


def bring_to(
    provider: Provider, instance_id: str, change: PowerChange, patience: Patience
) -> tuple[Instance, list[str]]:
    """Start or stop an instance and wait until two readings in a row say so; gives it and warnings.

    Raises CloudError ``power_failed`` when the provider's job fails, OutOfTime at the deadline.
    """
    if change.wanted != STOPPED or not change.graceful or not provider.capabilities.graceful_stop:
        return _change(provider, instance_id, ACTIONS[change.wanted], change.wanted, patience), []
    limit = (
        patience.deadline.left() if change.force_after is None else min(change.force_after, patience.deadline.left())
    )
    soft = Patience(Deadline(limit, patience.runtime), patience.runtime, patience.interval)
    try:
        return _change(provider, instance_id, "shutdown", STOPPED, soft), []
    except RouteUnconfirmed:
        warning = "the route of a graceful shutdown does not exist; the instance was stopped the hard way"
    except OutOfTime:
        if patience.deadline.passed():
            raise
        warning = f"the instance did not shut down within {limit:g} s and was powered off"
    return _change(provider, instance_id, "stop", STOPPED, patience), [warning]


def restart(provider: Provider, instance_id: str, patience: Patience) -> Instance:
    """Restart an instance once; waits for the provider's job where there is one, then until it runs."""
    operation = provider.set_power(instance_id, "restart")
    _follow(provider, instance_id, operation, "restart", patience)
    return steady(provider, instance_id, RUNNING, patience)


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


def _change(provider: Provider, instance_id: str, action: str, wanted: str, patience: Patience) -> Instance:
    while True:
        try:
            operation = provider.set_power(instance_id, action)
            break
        except AnswerLost:
            # Repeating a start or stop is harmless, but first see whether the lost one works.
            soon = Deadline(min(SEND_AGAIN_AFTER, patience.deadline.left()), patience.runtime)
            try:
                return steady(provider, instance_id, wanted, Patience(soon, patience.runtime, patience.interval))
            except OutOfTime:
                patience.deadline.check(f"{action} of {instance_id}")
        except ProviderError as exc:
            if exc.status not in (400, 409, 422):
                raise
            # Some providers refuse what is already so; their state decides.
            if provider.read_power(instance_id).power_state != wanted:
                raise
            operation = None
            break
    _follow(provider, instance_id, operation, action, patience)
    return steady(provider, instance_id, wanted, patience)


def _follow(provider: Provider, instance_id: str, operation: Operation | None, action: str, patience: Patience) -> None:
    if operation is None:
        return
    started = operation
    if not operation.ended:
        try:
            operation = poll(
                lambda: provider.get_operation(started, instance_id),
                lambda item: item.ended,
                doing=f"{action} of {instance_id}",
                deadline=patience.deadline,
                runtime=patience.runtime,
                interval=patience.interval,
            )
        except ProviderError as exc:
            if exc.status != 404:
                raise
            # Jobs are not kept for ever; the power state itself will tell.
            return
    if operation.status == FAILURE:
        raise CloudError(
            f"{action} of {instance_id} failed: {operation.message or 'the provider gives no reason'}"
            f" (operation {operation.id})",
            error_code="power_failed",
            next_steps=("Look at the instance in the provider's console, then run again.",),
        )

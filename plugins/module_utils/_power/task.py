# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from .._api.errors import CloudError
from .._api.models import SETTLING, Instance, PowerState, iso
from .._providers.base import Provider
from .._task import validation
from .._task.outcome import Outcome, reporting_changes
from .._task.refusal import Refusal, Refused
from .._task.resolve import require_instance
from .._task.session import Context, Progress, open_provider
from .._task.waiting import Patience
from .power import TOWARDS, PowerChange, bring_to, first_action, restart, steady

HIBERNATED = "hibernated"
OUTDATED = 300.0
"""Seconds after which a look of the provider's at the power state is too old to be taken without a word."""
WANTED = {"started": PowerState.RUNNING, "stopped": PowerState.STOPPED, "restarted": PowerState.RUNNING}

DOING = {"started": "starting", "stopped": "stopping", "restarted": "restarting"}


def power_task(context: Context, outcome: Outcome) -> None:
    """The task of ``instance_power``: one power state, reached once and read twice."""
    result, params = outcome.result, context.params
    result.update(instance=None, previous_power_state=None, power_state=None)
    problems = validation.reference("instance", str(params["instance"]))
    for name in ("wait_timeout", "force_after"):
        if params.get(name) is not None:
            problems += validation.positive(name, float(params[name]))
    seconds = float(params.get("wait_timeout") or 300.0)
    force_after = params.get("force_after")
    if not problems and force_after is not None and float(force_after) >= seconds:
        problems.append("force_after must be less than wait_timeout, or the power is never cut")
    provider = open_provider(context, seconds, problems)
    doing = DOING[str(params["state"])]
    patience = Patience(
        provider.transport.deadline,
        context.runtime,
        watch=lambda operation: context.on_progress(Progress(doing, None, operation.progress)),
    )
    context.on_progress(Progress(doing))
    found = require_instance(provider, str(params["instance"]), params.get("expected_instance_name"))
    if found.thing is None or found.id is None:
        raise CloudError(
            f"the power state of {params['instance']} cannot be read: {'; '.join(found.unverified)}",
            error_code="route_unconfirmed",
            next_steps=("Give the path in api_routes: {instance_get: ...}.",),
        )
    now, wanted = found.thing, WANTED[str(params["state"])]
    if now.power_state in SETTLING and not context.check_mode:
        now = steady(provider, found.id, None, patience)
    result.update(_states(now, now.power_state, now))
    # A stopped instance is started; one in any other state is restarted, since nobody knows that it is off.
    restarts = params["state"] == "restarted" and now.power_state not in (
        PowerState.STOPPED,
        TOWARDS[PowerState.STOPPED],
    )
    is_so = now.power_state == wanted or (context.check_mode and now.power_state == TOWARDS[wanted])
    _refuse_hibernated(now, wanted)
    _warn(provider, now, wanted, is_so and not restarts, outcome)
    if is_so and not restarts:
        result.update(power_state=wanted)
        return
    change = PowerChange(wanted, bool(params.get("graceful", True)), force_after)
    _refuse_closed_gate(provider, now, "restart" if restarts else first_action(provider, change))
    outcome.diff = {"before": {"power": now.power_state}, "after": {"power": wanted}}
    if context.check_mode:
        result.update(changed=True, power_state=wanted)
        return
    with reporting_changes(outcome, provider):
        if restarts:
            after, warnings = restart(provider, found.id, now, patience)
        else:
            after, warnings = bring_to(provider, found.id, change, patience)
        outcome.warnings.extend(warnings)
    result.update(_states(now, now.power_state, after))


def _refuse_closed_gate(provider: Provider, now: Instance, action: str) -> None:
    gate = provider.power_gate(now.id, action)
    if gate.allowed is False:
        code = f" [{gate.code}]" if gate.code else ""
        text = f"the provider does not allow {action} now{code}: {gate.reason or 'no reason given'}"
        step = "Resolve what the provider names, or wait until its running work has ended."
        raise Refused(f"{action} of {now.id}", [Refusal("power_not_allowed", text, step)])


def _is_hibernated(instance: Instance) -> bool:
    return (instance.power_state_raw or "").lower() == HIBERNATED


def _refuse_hibernated(now: Instance, wanted: str) -> None:
    """It is off, but only what wakes it brings back its memory; a start does not apply to it."""
    if _is_hibernated(now) and wanted == PowerState.RUNNING:
        raise Refused(
            f"starting {now.id}",
            [
                Refusal(
                    "instance_hibernated",
                    f"instance {now.id} is hibernated ({now.power_state_raw}), and a start does not apply to it",
                    "Restore it from hibernation in the provider's console, then run again.",
                )
            ],
        )


def _warn(provider: Provider, now: Instance, wanted: str, unchanged: bool, outcome: Outcome) -> None:
    if provider.capabilities.stopped_is_billed and wanted == PowerState.STOPPED and not _is_hibernated(now):
        outcome.warnings.append("This provider bills a stopped instance like a running one.")
    if unchanged and now.power_state_at is not None:
        age = (provider.transport.provider_now() - now.power_state_at).total_seconds()
        if age > OUTDATED:
            looked = iso(now.power_state_at)
            outcome.warnings.append(f"The provider last looked at the power state at {looked}, {age:.0f} s ago.")


def _states(instance: Instance, before: str, after: Instance) -> dict[str, Any]:
    merged = instance._replace(
        power_state=after.power_state,
        power_state_raw=after.power_state_raw,
        power_state_at=after.power_state_at,
    )
    return {"instance": merged.to_result(), "previous_power_state": before, "power_state": after.power_state}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
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
from .machine import TOWARDS, Machine, PowerChange

OUTDATED = 300.0
"""Seconds after which the provider's last look at the power state is old enough for a warning."""
WANTED = {"started": PowerState.RUNNING, "stopped": PowerState.STOPPED, "restarted": PowerState.RUNNING}
DOING = {"started": "starting", "stopped": "stopping", "restarted": "restarting"}


def power_task(context: Context, outcome: Outcome) -> None:
    """The task of ``instance_power``: reach one power state with as few requests as possible, and confirm it."""
    result, params = outcome.result, context.params
    result.update(instance=None, previous_power_state=None, power_state=None)
    provider = open_provider(context, float(params.get("wait_timeout") or 300.0), _problems(params))
    doing, wanted = DOING[str(params["state"])], WANTED[str(params["state"])]
    context.on_progress(Progress(doing))
    instance_id, now = _require_readable(provider, params)
    patience = Patience(
        provider.transport.deadline,
        context.runtime,
        watch=lambda operation: context.on_progress(Progress(doing, None, operation.progress)),
    )
    machine = Machine(provider, instance_id, patience)
    if now.power_state in SETTLING and not context.check_mode:
        now = machine.steady()
    result.update(_states(now, now))
    # A stopped instance is started. In any other state it may be running, so it is restarted.
    restarts = params["state"] == "restarted" and now.power_state not in (
        PowerState.STOPPED,
        TOWARDS[PowerState.STOPPED],
    )
    is_so = now.power_state == wanted or (context.check_mode and now.power_state == TOWARDS[wanted])
    _refuse_start(provider, now, wanted)
    _warn(provider, now, wanted, is_so and not restarts, outcome)
    if is_so and not restarts:
        result.update(power_state=wanted)
        return
    change = PowerChange(wanted, bool(params.get("graceful", True)), params.get("force_after"))
    _refuse_closed_gate(provider, now, "restart" if restarts else machine.first_action(change))
    outcome.diff = {"before": {"power": now.power_state}, "after": {"power": wanted}}
    if context.check_mode:
        result.update(changed=True, power_state=wanted)
        return
    with reporting_changes(outcome, provider):
        after, warnings = machine.restart(now) if restarts else machine.bring_to(change)
        outcome.warnings.extend(warnings)
    result.update(_states(now, after))


def _problems(params: Mapping[str, Any]) -> list[str]:
    problems = validation.line("instance", str(params["instance"]))
    for name in ("wait_timeout", "force_after"):
        if params.get(name) is not None:
            problems += validation.positive(name, float(params[name]))
    seconds, force_after = float(params.get("wait_timeout") or 300.0), params.get("force_after")
    if not problems and force_after is not None and float(force_after) >= seconds:
        problems.append("force_after must be less than wait_timeout, or the instance is never powered off")
    return problems


def _require_readable(provider: Provider, params: Mapping[str, Any]) -> tuple[str, Instance]:
    found = require_instance(provider, str(params["instance"]), params.get("expected_instance_name"))
    if found.thing is None or found.id is None:
        raise CloudError(
            f"the power state of {params['instance']} cannot be read: {'; '.join(found.unverified)}",
            error_code="route_unconfirmed",
            next_steps=("Set the path in api_routes: {instance_get: ...}.",),
        )
    return found.id, found.thing


def _refuse_closed_gate(provider: Provider, now: Instance, action: str) -> None:
    gate = provider.power_gate(now.id, action)
    if gate.allowed is False:
        code = f" [{gate.code}]" if gate.code else ""
        text = f"the provider does not allow {action} now{code}: {gate.reason or 'no reason given'}"
        step = "Fix what the provider reports, or wait until its running work has ended."
        raise Refused(f"{action} of {now.id}", [Refusal("power_not_allowed", text, step)])


def _refuse_start(provider: Provider, now: Instance, wanted: PowerState) -> None:
    rule = provider.capabilities.cannot_start.get((now.power_state_raw or "").lower())
    if rule is not None and wanted == PowerState.RUNNING:
        code, step = rule
        text = f"instance {now.id} is {now.power_state_raw}, and a start does not apply to it"
        raise Refused(f"starting {now.id}", [Refusal(code, text, step)])


def _warn(provider: Provider, now: Instance, wanted: PowerState, unchanged: bool, outcome: Outcome) -> None:
    unbilled = (now.power_state_raw or "").lower() in provider.capabilities.cannot_start
    if provider.capabilities.stopped_is_billed and wanted == PowerState.STOPPED and not unbilled:
        outcome.warnings.append("This provider bills a stopped instance like a running one.")
    if unchanged and now.power_state_at is not None:
        age = (provider.transport.provider_now() - now.power_state_at).total_seconds()
        if age > OUTDATED:
            at = iso(now.power_state_at)
            outcome.warnings.append(f"The provider last read the power state at {at}, {age:.0f} s ago.")


def _states(before: Instance, after: Instance) -> dict[str, Any]:
    merged = before._replace(
        power_state=after.power_state,
        power_state_raw=after.power_state_raw,
        power_state_at=after.power_state_at,
    )
    return {
        "instance": merged.to_result(),
        "previous_power_state": before.power_state,
        "power_state": after.power_state,
    }

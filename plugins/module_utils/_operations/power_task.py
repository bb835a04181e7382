# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._api.errors import CloudError
from .._api.models import RUNNING, SETTLING, STOPPED, Instance
from . import check
from .outcome import Outcome
from .power import Patience, PowerChange, bring_to, restart, steady
from .refusal import Refusal, Refused
from .resolve import find_instance
from .session import Context, open_provider

WANTED = {"started": RUNNING, "stopped": STOPPED, "restarted": RUNNING}


def power_task(context: Context, outcome: Outcome) -> None:
    """The task of ``instance_power``: one power state, reached once and read twice."""
    result = outcome.result
    result.update(instance=None, previous_power_state=None, power_state=None, api_calls={})
    params = context.params
    problems = check.reference("instance", str(params["instance"]))
    for name in ("wait_timeout", "wait_interval", "force_after"):
        if params.get(name) is not None:
            problems += check.positive(name, float(params[name]))
    timeout = float(params.get("wait_timeout") or 300.0)
    try:
        provider = open_provider(context, timeout, problems)
        patience = Patience(provider.transport.deadline, context.runtime, float(params.get("wait_interval") or 2.0))
        found = find_instance(provider, str(params["instance"]))
        if found.refusal:
            raise Refused("changing the power state", [found.refusal])
        if found.thing is None or found.id is None:
            raise CloudError(
                f"the power state of {params['instance']} cannot be read: {'; '.join(found.unverified)}",
                error_code="route_unconfirmed",
                next_steps=("Give the path in api_routes: {instance_get: ...}.",),
            )
        expected = params.get("expected_instance_name")
        if expected is not None and expected != found.thing.name:
            raise Refused("changing the power state", [_name_differs(found.thing, str(expected))])
        now = found.thing
        if now.power_state in SETTLING and not context.check_mode:
            now = steady(provider, found.id, None, patience)
        result.update(_states(now, now.power_state, now))
        wanted = WANTED[str(params["state"])]
        _warn_of_bill(outcome, provider.capabilities.stopped_is_billed, wanted)
        if now.power_state == wanted and params["state"] != "restarted":
            return
        result["changed"] = True
        outcome.diff = {"before": {"power": now.power_state}, "after": {"power": wanted}}
        if context.check_mode:
            result["power_state"] = wanted
            return
        if params["state"] == "restarted" and now.power_state == RUNNING:
            after = restart(provider, found.id, patience)
        else:
            change = PowerChange(wanted, bool(params.get("graceful", True)), params.get("force_after"))
            after, warnings = bring_to(provider, found.id, change, patience)
            outcome.warnings.extend(warnings)
        result.update(_states(now, now.power_state, after))
    finally:
        result["api_calls"] = {"total": sum(context.calls.values()), **context.calls}


def _states(instance: Instance, before: str, after: Instance) -> dict[str, Any]:
    merged = replace(
        instance,
        power_state=after.power_state,
        power_state_raw=after.power_state_raw,
        power_state_at=after.power_state_at,
    )
    return {"instance": merged.to_result(), "previous_power_state": before, "power_state": after.power_state}


def _name_differs(instance: Instance, expected: str) -> Refusal:
    return Refusal(
        "instance_name_differs",
        f"the instance is named {instance.name!r}, not {expected!r} as expected_instance_name demands",
        "Check that the option instance means the right instance.",
    )


def _warn_of_bill(outcome: Outcome, billed: bool, wanted: str) -> None:
    if billed and wanted == STOPPED:
        outcome.warnings.append("This provider bills a stopped instance like a running one.")

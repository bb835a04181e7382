# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._api.errors import CloudError
from .._api.models import RUNNING, SETTLING, STOPPED, Instance
from . import check
from .follow import Patience
from .outcome import Outcome, reporting_changes
from .power import PowerChange, bring_to, restart, steady
from .resolve import require_instance
from .session import Context, open_provider

WANTED = {"started": RUNNING, "stopped": STOPPED, "restarted": RUNNING}


def power_task(context: Context, outcome: Outcome) -> None:
    """The task of ``instance_power``: one power state, reached once and read twice."""
    result, params = outcome.result, context.params
    result.update(instance=None, previous_power_state=None, power_state=None)
    problems = check.reference("instance", str(params["instance"]))
    for name in ("wait_timeout", "wait_interval", "force_after"):
        if params.get(name) is not None:
            problems += check.positive(name, float(params[name]))
    provider = open_provider(context, float(params.get("wait_timeout") or 300.0), problems)
    patience = Patience(provider.transport.deadline, context.runtime, float(params.get("wait_interval") or 2.0))
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
    if provider.capabilities.stopped_is_billed and wanted == STOPPED:
        outcome.warnings.append("This provider bills a stopped instance like a running one.")
    restarts = params["state"] == "restarted" and now.power_state == RUNNING
    if now.power_state == wanted and not restarts:
        return
    outcome.diff = {"before": {"power": now.power_state}, "after": {"power": wanted}}
    if context.check_mode:
        result.update(changed=True, power_state=wanted)
        return
    with reporting_changes(outcome):
        if restarts:
            after, warnings = restart(provider, found.id, now, patience)
        else:
            change = PowerChange(wanted, bool(params.get("graceful", True)), params.get("force_after"))
            after, warnings = bring_to(provider, found.id, change, patience)
        outcome.warnings.extend(warnings)
    result.update(_states(now, now.power_state, after))


def _states(instance: Instance, before: str, after: Instance) -> dict[str, Any]:
    merged = replace(
        instance,
        power_state=after.power_state,
        power_state_raw=after.power_state_raw,
        power_state_at=after.power_state_at,
    )
    return {"instance": merged.to_result(), "previous_power_state": before, "power_state": after.power_state}

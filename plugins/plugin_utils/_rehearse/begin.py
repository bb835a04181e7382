# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all hosts do together: check whether each could be restored, and restore those of a drill to new instances."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ...module_utils._api.clock import Runtime
from ...module_utils._api.errors import CloudError
from ...module_utils._change.controller import Controller
from ...module_utils._drill.drills import DELETION_SECONDS
from .._role.batch import Run, context_of, restore_batch
from .._role.outcome import restore_outcome
from .._role.together import together
from .account import Accounts
from .variables import DRILL

Found = dict[str, dict[str, Any]]


def rehearse(run: Run, controller: Controller) -> Found:
    """Check all hosts and begin their drills; returns what was found of each."""
    found: Found = {}
    accounts = Accounts(check_only=any(plan["check_only"] for plan in run.plans.values()))
    with together(run.plans, run.progress) as (crew, runtime):
        for host in run.plans:
            crew.check()
            found[host] = _look(run, host, controller.for_host(host), runtime, accounts)
    plans = {host: plan for host, plan in run.plans.items() if "error" not in found[host]}
    plans = {host: _as_drill(host, plan, controller) for host, plan in plans.items()}
    checks = {host: {**plan, "check_only": True} for host, plan in plans.items() if not found[host].get("ended")}
    for host, steps in restore_batch(run._replace(plans=checks)).items():
        found[host]["check"] = _outcome(checks[host], host, steps)
    drills = {
        host: plan
        for host, plan in plans.items()
        if plan["rehearsal"]["mode"] == DRILL and not plan["check_only"] and _may_begin(found[host])
    }
    if drills:
        for host, steps in restore_batch(run._replace(plans=drills)).items():
            found[host]["restore"] = _outcome(drills[host], host, steps)
    return found


def _look(run: Run, host: str, own: Controller, runtime: Runtime, accounts: Accounts) -> dict[str, Any]:
    """What the record says of the host. Drills that were left behind are ended first."""
    plan = run.plans[host]
    found: dict[str, Any] = {"began": time.time()}
    if plan["problems"] or not plan["targets"]:
        return found
    (target,) = plan["targets"]
    context, wrong = context_of(host, target, plan, run, runtime)
    if wrong:
        return found
    found["usual_seconds"] = accounts.usual_seconds(context, str(target["options"].get("instance")))
    if plan["rehearsal"]["mode"] != DRILL:
        return found
    try:
        return {**found, **accounts.look_for_drills(context, own, str(plan["rehearsal"]["id"]), host)}
    except CloudError as exc:
        error = {"msg": exc.message, "error_code": exc.error_code, "next_steps": list(exc.next_steps), "refusals": []}
        return {**found, "error": error}


def _outcome(plan: Mapping[str, Any], host: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    target = plan["targets"][0] if plan["targets"] else {"name": host, "provider": "", "in_place": True, "snapshot": ""}
    return restore_outcome(target, steps[0] if steps else {})


def _may_begin(found: Mapping[str, Any]) -> bool:
    return "check" in found and not found["check"]["failed"]


def _as_drill(host: str, plan: Mapping[str, Any], controller: Controller) -> Mapping[str, Any]:
    """The plan of a drill as one of a restore that is checked, and on record, as a drill."""
    if plan["rehearsal"]["mode"] != DRILL or plan["problems"]:
        return plan
    (target,) = plan["targets"]
    seconds = plan["rehearsal"]["timeout"] + DELETION_SECONDS
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    drill = [str(plan["rehearsal"]["id"]), host, str(controller.for_host(host)), until]
    return {**plan, "targets": [{**target, "drill": drill}]}

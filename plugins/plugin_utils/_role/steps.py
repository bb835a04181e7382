# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the role after its plan. All are called by the action plugin ``restore_step``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from .batch import Run, restore_batch
from .outcome import restore_outcome
from .registered import BATCH, PLAN, RESULT, registered
from .reporting import report, unnotified
from .uses import run_of
from .variables import is_host_by_host, plan_of_host, use_of

KEPT = ("use", "has_targets", "batch", "check_only", "verify", "add_to_inventory", "run_by")
"""What the next steps need of a plan."""

display = Display()


def plan(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Evaluate the variables of the host; the next step restores the hosts of the batch by their plans."""
    found = plan_of_host(action, variables)
    # Those in the result of this task would be lost with no_log.
    for text in found.pop("warnings"):
        display.warning(text)
    return {"plan": found}


def restore(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Check and restore the targets of all hosts that are in this very use of the role."""
    host, use = str(variables["inventory_hostname"]), use_of(action._task)
    hosts = [host] if is_host_by_host(action._task) else [str(name) for name in variables["ansible_play_batch"]]
    plans = {}
    for name in hosts:
        found = (registered(variables, name, PLAN) or {}).get("plan") or {}
        # A host that was left out of this use of the role may hold the plan of an earlier one. A plan that was carried
        # out has no environment any more.
        if found.get("use") == use and "environment" in found:
            plans[name] = found
    run = _run(action, variables, plans, hosts, is_alone=is_host_by_host(action._task))
    return {"use": use, "reporter": host, "results": restore_batch(run)}


def _run(
    action: Any, variables: Mapping[str, Any], plans: Mapping[str, Any], hosts: Iterable[str], *, is_alone: bool
) -> Run:
    return run_of(action, variables, plans, others=_others(variables, set(hosts)), alone=is_alone)


def _others(variables: Mapping[str, Any], hosts: set[str]) -> int:
    """How many restores of the play are not among those of ``hosts``; a host without a plan counts as one."""
    count = 0
    for name in map(str, variables["ansible_play_hosts_all"]):
        found = None if name in hosts else (registered(variables, name, PLAN) or {}).get("plan")
        count += len(found["targets"]) if found else name not in hosts
    return count


def collect(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """What became of the restores of this host. It replaces the plan, which holds the token."""
    host, planned = str(variables["inventory_hostname"]), (variables.get(PLAN) or {}).get("plan")
    if planned is None:
        # With --start-at-task or tags.
        raise AnsibleActionFail("The host has no plan. Run the role from its first task; nothing was changed.")
    batch = variables.get(BATCH) or {}
    results = batch.get("results", {}).get(host) if batch.get("use") == planned["use"] else None
    targets = [{name: item for name, item in target.items() if name != "options"} for target in planned["targets"]]
    if not targets and planned["problems"]:
        targets = [{"name": host, "provider": "", "in_place": True, "snapshot": ""}]
    if results is None:
        # With import_role a condition may have skipped the shared step, which is evaluated for one host only.
        batch = {}
        results = restore_batch(_run(action, variables, {host: planned}, [host], is_alone=True))[host]
    kept = {name: planned[name] for name in KEPT}
    shown = _shown(results if targets else [])
    kept |= {"targets": targets, "steps": results, "reporter": batch.get("reporter", host), "host": host}
    return {"plan": kept, **_outcome(kept), **shown}


def _outcome(planned: Mapping[str, Any]) -> dict[str, Any]:
    outcomes = [restore_outcome(target, steps) for target, steps in zip(planned["targets"], planned["steps"])]
    has_failed = any(one["failed"] for one in outcomes)
    is_reporter = planned["reporter"] == planned["host"]
    is_verified = not planned["check_only"] and planned["verify"] != "none"
    return {
        "changed": any(one["changed"] for one in outcomes),
        RESULT: outcomes if planned["has_targets"] or not outcomes else outcomes[0],
        "has_failed": has_failed,
        "is_verified": is_verified,
        "is_unfinished": has_failed or is_verified or is_reporter or planned["add_to_inventory"],
    }


def _shown(results: list[dict[str, Any]]) -> dict[str, Any]:
    steps = [step for target in results for step in target.values()]
    shown: dict[str, Any] = {"warnings": [text for step in steps for text in step.get("warnings", ())]}
    diffs = [step["diff"] for step in steps if "diff" in step]
    return {**shown, "diff": diffs} if diffs else shown


def verified(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the verification found to the results of the host."""
    found = variables[PLAN]["plan"]
    checks = variables["restore__verified"]["results"]
    steps = [
        step if "skipped" in check else {**step, "verify": _verification(step, check)}
        for step, check in zip(found["steps"], checks)
    ]
    found = {**found, "steps": steps}
    return {"plan": found, **_outcome(found), "changed": False}


def _verification(steps: Mapping[str, Any], check: Mapping[str, Any]) -> dict[str, Any]:
    """The result of the verification as a step that has just ended, by the provider's clock like the steps before."""
    elapsed = check.get("elapsed", 0)
    ahead = max((step.get("clock_ahead", 0.0) for step in steps.values()), key=abs, default=0.0)
    began = datetime.now(timezone.utc).timestamp() + ahead - elapsed
    failure = {name: check[name] for name in ("msg", "error_code") if name in check}
    return {"elapsed": elapsed, "began": began, **failure}


def conclude(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Fail the host if one of its restores failed."""
    found = variables[RESULT]
    outcomes = [found] if isinstance(found, Mapping) else found
    failed = [one["summary"] for one in outcomes if one["failed"]]
    return {"failed": True, "msg": "\n".join(failed)} if failed else {}


STEPS = {
    "plan": plan,
    "restore": restore,
    "collect": collect,
    "verified": verified,
    "report": report,
    "unnotified": unnotified,
    "conclude": conclude,
}

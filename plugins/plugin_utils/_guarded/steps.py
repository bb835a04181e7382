# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the role ``guarded_change``. All are called by the action plugin ``guarded_change_step``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .._role.batch import Run
from .._role.registered import registered
from .._role.task_file import what_failed
from .._role.uses import controller, planned, plans_of_use, plans_to_carry_out, run_of, shared
from .._role.variables import is_host_by_host, use_of
from .after import after_tasks
from .before import before_tasks
from .outcome import result_of
from .report import show_report
from .variables import PLAN, PREFIX, RESULT, plan_of_host

BEFORE, AFTER = "guarded_change__before", "guarded_change__after"
CHANGED, AGAIN = "guarded_change__changed", "guarded_change__again"
ENDED_LATER = ("roll_back", "keep", "commit")
"""Actions of hosts without tasks of the user, which are done together with the end of the other hosts."""


def plan(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Evaluate the variables of the host for the next step, which is about all hosts."""
    before = (variables.get(PLAN) or {}).get("plan") or {}
    begun = before.get("use") == use_of(action._task) and "begun" in before
    found = plan_of_host(action, variables, begun=begun)
    if begun:
        # What the change began with counts.
        found.update({name: before[name] for name in ("begun", "change", "check_only")})
    return {"plan": found, "warnings": found["warnings"]}


def prepare(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Decide for each host, take the snapshots of all, and check that they can be restored."""
    return {"use": use_of(action._task), "hosts": before_tasks(_run(action, variables), controller())}


def begun(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """What is done with this host. It replaces the plan, which holds the token."""
    host, found = str(variables["inventory_hostname"]), planned(variables, PLAN)
    one = shared(variables, BEFORE, host, found["use"])
    if one is None:
        # With import_role a condition may have skipped the shared step, which is evaluated for one host only.
        one = before_tasks(_run(action, variables, alone=True), controller())[host]
    kept = {name: found[name] for name in ("use", "change", "check_only", "run_by")}
    return {
        "plan": {**kept, "begun": one, "is_unfinished": not found["check_only"] and _is_ended_later(one)},
        "runs_tasks": one["runs_tasks"],
        **_for_tasks(found["change"]),
        "deadline": one["deadline"],
        "changed": one["changed"],
        "warnings": one["warnings"],
        RESULT: result_of(host, found["change"], one, {}, None),
    }


def _for_tasks(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: change[name] for name in ("tasks", "verify_tasks", "wait_timeout")}


def _is_ended_later(one: Mapping[str, Any]) -> bool:
    return bool(one["runs_tasks"] or one["action"] in ENDED_LATER)


def in_time(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Fail if the time of the change is over."""
    found = planned(variables, PLAN)
    if time.time() <= found["begun"]["deadline"]:
        return {}
    return {
        "failed": True,
        "msg": f"the change took longer than the {found['change']['timeout']:g} s of {PREFIX}timeout",
    }


def passed(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The tasks of the user have ended well."""
    return {"use": planned(variables, PLAN)["use"], "failure": None}


def failed(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what failed, in a rescue."""
    return {"use": planned(variables, PLAN)["use"], "failure": what_failed(variables)}


def settle(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Roll back what failed, keep or commit what was verified."""
    run = _run(action, variables)
    return {"use": use_of(action._task), "hosts": _settle(run, variables, use_of(action._task))}


def _settle(run: Run, variables: Mapping[str, Any], use: str) -> dict[str, dict[str, Any]]:
    hosts = {host: one["begun"] for host, one in plans_of_use(variables, PLAN, use).items() if "begun" in one}
    plans = {host: one for host, one in run.plans.items() if not one["check_only"] and _is_ended_later(hosts[host])}
    if not plans:
        return {}
    ends = {host: _failure(variables, host, CHANGED, use) for host in plans if hosts[host]["runs_tasks"]}
    return after_tasks(run._replace(plans=plans), controller(), hosts, ends)


def ended(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """What became of this host. It replaces the plan, which holds the token."""
    host, found = str(variables["inventory_hostname"]), planned(variables, PLAN)
    one = shared(variables, AFTER, host, found["use"])
    if one is None and (variables.get(AFTER) or {}).get("use") != found["use"]:
        one = _settle(_run(action, variables, alone=True), variables, found["use"]).get(host)
    one = one or {}
    kept = {name: found[name] for name in ("use", "change", "check_only", "run_by", "begun")}
    rollback = one.get("rollback") or {}
    return {
        "plan": {**kept, "ended": one},
        "is_back": one.get("end") == "rolled_back" and rollback.get("power_state") == "running",
        **_for_tasks(found["change"]),
        "changed": bool(one.get("changed") or rollback.get("changed")),
        "warnings": one.get("warnings", []),
        RESULT: result_of(host, found["change"], found["begun"], one, None),
    }


def verified(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Add what was found when the host was verified after its rollback."""
    host, found = str(variables["inventory_hostname"]), planned(variables, PLAN)
    again = _failure(variables, host, AGAIN, found["use"])
    return {"plan": found, RESULT: result_of(host, found["change"], found["begun"], found["ended"], again)}


def report(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Show what became of all hosts, and write the report files. One host does it for all."""
    own = [str(variables["inventory_hostname"])]
    found = planned(variables, PLAN)
    hosts = own if is_host_by_host(action._task) else list(plans_of_use(variables, PLAN, found["use"]))
    return show_report(hosts, variables, found)


def conclude(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Fail the host unless its change is in effect."""
    found = variables[RESULT]
    return {"failed": True, "msg": found["summary"]} if found["failed"] else {}


def _failure(variables: Mapping[str, Any], host: str, name: str, use: str) -> str | None:
    """What failed, None if nothing did."""
    found = registered(variables, host, name) or {}
    if found.get("use") != use or "failure" not in found:
        return "the tasks did not come to their end"
    text = found["failure"]
    return None if text is None else str(text)


def _run(action: Any, variables: Mapping[str, Any], *, alone: bool = False) -> Run:
    alone = alone or is_host_by_host(action._task)
    plans = plans_to_carry_out(action, variables, PLAN, alone=alone)
    others = len(variables["ansible_play_hosts_all"]) - len(plans)
    return run_of(action, variables, plans, others=others, alone=alone)


STEPS = {
    "plan": plan,
    "prepare": prepare,
    "begun": begun,
    "in_time": in_time,
    "passed": passed,
    "failed": failed,
    "settle": settle,
    "ended": ended,
    "verified": verified,
    "report": report,
    "conclude": conclude,
}

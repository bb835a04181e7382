# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the role ``rehearse``. All are called by the action plugin ``rehearse_step``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .._role.registered import registered
from .._role.task_file import what_failed
from .._role.uses import controller, planned, plans_of_use, plans_to_carry_out, run_of, shared
from .._role.variables import is_host_by_host, use_of
from .begin import rehearse
from .end import end_drill
from .outcome import PASSED, RUNNING, ended_or_left, result_of
from .report import show_report
from .variables import PLAN, PREFIX, RESULT, plan_of_host

BEGUN, VERIFIED = "rehearse__begun", "rehearse__verified"
TAKEN = ("ansible_user", "ansible_port", "ansible_ssh_private_key_file")
"""Variables of a host that its new instance gets."""


def plan(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Evaluate the variables of the host for the next step, which is about all hosts."""
    found = plan_of_host(action, variables)
    return {"plan": found, "warnings": found["warnings"]}


def begin(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Check all hosts, and restore those of a drill to new instances."""
    return {"use": use_of(action._task), "hosts": _rehearse(action, variables, alone=is_host_by_host(action._task))}


def begun(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """What was found for this host. It replaces the plan, which holds the token."""
    host, own = str(variables["inventory_hostname"]), planned(variables, PLAN)
    found = shared(variables, BEGUN, host, own["use"])
    if found is None:
        # With import_role a condition may have skipped the shared step, which is evaluated for one host only.
        found = _rehearse(action, variables, alone=True)[host]
    restore = found.get("restore") or {}
    kept = {name: own[name] for name in ("use", "rehearsal", "check_only", "run_by")}
    result = result_of(host, own["rehearsal"], found, {}, time.time())
    return {
        "plan": {**kept, "found": found},
        # After a lost answer the instance may exist too.
        "has_instance": restore.get("restore_sent") in ("accepted", "unknown"),
        "verify_tasks": own["rehearsal"]["verify_tasks"],
        "deadline": found["began"] + (own["rehearsal"]["timeout"] or 0.0),
        "changed": result["changed"],
        RESULT: result,
    }


def add(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Add the new instance to the inventory, or fail if it cannot be verified.

    The module add_host runs once for all hosts, and not at all with the strategies free and host_pinned.
    """
    restore = planned(variables, PLAN)["found"]["restore"]
    if restore["failed"]:
        return {"failed": True, "msg": f"the restore failed: {restore['msg']}"}
    instance = restore.get("instance") or {}
    if not instance.get("ipv4"):
        return {"failed": True, "msg": "the provider gives no address of the new instance"}
    taken = {name: action._templar.template(variables[name]) for name in TAKEN if name in variables}
    host = {"ansible_host": instance["ipv4"], **{name: value for name, value in taken.items() if value is not None}}
    return {"add_host": {"host_name": instance["name"], "groups": ["rehearse_drill"], "host_vars": host}}


def connects(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Fail if tasks that are delegated to the new instance would run on the controller or on another machine."""
    instance = planned(variables, PLAN)["found"]["restore"]["instance"]
    seen = variables.get("ansible_delegated_vars", {}).get(instance["name"], {})
    connection = action._templar.template(seen.get("ansible_connection") or action._task.connection)
    address = action._templar.template(seen.get("ansible_host"))
    if str(connection).rpartition(".")[2] == "local":
        why = "the play or the inventory sets the connection to local, so the tasks would run on the controller"
        return {"failed": True, "msg": f"{why}; set ansible_connection in group_vars/rehearse_drill.yml"}
    if address != instance["ipv4"]:
        return {"failed": True, "msg": f"ansible_host is {address}, and the new instance has {instance['ipv4']}"}
    return {}


def in_time(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Fail if the time of the drill is over."""
    found = planned(variables, PLAN)
    limit = found["rehearsal"]["timeout"]
    if time.time() <= found["found"]["began"] + limit:
        return {}
    return {"failed": True, "msg": f"the drill took longer than the {limit:g} s of {PREFIX}timeout"}


def passed(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The verification has ended well."""
    return {"use": planned(variables, PLAN)["use"], "verdict": PASSED}


def failed(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what failed, in a rescue."""
    return {"use": planned(variables, PLAN)["use"], "verdict": what_failed(variables)}


def delete(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Delete the new instance whatever the verification found, and prove that it is gone."""
    host, found = str(variables["inventory_hostname"]), planned(variables, PLAN)
    verified = variables.get(VERIFIED) or {}
    known = verified.get("use") == found["use"] and "verdict" in verified
    verdict = str(verified["verdict"]) if known else "the verification did not come to its end"
    # The plan holds no token any more.
    again = plan_of_host(action, variables)
    plans = {host: {**again, "rehearsal": found["rehearsal"]}}
    run = run_of(action, variables, plans, others=0, alone=True)
    ended = end_drill(run, host, verdict, controller())
    result = result_of(host, found["rehearsal"], found["found"], ended, time.time())
    kept = {name: variables[PLAN][name] for name in ("deadline", "verify_tasks")}
    return {**kept, "plan": {**found, "ended": ended}, "changed": bool(ended["changed"]), RESULT: result}


def report(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Show what was found for all hosts, and write the report files. One host does it for all."""
    use = planned(variables, PLAN)["use"]
    own = [str(variables["inventory_hostname"])]
    hosts = own if is_host_by_host(action._task) else list(plans_of_use(variables, PLAN, use))
    results = [one for host in hosts if isinstance(one := registered(variables, host, RESULT), Mapping)]
    found = [ended_or_left(one) for one in results]
    left = [str(end["summary"]) for one, end in zip(results, found) if one["status"] == RUNNING]
    return {**show_report(found, planned(variables, PLAN)), **({"failed": True, "msg": " ".join(left)} if left else {})}


def conclude(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Fail the host if it could not be restored, or its drill failed."""
    found = variables[RESULT]
    return {"failed": True, "msg": found["summary"]} if found["failed"] else {}


def _rehearse(action: Any, variables: Mapping[str, Any], *, alone: bool) -> dict[str, dict[str, Any]]:
    plans = plans_to_carry_out(action, variables, PLAN, alone=alone)
    # No limit of the role counts hosts, so how many others there are does not matter.
    return rehearse(run_of(action, variables, plans, others=0, alone=alone), controller())


STEPS = {
    "plan": plan,
    "begin": begin,
    "begun": begun,
    "add": add,
    "connects": connects,
    "in_time": in_time,
    "passed": passed,
    "failed": failed,
    "delete": delete,
    "report": report,
    "conclude": conclude,
}

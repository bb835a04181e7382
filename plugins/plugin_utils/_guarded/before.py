# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before the tasks of the user run: decide for each host, take all snapshots, and check that they can be restored."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ...module_utils._change.controller import Controller
from ...module_utils._change.decision import RUNS_TASKS, Action, decide_together
from ...module_utils._change.guarded import GuardedChange
from ...module_utils._task.refusal import Refusal
from .._role.batch import Run, restore_batch
from .._role.together import together
from .group import Group, problems_of, wish_of
from .variables import PREFIX


def before_tasks(run: Run, controller: Controller) -> dict[str, dict[str, Any]]:
    """Prepare the changes of all hosts; returns what is done with each of them."""
    with together(run.plans, run.progress) as (crew, runtime):
        group = Group(run, problems_of(run), controller, crew, runtime)
        _decide(group, run)
        if not any(plan["check_only"] for plan in run.plans.values()):
            _take_snapshots(group, run)
        return {host: _shown(change, run.plans[host]) for host, change in group.hosts.items()}
    raise AssertionError("an interruption ends the process")


def _decide(group: Group, run: Run) -> None:
    decisions = group.look()
    if group.together and decisions:
        states = {host: group.hosts[host].state for host in decisions}
        wish = wish_of(run.plans[next(iter(decisions))]["change"])
        decisions = decide_together(states, wish, decisions)
    for host, decision in decisions.items():
        group.hosts[host].settle_on(decision)
    _stop_all_if_one_failed(group)


def _take_snapshots(group: Group, run: Run) -> None:
    new = [host for host in _due(group) if group.hosts[host].action == Action.CHANGE]
    group.each(new, lambda host, change: change.take_snapshot())
    _check_restores(group, run)
    _stop_all_if_one_failed(group)
    group.each(_due(group), lambda host, change: change.begin())
    _stop_all_if_one_failed(group)
    taken = [host for host in new if group.hosts[host].snapshot]
    group.each(taken, lambda host, change: change.discard(), of_failed=True)


def _due(group: Group) -> list[str]:
    """The hosts on which the tasks are about to run."""
    return [host for host, change in group.hosts.items() if change.action in RUNS_TASKS and not change.failed]


def _check_restores(group: Group, run: Run) -> None:
    """Run the check of the restores that would be the rollbacks, now that there are snapshots."""
    due = _due(group)
    if not due:
        return
    plans = {host: {**rollback_plan(run.plans[host], group.hosts[host]), "check_only": True} for host in due}
    checked = restore_batch(run._replace(plans=plans, others=0))
    for host in due:
        check = checked[host][0]["check"]
        if "msg" in check:
            steps = check.get("next_steps") or ["See the refusals."]
            text = f"the snapshot could not be restored: {check.get('reason') or check['msg']}"
            group.hosts[host].refuse(Refusal(str(check.get("error_code") or "refused"), text, " ".join(steps)))


def rollback_plan(plan: Mapping[str, Any], change: GuardedChange) -> dict[str, Any]:
    """The plan of the restore that rolls a host back, with the ids of the instance and the snapshot on record."""
    (target,) = plan["targets"]
    record = change.record
    snapshot = record.snapshot_id if record and record.snapshot_id else change.name
    options = {**target["options"], "instance": change.target, "snapshot": snapshot}
    return {**plan, "targets": [{**target, "snapshot": change.name, "options": options}]}


def _stop_all_if_one_failed(group: Group) -> None:
    failed = sorted(host for host, change in group.hosts.items() if change.failed)
    if not group.together or not failed:
        return
    for host in _due(group):
        group.hosts[host].refuse(
            Refusal(
                "all_or_nothing",
                f"{PREFIX}scope is play, and the change cannot begin on {', '.join(failed[:5])}",
                "Fix what the others report, then run again: nothing was changed.",
            )
        )


def _shown(change: GuardedChange, plan: Mapping[str, Any]) -> dict[str, Any]:
    result, record = change.outcome.result, change.record
    seconds = max(change.wanted.planned.tasks, 1.0)
    action = None if change.failed else change.action
    return {
        **{name: result[name] for name in ("msg", "reason", "error_code", "refusals", "next_steps") if name in result},
        "action": action and str(action),
        "runs_tasks": action in RUNS_TASKS and not plan["check_only"],
        "state": str(change.state),
        "failed": change.failed,
        "changed": change.changed,
        "warnings": change.warnings,
        "target": change.target,
        "instance": change.instance.to_result() if change.instance else None,
        "snapshot": change.snapshot.to_result() if change.snapshot else None,
        "snapshot_name": change.name,
        "since": record.claimed_at if record else None,
        "deadline": time.time() + seconds,
    }

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step of the role that all hosts of a batch share: check and restore all of their targets in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._ansible import connection_spec
from ...module_utils._api.clock import Runtime
from ...module_utils._fleet.fleet import Fleet, FleetOptions
from ...module_utils._fleet.target import Done, Target, Wanted
from ...module_utils._restore.options import Drill
from ...module_utils._task.outcome import Outcome
from ...module_utils._task.rate_limit import shared_state_dir
from ...module_utils._task.run_by import RunBy
from ...module_utils._task.session import Context
from .plan import BATCH
from .progress import FleetProgress
from .together import together

TIME = "; a time in it has to be evaluated once, with set_fact and run_once"
Plans = Mapping[str, Mapping[str, Any]]


class Run(NamedTuple):
    """A batch: the plans by host, how many restores of the play are not in it, and what to show.

    ``spec`` is that of ``snapshot_restore``. ``is_alone``: the batch is one host, and the other hosts of the play are
    restored by themselves.
    """

    plans: Plans
    others: int
    spec: Mapping[str, Any]
    progress: FleetProgress
    diff: bool
    is_alone: bool


def restore_batch(run: Run) -> dict[str, list[dict[str, Any]]]:
    """Restore all targets; returns for each host, and for each of its targets, what its steps returned."""
    problems = _problems_of_batch(run)
    with together(run.plans, run.progress) as (crew, runtime):
        wanted = [
            (host, _wanted(run, host, target, plan, problems, runtime))
            for host, plan in run.plans.items()
            for target in plan["targets"] or ([{}] if plan["problems"] else [])
        ]
        fleet = Fleet([one for dummy, one in wanted], _options(run), crew, runtime)
        run.progress.watch(fleet.targets)
        fleet.run()
    results: dict[str, list[dict[str, Any]]] = {host: [] for host in run.plans}
    for (host, dummy), target in zip(wanted, fleet.targets):
        results[host].append(_steps(target, diff=run.diff))
    return results


def _problems_of_batch(run: Run) -> tuple[str, ...]:
    """What is wrong with the batch as a whole."""
    valid = [plan for plan in run.plans.values() if not plan["problems"]]
    problems = []
    for name in BATCH:
        values = {json.dumps(plan["batch"].get(name)) for plan in valid}
        if len(values) > 1:
            text = f"restore_{name} is about all hosts of the batch and must be equal on them"
            problems.append(f"{text}{TIME if name == 'report_path' else ''}.")
    if run.is_alone:
        problems += [
            f"restore_{name} needs all hosts to be restored together: use the strategy linear, and include_role if the "
            "role has a condition"
            for name, has in (
                ("all_or_nothing", any(plan["batch"]["all_or_nothing"] for plan in valid)),
                ("max_parallel", any(plan["batch"]["max_parallel"] for plan in valid)),
                ("order", any(target["order"] for plan in valid for target in plan["targets"])),
            )
            if has
        ]
    total = run.others + sum(len(plan["targets"]) for plan in run.plans.values())
    limits = [plan["batch"]["max_hosts"] for plan in valid if plan["batch"]["max_hosts"] is not None]
    if limits and total > min(limits):
        problems.append(
            f"This play restores {total} instances and restore_max_hosts allows {min(limits)}: use --limit, or raise it"
        )
    return tuple(problems)


def _options(run: Run) -> FleetOptions:
    plans = list(run.plans.values())
    batch: Mapping[str, Any] = next((plan["batch"] for plan in plans if not plan["problems"]), {})
    strict = any(plan["fatal"] for plan in plans)
    return FleetOptions(all_or_nothing=bool(batch.get("all_or_nothing")) or strict, at_most=batch.get("max_parallel"))


def _wanted(
    run: Run,
    host: str,
    target: Mapping[str, Any],
    plan: Mapping[str, Any],
    problems: tuple[str, ...],
    runtime: Runtime,
) -> Wanted:
    name = host if len(plan["targets"]) < 2 else f"{host}: {target['name']}"
    context, errors = context_of(name, target, plan, run, runtime)
    wrong = [*plan["problems"], *problems] or errors
    return Wanted(
        name,
        context,
        order=int(target.get("order", 0)),
        check_only=plan["check_only"],
        start_again=bool(target.get("start_again")),
        problems=tuple(text.rstrip(".") for text in wrong),
    )


def context_of(
    name: str, target: Mapping[str, Any], plan: Mapping[str, Any], run: Run, runtime: Runtime
) -> tuple[Context, list[str]]:
    """The context of the tasks of a target, which reports as ``name``, and what is wrong with its options."""
    given = dict(target.get("options", {}))
    validated = ArgumentSpecValidator({**connection_spec(), **run.spec}).validate(given)
    params = validated.validated_parameters
    if "undo_of" in target:
        # Also without what module_defaults say about the snapshot.
        params = {**params, "snapshot": None, "snapshot_as_of": None, "undo_of": target["undo_of"]}
    if "drill" in target:
        params = {**params, "drill": Drill(*target["drill"])}
    lines = run.progress.of(name)
    context = Context(
        params,
        False,
        {**os.environ, **plan["environment"]},
        runtime,
        on_request=lines.request,
        on_progress=lambda progress: lines.progress(str(given.get("provider", "")), progress),
        given=frozenset(given),
        shared_state_dir=shared_state_dir(os.environ),
        run_by=RunBy(**plan["run_by"]),
    )
    return context, [str(error) for error in validated.error_messages]


def _steps(target: Target, *, diff: bool) -> dict[str, Any]:
    steps = dict(target.steps)
    check = steps.get("check")
    found = {name: _result(step, diff=diff) for name, step in steps.items()}
    for result in found.values():
        result["clock_ahead"] = target.clock_ahead.total_seconds()
    if check is not None and "restore" in steps:
        # The restore returns what the check found, and more.
        found["check"] = {name: found["check"][name] for name in ("timings", "began") if name in found["check"]}
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain


def _result(step: Done, *, diff: bool) -> dict[str, Any]:
    outcome: Outcome = step.outcome
    result = {**outcome.result, "warnings": outcome.warnings, "began": step.began.timestamp()}
    if outcome.missing_library is not None:
        result["msg"] = missing_required_lib(outcome.missing_library.package)
    if diff and outcome.diff is not None:
        result["diff"] = outcome.diff
    return result

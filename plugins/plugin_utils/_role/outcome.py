# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the tasks of the role registered to what became of each target: ``restore_result``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .summary import in_variables, summary
from .totals import Totals

# The registers of the role, in the order of its tasks, with the phase that a task is.
TASKS = {
    "check": "preflight", "claim": "stop", "send": "restore", "wait": "restore",
    "start": "start", "power": "power", "again": "start_again", "verified": "verify",
}  # fmt: skip
RESTORING = ("check", "claim", "send", "wait", "start")
RETURNED = ("resumed", "restore_id", "instance", "snapshot", "operation", "safety_snapshot", "plan")


def restore_outcomes(plans: Sequence[Mapping[str, Any]], registers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The filter; see its documentation."""
    return [_outcome(index, plan, registers) for index, plan in enumerate(plans)]


def _outcome(index: int, plan: Mapping[str, Any], registers: Mapping[str, Any]) -> dict[str, Any]:
    runs = {name: run for name in TASKS if (run := _run(registers[name], index)) is not None}
    said = [runs[name] for name in RESTORING if name in runs]
    state = said[-1] if said else {}
    # A later task that failed at its own preflight does not take back the phase that a target has come to.
    phases = [phase for run in said if (phase := run.get("phase", "preflight")) != "preflight"]
    reached = phases[-1] if phases else "preflight"
    totals = Totals()
    trouble: Mapping[str, Any] = {}
    failed_in = None
    for name, run in runs.items():
        totals.add(run, TASKS[name], _began(registers[name], index))
        # The modules say msg only when they fail.
        if "msg" in run and failed_in is None:
            trouble, failed_in = run, reached if "phase" in run else TASKS[name]
    in_place = not plan["capabilities"]["creates_instance"]
    report = {
        "name": plan["name"],
        "provider": plan["provider"],
        "in_place": in_place,
        "changed": totals.changed,
        "failed": failed_in is not None,
        "phase": failed_in or reached,
        "status": state.get("status", "unknown"),
        "steps": list(dict.fromkeys(step["phase"] for step in totals.timeline)),
        "previous_power_state": state.get("previous_power_state") or None,
        "power_state": totals.power_state,
        "timings": totals.timings,
        "timeline": totals.timeline,
        "api_calls": totals.api_calls,
        "unverified": totals.unverified,
    }
    if failed_in:
        report |= _trouble(trouble)
    report["summary"] = summary(report, state, plan["snapshot"])
    return {name: state[name] for name in RETURNED if name in state} | totals.kept | report


def _run(register: Mapping[str, Any], index: int) -> Mapping[str, Any] | None:
    """What a task said of a target; None if it was skipped for it or has not run yet."""
    results = register.get("results", [])
    run = results[index] if index < len(results) else None
    return None if run is None or "skipped" in run else run


def _began(register: Mapping[str, Any], index: int) -> float | None:
    """When the task came to this target (seconds since 1970): it takes one after the other."""
    results = register["results"]
    began = results[index].get("restore__round")
    if began is None:
        return None
    earlier: float = sum((one.get("timings") or {}).get("total", 0) for one in results[:index])
    return float(began[1]) + earlier


def _trouble(run: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "msg": in_variables(run["msg"]),
        "error_code": run.get("error_code", "task_failed"),
        "refusals": run.get("refusals", []),
        "next_steps": [in_variables(step) for step in run.get("next_steps", [])],
        "http_status": run.get("http_status"),
        "provider_code": run.get("provider_code"),
        "request_id": run.get("request_id"),
    }

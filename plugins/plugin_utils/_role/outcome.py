# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combine what the tasks of the role registered into one outcome per target: ``restore_result``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .summary import for_role, message_of, summary
from .totals import Totals

# The registers of the role in the order of its tasks, with the phase that each task belongs to.
PHASES = {
    "check": "preflight", "claim": "stop", "send": "restore", "wait": "restore",
    "finish": "start", "started_again": "start_again", "verified": "verify",
}  # fmt: skip
RESTORING = ("check", "claim", "send", "wait", "finish")
COPIED = ("resumed", "restore_id", "instance", "snapshot", "operation", "safety_snapshot", "plan")


def restore_outcomes(plans: Sequence[Mapping[str, Any]], registers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The filter ``restore_outcomes``; its documentation describes arguments and result."""
    return [_outcome(index, plan, registers) for index, plan in enumerate(plans)]


def _outcome(index: int, plan: Mapping[str, Any], registers: Mapping[str, Any]) -> dict[str, Any]:
    results = {name: found for name in PHASES if (found := _result(registers[name], index)) is not None}
    restoring = [results[name] for name in RESTORING if name in results]
    latest = restoring[-1] if restoring else {}
    # A later task that fails in its own preflight does not reset the phase that the restore has reached.
    phases = [phase for found in restoring if (phase := found.get("phase", "preflight")) != "preflight"]
    reached = phases[-1] if phases else "preflight"
    totals = Totals()
    failure: Mapping[str, Any] = {}
    failed_in = None
    for name, found in results.items():
        totals.add(found, PHASES[name], _started_at(registers[name], index))
        # The modules return msg only on failure.
        if "msg" in found and failed_in is None:
            failure, failed_in = found, reached if "phase" in found else PHASES[name]
    report = {
        "name": plan["name"],
        "provider": plan["provider"],
        "in_place": not plan["capabilities"]["creates_instance"],
        "changed": totals.changed,
        "failed": failed_in is not None,
        "phase": failed_in or reached,
        "status": _status(restoring),
        "steps": list(dict.fromkeys(step["phase"] for step in totals.timeline)),
        "previous_power_state": latest.get("previous_power_state") or None,
        "power_state": totals.power_state,
        "timings": totals.timings,
        "timeline": totals.timeline,
        "api_calls": totals.api_calls,
        "unverified": totals.unverified,
    }
    if failed_in:
        report |= _failure(failure)
    report["summary"] = summary(report, latest, plan["snapshot"])
    return {name: latest[name] for name in COPIED if name in latest} | totals.kept | report


def _status(restoring: Sequence[Mapping[str, Any]]) -> str:
    """The last status. A task that finds the work of an earlier task of this run done is part of the same restore."""
    statuses = [str(found.get("status", "unknown")) for found in restoring]
    if statuses[-1:] == ["already_restored"] and "accepted" in statuses:
        return "restored"
    return statuses[-1] if statuses else "unknown"


def _result(register: Mapping[str, Any], index: int) -> Mapping[str, Any] | None:
    """What a task returned for a target; None if it was skipped or has not run yet."""
    results = register.get("results", [])
    found = results[index] if index < len(results) else None
    return None if found is None or "skipped" in found else found


def _started_at(register: Mapping[str, Any], index: int) -> float | None:
    """When the task reached this target, in seconds since 1970; its loop handles one target after the other."""
    results = register["results"]
    item = results[index].get("restore__item")
    if item is None:
        return None
    earlier: float = sum((one.get("timings") or {}).get("total", 0) for one in results[:index])
    return float(item[1]) + earlier


def _failure(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "msg": message_of(found),
        "error_code": found.get("error_code", "task_failed"),
        "refusals": [_refusal(item) for item in found.get("refusals", [])],
        "next_steps": for_role(found.get("next_steps", [])),
        "http_status": found.get("http_status"),
        "provider_code": found.get("provider_code"),
        "request_id": found.get("request_id"),
    }


def _refusal(item: Mapping[str, Any]) -> dict[str, Any]:
    (next_step,) = for_role([item["next_step"]])
    return {**item, "next_step": next_step}

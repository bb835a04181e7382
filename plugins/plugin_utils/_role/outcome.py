# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combine what was done for a target into its ``restore_result``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .summary import for_role, message_of, summary
from .totals import Totals

COPIED = (
    "resumed",
    "restore_id",
    "instance",
    "snapshot",
    "operation",
    "safety_snapshot",
    "plan",
    "restore_sent",
    "hourly_price",
    "began_at",
    "sent_at",
    "ended_at",
    "run_by",
)


def restore_outcome(target: Mapping[str, Any], steps: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The outcome of a target of a plan.

    ``steps`` are the results of ``check``, ``restore``, ``start_again`` and ``verify``, in this order and as far as
    they ran. A step that failed has ``msg``; ``began`` is when it began, in seconds since 1970.
    """
    latest = steps.get("restore") or steps.get("check") or {}
    totals = Totals()
    failure: Mapping[str, Any] = {}
    failed_in = None
    for name, found in steps.items():
        totals.add(found, "preflight" if name == "check" else name, found.get("began"))
        if "msg" in found and failed_in is None:
            failure, failed_in = found, str(found.get("phase", name))
    report = {
        "name": target["name"],
        "provider": target["provider"],
        "in_place": target["in_place"],
        "changed": any(found.get("changed", False) for found in steps.values()),
        "failed": failed_in is not None,
        "phase": failed_in or str(latest.get("phase") or "preflight"),
        "status": str(latest.get("status", "unknown")),
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
    report["summary"] = summary(report, latest, target["snapshot"])
    return {name: latest[name] for name in COPIED if name in latest} | report


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

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add up the results of all tasks of a target: timeline, durations, requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

# A task goes through its steps in this order.
STEPS = ("preflight", "stop", "safety_snapshot", "restore", "start", "start_again", "verify")
# Returned by some tasks only, so the last value that was seen is kept.
KEPT = ("operation", "safety_snapshot")


@dataclass
class Totals:
    """The sum of the results of several tasks, which must be added in the order in which they ran.

    Durations are in seconds; the timeline holds ``phase``, ``started_at`` (UTC) and ``seconds``.
    """

    changed: bool = False
    power_state: str | None = None
    unverified: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    api_calls: dict[str, int] = field(default_factory=dict)

    def add(self, result: Mapping[str, Any], phase: str, started_at: float | None) -> None:
        """Add a result; ``phase`` is that of its task, ``started_at`` is in seconds since 1970."""
        self.changed = bool(self.changed or result.get("changed", False))
        self.power_state = result.get("power_state", self.power_state)
        self.unverified += [one for one in result.get("unverified", []) if one not in self.unverified]
        self.kept.update({name: result[name] for name in KEPT if result.get(name)})
        # Modules of others report one duration, if any.
        seconds = result.get("timings") or {phase: result.get("elapsed", 0)}
        for name, duration in seconds.items():
            self.timings[name] = round(self.timings.get(name, 0) + duration, 3)
        for name, number in (result.get("api_calls") or {}).items():
            self.api_calls[name] = self.api_calls.get(name, 0) + number
        # The preflight of a later task counts as part of that task.
        first = "stop" if phase == "start" and self.power_state == "stopped" else phase
        at = _now() if started_at is None else started_at
        for name in STEPS:
            if name in seconds:
                step = first if name == "preflight" else name
                self.timeline.append({"phase": step, "started_at": _iso(at), "seconds": seconds[name]})
                at += seconds[name]


def _now() -> float:
    return datetime.now(timezone.utc).timestamp()


def _iso(at: float) -> str:
    """A time in UTC with milliseconds."""
    whole = datetime.fromtimestamp(int(at), timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{int(at % 1 * 1000):03d}Z"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a target come to together: its timeline, its times, its requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

# A task goes through its phases in this order.
STEPS = ("preflight", "stop", "safety_snapshot", "restore", "start", "power", "start_again", "verify")
# Not every task learns them again.
KEPT = ("operation", "safety_snapshot")


@dataclass
class Totals:
    """The sum of the results of several tasks, which are added in the order in which they ran."""

    changed: bool = False
    power_state: str | None = None
    unverified: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    api_calls: dict[str, int] = field(default_factory=dict)

    def add(self, run: Mapping[str, Any], task: str, began: float | None) -> None:
        """One more result; ``task`` is the phase of the task, ``began`` in seconds since 1970."""
        self.changed = bool(self.changed or run.get("changed", False))
        self.power_state = run.get("power_state", self.power_state)
        self.unverified += [one for one in run.get("unverified", []) if one not in self.unverified]
        self.kept.update({name: run[name] for name in KEPT if run.get(name)})
        # Tasks that are not ours tell one time, if any.
        seconds = run.get("timings") or {task: run.get("elapsed", 0)}
        for name, lasted in seconds.items():
            self.timings[name] = round(self.timings.get(name, 0) + lasted, 3)
        for name, number in (run.get("api_calls") or {}).items():
            self.api_calls[name] = self.api_calls.get(name, 0) + number
        # A later task looks again before it goes on; that is part of what it does.
        doing = "stop" if task == "start" and self.power_state == "stopped" else task
        at = _now() if began is None else began
        for name in STEPS:
            if name in seconds:
                phase = doing if name == "preflight" else name
                self.timeline.append({"phase": phase, "started_at": _moment(at), "seconds": seconds[name]})
                at += seconds[name]


def _now() -> float:
    return datetime.now(timezone.utc).timestamp()


def _moment(at: float) -> str:
    """Milliseconds are enough."""
    whole = datetime.fromtimestamp(int(at), timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{int(at % 1 * 1000):03d}Z"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add up the results of the steps of a target: timeline, durations, requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

# A result has them in the order in which they ran.
STEPS = ("preflight", "stop", "safety_snapshot", "restore", "start", "start_again", "verify")


@dataclass
class Totals:
    """The sum of the results of several steps, which must be added in the order in which they ran.

    Durations are in seconds; the timeline holds ``phase``, ``started_at`` (UTC) and ``seconds``.
    """

    power_state: str | None = None
    unverified: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    api_calls: dict[str, int] = field(default_factory=dict)

    def add(self, result: Mapping[str, Any], step: str, began: float | None) -> None:
        """Add a result of a step that ``began`` at this time, in seconds since 1970."""
        self.power_state = result.get("power_state", self.power_state)
        self.unverified += [one for one in result.get("unverified", []) if one not in self.unverified]
        # Other steps than a restore report one duration, if any.
        seconds = result.get("timings") or {step: result.get("elapsed", 0)}
        for name, duration in seconds.items():
            self.timings[name] = round(self.timings.get(name, 0) + duration, 3)
        for name, number in (result.get("api_calls") or {}).items():
            self.api_calls[name] = self.api_calls.get(name, 0) + number
        at = datetime.now(timezone.utc).timestamp() if began is None else began
        for name in filter(STEPS.__contains__, seconds):
            # A restore looks once more before it begins, which is part of its first step.
            if name != "preflight" or step == "preflight":
                self.timeline.append({"phase": name, "started_at": _iso(at), "seconds": seconds[name]})
            at += seconds[name]


def _iso(at: float) -> str:
    """A time in UTC with milliseconds."""
    whole = datetime.fromtimestamp(int(at), timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{int(at % 1 * 1000):03d}Z"

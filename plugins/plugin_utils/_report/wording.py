# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words and numbers of a report. Text of providers and users is cleaned here, and escaped where it is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LABELS = {
    "would_restore": "would be restored",
    "already_restored": "already restored",
    "restored": "restored",
    "accepted": "accepted",
    "accepted_unverified": "accepted, not verified",
    "failed": "FAILED",
    "not_started": "not started",
}
# The order in which counts are listed: what needs attention comes first.
ORDER = ["failed", "accepted_unverified", "accepted", "restored", "would_restore", "already_restored", "not_started"]


STEPS = {
    "stop": "stop",
    "take": "safety snapshot",
    "restore": "restore",
    "look": "find the lost restore",
    "start": "start",
}
"""The steps of a plan by the word that each begins with; the others are left out."""


def clean(value: object) -> str:
    """The text on one line, with control and format characters replaced."""
    text = " ".join(str(value).split())
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in text
    )


def label(status: str) -> str:
    return LABELS.get(status, status)


def counts(statuses: list[str]) -> dict[str, int]:
    """The number of restores by status."""
    order = [*ORDER, *sorted(set(statuses) - set(ORDER))]
    return {status: statuses.count(status) for status in order if status in statuses}


def duration(seconds: float | None) -> str:
    """A duration in its two largest units, for example ``2 h 30 min``."""
    if seconds is None:
        return "-"
    if seconds < 10:
        return f"{seconds:.1f} s"
    parts: list[str] = []
    left = round(seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        if number or parts:
            parts.append(f"{number} {unit}")
    return " ".join(part for part in parts[:2] if not part.startswith("0 "))


def steps(plan: Sequence[str], *, in_place: bool) -> str:
    """The steps of a plan in short, for example ``stop, restore, start``."""
    text = ", ".join(STEPS[word] for word in (step.partition(" ")[0] for step in plan) if word in STEPS)
    return text if in_place else text.replace("restore", "restore to a new instance")


def power_change(before: str | None, after: str | None) -> str:
    """The power state before and after the restore."""
    if before is None or before == after:
        return after or "-"
    return f"{before} -> {after or 'unknown'}"

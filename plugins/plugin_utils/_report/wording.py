# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a report words things. What providers and users said is cleaned here, and escaped where it is written."""

from __future__ import annotations

import unicodedata

SENTENCES = {
    "would_restore": "would be restored",
    "already_restored": "nothing to do",
    "restored": "restored",
    "accepted": "accepted",
    "accepted_unverified": "accepted, not verified",
    "failed": "FAILED",
    "not_started": "not started",
}
ORDER = ["failed", "accepted_unverified", "accepted", "restored", "would_restore", "already_restored", "not_started"]


def clean(value: object) -> str:
    """On one line, without what moves a cursor or turns the direction of a line."""
    text = " ".join(str(value).split())
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in text
    )


def told(status: str) -> str:
    return SENTENCES.get(status, status)


def counts(statuses: list[str]) -> dict[str, int]:
    """How many of each, the ones to look at first."""
    known = [*ORDER, *sorted(set(statuses) - set(ORDER))]
    return {status: statuses.count(status) for status in known if status in statuses}


def duration(seconds: float | None) -> str:
    """In the two largest units that say something."""
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


def power(before: str | None, after: str | None) -> str:
    """The power state before and after."""
    if before is None or before == after:
        return after or "-"
    return f"{before} -> {after or 'unknown'}"

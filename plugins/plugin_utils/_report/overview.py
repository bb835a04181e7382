# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The overview as a table for a terminal, as Markdown, JSON and HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from .overview_rows import OverviewRow
from .page import Heading
from .table import NONE, Table, html_page, lines, markdown_page
from .wording import duration

SNAPSHOT = "newest restorable snapshot"


def _answer(row: OverviewRow) -> str:
    word = {True: "yes", False: "no", None: "unknown"}[row.can_restore]
    return f"{word}: {row.reason}" if row.reason else word


COLUMNS: dict[str, Callable[[OverviewRow], str]] = {
    "instance": lambda row: row.instance if row.instance_id else f"{row.instance} (no instance)",
    "provider": lambda row: row.provider,
    SNAPSHOT: lambda row: NONE if row.can_restore is False else row.snapshot or NONE,
    "age": lambda row: _hours(row.age_hours),
    "expires in": lambda row: _hours(row.expires_in_hours),
    "can be restored now": _answer,
    "limit": lambda row: row.problem or NONE,
    "safety snapshots left behind": lambda row: ", ".join(row.left_behind) or NONE,
    "cost": lambda row: (
        NONE if row.hourly_rate is None else f"{row.hourly_rate:g} {row.currency or ''}/h".replace(" /", "/")
    ),
}
FORMS = ("md", "json", "html")


def _hours(hours: float | None) -> str:
    return duration(None if hours is None else hours * 3600.0)


def overview_lines(rows: Sequence[OverviewRow]) -> list[str]:
    """A table, followed by the totals."""
    return [*lines(_table(rows)), totals(rows)]


def totals(rows: Sequence[OverviewRow]) -> str:
    """How many instances there are, and how many have no way back or break the limit."""
    known = [row for row in rows if row.instance_id is not None]
    lost = sum(row.can_restore is False for row in known)
    broken = sum(row.problem is not None for row in known)
    text = f"{len(known)} instances, {lost} without a snapshot that can be restored now"
    return f"{text}, {broken} outside the limit." if broken else f"{text}."


def overview_as(ending: str, rows: Sequence[OverviewRow], heading: Heading) -> str:
    """The report as one of ``FORMS``."""
    return {"md": _markdown, "json": _json, "html": _page}[ending](rows, heading)


def _table(rows: Sequence[OverviewRow]) -> Table:
    return [list(COLUMNS), *([cell(row) for cell in COLUMNS.values()] for row in rows)]


def _markdown(rows: Sequence[OverviewRow], heading: Heading) -> str:
    return markdown_page(heading, totals(rows), _table(rows))


def _json(rows: Sequence[OverviewRow], heading: Heading) -> str:
    report = {"title": heading.title, "created_at": heading.created_at, "instances": [asdict(row) for row in rows]}
    return json.dumps(report, indent=2) + "\n"


def _page(rows: Sequence[OverviewRow], heading: Heading) -> str:
    kinds = [{True: "good", False: "bad", None: "odd"}[row.can_restore] for row in rows]
    taken = [None if row.can_restore is False or not row.snapshot else row.created_at for row in rows]
    below = {"instance": [row.instance_id for row in rows], SNAPSHOT: taken}
    return html_page(heading, totals(rows), _table(rows), {"can be restored now": kinds}, below=below)

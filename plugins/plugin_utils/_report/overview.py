# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The overview as a table for a terminal, as Markdown, JSON and HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from html import escape

from .overview_rows import OverviewRow
from .page import PAGE, Heading
from .style import STYLE
from .text import escaped, markdown_line, ruled
from .wording import duration

NONE = "-"


def _answer(row: OverviewRow) -> str:
    word = {True: "yes", False: "no", None: "unknown"}[row.can_restore]
    return f"{word}: {row.reason}" if row.reason else word


COLUMNS: dict[str, Callable[[OverviewRow], str]] = {
    "instance": lambda row: row.instance if row.instance_id else f"{row.instance} (no instance)",
    "provider": lambda row: row.provider,
    "newest restorable snapshot": lambda row: NONE if row.can_restore is False else row.snapshot or NONE,
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
    return [*ruled(_table(rows)), totals(rows)]


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


def _table(rows: Sequence[OverviewRow]) -> list[list[str]]:
    """Titles and cells, without the columns that say nothing."""
    cells = {title: [cell(row) for row in rows] for title, cell in COLUMNS.items()}
    used = {title: column for title, column in cells.items() if not rows or set(column) != {NONE}}
    return [list(used), *(list(line) for line in zip(*used.values()))]


def _markdown(rows: Sequence[OverviewRow], heading: Heading) -> str:
    titles, *body = _table(rows)
    text = [f"# {escaped(heading.title)}", "", escaped(f"{heading.created_at}: {totals(rows)}"), ""]
    text += [markdown_line(titles), markdown_line(["---"] * len(titles), escape=False), *map(markdown_line, body)]
    return "\n".join([*text, ""])


def _json(rows: Sequence[OverviewRow], heading: Heading) -> str:
    report = {"title": heading.title, "created_at": heading.created_at, "instances": [asdict(row) for row in rows]}
    return json.dumps(report, indent=2) + "\n"


def _page(rows: Sequence[OverviewRow], heading: Heading) -> str:
    titles, *body = _table(rows)
    head = "".join(f"<th scope='col'>{escape(title)}</th>" for title in titles)
    lines = "".join(
        f"<tr>{''.join(_cell(title, text, row) for title, text in zip(titles, line))}</tr>"
        for row, line in zip(rows, body)
    )
    content = (
        f"<header><h1>{escape(heading.title)}</h1><p>{escape(f'Created {heading.created_at}')}</p>"
        f"<p>{escape(totals(rows))}</p></header><section><div class='wide'><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div></section>"
    )
    return PAGE.format(title=escape(heading.title), style=STYLE, body=content)


def _cell(title: str, text: str, row: OverviewRow) -> str:
    kind = {True: "good", False: "bad", None: "odd"}[row.can_restore]
    if title == "can be restored now":
        return f"<td><span class='{kind}'>{escape(text)}</span></td>"
    below = {"instance": row.instance_id, "newest restorable snapshot": row.created_at}.get(title)
    kept = title != "newest restorable snapshot" or text != NONE
    return f"<td>{escape(text)}{f'<small>{escape(below)}</small>' if below and kept else ''}</td>"

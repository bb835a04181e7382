# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a table for a terminal, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from .page import Heading
from .rows import Row, seconds_between
from .table import escaped, markdown_table, ruled, used
from .wording import clean, counts, duration, label, power_change, steps

Column = tuple[str, Callable[[Row], str]]


def lines(rows: Sequence[Row], heading: Heading) -> list[str]:
    """A table, followed by the totals."""
    return [*ruled(_table(rows, [*_columns(heading), JOB])), totals(rows, heading)]


JOB: Column = ("job", lambda row: row.operation_id or "-")


def _columns(heading: Heading) -> list[Column]:
    """What a table shows of each restore: what would be done in check mode, else what was done."""
    name: list[Column] = [
        ("host", lambda row: row.host if row.instance == row.host else f"{row.host}: {row.instance}"),
        ("provider", lambda row: row.provider),
        ("result", lambda row: label(row.status)),
        ("phase", lambda row: row.phase if row.failed and row.phase else "-"),
        ("error code", lambda row: row.error_code or "-"),
    ]
    lost: Column = ("lost writes", lambda row: duration(row.lost_seconds))
    if heading.check_mode:
        now = heading.created_at
        return [
            *name,
            ("plan", lambda row: steps(row.plan, in_place=row.in_place) or "-"),
            ("snapshot", lambda row: row.snapshot or "-"),
            ("age", lambda row: duration(seconds_between(row.snapshot_created_at, now))),
            ("expires in", lambda row: duration(seconds_between(now, row.snapshot_expires_at))),
            lost,
            ("power now", lambda row: row.power_state or "-"),
            ("cost", lambda row: row.cost or ("-" if row.in_place else "unknown")),
        ]
    return [
        *name,
        ("power", lambda row: power_change(row.previous_power_state, row.power_state)),
        ("duration", lambda row: duration(row.seconds)),
        ("down", lambda row: duration(row.down_seconds)),
        # What was lost when an earlier run restored it is no news.
        ("lost writes", lambda row: duration(row.lost_seconds if row.acted else None)),
        ("cost", lambda row: row.cost or "-"),
    ]


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> list[list[str]]:
    return used([[title for title, _cell in columns], *([cell(row) for _title, cell in columns] for row in rows)])


def totals(rows: Sequence[Row], heading: Heading) -> str:
    numbers = counts([row.status for row in rows])
    text = ", ".join(f"{number} {label(status)}" for status, number in numbers.items()) or "nothing to restore"
    return f"{text}. {'Nothing was changed (check mode).' if heading.check_mode else ''}".rstrip()


def as_json(rows: Sequence[Row], heading: Heading) -> str:
    return json.dumps(as_data(rows, heading), indent=2) + "\n"


def as_data(rows: Sequence[Row], heading: Heading) -> dict[str, Any]:
    restores = []
    for row in rows:
        item: dict[str, Any] = asdict(row)
        item["timeline"] = [{**span, "start": round(span["start"], 3)} for span in item.pop("bars")]
        restores.append(item)
    acted = any(row.acted for row in rows)
    return {**asdict(heading), "acted": acted, "totals": counts([row.status for row in rows]), "restores": restores}


def markdown(rows: Sequence[Row], heading: Heading) -> str:
    """For a change ticket. Text of providers and users is escaped, so it cannot become markup, a link or a mention."""
    more: list[Column] = [
        ("snapshot", lambda row: row.snapshot or "-"),
        ("taken", lambda row: row.snapshot_created_at or "-"),
        ("restored at", lambda row: row.restored_at or "-"),
        ("plan", lambda row: steps(row.plan, in_place=row.in_place) or "-"),
        ("restore ID", lambda row: row.restore_id or "-"),
        JOB,
    ]
    table = _table(rows, [*_columns(heading), *(more[4:] if heading.check_mode else more)])
    text = [f"# {escaped(heading.title)}", "", escaped(f"{heading.created_at}: {totals(rows, heading)}"), ""]
    if heading.run_by:
        text += [escaped(f"Run by {clean(heading.run_by)}"), ""]
    text += markdown_table(table)
    failed = [row for row in rows if row.failed]
    if failed:
        text += ["", "## Failed"]
    for row in failed:
        power = f"Power state: {row.power_state or 'unknown'}"
        text += ["", f"### {escaped(row.host)}", ""]
        text += [f"- Phase {escaped(row.phase or 'unknown')}, error code {escaped(row.error_code or 'unknown')}"]
        text += [f"- {escaped(item)}" for item in (row.message or "", power, *row.next_steps) if item]
    return "\n".join([*text, ""])

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a table for a terminal, as JSON and as Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .page import Heading
from .rows import Row
from .wording import counts, duration, label, power_change

LONGEST_CELL = 40
SPECIAL = re.compile(r"[\\`*\[\]{}|~$^]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[#+=-]")


def lines(rows: Sequence[Row], heading: Heading) -> list[str]:
    """A table, followed by the totals."""
    head = ["host", "provider", "result", "phase", "error code", "power", "duration", "lost writes", "job"]
    body = [
        [
            row.host if row.instance == row.host else f"{row.host}: {row.instance}",
            row.provider,
            label(row.status),
            row.phase or "-",
            row.error_code or "-",
            power_change(row.previous_power_state, row.power_state),
            duration(row.seconds),
            duration(row.lost_seconds),
            row.operation_id or "-",
        ]
        for row in rows
    ]
    table = [[_short(cell) for cell in line] for line in [head, *body]]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    ruled = [table[0], ["-" * width for width in widths], *table[1:]]
    return [
        *("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in ruled),
        totals(rows, heading),
    ]


def totals(rows: Sequence[Row], heading: Heading) -> str:
    numbers = counts([row.status for row in rows])
    text = ", ".join(f"{number} {label(status)}" for status, number in numbers.items()) or "nothing to restore"
    return f"{text}. {'Nothing was changed (check mode).' if heading.check_mode else ''}".rstrip()


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else cell[: LONGEST_CELL - 3] + "..."


def as_json(rows: Sequence[Row], heading: Heading) -> str:
    restores = []
    for row in rows:
        item: dict[str, Any] = asdict(row)
        item["timeline"] = [{**span, "start": round(span["start"], 3)} for span in item.pop("bars")]
        restores.append(item)
    report = {**asdict(heading), "totals": counts([row.status for row in rows]), "restores": restores}
    return json.dumps(report, indent=2) + "\n"


def markdown(rows: Sequence[Row], heading: Heading) -> str:
    """For a change ticket. Text of providers and users is escaped, so it cannot become markup, a link or a mention."""
    titles = [
        "host",
        "provider",
        "result",
        "snapshot",
        "taken",
        "lost writes",
        "power",
        "duration",
        "restore ID",
        "job",
    ]
    text = [f"# {_escaped(heading.title)}", "", _escaped(f"{heading.created_at}: {totals(rows, heading)}"), ""]
    text += [_line(titles), _line(["---"] * len(titles), escape=False)]
    for row in rows:
        cells = [
            row.host if row.instance == row.host else f"{row.host}: {row.instance}",
            row.provider,
            label(row.status),
        ]
        cells += [row.snapshot or "-", row.snapshot_created_at or "-", duration(row.lost_seconds)]
        cells += [power_change(row.previous_power_state, row.power_state), duration(row.seconds)]
        text.append(_line([*cells, row.restore_id or "-", row.operation_id or "-"]))
    failed = [row for row in rows if row.failed]
    if failed:
        text += ["", "## Failed"]
    for row in failed:
        power = f"Power state: {row.power_state or 'unknown'}"
        text += ["", f"### {_escaped(row.host)}", ""]
        text += [f"- Phase {_escaped(row.phase or 'unknown')}, error code {_escaped(row.error_code or 'unknown')}"]
        text += [f"- {_escaped(item)}" for item in (row.message or "", power, *row.next_steps) if item]
    return "\n".join([*text, ""])


def _line(cells: Sequence[str], *, escape: bool = True) -> str:
    return f"| {' | '.join(_escaped(cell) if escape else cell for cell in cells)} |"


def _escaped(text: str) -> str:
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "&#64;"), ("://", "&#58;//")):
        text = text.replace(char, entity)
    return SPECIAL.sub(r"\\\g<0>", text)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that loads nothing: no script, no external address, no font."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ...module_utils._task.run_by import RunBy
from .rows import Row, seconds_between
from .style import STYLE
from .timeline import legend, timeline
from .wording import clean, counts, duration, label, power_change, steps

DOT = " \N{MIDDLE DOT} "


@dataclass(frozen=True)
class Heading:
    """The title of a report, when it was created, whether the play ran in check mode, and who ran it."""

    title: str
    created_at: str
    check_mode: bool = False
    run_by: RunBy | None = None


def page(rows: Sequence[Row], heading: Heading) -> str:
    body = [_head(rows, heading), _failures(rows), _timeline(rows), _table(rows, heading), _unverified(rows)]
    return PAGE.format(title=escape(heading.title), style=STYLE, body="\n".join(part for part in body if part))


PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _head(rows: Sequence[Row], heading: Heading) -> str:
    numbers = counts([row.status for row in rows])
    tiles = "".join(
        f'<li class="{_kind(status)}"><b>{number}</b> {escape(label(status).lower())}</li>'
        for status, number in numbers.items()
    )
    bars = [span for row in rows for span in row.bars]
    took = max(span.start + span.seconds for span in bars) - min(span.start for span in bars) if bars else None
    lost = max((row.lost_seconds for row in rows if row.lost_seconds is not None), default=None)
    down = max((row.down_seconds for row in rows if row.down_seconds is not None), default=None)
    facts = [f"Created {heading.created_at}", f"Duration {duration(took)}", f"Lost writes: up to {duration(lost)}"]
    if down is not None:
        facts.append(f"Down: up to {duration(down)}")
    if heading.run_by:
        facts.append(f"Run by {clean(heading.run_by)}")
    check = '<p class="check">Check mode: nothing was changed.</p>'
    return (
        f"<header><h1>{escape(heading.title)}</h1><p>{escape(DOT.join(facts))}</p>"
        f"{check if heading.check_mode else ''}<ul class='tiles'>{tiles}</ul></header>"
    )


def _kind(status: str) -> str:
    """The CSS class of a status, which sets its colour."""
    return {"failed": "bad", "restored": "good", "would_restore": "good", "already_restored": "calm"}.get(status, "odd")


def _failures(rows: Sequence[Row]) -> str:
    failed = [row for row in rows if row.failed]
    if not failed:
        return ""
    cards = []
    for row in failed:
        facts = {
            "Instance": _name(row) + (f" ({row.instance_id})" if row.instance_id else ""),
            "Provider": row.provider,
            "Phase": row.phase,
            "Error code": row.error_code,
            "Current power state": row.power_state or "unknown",
            "Previous power state": row.previous_power_state or "unknown",
            "Restore ID": row.restore_id,
            "Job": row.operation_id,
        }
        items = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
        steps = "".join(f"<li>{escape(step)}</li>" for step in row.next_steps)
        cards.append(
            f"<article><h3>{escape(row.host)}</h3><p>{escape(row.message or '')}</p><dl>{items}</dl>"
            f"{f'<h4>What to do</h4><ul>{steps}</ul>' if steps else ''}</article>"
        )
    return f"<section><h2>Failed</h2><div class='cards'>{''.join(cards)}</div></section>"


def _timeline(rows: Sequence[Row]) -> str:
    drawing = timeline(rows)
    return f"<section><h2>Timeline</h2>{legend(rows)}<div class='wide'>{drawing}</div></section>" if drawing else ""


def _table(rows: Sequence[Row], heading: Heading) -> str:
    head = ["Host", "Provider", "Result", "Snapshot", "Lost writes", "Power"]
    head += (
        ["Plan", "Restore ID"]
        if heading.check_mode
        else [*("Duration", "Down", "Plan", "Restore ID", "Job", "Safety snapshot")]
    )
    body = "".join(_line(row, heading) for row in rows)
    titles = "".join(f"<th scope='col'>{name}</th>" for name in head)
    return (
        f"<section><h2>Restores</h2><div class='wide'><table><thead><tr>{titles}</tr></thead>"
        f"<tbody>{body}</tbody></table></div></section>"
    )


def _line(row: Row, heading: Heading) -> str:
    details = DOT.join(text for text in (row.instance_id, row.address) if text)
    window = f"{row.snapshot_created_at} to {row.restored_at}" if row.lost_seconds is not None else ""
    taken = f"of {row.snapshot_created_at}" if row.snapshot_created_at and not window else ""
    left = seconds_between(heading.created_at, row.snapshot_expires_at) if heading.check_mode else None
    expires = f"expires in {duration(left)}" if left is not None else ""
    code = f"<small>{escape(row.error_code)}</small>" if row.error_code else ""
    resumed = "<small>resumed from an earlier run</small>" if row.resumed else ""
    restore_id = f"<code>{escape(row.restore_id or '-')}</code>"
    cells = [
        _two(_name(row), details),
        escape(row.provider or "-"),
        f"<span class='tag {_kind(row.status)}'>{escape(label(row.status))}</span>{code}{resumed}",
        _two(row.snapshot or "-", DOT.join(text for text in (taken, expires) if text)),
        _two(duration(row.lost_seconds), window),
        escape(power_change(row.previous_power_state, row.power_state).replace("->", "\N{RIGHTWARDS ARROW}")),
    ]
    plan = _two(steps(row.plan, in_place=row.in_place) or "-", row.cost or "")
    if heading.check_mode:
        cells += [plan, restore_id]
    else:
        job, saved = (f"<code>{escape(text or '-')}</code>" for text in (row.operation_id, row.safety_snapshot))
        times = " to ".join(text for text in (row.began_at, row.ended_at) if text)
        took, down = _two(duration(row.seconds), times), escape(duration(row.down_seconds))
        cells += [took, down, plan, restore_id, job, saved]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _name(row: Row) -> str:
    return row.host if row.instance == row.host else f"{row.host}: {row.instance}"


def _two(text: str, below: str) -> str:
    return escape(text) + (f"<small>{escape(below)}</small>" if below else "")


def _unverified(rows: Sequence[Row]) -> str:
    items = "".join(f"<li>{escape(row.host)}: {escape(what)}</li>" for row in rows for what in row.unverified)
    return f"<section><h2>Not verified</h2><ul>{items}</ul></section>" if items else ""

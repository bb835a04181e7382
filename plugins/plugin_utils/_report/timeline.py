# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline of the HTML report: the phases of each restore as bars, in SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil

from .rows import Bar, Row
from .wording import duration

PHASES = {
    "preflight": "check",
    "stop": "stop",
    "safety_snapshot": "safety snapshot",
    "restore": "restore",
    "start": "start",
    "start_again": "start again",
    "verify": "verify",
}
LABELS, WIDTH, RIGHT = 240, 1140, 160
TOP, HEIGHT, BAR = 28, 22, 12
LONGEST_LABEL = 29
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
TICKS = 8


def timeline(rows: Sequence[Row]) -> str:
    """One line for each restore that ran; empty if none did."""
    drawn = [row for row in rows if row.bars]
    if not drawn:
        return ""
    began = min(span.start for row in drawn for span in row.bars)
    ended = max(span.start + span.seconds for row in drawn for span in row.bars)
    scale = (WIDTH - LABELS - RIGHT) / max(ended - began, 0.001)
    bottom = TOP + HEIGHT * len(drawn)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {bottom + 8}" role="img" aria-label="Phases of each restore over time">',
        *_axis(ended - began, scale, bottom),
    ]
    for index, row in enumerate(drawn):
        parts += _row(row, TOP + HEIGHT * index, began, scale)
    return "\n".join([*parts, "</svg>"])


def legend(rows: Sequence[Row]) -> str:
    seen = {span.phase for row in rows for span in row.bars}
    items = [f'<li><i class="p-{name}"></i>{label}</li>' for name, label in PHASES.items() if name in seen]
    return f'<ul class="legend">{"".join(items)}</ul>' if items else ""


def _axis(seconds: float, scale: float, bottom: int) -> Iterator[str]:
    step = next((item for item in STEPS if seconds / item <= TICKS), ceil(seconds / TICKS))
    for index in range(int(seconds / step) + 1):
        x = LABELS + index * step * scale
        yield f'<line class="grid" x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}"/>'
        label = "0" if index == 0 else duration(index * step)
        yield f'<text class="tick" x="{x:.1f}" y="{TOP - 12}">{escape(label)}</text>'


def _row(row: Row, top: int, began: float, scale: float) -> Iterator[str]:
    middle, failed = top + HEIGHT / 2, " failed" if row.failed else ""
    name = row.host if row.instance == row.host else f"{row.host}: {row.instance}"
    label = f"{escape(_short(name))}<title>{escape(name)}</title>"
    yield f'<g class="row{failed}"><text class="name" x="{LABELS - 10}" y="{middle + 4:.1f}">{label}</text>'
    first, last = row.bars[0].start, max(span.start + span.seconds for span in row.bars)
    start, end = LABELS + (first - began) * scale, LABELS + (last - began) * scale
    yield f'<line class="wait" x1="{start:.1f}" y1="{middle:.1f}" x2="{end:.1f}" y2="{middle:.1f}"/>'
    for span in row.bars:
        yield _bar(span, middle - BAR / 2, began, scale)
    text = f"failed: {row.error_code or 'unknown'}" if row.failed else duration(row.seconds)
    yield f'<text class="end" x="{end + 6:.1f}" y="{middle + 4:.1f}">{escape(text)}</text></g>'


def _bar(span: Bar, top: float, began: float, scale: float) -> str:
    phase = span.phase if span.phase in PHASES else "preflight"
    x, width = LABELS + (span.start - began) * scale, max(span.seconds * scale, 1.0)
    title = escape(f"{PHASES[phase]}: {duration(span.seconds)}")
    where = f'x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{BAR}"'
    return f'<rect class="p-{phase}" {where}><title>{title}</title></rect>'


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "\N{HORIZONTAL ELLIPSIS}"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table, in ratios: seconds belong to one machine on one day."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version

from forms import FLOOR, URI_READ, WORKER
from measure import Cost

BEGIN, END = "<!-- Written by make bench. -->\n", "<!-- Until here. -->\n"


def render(reads: Sequence[Cost], restores: Sequence[Cost], load: str) -> str:
    ours = next(cost for cost in reads if cost.form is WORKER)
    floor = next(cost for cost in reads if cost.form is FLOOR)
    uri = next(cost for cost in reads if cost.form is URI_READ)
    lines = [
        f"ansible-core {version('ansible-core')}, Python {platform.python_version()}, load {load}. "
        f"The start of a play costs {ours.start:.2f} CPU seconds and is not in the tables.\n",
        f"Reading an instance costs **{uri.cpu / ours.cpu:.1f} times less CPU** than `ansible.builtin.uri`, and "
        f"**{ours.cpu / floor.cpu:.2f} times** what an empty action plugin with the same requests costs.\n",
        "## Reading an instance\n",
        *_table(reads),
        "",
        "## A restore: stop, restore, wait, start\n",
        *_table(restores),
        "",
    ]
    return "\n".join(lines)


def _table(costs: Sequence[Cost]) -> list[str]:
    first = costs[0]
    lines = [
        "| form | CPU | CPU to ours | time to ours | requests | lines of YAML |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for cost in costs:
        times = f"{cost.cpu * 1000:.1f} ms | {cost.cpu / first.cpu:.2f} | {cost.wall / first.wall:.2f}"
        lines.append(f"| {cost.form.name} | {times} | {cost.requests:.1f} | {cost.form.lines or '-'} |")
    return lines


def written(page: str, text: str) -> str:
    """The page with the table between its marks."""
    before, _begin, rest = page.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"

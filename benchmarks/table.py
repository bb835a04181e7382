# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of ratios, since absolute seconds depend on the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from statistics import median

from forms import FLOOR, URI_READ, WORKER
from imports import Import
from measure import Cost


def render(reads: Sequence[Cost], restores: Sequence[Cost], imported: Sequence[Import], load: float) -> str:
    ours = next(cost for cost in reads if cost.form is WORKER)
    floor = next(cost for cost in reads if cost.form is FLOOR)
    uri = next(cost for cost in reads if cost.form is URI_READ)
    lines = [
        f"ansible-core {version('ansible-core')}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load {load:.1f} at the beginning, {len(ours.cpu)} rounds ({len(restores[0].cpu)} of restores). The start of "
        f"a play costs {ours.start:.2f} CPU seconds.\n",
        f"Reading an instance costs **{uri.cpu_to(ours):.1f} times less CPU** than `ansible.builtin.uri`, and "
        f"**{ours.cpu_to(floor):.2f} times** what an empty action plugin with the same request costs.\n",
        "## Reading an instance\n",
        *_table(reads),
        "",
        "## A restore: stop, restore, wait, start\n",
        *_table(restores),
        "",
        "## Importing\n",
        *_imports(imported),
        "",
    ]
    return "\n".join(lines)


def _table(costs: Sequence[Cost]) -> list[str]:
    ours = costs[0]
    lines = [
        "| form | CPU | CPU to ours (least to most) | first task | time to ours | requests | lines of YAML |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for cost in costs:
        ratios = [mine / theirs for mine, theirs in zip(cost.cpu, ours.cpu, strict=True)]
        cells = (
            cost.form.name,
            f"{median(cost.cpu) * 1000:.1f} ms",
            f"{cost.cpu_to(ours):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            f"{cost.first * 1000:+.0f} ms",
            f"{cost.wall_to(ours):.2f}",
            f"{cost.requests:.1f}",
            str(cost.form.lines or "-"),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _imports(imported: Sequence[Import]) -> list[str]:
    lines = ["| what is imported | from source | from bytecode | files |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {one.name} | {one.source * 1000:.1f} ms | {one.bytecode * 1000:.1f} ms | {one.files} |" for one in imported
    ]
    return lines

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables: what each contender needed, and what no contender can do better."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version

from .arena import PER_MINUTE, PER_SECOND, Setup
from .match import SCENARIOS, Result

COLUMNS = [
    "contender", "wall", "to the fastest", "CPU", "requests", "for each VM", "429", "doubled", "not restored",
    "left off", "exit code", "lines",
]  # fmt: skip


def heading(load: float) -> str:
    core, python = version("ansible-core"), platform.python_version()
    return f"ansible-core {core}, Python {python}, {os.cpu_count()} cores, load {load:.1f} at the beginning."


def table(scenario: str, results: Sequence[Result]) -> str:
    setup, fastest = results[0].setup, min(one.wall for one in results)
    lines = [
        f"## {setup.provider}, {setup.size} VMs. {SCENARIOS[scenario]}.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{' --- |' * len(COLUMNS)}",
        *(_row(one, fastest) for one in results),
        "",
        _bound(setup),
        "",
    ]
    return "\n".join(lines)


def _row(one: Result, fastest: float) -> str:
    score = one.score
    cells = [
        one.contender.name,
        f"{one.wall:.1f} s",
        f"{one.wall / fastest:.2f}",
        f"{one.cpu:.1f} s",
        score.requests,
        f"{score.requests / one.setup.size:.1f}",
        score.refused,
        score.doubled,
        score.unrestored,
        score.left_off,
        one.code,
        one.contender.lines(one.setup.provider),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _bound(setup: Setup) -> str:
    work = f"stop {setup.power:g} s, restore {setup.restore:g} s, start {setup.power:g} s: {setup.work:g} s"
    if not setup.limited:
        return f"Bound of one run: {setup.bound:g} s ({work}). No limits."
    limits = f"{PER_MINUTE} requests in any minute and {PER_SECOND} in any second"
    writes = f"{3 * setup.size} writes with {limits}, and the last start: {setup.writes:g} s"
    return f"Bound of one run: {setup.bound:g} s (the larger of {work}; {writes})."

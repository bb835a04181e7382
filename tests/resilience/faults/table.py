# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings as a summary, and as Markdown tables for ``--table``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from ansible_collections.indiecloud.compute.tests.resilience.faults.bench import Finding

PLACES = ("a read before", "a power action", "the restore", "a read after", "the work")
WELL = {
    "restored": "restored",
    "resumed": "restored",
    "already_restored": "restored",
    "accepted_unverified": "no proof",
}
HEAD = """\
# The fault matrix

docs/how_it_is_proved.md explains it. A cell says how the first run ended, which met the fault, and how the last one
ended.
"""


def summary(found: Sequence[Finding]) -> str:
    wrong = sum(bool(item.wrong) for item in found)
    runs = sum(item.runs for item in found)
    first = Counter(WELL.get(item.first, item.first) for item in found)
    last = Counter(WELL.get(item.outcome, item.outcome) for item in found)
    return "\n".join(
        [
            f"first runs: {_told(first)}",
            f"last runs: {_told(last)}",
            f"{len(found)} faults tried in {runs} runs, {wrong} with violations",
        ]
    )


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.most_common())


def page(found: Sequence[Finding], options: argparse.Namespace) -> str:
    plain, others = options.share, options.share * options.others
    runs, wrong = sum(item.runs for item in found), sum(bool(item.wrong) for item in found)
    total = [
        f"## What was tried (seed {options.seed})",
        "",
        _row("faults", "scenarios", "runs", "violations"),
        _row(*["---"] * 4),
        _row(len(found), len({item.scenario for item in found}), runs, wrong),
        "",
        f"Drawn by the seed: {plain:.0%} of the faults of a scenario without a turned switch, {others:.1%} of others.",
        "",
    ]
    sections = [_section(found, provider) for provider in sorted({item.provider for item in found})]
    return "\n".join([HEAD, *total, *sections])


def _section(found: Iterable[Finding], provider: str) -> str:
    cells: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    rows: dict[str, None] = {}
    places: dict[str, None] = {}
    for item in found:
        if item.provider == provider:
            rows[item.fault], places[item.place] = None, None
            cells[item.fault, item.place][_end(item)] += 1
    columns = [name for name in PLACES if name in places]
    lines = [f"## {provider}", "", _row("fault", *columns), _row(*["---"] * (len(columns) + 1))]
    lines += [_row(row, *(_cell(cells[row, column]) for column in columns)) for row in rows]
    return "\n".join([*lines, ""])


def _end(item: Finding) -> str:
    first, last = (WELL.get(one, f"`{one}`") for one in (item.first, item.outcome))
    return first if first == last else f"{first}, then {last}"


def _cell(ends: Counter[str]) -> str:
    return "; ".join(f"{name}: {number}" for name, number in ends.most_common()) or "-"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings as a summary, and as Markdown tables for ``--table``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ansible_collections.indiecloud.compute.tests.resilience.kill.scenarios import MOMENTS

if TYPE_CHECKING:
    import argparse

    from ansible_collections.indiecloud.compute.tests.resilience.kill.session import Finding

FORMS = {
    "tasks": "the role's tasks in a forked process",
    "play": "ansible-playbook with the role",
}
WORDS = {
    "restored": "restored",
    "resumed": "resumed",
    "already_restored": "was done",
    "accepted_unverified": "no proof",
    "outcome_unknown": "**a human decides**",
}
WHAT = {
    "restored": "nothing had been sent: the next run restored from the start",
    "resumed": "the next run took up what the killed one had begun, and ended it",
    "already_restored": "the killed run had done everything but say so",
    "accepted_unverified": "restored once; this API gives no evidence of the end, so that the instance stays stopped",
    "outcome_unknown": "nothing was sent again on a guess: the run ended with `outcome_unknown` and what it has seen; "
    "after the decision (`on_unknown`) the next run ended well, which is part of each of these points",
}
HEAD = """\
# The kill matrix

docs/how_it_is_proved.md explains it.
"""


def summary(found: Sequence[Finding]) -> str:
    lines = []
    for form, about in FORMS.items():
        some = [item for item in found if item.form == form]
        if some:
            outcomes = Counter(item.outcome for item in some)
            told = ", ".join(f"{name} {number}" for name, number in sorted(outcomes.items()))
            lines.append(f"{about}: {_points(some)} kill points in {len(_scenarios(some))} scenarios: {told}")
    wrong = sum(bool(item.wrong) for item in found)
    lines.append(f"{_points(found)} kill points tried, {wrong} with violations")
    return "\n".join(lines)


def page(found: Sequence[Finding], options: argparse.Namespace) -> str:
    parts = [HEAD, _totals(found, options), _legend(found)]
    providers = sorted({item.provider for item in found})
    parts += [_provider([item for item in found if item.provider == name], name) for name in providers]
    parts += [_humans(found), _refused(found)]
    return "\n".join(parts)


def _points(found: Iterable[Finding]) -> int:
    return sum(bool(item.kills) for item in found)


def _scenarios(found: Iterable[Finding]) -> set[str]:
    return {item.scenario for item in found}


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _totals(found: Sequence[Finding], options: argparse.Namespace) -> str:
    lines = [
        f"## What was tried (seed {options.seed})",
        "",
        _row("form", "scenarios", "kill points", "of these, two runs killed", "runs", "violations"),
        _row(*["---"] * 6),
    ]
    for form, about in FORMS.items():
        some = [item for item in found if item.form == form]
        if some:
            twice, runs = sum(len(item.kills) > 1 for item in some), sum(item.runs for item in some)
            wrong = sum(bool(item.wrong) for item in some)
            lines.append(_row(about, len(_scenarios(some)), _points(some), twice, runs, wrong))
    repeats = sum(item.repeats > 0 for item in found)
    lines += [
        "",
        f"In {repeats} points the restore was sent again after a quiet period in which the instance had stayed",
        "stopped, and the cloud had applied the first one after all: the second one changed nothing.",
        "",
    ]
    return "\n".join(lines)


def _legend(found: Sequence[Finding]) -> str:
    seen = Counter(item.outcome for item in found if item.kills)
    lines = ["| outcome | kill points | means |", "| --- | --- | --- |"]
    for name, number in seen.most_common():
        lines.append(_row(WORDS.get(name, f"`{name}`"), number, WHAT.get(name, "see the error code")))
    return "\n".join([*lines, ""])


def _provider(found: Sequence[Finding], provider: str) -> str:
    """Rows: requests of the role's run. Cells: what became of those killed there, both forms together."""
    cells: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    routes: list[str] = []
    for item in found:
        if item.kills:
            route, moment = item.kills[0]
            cells[route, moment][item.outcome] += 1
            if route not in routes:
                routes.append(route)
    lines = [f"## {provider}", "", _row("killed at", *MOMENTS.values()), _row(*["---"] * (len(MOMENTS) + 1))]
    for route in sorted(routes):
        shown = [_cell(cells[route, moment]) for moment in MOMENTS]
        lines.append(_row(f"`{route}`", *shown))
    return "\n".join([*lines, ""])


def _cell(outcomes: Counter[str]) -> str:
    return ", ".join(f"{WORDS.get(name, name)} {number}" for name, number in outcomes.most_common()) or "-"


def _humans(found: Sequence[Finding]) -> str:
    asked: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for item in found:
        if item.outcome == "outcome_unknown":
            route, moment = item.kills[0]
            asked[item.provider, f"`{route}` {moment}"].append(item)
    lines = [
        "## Where a human decides",
        "",
        "The restore was sent, its answer was lost with the controller, and this API offers nothing that tells whether",
        "it was applied. Sending it again could restore twice, or bill twice; so it is not sent, and the run says what",
        "it has seen.",
        "",
        _row("provider", "killed at", "kill points", "of these, restored in fact", "under"),
        _row(*["---"] * 5),
    ]
    for (provider, place), items in sorted(asked.items()):
        variants = sorted({item.scenario.partition(",")[0].partition(" ")[2] for item in items})
        under = ", ".join(variants) if len(variants) <= 4 else f"{len(variants)} variants"
        lines.append(_row(provider, place, len(items), sum(item.restored for item in items), under))
    return "\n".join([*lines, ""])


def _refused(found: Sequence[Finding]) -> str:
    refused = {(item.provider, item.scenario.partition(" ")[2], item.outcome) for item in found if not item.kills}
    lines = ["## Where there is nothing to interrupt", "", "Here a run that nobody kills is refused as well.", ""]
    lines += [_row("provider", "scenario", "error_code"), _row("---", "---", "---")]
    lines += [_row(provider, scenario, f"`{code}`") for provider, scenario, code in sorted(refused)]
    return "\n".join([*lines, ""])

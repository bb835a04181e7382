# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of the mutants, printed, and as a page: how many survived, which, and why."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from paths import CHECKOUT

REASONS = Path(__file__).with_name("survivors.json")
PAGE = CHECKOUT / "docs/mutants.md"
KILLED, SURVIVED, INVALID = "KILLED", "SURVIVED", "INCOMPETENT"
OPEN = "Open: nobody has looked at it yet."
FLOOR = 10.0
"""Percent that may survive."""
HEAD = """\
<!--
Copyright: (c) 2026, indiecloud.compute contributors
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Mutants

A test that cannot fail proves nothing. So [cosmic-ray](https://cosmic-ray.readthedocs.io) changes
`plugins/module_utils/_operations` in one place at a time (`==` becomes `!=`, a number one more, `and` becomes `or`, a
loop runs zero times, an exception is not caught), and the tests that run the changed line are run, until one fails:
then the mutant is killed. Written by `make mutants`; all of them are tried by `make mutants SHARE=1`.

- A mutant counts as killed when a test fails, takes ten times its usual time, or the module cannot be imported.
- Tests that start other processes, and those that wait in real time, do not take part, and of the many tests that run
  one line only some: forty with ways of their own through the file, then the fastest for eight seconds. Fewer tests,
  more survivors.
- Not tried: changes of annotations, which are never run, and of the stars before arguments, which cosmic-ray takes
  for multiplications. Left out of the count, {invalid} here: changes that are no Python.
- `==` is made `is`, `<=` and so on for words too. The tests give the operations words that are other objects than those
  of the code, as JSON does. Where only words of the code itself can stand no test tells `is` from `==`, and where only
  a few words can stand none tells some orders apart; such mutants survive, count as survivors, and are listed.
- Tests were written for what survived of the choices of the seeds 1, 2, 4 and 5; then the seeds 3 and 6 were tried, and
  tests were written for what survived of those. Any other seed is the sterner judge: `make mutants SEED=7`.
"""


class Result(NamedTuple):
    file: str
    line: int
    function: str
    before: str
    after: str
    outcome: str


def write(folder: Path, *, complete: bool, share: float, seed: str) -> int:
    """Print, and of a complete run write the page; 1 when as many survive as must not."""
    results = read(folder)
    alive = [item for item in results if item.outcome == SURVIVED]
    why = reasons()
    for item in alive:
        said = why.get(key(item), "")
        print(f"{item.file}:{item.line} {item.function}\n  - {item.before}\n  + {item.after}\n  {said}")
    counts = Counter(item.outcome for item in results)
    tried = counts[KILLED] + counts[SURVIVED]
    percent = 100.0 * len(alive) / tried if tried else 0.0
    summary = f"{tried} mutants were tried, {counts[KILLED]} killed, {len(alive)} survived: {percent:.1f} %."
    print(f"\n{summary} At most {FLOOR:g} % may survive.")
    if complete:
        what = "All" if share >= 1 else f"{share:.0%} of each file's, chosen by the seed {seed}"
        lines = [
            HEAD.format(invalid=counts[INVALID]),
            f"## {summary}",
            "",
            f"{what}; {(folder / 'tools.txt').read_text()}; commit `{(folder / 'commit.txt').read_text()}`.",
            _explained(alive, why),
            "",
            *_by_file(results),
            "",
            *_survivors(alive, why),
        ]
        PAGE.write_text("\n".join(lines), encoding="utf-8")
    return 0 if percent < FLOOR else 1


def read(folder: Path) -> list[Result]:
    query = (
        "SELECT module_path, start_pos_row, definition_name, diff, test_outcome FROM work_results "
        "JOIN mutation_specs USING (job_id) ORDER BY 1, 2, operator_name, occurrence"
    )
    with closing(sqlite3.connect(folder / "session.sqlite")) as connection:
        return [_result(*row) for row in connection.execute(query)]


def _result(path: str, line: int, function: str | None, diff: str, outcome: str) -> Result:
    before, _newline, after = diff.removeprefix("-").partition("\n+")
    return Result(Path(path).name, line, function or "", before, after, outcome)


def key(item: Result) -> tuple[str, str, str]:
    return item.file, item.before, item.after


def reasons() -> dict[tuple[str, str, str], str]:
    """Why a mutant survives, by what somebody found out."""
    known = json.loads(REASONS.read_text(encoding="utf-8"))
    return {(file, before, after): why for file, items in known.items() for before, after, why in items}


def _explained(alive: Sequence[Result], why: Mapping[tuple[str, str, str], str]) -> str:
    number = sum(1 for item in alive if is_equal(why.get(key(item), OPEN)))
    return f"Of the survivors {number} do the same as the original, as said below; {len(alive) - number} are open."


def is_equal(why: str) -> bool:
    return not why.lower().startswith("open")


def _by_file(results: Sequence[Result]) -> list[str]:
    files: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in results:
        files[item.file][item.outcome] += 1
    lines = ["| file | killed | survived |", "| --- | --- | --- |"]
    return lines + [f"| `{name}` | {found[KILLED]} | {found[SURVIVED]} |" for name, found in sorted(files.items())]


def _survivors(alive: Sequence[Result], why: Mapping[tuple[str, str, str], str]) -> list[str]:
    lines = ["## Survivors", ""]
    for item in alive:
        place = f"`{item.file}`, line {item.line}" + (f", in `{item.function}`" if item.function else "")
        changed = ["```text", f"- {item.before}", f"+ {item.after}", "```"]
        lines += [f"{place}: {why.get(key(item), OPEN)}", "", *changed, ""]
    return lines

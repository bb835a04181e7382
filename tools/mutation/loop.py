# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pytest plugin: instead of running the tests, tries the mutants of a session of cosmic-ray on them."""

from __future__ import annotations

import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import pytest
from cosmic_ray.work_db import WorkDB
from mutation import session as work
from mutation.choice import Choice
from mutation.forks import Forks, Trial, Verdict
from mutation.session import INVALID, KILLED, SURVIVED, Mutant

FIRST = 40
"""So many tests are tried first on all mutants of a file, and then others on those that survive them."""
SECONDS = 8.0
"""What those others may usually take together, the fastest first."""
LONGEST = 1.5
"""Seconds; a test that takes longer is not tried."""


class Loop:
    def __init__(self, options: Any) -> None:
        self._folder = Path(options.mutants)
        self._options = options
        self._started = time.monotonic()
        self._usual = json.loads((self._folder / "times.json").read_text())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        database = WorkDB(str(self._folder / "session.sqlite"), WorkDB.Mode.open)
        forks = Forks(session, self._folder / "times.json", self._usual, self._options.workers)
        usual = {item.nodeid: self._usual[item.nodeid] for item in session.items}
        quick = {name: seconds for name, seconds in usual.items() if seconds < LONGEST}
        choice = Choice(self._folder / "met", quick)
        tools = f"cosmic-ray {version('cosmic-ray')}, pytest {version('pytest')}, Python {python_version()}"
        (self._folder / "tools.txt").write_text(tools)
        files: defaultdict[Path, list[Mutant]] = defaultdict(list)
        for mutant in self._chosen(database):
            files[mutant.path].append(mutant)
        print(f"\n{sum(map(len, files.values()))} mutants, {len(session.items)} tests")
        for verdict in forks.run(unchanged(quick, Path(self._options.sources) / "record.py")):
            if verdict.killed:
                pytest.exit(f"{verdict.trial.name}: {verdict.how} fails without any change", 1)
        for of_file in files.values():
            left = []
            for mutant in of_file:
                if mutant.valid:
                    left.append(mutant)
                else:
                    work.keep(database, mutant, INVALID, "not Python")
            tests = {item.job: tests_of(choice, item) for item in left}
            left = self._round(forks, database, left, {job: names[:FIRST] for job, names in tests.items()})
            self._round(forks, database, left, {item.job: fastest(tests[item.job][FIRST:], quick) for item in left})
        return True

    def _round(
        self, forks: Forks, database: WorkDB, mutants: list[Mutant], tests: dict[str, list[str]]
    ) -> list[Mutant]:
        """Try mutants on these tests; gives those that are alive."""
        known = {item.job: item for item in mutants}
        alive = []
        trials = (trial_of(item, tests[item.job]) for item in mutants if tests[item.job])
        for count, verdict in enumerate(forks.run(trials), 1):
            mutant = known[verdict.trial.name]
            self._keep(database, mutant, verdict)
            if not verdict.killed:
                alive.append(mutant)
                self._show(mutant, f"{count}/{len(mutants)}", verdict)
        for mutant in mutants:
            if not tests[mutant.job]:
                work.keep(database, mutant, SURVIVED, "no other test meets it")
        return alive

    def _show(self, mutant: Mutant, count: str, verdict: Verdict) -> None:
        before, after = mutant.change
        passed = time.monotonic() - self._started
        print(f"[{passed:6.0f} s {count}] {mutant.path.name}:{mutant.line} alive ({verdict.seconds:.1f} s)", flush=True)
        print(f"    - {before}\n    + {after}", flush=True)

    def _keep(self, database: WorkDB, mutant: Mutant, verdict: Verdict) -> None:
        how = f"{verdict.how} ({verdict.seconds:.1f} s)"
        work.keep(database, mutant, KILLED if verdict.killed else SURVIVED, how if verdict.killed else "")

    def _chosen(self, database: WorkDB) -> Iterator[Mutant]:
        """What has not been tried yet of a share of each file; a larger share has the smaller one in it."""
        done = {job for job, _result in database.results}
        files: defaultdict[Path, list[Mutant]] = defaultdict(list)
        for mutant in sorted(work.mutants(database, Path(self._options.sources)), key=_order):
            files[mutant.path].append(mutant)
        only = [name for name in (self._options.only or "").split(",") if name]
        for path in sorted(files, key=lambda path: only.index(path.stem) if path.stem in only else len(only)):
            if not only or path.stem in only:
                random.Random(f"{self._options.seed} {path.name}").shuffle(files[path])
                share = files[path][: math.ceil(len(files[path]) * self._options.share)]
                yield from sorted((item for item in share if item.job not in done), key=_order)


def _order(mutant: Mutant) -> tuple[str, int, int, str, int]:
    return mutant.path.name, mutant.line, mutant.column, mutant.operator, mutant.occurrence


def tests_of(choice: Choice, mutant: Mutant) -> list[str]:
    """The tests that run the changed statement; for one that is run at the import, those that use the file."""
    return choice.meeting(mutant.path, work.statement(mutant) if work.in_function(mutant) else None)


def fastest(tests: Sequence[str], usual: dict[str, float]) -> list[str]:
    """As many of the tests as can be run in ``SECONDS``."""
    chosen, seconds = [], 0.0
    for name in sorted(tests, key=usual.__getitem__):
        seconds += usual[name]
        if seconds > SECONDS:
            break
        chosen.append(name)
    return chosen


def trial_of(mutant: Mutant, tests: Sequence[str]) -> Trial:
    original = work.text(mutant.path)
    return Trial(mutant.job, mutant.path, original, mutant.source, tests, fresh=not work.in_function(mutant))


def unchanged(tests: Iterable[str], path: Path) -> Iterator[Trial]:
    """No change at all, tried in both ways: what fails then proves nothing."""
    some = sorted(tests)[::10]
    text = work.text(path)
    for fresh in (False, True):
        yield Trial(f"unchanged, {fresh=}", path, text, text, some, fresh)


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--mutants")
    parser.addoption("--sources")
    parser.addoption("--only")
    parser.addoption("--seed", type=int, default=1)
    parser.addoption("--share", type=float, default=1.0)
    parser.addoption("--workers", type=int, default=2)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--mutants"):
        config.pluginmanager.register(Loop(config.option), "mutation-loop")

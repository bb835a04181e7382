# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kill matrix: kill controllers at every request, run again, and ask the ledger what happened.

``make kill-matrix`` runs this; ``--help`` says what can be chosen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from multiprocessing import util
from random import Random
from typing import NamedTuple

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.resilience import long_run
from ansible_collections.indiecloud.compute.tests.resilience.invariants import CODES
from ansible_collections.indiecloud.compute.tests.resilience.kill.session import Bench, Point
from ansible_collections.indiecloud.compute.tests.resilience.long_run import Finding
from ansible_collections.indiecloud.compute.tests.resilience.scenarios import MOMENTS, Scenario, scenarios

FORMS = ("tasks", "play")


class Job(NamedTuple):
    """Points of one scenario: ``some`` of them, or all with None, and so many at which two runs are killed."""

    form: str
    scenario: Scenario
    some: int | None
    twice: int
    seed: int


_benches: dict[str, Bench] = {}


def work(job: Job) -> list[Finding]:
    """In a process of its own, which keeps its simulator and its warm controllers."""
    if job.form not in _benches:
        bench = _benches[job.form] = Bench(job.form)
        util.Finalize(bench, bench.close, exitpriority=10)
    bench = _benches[job.form]
    number, undisturbed = bench.requests_of_a_run(job.scenario)
    if undisturbed.wrong or undisturbed.outcome in CODES:
        # Refused where nothing was killed either; there is no restore to be interrupted.
        return [undisturbed]
    points = list(points_of(job, number))
    return [bench.try_point(job.scenario, point) for point in points]


def points_of(job: Job, number: int) -> Iterator[Point]:
    """The points of a run of so many requests, the same for the same seed."""
    chance = Random(f"{job.seed} {job.form} {job.scenario.name}")
    every = [(index, moment) for index in range(1, number + 1) for moment in MOMENTS]
    chosen = every if job.some is None else sorted(chance.sample(every, min(job.some, len(every))))
    for kill in chosen:
        # Workers of ansible-playbook may have sessions of their own; with the record in a file the next run waits for
        # them.
        group = job.form == "play" and job.scenario.record == "file" and chance.random() < 0.25
        yield Point((kill,), group_only=group)
    for _again in range(job.twice):
        first, second = chance.choice(every), chance.choice(every)
        yield Point((first, second))


def jobs(options: argparse.Namespace) -> list[Job]:
    found: list[Job] = []
    chance = Random(options.seed)
    everything = list(scenarios(options.provider or sorted(SPECS), options.record or long_run.RECORDS))
    for form in options.form or FORMS:
        wanted = options.sample if options.sample is not None else options.plays if form == "play" else None
        chosen = everything if wanted is None else chance.sample(everything, min(wanted, len(everything)))
        for index, scenario in enumerate(chosen):
            some = None if wanted is None else wanted // len(chosen) + (index < wanted % len(chosen))
            twice = 0 if form == "play" else options.twice
            found.append(Job(form, scenario, some, twice, options.seed))
    return found


def run(options: argparse.Namespace) -> list[Finding]:
    """All points, in several processes; findings in an order of their own."""
    return long_run.run(options, jobs(options), work)


def main(arguments: list[str] | None = None) -> int:
    return long_run.report(run(parser().parse_args(arguments)))


def parser() -> argparse.ArgumentParser:
    made = long_run.parser("kill-matrix", __doc__)
    add = made.add_argument
    add("--sample", type=int, help="so many points of each form, drawn by the seed (default: see --plays)")
    add("--plays", type=int, default=1000, help="points for ansible-playbook; the other form gets all there are")
    add("--twice", type=int, default=10, help="points a scenario at which two runs in a row are killed")
    add("--form", action="append", choices=FORMS, help="tasks: in forked processes; play: ansible-playbook")
    return made


if __name__ == "__main__":
    sys.exit(main())

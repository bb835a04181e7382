# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix: faults at every request of a restore, which is run again until it ends, judged by the ledger.

``make fault-matrix`` runs this; ``--help`` says what can be chosen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from multiprocessing import util
from random import Random
from typing import Any, NamedTuple

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.resilience import long_run
from ansible_collections.indiecloud.compute.tests.resilience.faults.bench import Bench
from ansible_collections.indiecloud.compute.tests.resilience.faults.catalogue import (
    AT_A_REQUEST,
    LAGGING,
    OF_WORK,
    VALUES,
    Wrong,
    of_field,
    pointers,
)
from ansible_collections.indiecloud.compute.tests.resilience.invariants import CODES
from ansible_collections.indiecloud.compute.tests.resilience.long_run import Finding
from ansible_collections.indiecloud.compute.tests.resilience.scenarios import Scenario, scenarios

READ, RESTORE, POWER, POLL, WORK = "a read before", "the restore", "a power action", "a read after", "the work"


class Job(NamedTuple):
    """The faults of one scenario: a share of them, drawn by the seed, or all with 1."""

    scenario: Scenario
    share: float
    seed: int
    part: int = 0
    """Of PARTS, so that no process waits long for another."""


_benches: list[Bench] = []


def work(job: Job) -> list[Finding]:
    """In a process of its own, which keeps its simulator."""
    if not _benches:
        _benches.append(Bench())
        util.Finalize(_benches[0], _benches[0].close, exitpriority=10)
    routes, payloads, undisturbed = _benches[0].undisturbed(job.scenario)
    if undisturbed.wrong:
        return [undisturbed]
    if undisturbed.outcome in CODES:
        # It is refused without any fault as well.
        return []
    chance = Random(f"{job.seed} {job.scenario.name}")
    chosen = [one for one in strikes(job.scenario, routes, payloads) if chance.random() < job.share]
    return [_benches[0].strike(job.scenario, *one) for one in chosen[job.part :: PARTS]]


def strikes(scenario: Scenario, routes: list[str], payloads: list[Any]) -> Iterator[tuple[Wrong, int, str]]:
    """All faults of a scenario: what, at which request, and what kind of request that is."""
    for number in range(1, len(routes) + 1):
        place = kind_of(routes, number)
        for wrong in AT_A_REQUEST:
            # What takes real time, or much memory, is tried at the first request of each kind.
            first = kind_of(routes, number - 1) != place if number > 1 else True
            if first or not (wrong.slow or wrong.name.startswith("50 MB")):
                yield wrong, number, place
    for wrong in OF_WORK:
        yield wrong, 1, WORK
    if scenario.provider == "onetsolutions":
        yield LAGGING, 1, WORK
    seen: set[str] = set()
    for number, (route, payload) in enumerate(zip(routes, payloads, strict=False), 1):
        if route not in seen:
            seen.add(route)
            for way in pointers(payload):
                for value in VALUES:
                    yield of_field(way, value), number, kind_of(routes, number)


def kind_of(routes: list[str], number: int) -> str:
    """What a request is for, by where it stands in the run."""
    route = routes[number - 1]
    sent = next((i for i, item in enumerate(routes, 1) if is_restore(item)), len(routes) + 1)
    if is_restore(route):
        return RESTORE
    if not route.startswith("GET"):
        return POWER
    return READ if number < sent else POLL


def is_restore(route: str) -> bool:
    return route.startswith("POST") and route.rstrip("/").endswith("restore")


def jobs(options: argparse.Namespace) -> list[Job]:
    chance = Random(options.seed)
    chosen = list(scenarios(options.provider or sorted(SPECS), options.record or long_run.RECORDS))
    plain = [item for item in chosen if item.variant == "default"]
    others = [item for item in chosen if item.variant != "default"]
    if options.sample is not None:
        some = chance.sample(plain, min(len(plain), 3))
        shares = dict.fromkeys(some, options.sample / len(some) / PER_SCENARIO)
    else:
        shares = {**dict.fromkeys(plain, options.share), **dict.fromkeys(others, options.share * options.others)}
    return [Job(item, share, options.seed, part) for part in range(PARTS) for item, share in shares.items()]


PARTS = 8
PER_SCENARIO = 3000.0
"""About as many faults has a scenario."""


def run(options: argparse.Namespace) -> list[Finding]:
    return long_run.run(options, jobs(options), work)


def main(arguments: list[str] | None = None) -> int:
    return long_run.report(run(parser().parse_args(arguments)))


def parser() -> argparse.ArgumentParser:
    made = long_run.parser("fault-matrix", __doc__)
    made.add_argument("--sample", type=int, help="about so many faults, in three scenarios drawn by the seed")
    made.add_argument(
        "--share", type=float, default=0.4, help="of all faults in the default scenarios, drawn by the seed"
    )
    made.add_argument("--others", type=float, default=0.05, help="of that share in scenarios with a switch turned")
    return made


if __name__ == "__main__":
    sys.exit(main())

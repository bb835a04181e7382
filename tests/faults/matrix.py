# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix: every fault at every request of a restore, run again until it ends, judged by the ledger.

``make fault-matrix`` runs this; ``--help`` says what can be chosen.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context, util
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.faults.bench import Bench, Finding
from ansible_collections.indiecloud.compute.tests.faults.catalogue import (
    AT_A_REQUEST,
    LAGGING,
    OF_WORK,
    VALUES,
    Wrong,
    of_field,
    pointers,
)
from ansible_collections.indiecloud.compute.tests.faults.table import page, summary
from ansible_collections.indiecloud.compute.tests.kill.invariants import CODES
from ansible_collections.indiecloud.compute.tests.kill.scenarios import Scenario, scenarios

RECORDS = ("file", "provider")
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
    chosen = list(scenarios(options.provider or sorted(SPECS), options.record or RECORDS))
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
    found: list[Finding] = []
    todo = jobs(options)
    started = time.monotonic()
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for number, findings in enumerate(pool.map(work, todo), 1):
            found += findings
            if options.log:
                with options.log.open("a") as log:
                    log.writelines(json.dumps(asdict(item)) + "\n" for item in findings)
            for item in findings:
                for text in item.wrong:
                    print(f"VIOLATION {item.scenario}: {item.fault} at {item.place}, {item.detail}: {text}", flush=True)
            if options.verbose:
                seconds = time.monotonic() - started
                print(f"{number} of {len(todo)} scenarios, {len(found)} faults, {seconds:.0f} s", flush=True)
    return found


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if options.read:
        found = [Finding(**json.loads(line)) for name in options.read for line in name.open()]
    else:
        found = run(options)
    print(summary(found))
    if options.write:
        options.write.write_text(page(found, options.seed), encoding="utf-8")
        print(f"Written: {options.write}")
    return 1 if any(item.wrong for item in found) or not found else 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="make fault-matrix", description=__doc__.partition("\n")[0])
    add = made.add_argument
    add("--seed", type=int, default=1)
    add("--sample", type=int, help="about so many faults, in three scenarios drawn by the seed")
    add("--share", type=float, default=0.4, help="of all faults in the default scenarios, drawn by the seed")
    add("--others", type=float, default=0.05, help="of that share in scenarios with a switch turned")
    add("--provider", action="append", choices=sorted(SPECS))
    add("--record", action="append", choices=RECORDS)
    add("--jobs", type=int, default=2, help="processes")
    add("--log", type=Path, help="append each finding, a line of JSON each")
    add("--read", type=Path, action="append", help="make the table of such files instead of running")
    add("--write", type=Path, help="write the table to this page")
    add("--verbose", action="store_true")
    return made


if __name__ == "__main__":
    sys.exit(main())

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A matrix as a command: many jobs in several processes, each finding logged as it comes, and a summary at the end."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS

RECORDS = ("file", "provider")
Job = TypeVar("Job")


@dataclass
class Finding:
    """How the runs of one kill or fault ended; ``wrong`` lists the violated invariants."""

    provider: str
    scenario: str
    form: str
    outcome: str = ""
    why: str = ""
    runs: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.form}, {self.scenario}"


def outcome_of(result: dict[str, Any]) -> str:
    """The error code of a failed run, or its status; ``resumed`` where it went on with an earlier one."""
    if result.get("failed"):
        return str(result.get("error_code"))
    return "resumed" if result.get("resumed") and result["status"] == "restored" else str(result.get("status"))


def parser(command: str, about: str) -> argparse.ArgumentParser:
    """With the options that both matrices have."""
    made = argparse.ArgumentParser(prog=f"make {command}", description=about.partition("\n")[0])
    add = made.add_argument
    add("--seed", type=int, default=1)
    add("--provider", action="append", choices=sorted(SPECS))
    add("--record", action="append", choices=RECORDS)
    add("--jobs", type=int, default=2, help="processes")
    add("--log", type=Path, help="append each finding to this file, one line of JSON each")
    add("--verbose", action="store_true")
    return made


def run(options: argparse.Namespace, todo: Sequence[Job], work: Callable[[Job], list[Finding]]) -> list[Finding]:
    """All findings of ``work``."""
    found: list[Finding] = []
    started = time.monotonic()
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for number, findings in enumerate(pool.map(work, todo), 1):
            found += findings
            if options.log:
                with options.log.open("a") as log:
                    log.writelines(json.dumps(asdict(item)) + "\n" for item in findings)
            for item in findings:
                for text in item.wrong:
                    print(f"VIOLATION {item.place}: {text}", flush=True)
            if options.verbose:
                seconds = time.monotonic() - started
                print(f"{number} of {len(todo)} jobs, {len(found)} findings, {seconds:.0f} s", flush=True)
    return found


def report(found: list[Finding]) -> int:
    """Print the figures of a run; the exit code."""
    for form in sorted({item.form for item in found}):
        some = [item for item in found if item.form == form]
        outcomes = ", ".join(
            f"{name} {number}" for name, number in Counter(item.outcome for item in some).most_common()
        )
        places, runs = len({item.scenario for item in some}), sum(item.runs for item in some)
        print(f"{form}: {len(some)} in {places} scenarios, {runs} runs: {outcomes}")
    wrong = sum(bool(item.wrong) for item in found)
    print(f"{len(found)} tried, {wrong} with violations")
    return 1 if wrong or not found else 0

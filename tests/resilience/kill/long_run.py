# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A matrix as a command: many jobs in several processes, each finding logged as it comes, and a summary at the end."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS

RECORDS = ("file", "provider")
Job = TypeVar("Job")
Finding = TypeVar("Finding")


def parser(command: str, about: str) -> argparse.ArgumentParser:
    """With the options that every matrix has."""
    made = argparse.ArgumentParser(prog=f"make {command}", description=about.partition("\n")[0])
    add = made.add_argument
    add("--seed", type=int, default=1)
    add("--provider", action="append", choices=sorted(SPECS))
    add("--record", action="append", choices=RECORDS)
    add("--jobs", type=int, default=2, help="processes")
    add("--log", type=Path, help="append each finding, a line of JSON each")
    add("--read", type=Path, action="append", help="make the table of such files instead of running")
    add("--table", action="store_true", help="print the result of every place as Markdown tables as well")
    add("--verbose", action="store_true")
    return made


def run(
    options: argparse.Namespace,
    todo: Sequence[Job],
    work: Callable[[Job], list[Finding]],
    where: Callable[[Finding], str],
) -> list[Finding]:
    """What ``work`` finds in all the jobs; ``where`` says of a finding which place it is about."""
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
                    print(f"VIOLATION {where(item)}: {text}", flush=True)
            if options.verbose:
                seconds = time.monotonic() - started
                print(f"{number} of {len(todo)} jobs, {len(found)} findings, {seconds:.0f} s", flush=True)
    return found


def main(
    options: argparse.Namespace,
    run: Callable[[argparse.Namespace], list[Any]],
    finding: Callable[..., Any],
    table: ModuleType,
) -> int:
    """Run, or read what was run before; then print the summary, and the tables if wanted."""
    if options.read:
        found = [finding(**json.loads(line)) for name in options.read for line in name.open()]
    else:
        found = run(options)
    print(table.summary(found))
    if options.table:
        print(table.page(found, options))
    return 1 if any(item.wrong for item in found) or not found else 0

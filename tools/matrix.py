# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make matrix: sanity, units and integration with each ansible-core on each Python it supports and that is here."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paths import CHECKOUT
from sanity import interpreters

LOWEST = 10
# The minor versions of Python 3 that each ansible-core runs on. `newest` and `pre` are what pip then installs.
CORES = {
    "2.16": range(10, 13),
    "2.18": range(11, 14),
    "2.19": range(11, 14),
    "newest": range(12, 15),
    "pre": range(13, 16),
}
UNITS = ("unit", "ansible-units", "integration")


@dataclass
class Cell:
    """One run and what came of it."""

    core: str
    python: str
    part: str
    outcome: str = ""
    seconds: float = 0.0


def python(minor: int) -> str | None:
    """An interpreter of that version that can make virtual environments."""
    folders = [*map(str, interpreters()), *os.environ.get("PATH", os.defpath).split(os.pathsep)]
    for folder in folders:
        if "shims" in Path(folder).parts:
            continue
        found = shutil.which(f"python3.{minor}", path=folder)
        if found and subprocess.run([found, "-c", "import ensurepip, ssl, sqlite3"], check=False).returncode == 0:
            return found
    return None


def cells(wanted: list[str], fast: bool) -> Iterator[tuple[Cell, str | None]]:
    """What to run, with which interpreter; without one when it is not on this machine."""
    for core in wanted:
        minors = [minor for minor in CORES[core] if minor >= LOWEST]
        here = [minor for minor in minors if python(minor)]
        for minor in minors:
            if minor not in here:
                yield Cell(core, f"3.{minor}", "all", f"not run: there is no Python 3.{minor} here"), None
        # The newest Python is enough for sanity, which compiles and imports on all of them.
        if here:
            yield Cell(core, f"3.{here[-1]}", "sanity"), python(here[-1])
        for minor in here if not fast else sorted({here[0], here[-1]}) if here else []:
            yield from ((Cell(core, f"3.{minor}", part), python(minor)) for part in UNITS)


def run(cell: Cell, interpreter: str) -> None:
    script = "check.py" if cell.part == "sanity" else "test.py"
    core = "" if cell.core == "newest" else cell.core
    print(f"\n##### ansible-core {cell.core}, Python {cell.python}: {cell.part}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        [interpreter, str(CHECKOUT / "tools" / script), cell.part], env={**os.environ, "CORE": core}, check=False
    )
    cell.seconds = time.monotonic() - started
    cell.outcome = "passed" if done.returncode == 0 else "FAILED"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true", help="the lowest and the highest Python of each ansible-core")
    parser.add_argument("cores", nargs="*", metavar="CORE", help=f"{', '.join(CORES)} (default: all)")
    options = parser.parse_args()
    unknown = [core for core in options.cores if core not in CORES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(CORES)}")
    done = []
    for cell, interpreter in cells(options.cores or list(CORES), options.fast):
        if interpreter is not None:
            run(cell, interpreter)
        done.append(cell)
    print()
    for cell in done:
        print(f"{cell.core:<8} Python {cell.python:<6} {cell.part:<14} {cell.outcome:<44} {cell.seconds:7.1f} s")
    failed = sum(1 for cell in done if cell.outcome == "FAILED")
    lacking = sum(1 for cell in done if cell.outcome.startswith("not run"))
    print(
        f"\n{len(done) - failed - lacking} passed, {failed} failed, {lacking} not run for want of a Python", flush=True
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

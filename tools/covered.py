# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make coverage: which lines and branches of plugins/module_utils the pytest suites met, with a floor."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from children import environ, run
from collection import linked
from paths import BUILD, CHECKOUT, COLLECTION, HOME
from suites import WITHOUT_ANSIBLE
from venvs import venv

FLOOR_LINES = 95.0
FLOOR_BRANCHES = 90.0
DATA, RESULT = BUILD / "coverage", BUILD / "coverage.json"


def measure() -> dict[str, Any]:
    """Run the suites on the checkout and read what they met."""
    parent = linked()
    DATA.unlink(missing_ok=True)
    suites: dict[str, list[Sequence[str | Path]]] = {
        "plain": [WITHOUT_ANSIBLE],
        "core": [["tests/unit", *(f"--ignore={folder}" for folder in WITHOUT_ANSIBLE)], ["tests/contract"]],
    }
    for name, calls in suites.items():
        env = environ(venv(name), HOME, ANSIBLE_COLLECTIONS_PATH=parent, PYTHONPATH=parent)
        for arguments in calls:
            options = ["-q", "--cov=plugins", "--cov-append", "--cov-report="]
            run(["python", "-m", "pytest", *options, *arguments], cwd=parent / COLLECTION, env=env)
    env = environ(venv("core"), HOME)
    shown = ["--include=plugins/module_utils/*"]
    run(["python", "-m", "coverage", "report", *shown], cwd=CHECKOUT, env=env)
    run(["python", "-m", "coverage", "json", "-q", "-o", RESULT, *shown], cwd=CHECKOUT, env=env)
    found = json.loads(RESULT.read_text())
    assert isinstance(found, dict)
    return found


def percent(met: int, all_of_them: int) -> float:
    return 100.0 * met / all_of_them if all_of_them else 100.0


def lines_and_branches(summary: dict[str, int]) -> tuple[float, float]:
    lines = percent(summary["covered_lines"], summary["num_statements"])
    return lines, percent(summary["covered_branches"], summary["num_branches"])


def main() -> int:
    found = measure()
    print("\nFiles of plugins/module_utils below the floor:")
    for name, file in found["files"].items():
        lines, branches = lines_and_branches(file["summary"])
        if lines < FLOOR_LINES or branches < FLOOR_BRANCHES:
            print(f"  {name:<64} lines {lines:5.1f} %, branches {branches:5.1f} %")
    lines, branches = lines_and_branches(found["totals"])
    print(
        f"\nIn all: lines {lines:.1f} % (floor {FLOOR_LINES:g}), branches {branches:.1f} % (floor {FLOOR_BRANCHES:g})"
    )
    return 0 if lines >= FLOOR_LINES and branches >= FLOOR_BRANCHES else 1


if __name__ == "__main__":
    sys.exit(main())

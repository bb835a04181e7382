# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""make mutants: small changes of plugins/module_utils/_operations, each of which a test should see.

cosmic-ray makes the changes; tools/mutation tries them, each with the tests that run the changed line. A complete run
writes docs/mutants.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from children import environ, run
from collection import NOT_SOURCES
from mutation.page import write
from paths import BUILD, CHECKOUT, COLLECTION, HOME
from venvs import venv

FOLDER = BUILD / "mutants"
TREE = FOLDER / COLLECTION
OPERATIONS = TREE / "plugins/module_utils/_operations"
# What runs the operations in the process of the test: in another one the change would not be seen.
TESTS = (
    *("tests/unit/module_utils/_operations", "tests/contract", "tests/contract/hostile"),
    *("--ignore=tests/contract/test_parity.py", "--ignore=tests/contract/test_processes.py"),
    "--ignore=tests/contract/hostile/test_templates.py",
)
CONFIG = """\
[cosmic-ray]
module-path = "plugins/module_utils/_operations"
timeout = 60.0
excluded-modules = []
test-command = "false"

[cosmic-ray.distributor]
name = "local"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", default=os.environ.get("SHARE") or "0.1", help="of the changes of each file, to try")
    parser.add_argument("--seed", default=os.environ.get("SEED") or "1", help="chooses which")
    parser.add_argument("--files", default=os.environ.get("FILES") or "", help="only these: restore,send")
    parser.add_argument("--jobs", default=os.environ.get("JOBS") or str(os.cpu_count() or 2), help="at once")
    parser.add_argument("--page", action="store_true", help="only write the page of the last run again")
    options = parser.parse_args()
    if not options.page:
        tried(options)
    return write(FOLDER, complete=not options.files, share=float(options.share), seed=options.seed)


def tried(options: argparse.Namespace) -> None:
    """Make the mutants, see which tests meet which lines, and try."""
    prepare()
    pytest: list[str | Path] = [
        "python",
        "-W",
        "ignore",
        "-m",
        "pytest",
        "-q",
        "--rootdir",
        TREE,
        "-p",
        "mutation.limits",
    ]
    env = environ(venv("mutants"), HOME, PYTHONPATH=os.pathsep.join([str(CHECKOUT / "tools"), str(FOLDER)]))
    run(["cosmic-ray", "init", FOLDER / "config.toml", FOLDER / "session.sqlite"], cwd=TREE, env=env)
    met = {**env, "COVERAGE_FILE": str(FOLDER / "met")}
    coverage = [f"--cov={OPERATIONS.relative_to(TREE)}", "--cov-branch", "--cov-context=test", "--cov-report="]
    run([*pytest, *TESTS, *coverage, "--times", FOLDER / "times.json"], cwd=TREE, env=met)
    chosen = ["--share", options.share, "--seed", options.seed, "--only", options.files, "--workers", options.jobs]
    chosen += ["--mutants", FOLDER, "--sources", OPERATIONS]
    run([*pytest, "-s", "-p", "mutation.loop", *TESTS, *chosen], cwd=TREE, env=env)


def prepare() -> None:
    """A copy of the sources, since an edit must not change what is tried."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(CHECKOUT, TREE, ignore=shutil.ignore_patterns(*NOT_SOURCES), symlinks=True)
    (FOLDER / "config.toml").write_text(CONFIG)
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False).stdout.strip()
    (FOLDER / "commit.txt").write_text(commit)


if __name__ == "__main__":
    sys.exit(main())

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks run and print their tables. No test judges how fast anything is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]
TASK = re.compile(
    r"^\| (.+) \| -?[0-9.]+ ms \| -?[0-9.]+ \(-?[0-9.]+ to -?[0-9.]+\) \| [+-][0-9]+ ms \| -?[0-9.]+ \| ([0-9.]+) \| "
    r"([0-9]+|-) \|$",
    re.MULTILINE,
)
IMPORT = re.compile(r"^\| (.+) \| [0-9.]+ ms \| [0-9.]+ ms \| ([0-9]+) \|$", re.MULTILINE)


def test_benchmark_prints_its_tables() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks", "--tasks", "1", "--restores", "1", "--rounds", "1"],
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = TASK.findall(done.stdout)
    # Reading: ours twice, uri, the floor, the loop. A restore: ours twice, uri.
    assert len(rows) == 8
    requests = [float(number) for dummy, number, dummy2 in rows]
    # Counted by the server.
    assert requests[:5] == [1.0] * 5
    # Both forms of ours wait for the same states; the number of polls depends on the machine.
    assert min(requests[5:]) >= 6.0
    assert "times less CPU" in done.stdout
    imported = [name for name, dummy in IMPORT.findall(done.stdout)]
    assert len(imported) >= 5
    assert len(set(imported)) == len(imported)


def duel(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "benchmarks", "--duel", "--providers", "onetsolutions", "--sizes", "4", *words],
        capture_output=True, text=True, check=False, timeout=300, env={**os.environ, **environment},
    )  # fmt: skip


def test_duel_counts_on_the_ledger() -> None:
    words = ["--scenarios", "lost", "--contenders", "role", "list", "--restore-seconds", "1", "--power-seconds", "0.2"]
    done = duel(*words)
    assert done.returncode == 0, done.stderr
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if line[:1] == "|"]
    role, script = (dict(zip(table[0], cells, strict=True)) for cells in table[2:])
    assert (role["contender"], script["contender"]) == ("the role", "asyncio, polls lists")
    assert [role[name] for name in ("429", "doubled", "not restored", "left off", "exit code")] == ["0"] * 5
    # The VM whose answer was lost is restored, and never started.
    assert [script[name] for name in ("doubled", "not restored", "left off")] == ["0", "0", "1"]
    for one in (role, script):
        # At least three writes for each VM, but for the start of the VM that was left off.
        assert int(one["requests"]) >= 11
        assert float(one["for each VM"]) == round(int(one["requests"]) / 4, 1)
        assert int(one["lines"]) > 0
    assert min(float(one["to the fastest"]) for one in (role, script)) == 1.0
    # The work of the simulator: stop, restore, start.
    assert "Bound of one run: 1.4 s" in done.stdout


def test_duel_names_who_cannot_take_part(tmp_path: Path) -> None:
    done = duel("--contenders", "curl", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "Not installed: xargs, curl, jq" in done.stdout

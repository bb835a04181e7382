# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark runs and prints its tables. No test judges how fast anything is."""

from __future__ import annotations

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

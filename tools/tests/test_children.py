# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that run at once, and what is shown of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from children import run_together

WAIT_FOR_THE_OTHER = """
import pathlib, sys, time
mine, other, code = sys.argv[1:]
pathlib.Path(mine).touch()
while not pathlib.Path(other).exists():
    time.sleep(0.01)
print("I am", mine)
sys.exit(int(code))
"""


def both(folder: Path, code: int) -> None:
    """Two commands of which neither ends before the other has begun."""
    calls = [("a", "b", "0"), ("b", "a", str(code))]
    run_together([([sys.executable, "-c", WAIT_FOR_THE_OTHER, *words], folder, os.environ) for words in calls])


def test_commands_run_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    both(tmp_path, 0)
    printed = capfd.readouterr().out
    assert printed.index("I am a") < printed.index("I am b")


def test_one_that_fails_fails_all_and_hides_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="ended with 3"):
        both(tmp_path, 3)
    printed = capfd.readouterr().out
    assert "I am a" in printed
    assert "I am b" in printed

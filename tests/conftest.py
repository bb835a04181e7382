# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: no process outlives the tests that started it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests import processes

PATIENCE = 15.0
"""Seconds that processes get to end by themselves."""


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """Workers of a killed ansible-playbook have sessions of their own: as our children they are found at the end."""
    processes.adopt_orphans()
    yield
    # Ansible's async_wrapper ends by itself some seconds after its task.
    end = time.monotonic() + PATIENCE
    while (left := still_running()) and time.monotonic() < end:
        time.sleep(0.1)
    if left:
        processes.kill_descendants(os.getpid())
    assert left == {}, "tests must end the processes that they start"


def still_running() -> dict[int, str]:
    commands = {pid: command_of(pid) for pid in processes.descendants(os.getpid())}
    return {pid: command for pid, command in commands.items() if "multiprocessing.resource_tracker" not in command}


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
    except OSError:
        return ""

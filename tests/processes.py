# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Child processes that leave nobody behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 5.0
"""Seconds a child gets to end by itself."""


@contextmanager
def child(
    words: list[str | Path], cwd: Path, env: Mapping[str, str], errors: int | IO[str] = subprocess.STDOUT
) -> Iterator[subprocess.Popen[str]]:
    """A child with its output in a pipe, its errors too unless told; it and its descendants are gone afterwards."""
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        # A Ctrl-C of the terminal is for the demonstration, which then ends its children in order.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    # Taken down before the parent ends: then nobody could tell any more whose they were.
    family = descendants(process.pid) if process.poll() is None else []
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
    for pid in family:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def descendants(pid: int) -> list[int]:
    """All living processes below one, children before grandchildren."""
    known = parents()
    found = [pid]
    for one in found:
        found += [child for child, parent in known.items() if parent == one]
    return found[1:]


def adopt_orphans() -> None:
    """Make the descendants of this process its children when their own parents end (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_descendants(pid: int) -> list[int]:
    """SIGKILL to everything below a process until nothing is left; what was killed."""
    killed: list[int] = []
    while found := descendants(pid):
        for one in found:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        killed += found
        time.sleep(0.001)
    return sorted(set(killed))


def parents() -> dict[int, int]:
    """The parent of every living process."""
    if Path("/proc/self/stat").exists():
        known = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # The name in brackets may hold anything; the state and the parent come after it.
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    known[int(stat.parent.name)] = int(parent)
        return known
    listed = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    return {int(one): int(parent) for one, parent in (line.split() for line in listed.splitlines())}

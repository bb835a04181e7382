# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Child processes that leave nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 5.0
"""Seconds a child gets to end by itself."""


@contextmanager
def child(words: list[str | Path], cwd: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A child with its output in a pipe; it and its descendants are gone afterwards."""
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
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
    found = [one for one, parent in parents().items() if parent == pid]
    return found + [deeper for one in found for deeper in descendants(one)]


def parents() -> dict[int, int]:
    """The parent of every process."""
    if Path("/proc/self/stat").exists():
        known = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # The name in brackets may hold anything; the parent is the second word behind it.
                known[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        return known
    listed = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    return {int(one): int(parent) for one, parent in (line.split() for line in listed.splitlines())}

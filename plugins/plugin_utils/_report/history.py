# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history beside the reports of a folder: a file of JSON lines that only grows."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LONGEST_WAIT = 10.0
"""Seconds to wait for another run that writes to the file."""
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def append_lines(place: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    """Append each entry as a line of JSON, and return when they are on disk. What is there is never rewritten.

    Raises OSError, also if another process keeps the file locked. A line that a full disk or a power cut left
    incomplete stays alone on its line.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    is_new = not place.exists()
    with _opened(place) as file:
        _lock(file)
        size = os.fstat(file).st_size
        # The lock is given back when the file is closed.
        begun = b"" if not size or os.pread(file, 1, size - 1) == b"\n" else b"\n"
        text = begun + b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)
        while text:
            text = text[os.write(file, text) :]
        os.fsync(file)
    if is_new:
        with _opened(place.parent, os.O_RDONLY) as folder:
            os.fsync(folder)


@contextmanager
def _opened(place: Path, flags: int = _FLAGS) -> Iterator[int]:
    file = os.open(place, flags, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _lock(file: int) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except (BlockingIOError, PermissionError):
            if time.monotonic() > end:
                raise
        time.sleep(0.05)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from pathlib import Path


class RecordFile:
    """The file of records as one process uses it: one connection and one set of locks, also for many threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mutex = threading.RLock()
        self.connection: sqlite3.Connection | None = None
        self._locks: int | None = None
        self._held: set[int] = set()

    def try_lock(self, byte: int) -> bool:
        """Lock one byte of the file of locks, unless a thread or another process holds it; raises OSError.

        The kernel gives it back when the process dies. Its locks belong to a process, and closing any handle of the
        file would give back all of them, so threads share one handle.
        """
        with self.mutex:
            if byte in self._held:
                return False
            if self._locks is None:
                self._locks = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except (BlockingIOError, PermissionError):
                self._close_if_unused()
                return False
            self._held.add(byte)
            return True

    def unlock(self, byte: int) -> None:
        with self.mutex:
            self._held.discard(byte)
            if self._locks is not None and self._held:
                fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, byte)
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._locks is not None and not self._held:
            os.close(self._locks)
            self._locks = None

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from .._api.clock import Deadline, Runtime
from .record import Record, RecordStore, RecordUnavailable, TargetBusy, from_text

COLUMNS = Record._fields
FLAGS = ("default_id", "stopped_by_us")
NEEDED = ("provider", "target", "restore_id", "snapshot_id", "phase", "claimed_at", "updated_at")
KEY = ("provider", "target", "restore_id")
BUSY_SECONDS = 30.0
LOOK_AGAIN = 0.5


class FileRecord(RecordStore):
    """Records in one SQLite file (WAL, ``synchronous=FULL``), safe for parallel forks and a power cut.

    A lock on one byte of a second file, ``<path>.lock``, keeps two runs from driving one target; the kernel gives it
    back when a run dies. ``read_only`` never creates or writes anything (check mode).
    """

    def __init__(self, path: Path, runtime: Runtime, *, read_only: bool = False) -> None:
        self.path = path
        self._runtime = runtime
        self._read_only = read_only
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def holding(self, provider: str, target: str, deadline: Deadline) -> Iterator[bool]:
        if self._read_only:
            yield False
            return
        self._make_folder()
        try:
            handle = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            raise self._unavailable(exc) from exc
        try:
            yield self._lock(handle, provider, target, deadline)
        finally:
            os.close(handle)

    def _lock(self, handle: int, provider: str, target: str, deadline: Deadline) -> bool:
        digest = hashlib.sha256(f"{provider}\0{target}".encode("utf-8", "surrogatepass")).digest()
        byte = int.from_bytes(digest[:7], "big")
        waited = False
        while True:
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
                return waited
            except OSError as exc:
                if not isinstance(exc, (BlockingIOError, PermissionError)):
                    raise self._unavailable(exc) from exc
            if deadline.passed():
                raise TargetBusy(
                    f"another run on this machine is restoring {target}",
                    next_steps=("Wait for it to end and run again; with the same restore_id nothing is done twice.",),
                )
            waited = True
            deadline.pause(LOOK_AGAIN)

    def find(self, provider: str, target: str, restore_id: str) -> Record | None:
        rows = self._select("provider = ? AND target = ? AND restore_id = ?", (provider, target, restore_id))
        return next(iter(rows), None)

    def all_of(self, provider: str, target: str) -> list[Record]:
        return self._select("provider = ? AND target = ?", (provider, target))

    def save(self, record: Record) -> Record:
        marks = ", ".join("?" for dummy in COLUMNS)
        try:
            with self._open() as connection:
                connection.execute(
                    f"INSERT OR REPLACE INTO restores ({', '.join(COLUMNS)}) VALUES ({marks})",
                    record,
                )
        except (sqlite3.Error, OSError, UnicodeError) as exc:
            raise self._unavailable(exc) from exc
        return record

    def _select(self, where: str, values: tuple[str, ...]) -> list[Record]:
        query = f"SELECT {', '.join(COLUMNS)} FROM restores WHERE {where} ORDER BY updated_at DESC, rowid DESC"
        try:
            rows = self._read(query, values) if self._read_only else self._open().execute(query, values)
            return [_record(row) for row in rows]
        except (sqlite3.Error, OSError, UnicodeError) as exc:
            raise self._unavailable(exc) from exc

    def _read(self, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """Query the file without leaving a trace: reading a WAL database otherwise creates two files beside it."""
        if not self.path.exists() or not self.path.stat().st_size:
            return []
        # A write-ahead log holds the newest records, and its files exist already.
        logged = Path(f"{self.path}-wal").exists()
        try:
            return self._read_as("mode=ro" if logged else "mode=ro&immutable=1", query, values)
        except sqlite3.DatabaseError as exc:
            if "no such table" in str(exc):
                return []
            if logged:
                raise
        # Another run may have just started to write.
        return self._read_as("mode=ro", query, values)

    def _read_as(self, mode: str, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        address = f"{self.path.absolute().as_uri()}?{mode}"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
            return connection.execute(query, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        self._make_folder()
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS)
        try:
            self._set_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(_SCHEMA)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _set_wal(self, connection: sqlite3.Connection) -> None:
        # If several processes create the file at once, SQLite reports "locked" to some without waiting.
        patience = Deadline(BUSY_SECONDS, self._runtime)
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as exc:
                if "locked" not in str(exc) or patience.passed():
                    raise
            patience.pause(0.05)

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise self._unavailable(exc) from exc

    def _unavailable(self, exc: Exception) -> RecordUnavailable:
        return RecordUnavailable(
            f"the record of restores at {self.path} cannot be used: {exc}",
            next_steps=(
                "Set record_path to a file on a local disk that this user can write, or move a damaged file away after "
                "checking by hand which restores it holds.",
            ),
        )


_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS restores (
    {", ".join(f"{name} {'INTEGER' if name in FLAGS else 'TEXT'}" for name in COLUMNS)},
    PRIMARY KEY ({", ".join(KEY)})
)
"""


def _record(row: tuple[Any, ...]) -> Record:
    values = dict(zip(COLUMNS, row))
    for name, value in values.items():
        if name not in FLAGS and not isinstance(value, str) and (value is not None or name in NEEDED):
            # Another program wrote the row, or the disk failed.
            raise sqlite3.DataError(f"{name} of a restore is not text")
    try:
        return from_text({**values, **{name: bool(values[name]) for name in FLAGS}})
    except ValueError as exc:
        raise sqlite3.DataError(str(exc)) from exc

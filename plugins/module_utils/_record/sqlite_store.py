# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from .._api.clock import Deadline, Runtime
from .._api.models import Instance, Snapshot, SnapshotList, exact
from .._task.refusal import Refusal
from .record import MadeSnapshot, Record, RecordStore, RecordUnavailable, TargetBusy, from_text
from .record_file import RecordFile

FORMAT = 2
"""``PRAGMA user_version`` of a record file. Version 1 has no table of snapshots, and is upgraded by the first write."""
KEY = ("provider", "account", "target", "restore_id")
FLAGS = ("default_id", "stopped_by_us", "name_was_free")
OPTIONAL = ("snapshot_name", "snapshot_created_at")
"""Fields of a record that have no default and may be unknown."""
REQUIRED = (*KEY, "snapshot_id", "phase", "claimed_at", "updated_at")
BUSY_SECONDS = 30.0
LOOK_AGAIN = 0.5
SNAPSHOT_KEY = ("provider", "account", "target", "snapshot_id", "created_at")


def _schema(table: str, key: tuple[str, ...], *others: str) -> str:
    columns = ", ".join(f"{name} TEXT" for name in (*key, *others))
    return f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({', '.join(key)}))"


_SCHEMAS = {
    1: _schema("restores", KEY, "updated_at", "record"),
    2: _schema("snapshots", SNAPSHOT_KEY),
}
"""What each format version adds."""


class UnknownFormat(Exception):
    """The file holds records in another format; the message says which."""


class FileRecord(RecordStore):
    """Records in one SQLite file (WAL, ``synchronous=FULL``), safe for parallel forks and a power cut.

    Only the records of one account of a provider are read. A record is a JSON object beside its key columns.

    A lock on one byte of a second file, ``<path>.lock``, keeps two runs from driving one target. ``read_only`` never
    creates or writes anything (check mode). Threads that use one file must share a ``RecordFile``.
    """

    def __init__(
        self, path: Path, runtime: Runtime, account: str, *, read_only: bool = False, file: RecordFile | None = None
    ) -> None:
        self.path = path
        self._account = account
        self._runtime = runtime
        self._read_only = read_only
        self._file = file or RecordFile(path)

    @contextmanager
    def holding(self, provider: str, target: str, deadline: Deadline) -> Iterator[bool]:
        if self._read_only:
            yield False
            return
        self._make_folder()
        digest = hashlib.sha256(f"{provider}\0{self._account}\0{target}".encode("utf-8", "surrogatepass")).digest()
        byte = int.from_bytes(digest[:7], "big")
        waited = self._lock(byte, target, deadline)
        try:
            yield waited
        finally:
            self._file.unlock(byte)

    def _lock(self, byte: int, target: str, deadline: Deadline) -> bool:
        waited = False
        while True:
            try:
                if self._file.try_lock(byte):
                    return waited
            except OSError as exc:
                raise self._unavailable(exc) from exc
            if deadline.passed():
                raise TargetBusy(
                    f"another run on this machine is restoring {target}",
                    next_steps=("Wait for it to end and run again; with the same restore_id nothing is done twice.",),
                )
            waited = True
            deadline.pause(LOOK_AGAIN)

    def find(self, provider: str, target: str, restore_id: str) -> Record | None:
        rows = self._select("target = ? AND restore_id = ?", (provider, self._account, target, restore_id))
        return next(iter(rows), None)

    def all_of(self, provider: str, target: str) -> list[Record]:
        return self._select("target = ?", (provider, self._account, target))

    def of_account(self, provider: str) -> list[Record]:
        """The records of all targets of the account, the most recently updated first."""
        return self._select("1", (provider, self._account))

    def unfinished(self, provider: str, restore_id: str) -> list[Record]:
        found = self._select("restore_id = ?", (provider, self._account, restore_id))
        return [item for item in found if item.unfinished and item.sent_at is not None]

    def save(self, record: Record) -> Record:
        values = record._asdict()
        keys = tuple(str(values[name]) for name in KEY)
        text = json.dumps({name: value for name, value in values.items() if value is not None and name not in KEY})
        self._write("INSERT OR REPLACE INTO restores VALUES (?, ?, ?, ?, ?, ?)", (*keys, record.updated_at, text))
        return record

    def add_snapshot(self, provider: str, target: str, snapshot: Snapshot) -> None:
        row = (provider, self._account, target, snapshot.id, exact(snapshot.created_at) or "")
        self._write("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)", row)

    def made_snapshots(self, provider: str, target: str) -> frozenset[MadeSnapshot]:
        query = "SELECT snapshot_id, created_at FROM snapshots WHERE provider = ? AND account = ? AND target = ?"
        rows = self._rows(query, (provider, self._account, target))
        return frozenset(MadeSnapshot(snapshot_id, created or None) for snapshot_id, created in rows)

    def _write(self, statement: str, values: tuple[str, ...]) -> None:
        try:
            with self._file.mutex, self._open() as connection:
                connection.execute(statement, values)
        except _ERRORS as exc:
            raise self._unavailable(exc) from exc

    def refusals(
        self, target: str, instance: Instance | None, listed: SnapshotList | None, *, fresh: bool
    ) -> list[Refusal]:
        """In check mode: what a real run would fail with because it cannot write the file."""
        if not self._read_only:
            return []
        try:
            self._require_writable()
        except OSError as exc:
            error = self._unavailable(exc)
            return [Refusal(error.error_code, error.message, error.next_steps[0])]
        return []

    def _require_writable(self) -> None:
        folder = next(item for item in self.path.parents if item.exists())
        needed = [folder, *([self.path] if self.path.exists() else [])]
        for place in needed:
            if not os.access(place, os.W_OK) or not folder.is_dir():
                raise PermissionError(f"{place} cannot be written")

    def _select(self, where: str, values: tuple[str, ...]) -> list[Record]:
        query = (
            f"SELECT {', '.join(KEY)}, record FROM restores WHERE provider = ? AND account = ? AND {where} "
            "ORDER BY updated_at DESC, rowid DESC"
        )
        try:
            return [_record(row) for row in self._rows(query, values)]
        except sqlite3.DataError as exc:
            raise self._unavailable(exc) from exc

    def _rows(self, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        try:
            if self._read_only:
                return self._read(query, values)
            with self._file.mutex:
                return self._open().execute(query, values).fetchall()
        except _ERRORS as exc:
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
            _require_format(connection)
            return connection.execute(query, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        if self._file.connection is not None:
            return self._file.connection
        self._make_folder()
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, check_same_thread=False)
        try:
            self._set_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                version = _require_format(connection)
                if version < FORMAT:
                    for added in range(version + 1, FORMAT + 1):
                        connection.execute(_SCHEMAS[added])
                    connection.execute(f"PRAGMA user_version = {FORMAT}")
        except BaseException:
            connection.close()
            raise
        self._file.connection = connection
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
        advice = (
            "Set record_path to a file on a local disk that this user can write. Move a damaged file away only after "
            "checking by hand which restores it holds."
        )
        if isinstance(exc, UnknownFormat):
            advice = (
                "Upgrade the collection if a newer version wrote the file. Otherwise check the restores that it holds "
                "with the version that wrote it, and set record_path to a new file."
            )
        return RecordUnavailable(f"the record of restores at {self.path} cannot be used: {exc}", next_steps=(advice,))


_ERRORS = (sqlite3.Error, OSError, UnicodeError, UnknownFormat)


def _require_format(connection: sqlite3.Connection) -> int:
    """The format version, 0 of an empty file; raises UnknownFormat if this version of the code does not know it."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    if version in _SCHEMAS or (version == 0 and not tables):
        return version
    text = "no format version" if version == 0 else f"format version {version}"
    raise UnknownFormat(f"it has {text}, and this version of the collection reads versions 1 to {FORMAT}")


def _record(row: tuple[Any, ...]) -> Record:
    *keys, text = row
    try:
        stored = json.loads(text)
        values = {name: value for name, value in stored.items() if name in Record._fields}
        values.update(zip(KEY, keys))
        for name, value in values.items():
            if name not in FLAGS and not isinstance(value, str) and (value is not None or name in REQUIRED):
                raise ValueError(f"{name} is not text")
        missing = [name for name in REQUIRED if name not in values]
        if missing:
            raise ValueError(f"{', '.join(missing)} is missing")
        return from_text({**dict.fromkeys(OPTIONAL), **values, **{name: bool(values.get(name)) for name in FLAGS}})
    except (ValueError, TypeError, AttributeError) as exc:
        # Another program wrote the row, or the disk failed.
        raise sqlite3.DataError(f"a restore in it cannot be read: {exc}") from exc

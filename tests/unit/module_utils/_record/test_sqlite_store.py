# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of restores on a disk: durable, and untouched by check mode."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline, Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.tests.unit.module_utils._record.records import (
    record,
    run_processes,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START, FakeTime


def files(path: Path) -> list[str]:
    return sorted(item.name for item in path.parent.iterdir()) if path.parent.exists() else []


class TestWhatIsKept:
    def test_a_record_comes_back_as_it_was(self, store: FileRecord, path: Path, time: FakeTime) -> None:
        saved = record(
            phase=Phase.SENT, stopped_by_us=True, default_id=False, operation_id="job_1", snapshot_name="ü\U0001f600"
        )
        store.save(saved)
        for reader in (store, FileRecord(path, time.runtime), FileRecord(path, time.runtime, read_only=True)):
            assert reader.find("hostup", "vps_1", "r-1") == saved
            assert reader.find("hostup", "vps_1", "r-2") is None
            assert reader.find("barrack", "vps_1", "r-1") is None

    def test_a_later_phase_takes_the_place_of_the_former(self, store: FileRecord) -> None:
        store.save(record())
        store.save(record().at(Phase.DONE, START, outcome="restored"))
        (found,) = store.all_of("hostup", "vps_1")
        assert (found.phase, found.outcome, found.unfinished) == (Phase.DONE, "restored", False)

    def test_the_record_touched_last_comes_first(self, store: FileRecord) -> None:
        for name in ("a", "b", "c"):
            store.save(record(restore_id=name))
        store.save(record(restore_id="a").at(Phase.ACCEPTED, START))
        store.save(record(restore_id="b").at(Phase.ACCEPTED, START + timedelta(seconds=5)))
        store.save(record(restore_id="x", target="vps_2"))
        assert [item.restore_id for item in store.all_of("hostup", "vps_1")] == ["b", "a", "c"]


class TestDurability:
    def test_every_save_reaches_the_disk(self, store: FileRecord) -> None:
        store.save(record())
        live = store._connection
        assert live is not None
        assert live.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert live.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert not live.in_transaction

    def test_a_process_killed_after_save_has_saved(self, path: Path) -> None:
        def work() -> None:
            FileRecord(path, Runtime()).save(record(phase=Phase.SENT))
            os.kill(os.getpid(), signal.SIGKILL)

        assert run_processes(work) == [-signal.SIGKILL]
        found = FileRecord(path, Runtime()).find("hostup", "vps_1", "r-1")
        assert found
        assert found.phase == Phase.SENT

    def test_check_mode_sees_what_a_killed_process_saved(self, path: Path) -> None:
        def work() -> None:
            FileRecord(path, Runtime()).save(record(phase=Phase.SENT))
            os.kill(os.getpid(), signal.SIGKILL)

        run_processes(work)
        assert FileRecord(path, Runtime(), read_only=True).find("hostup", "vps_1", "r-1") == record(phase=Phase.SENT)

    def test_only_its_owner_can_read_it(self, store: FileRecord, path: Path) -> None:
        before = os.umask(0)
        try:
            with store.holding("hostup", "vps_1", Deadline(1.0, Runtime())):
                store.save(record())
        finally:
            os.umask(before)
        assert files(path) == [f"{path.name}{end}" for end in ("", "-shm", "-wal", ".lock")]
        assert {stat.S_IMODE(item.stat().st_mode) for item in path.parent.iterdir()} == {0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


class TestCheckMode:
    def test_nothing_is_made(self, path: Path, time: FakeTime) -> None:
        store = FileRecord(path, time.runtime, read_only=True)
        with store.holding("hostup", "vps_1", Deadline(2.0, time.runtime)):
            assert store.find("hostup", "vps_1", "r-1") is None
            assert store.all_of("hostup", "vps_1") == []
        assert not path.parent.exists()

    def test_an_existing_record_is_read_without_a_trace(self, store: FileRecord, path: Path, time: FakeTime) -> None:
        store.save(record())
        assert store._connection is not None
        store._connection.close()
        before = {item.name: (item.stat().st_mtime_ns, item.read_bytes()) for item in path.parent.iterdir()}
        assert sorted(before) == [path.name]
        reader = FileRecord(path, time.runtime, read_only=True)
        with reader.holding("hostup", "vps_1", Deadline(2.0, time.runtime)):
            assert reader.find("hostup", "vps_1", "r-1") == record()
        assert {item.name: (item.stat().st_mtime_ns, item.read_bytes()) for item in path.parent.iterdir()} == before

    def test_what_a_living_run_saved_is_seen_at_once(self, store: FileRecord, path: Path, time: FakeTime) -> None:
        reader = FileRecord(path, time.runtime, read_only=True)
        for phase in (Phase.CLAIMED, Phase.SENT, Phase.DONE):
            store.save(record(phase=phase))
            found = reader.find("hostup", "vps_1", "r-1")
            assert found
            assert found.phase == phase

    @pytest.mark.parametrize("content", [b"", None])
    def test_a_file_without_a_table_holds_nothing(self, path: Path, time: FakeTime, content: bytes | None) -> None:
        path.parent.mkdir(parents=True)
        if content is None:
            with sqlite3.connect(path) as connection:
                connection.execute("CREATE TABLE other (a)")
            connection.close()
        else:
            path.write_bytes(content)
        assert FileRecord(path, time.runtime, read_only=True).all_of("hostup", "vps_1") == []


class Locked:
    """A connection that is answered "locked" so many times."""

    def __init__(self, times: int, said: str = "database is locked") -> None:
        self.times, self.said = times, said

    def execute(self, statement: str) -> None:
        assert statement == "PRAGMA journal_mode = WAL"
        self.times -= 1
        if self.times >= 0:
            raise sqlite3.OperationalError(self.said)


@pytest.mark.parametrize(("times", "pauses"), [(0, 0), (1, 1), (3, 3)])
def test_lock_of_a_new_file_is_waited_for(path: Path, times: int, pauses: int) -> None:
    time = FakeTime()
    FileRecord(path, time.runtime)._set_wal(cast("sqlite3.Connection", Locked(times)))
    assert time.pauses == [0.05] * pauses


def test_lock_of_a_new_file_is_waited_for_half_a_minute(path: Path) -> None:
    time = FakeTime()
    with pytest.raises(sqlite3.OperationalError):
        FileRecord(path, time.runtime)._set_wal(cast("sqlite3.Connection", Locked(10_000)))
    assert time.seconds == pytest.approx(30.0)


def test_other_errors_of_a_new_file_are_told_at_once(path: Path) -> None:
    time = FakeTime()
    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        FileRecord(path, time.runtime)._set_wal(cast("sqlite3.Connection", Locked(9, "disk is full")))
    assert time.pauses == []

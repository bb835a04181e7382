# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of restores on a disk: durable, and untouched by check mode."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline, Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Snapshot, exact
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import (
    MadeSnapshot,
    Phase,
    RecordUnavailable,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.tests.unit.module_utils._record.records import (
    ACCOUNT,
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
        again = FileRecord(path, time.runtime, ACCOUNT)
        for reader in (store, again, FileRecord(path, time.runtime, ACCOUNT, read_only=True)):
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
        live = store._file.connection
        assert live is not None
        assert live.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert live.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert not live.in_transaction

    def test_a_process_killed_after_save_has_saved(self, path: Path) -> None:
        def work() -> None:
            FileRecord(path, Runtime(), ACCOUNT).save(record(phase=Phase.SENT))
            os.kill(os.getpid(), signal.SIGKILL)

        assert run_processes(work) == [-signal.SIGKILL]
        found = FileRecord(path, Runtime(), ACCOUNT).find("hostup", "vps_1", "r-1")
        assert found
        assert found.phase == Phase.SENT

    def test_check_mode_sees_what_a_killed_process_saved(self, path: Path) -> None:
        def work() -> None:
            FileRecord(path, Runtime(), ACCOUNT).save(record(phase=Phase.SENT))
            os.kill(os.getpid(), signal.SIGKILL)

        run_processes(work)
        reader = FileRecord(path, Runtime(), ACCOUNT, read_only=True)
        assert reader.find("hostup", "vps_1", "r-1") == record(phase=Phase.SENT)

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
        store = FileRecord(path, time.runtime, ACCOUNT, read_only=True)
        with store.holding("hostup", "vps_1", Deadline(2.0, time.runtime)):
            assert store.find("hostup", "vps_1", "r-1") is None
            assert store.all_of("hostup", "vps_1") == []
        assert not path.parent.exists()

    def test_an_existing_record_is_read_without_a_trace(self, store: FileRecord, path: Path, time: FakeTime) -> None:
        store.save(record())
        assert store._file.connection is not None
        store._file.connection.close()
        before = {item.name: (item.stat().st_mtime_ns, item.read_bytes()) for item in path.parent.iterdir()}
        assert sorted(before) == [path.name]
        reader = FileRecord(path, time.runtime, ACCOUNT, read_only=True)
        with reader.holding("hostup", "vps_1", Deadline(2.0, time.runtime)):
            assert reader.find("hostup", "vps_1", "r-1") == record()
        assert {item.name: (item.stat().st_mtime_ns, item.read_bytes()) for item in path.parent.iterdir()} == before

    def test_what_a_living_run_saved_is_seen_at_once(self, store: FileRecord, path: Path, time: FakeTime) -> None:
        reader = FileRecord(path, time.runtime, ACCOUNT, read_only=True)
        for phase in (Phase.CLAIMED, Phase.SENT, Phase.DONE):
            store.save(record(phase=phase))
            found = reader.find("hostup", "vps_1", "r-1")
            assert found
            assert found.phase == phase

    def test_an_empty_file_holds_nothing(self, path: Path, time: FakeTime) -> None:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
        assert FileRecord(path, time.runtime, ACCOUNT, read_only=True).all_of("hostup", "vps_1") == []

    def test_a_file_that_a_real_run_cannot_write_is_refused(self, tmp_path: Path) -> None:
        """In a process that is not root, who may write anywhere."""
        for parent in (tmp_path, *tmp_path.parents[:2]):
            parent.chmod(0o755)
        (tmp_path / "folder").mkdir(mode=0o555)

        def work() -> None:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            store = FileRecord(tmp_path / "folder/new/restores.sqlite3", Runtime(), ACCOUNT, read_only=True)
            (refusal,) = store.refusals("vps_1", None, None, fresh=True)
            assert refusal.code == "record_unavailable"

        assert run_processes(work) == [0]


class TestFormat:
    """The file has a format version, and a file in another format is never taken for an empty one."""

    @pytest.mark.parametrize("read_only", [False, True])
    @pytest.mark.parametrize(("version", "word"), [(0, "no format version"), (99, "version 99")])
    def test_another_format_is_refused(
        self, path: Path, time: FakeTime, version: int, word: str, read_only: bool
    ) -> None:
        path.parent.mkdir(parents=True)
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE restores (provider, target, restore_id, phase)")
            connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        before = path.read_bytes()
        store = FileRecord(path, time.runtime, ACCOUNT, read_only=read_only)
        with pytest.raises(RecordUnavailable, match=word):
            store.all_of("hostup", "vps_1")
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (version,)
        connection.close()
        assert read_only is False or path.read_bytes() == before

    def test_version_without_snapshots_is_read_and_upgraded_by_a_write(
        self, path: Path, store: FileRecord, time: FakeTime
    ) -> None:
        store.save(record())
        assert store._file.connection is not None
        store._file.connection.close()
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE snapshots")
            connection.execute("PRAGMA user_version = 1")
        connection.close()
        before = path.read_bytes()
        reader = FileRecord(path, time.runtime, ACCOUNT, read_only=True)
        assert reader.all_of("hostup", "vps_1") == [record()]
        assert reader.made_snapshots("hostup", "vps_1") == frozenset()
        assert path.read_bytes() == before
        writer = FileRecord(path, time.runtime, ACCOUNT)
        writer.add_snapshot("hostup", "vps_1", Snapshot("a", "a", created_at=START))
        assert writer.all_of("hostup", "vps_1") == [record()]
        assert reader.made_snapshots("hostup", "vps_1") == {MadeSnapshot("a", exact(START))}

    def test_snapshots_are_those_of_one_target_and_account(self, path: Path, store: FileRecord, time: FakeTime) -> None:
        other = FileRecord(path, time.runtime, "https://api.example organization_id=2")
        for number in range(2):
            store.add_snapshot("hostup", "vps_1", Snapshot("a", "a", created_at=START + timedelta(seconds=number)))
        store.add_snapshot("hostup", "vps_2", Snapshot("b", "b"))
        other.add_snapshot("hostup", "vps_1", Snapshot("c", "c"))
        assert {item.snapshot_id for item in store.made_snapshots("hostup", "vps_1")} == {"a"}
        assert len(store.made_snapshots("hostup", "vps_1")) == 2
        assert store.made_snapshots("hostup", "vps_2") == {MadeSnapshot("b", None)}

    def test_accounts_are_kept_apart(self, path: Path, store: FileRecord, time: FakeTime) -> None:
        store.save(record())
        other = FileRecord(path, time.runtime, "https://api.example organization_id=2")
        assert other.all_of("hostup", "vps_1") == []
        other.save(record(account="https://api.example organization_id=2", phase=Phase.DONE))
        assert [item.phase for item in store.all_of("hostup", "vps_1")] == [Phase.CLAIMED]


class TestTrouble:
    @pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
    @pytest.mark.parametrize("read_only", [False, True])
    def test_a_damaged_file(self, path: Path, time: FakeTime, content: bytes, read_only: bool) -> None:
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        store = FileRecord(path, time.runtime, ACCOUNT, read_only=read_only)
        check(lambda: store.find("hostup", "vps_1", "r-1"), path)
        check(lambda: store.all_of("hostup", "vps_1"), path)
        if not read_only:
            check(lambda: store.save(record()), path)
        assert path.read_bytes() == content

    def test_a_folder_in_its_place(self, path: Path, store: FileRecord, time: FakeTime) -> None:
        path.mkdir(parents=True)
        check(lambda: store.save(record()), path)
        check(lambda: FileRecord(path, time.runtime, ACCOUNT, read_only=True).all_of("hostup", "vps_1"), path)

    def test_a_file_where_its_folder_should_be(self, tmp_path: Path, time: FakeTime) -> None:
        (tmp_path / "file").write_text("")
        store = FileRecord(tmp_path / "file" / "restores.sqlite3", time.runtime, ACCOUNT)
        check(lambda: store.save(record()), store.path)
        check(lambda: store.find("hostup", "vps_1", "r-1"), store.path)
        check(lambda: store.holding("hostup", "vps_1", Deadline(1.0, time.runtime)).__enter__(), store.path)

    def test_a_folder_that_this_user_cannot_write(self, tmp_path: Path) -> None:
        """In a process that is not root, who may write anywhere."""
        folder = tmp_path / "folder"
        folder.mkdir()
        for parent in (tmp_path, *tmp_path.parents[:2]):
            parent.chmod(0o755)
        folder.chmod(0o555)

        def work() -> None:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            store = FileRecord(folder / "restores.sqlite3", Runtime(), ACCOUNT)
            check(lambda: store.save(record()), store.path)
            check(lambda: store.holding("hostup", "vps_1", Deadline(1.0, Runtime())).__enter__(), store.path)

        assert run_processes(work) == [0]
        assert list(folder.iterdir()) == []

    def test_another_table_of_that_name(self, path: Path, store: FileRecord) -> None:
        path.parent.mkdir(parents=True)
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE restores (a)")
        connection.close()
        check(lambda: store.all_of("hostup", "vps_1"), path)
        check(lambda: store.save(record()), path)

    def test_half_of_a_character(self, path: Path, store: FileRecord) -> None:
        store.save(record(snapshot_name="a\ud800"))
        assert store.all_of("hostup", "vps_1") == [record(snapshot_name="a\ud800")]
        check(lambda: store.find("hostup", "a\ud800", "r-1"), path)


@pytest.mark.parametrize(
    "text", ["", "7", "[]", '{"phase": "over"}', '{"phase": "sent"}', '{"phase": 1}', None, b"\xff"]
)
def test_row_of_another_program_is_no_record(path: Path, store: FileRecord, text: Any) -> None:
    store.save(record())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE restores SET record = ?", [text])
    connection.close()
    check(lambda: store.all_of("hostup", "vps_1"), path)


def check(call: Callable[[], Any], path: Path) -> None:
    with pytest.raises(RecordUnavailable) as caught:
        call()
    assert caught.value.error_code == "record_unavailable"
    assert str(path) in caught.value.message
    assert "record_path" in caught.value.next_steps[0]

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Without a record nothing may be restored: each trouble is the one error that says so."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline, Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Record, RecordUnavailable
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import COLUMNS, FileRecord
from ansible_collections.indiecloud.compute.tests.unit.module_utils._record.records import (
    record,
    run_processes,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime


class TestTrouble:
    @pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
    @pytest.mark.parametrize("read_only", [False, True])
    def test_a_damaged_file(self, path: Path, time: FakeTime, content: bytes, read_only: bool) -> None:
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        store = FileRecord(path, time.runtime, read_only=read_only)
        check(lambda: store.find("hostup", "vps_1", "r-1"), path)
        check(lambda: store.all_of("hostup", "vps_1"), path)
        if not read_only:
            check(lambda: store.save(record()), path)
        assert path.read_bytes() == content

    def test_a_folder_in_its_place(self, path: Path, store: FileRecord, time: FakeTime) -> None:
        path.mkdir(parents=True)
        check(lambda: store.save(record()), path)
        check(lambda: FileRecord(path, time.runtime, read_only=True).all_of("hostup", "vps_1"), path)

    def test_a_file_where_its_folder_should_be(self, tmp_path: Path, time: FakeTime) -> None:
        (tmp_path / "file").write_text("")
        store = FileRecord(tmp_path / "file" / "restores.sqlite3", time.runtime)
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
            store = FileRecord(folder / "restores.sqlite3", Runtime())
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

    def test_text_that_no_file_can_hold(self, path: Path, store: FileRecord) -> None:
        check(lambda: store.save(record(snapshot_name="a\ud800")), path)
        check(lambda: store.find("hostup", "a\ud800", "r-1"), path)
        assert store.all_of("hostup", "vps_1") == []


@pytest.mark.parametrize(("column", "value"), [("sent_at", b"\x00"), ("phase", None), ("restore_id", b"r")])
def test_row_of_another_kind_is_no_record(tmp_path: Path, column: str, value: Any) -> None:
    store = FileRecord(tmp_path / "r.sqlite3", Runtime())
    values: dict[str, Any] = {**dict.fromkeys(COLUMNS, "x"), "default_id": False, "stopped_by_us": False}
    store.save(Record(**values))
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"UPDATE restores SET {column} = ?", [value])
    with pytest.raises(RecordUnavailable, match=f"{column} of a restore is no text"):
        store.all_of("x", "x")


def check(call: Callable[[], Any], path: Path) -> None:
    with pytest.raises(RecordUnavailable) as caught:
        call()
    assert caught.value.error_code == "record_unavailable"
    assert str(path) in caught.value.message
    assert "record_path" in caught.value.next_steps[0]

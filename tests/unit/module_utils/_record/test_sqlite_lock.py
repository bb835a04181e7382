# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a target, and a file that another run is about to write: what is waited for, and how long."""

from __future__ import annotations

import errno
import fcntl
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import RecordUnavailable, TargetBusy
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.tests.unit.module_utils._record.records import record
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime


class Lock:
    """A lock that is held elsewhere for so many tries."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: OSError, times: int) -> None:
        self.error, self.times = error, times
        self.asked: list[tuple[int, int, int]] = []
        monkeypatch.setattr(fcntl, "lockf", self)

    def __call__(self, handle: int, how: int, length: int, start: int) -> None:
        self.asked.append((how, length, start))
        if len(self.asked) <= self.times:
            raise self.error


@pytest.mark.parametrize("error", [BlockingIOError(), PermissionError()])
@pytest.mark.parametrize(("times", "pauses"), [(0, []), (1, [0.5]), (3, [0.5] * 3)])
def test_one_that_is_held_is_waited_for(
    store: FileRecord, time: FakeTime, monkeypatch: pytest.MonkeyPatch, error: OSError, times: int, pauses: list[float]
) -> None:
    lock = Lock(monkeypatch, error, times)
    with store.holding("hostup", "vps_1", Deadline(9.0, time.runtime)) as waited:
        assert waited == (times > 0)
    assert time.pauses == pauses
    assert {item[0] for item in lock.asked} == {fcntl.LOCK_EX | fcntl.LOCK_NB}


def test_one_that_stays_held_ends_the_wait_at_the_deadline(
    store: FileRecord, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lock(monkeypatch, BlockingIOError(), 100)
    with (
        pytest.raises(TargetBusy, match="another run on this machine is restoring vps_1"),
        store.holding("hostup", "vps_1", Deadline(2.0, time.runtime)),
    ):
        pass
    assert time.seconds == 2.0


def test_disk_that_knows_no_locks_is_no_place_for_a_record(
    store: FileRecord, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lock(monkeypatch, OSError(errno.ENOLCK, "No locks available"), 1)
    with (
        pytest.raises(RecordUnavailable, match="No locks available"),
        store.holding("hostup", "vps_1", Deadline(2.0, time.runtime)),
    ):
        pass
    assert time.pauses == []


def test_each_target_has_a_lock_of_its_own(store: FileRecord, time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = Lock(monkeypatch, BlockingIOError(), 0)
    for provider, target in (("a", "b"), ("a", "c"), ("b", "b"), ("ab", ""), ("a", "b")):
        with store.holding(provider, target, Deadline(1.0, time.runtime)):
            pass
    starts = [item[2] for item in lock.asked]
    assert (len(set(starts)), starts[0]) == (4, starts[-1])
    # Other versions of the collection on this machine must find the same byte.
    assert starts[0] == 25247474249350321


def test_check_mode_holds_nothing_and_has_not_waited(
    path: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = Lock(monkeypatch, BlockingIOError(), 0)
    with FileRecord(path, time.runtime, read_only=True).holding("a", "b", Deadline(1.0, time.runtime)) as waited:
        assert waited is False
    assert lock.asked == []


class Reads:
    """What reading the file gives, one after the other, and how it was opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Any) -> None:
        self.answers, self.modes = list(answers), list[str]()
        monkeypatch.setattr(FileRecord, "_read_as", lambda store, mode, query, values: self.read(mode))

    def read(self, mode: str) -> Any:
        self.modes.append(mode)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class TestFileOfAnotherRun:
    """Check mode reads the file as it is, and once more where another run may just have begun to write."""

    IMMUTABLE = "mode=ro&immutable=1"

    def all_of(self, path: Path, time: FakeTime, *, logged: bool) -> int:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        if logged:
            Path(f"{path}-wal").write_bytes(b"")
        return len(FileRecord(path, time.runtime, read_only=True).all_of("hostup", "vps_1"))

    def test_is_read_again(self, path: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
        reads = Reads(monkeypatch, sqlite3.DatabaseError("malformed"), [tuple(record())])
        assert self.all_of(path, time, logged=False) == 1
        assert reads.modes == [self.IMMUTABLE, "mode=ro"]

    def test_with_a_log_is_read_with_it_and_once(
        self, path: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads = Reads(monkeypatch, sqlite3.DatabaseError("malformed"), [tuple(record())])
        with pytest.raises(RecordUnavailable, match="malformed"):
            self.all_of(path, time, logged=True)
        assert reads.modes == ["mode=ro"]

    @pytest.mark.parametrize("logged", [True, False])
    def test_without_a_table_holds_nothing(
        self, path: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch, logged: bool
    ) -> None:
        reads = Reads(monkeypatch, sqlite3.OperationalError("no such table: restores"))
        assert self.all_of(path, time, logged=logged) == 0
        assert len(reads.modes) == 1

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a target: one process at a time drives it, and what waits for it."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time as real_time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline, Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import (
    Phase,
    RecordUnavailable,
    TargetBusy,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.tests.unit.module_utils._record.records import FORK, record, run_processes
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime

PROCESSES = 20


class TestManyProcesses:
    def test_all_save_at_once_on_a_new_file(self, path: Path) -> None:
        barrier = FORK.Barrier(PROCESSES)

        def work(number: int) -> None:
            store = FileRecord(path, Runtime())
            barrier.wait(30)
            with store.holding("hostup", f"vps_{number}", Deadline(30.0, Runtime())):
                for phase in (Phase.CLAIMED, Phase.SENT, Phase.DONE):
                    store.save(record(target=f"vps_{number}", phase=phase))

        assert run_processes(*(lambda number=number: work(number) for number in range(PROCESSES))) == [0] * PROCESSES
        store = FileRecord(path, Runtime())
        phases = [[item.phase for item in store.all_of("hostup", f"vps_{number}")] for number in range(PROCESSES)]
        assert phases == [[Phase.DONE]] * PROCESSES

    def test_one_target_is_driven_by_one_process_at_a_time(self, path: Path, tmp_path: Path) -> None:
        barrier = FORK.Barrier(PROCESSES)
        runtime = Runtime(sleep=lambda seconds: real_time.sleep(0.002))

        def work() -> None:
            barrier.wait(30)
            with FileRecord(path, runtime).holding("hostup", "vps_1", Deadline(60.0, runtime)):
                (tmp_path / "inside").mkdir()  # fails if another process is inside
                with (tmp_path / "count").open("a") as file:
                    file.write("x")
                (tmp_path / "inside").rmdir()

        assert run_processes(*[work] * PROCESSES) == [0] * PROCESSES
        assert (tmp_path / "count").read_text() == "x" * PROCESSES

    def test_target_in_use_is_busy_at_the_deadline(self, path: Path, time: FakeTime) -> None:
        held = FileRecord(path, time.runtime).holding("hostup", "vps_1", Deadline(2.0, time.runtime))

        def drive() -> None:
            with held:
                pytest.fail("two runs drive one target")

        with holder(path), pytest.raises(TargetBusy) as caught:
            drive()
        assert caught.value.error_code == "restore_in_progress"
        assert "vps_1" in caught.value.message
        assert time.seconds == 2.0

    def test_another_target_is_free(self, path: Path, time: FakeTime) -> None:
        with holder(path), FileRecord(path, time.runtime).holding("hostup", "vps_2", Deadline(2.0, time.runtime)):
            assert time.pauses == []

    def test_lock_of_a_killed_process_is_released(self, path: Path, time: FakeTime) -> None:
        with holder(path) as process:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join(30)
            with FileRecord(path, time.runtime).holding("hostup", "vps_1", Deadline(2.0, time.runtime)):
                assert time.pauses == []

    def test_the_lock_is_free_again_after_an_error(self, path: Path, time: FakeTime) -> None:
        store = FileRecord(path, time.runtime)
        with pytest.raises(KeyError), store.holding("hostup", "vps_1", Deadline(2.0, time.runtime)):
            raise KeyError

        def work() -> None:
            with FileRecord(path, Runtime()).holding("hostup", "vps_1", Deadline(0.0, Runtime())):
                pass

        assert run_processes(work) == [0]


class holder:
    """A process that holds the lock of vps_1 until it is ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # A pipe: an event would wait for a process that was killed.
        self._ours, self._theirs = FORK.Pipe()
        self._process = FORK.Process(target=self._hold)

    def _hold(self) -> None:
        with FileRecord(self._path, Runtime()).holding("hostup", "vps_1", Deadline(1.0, Runtime())):
            self._theirs.send("holding")
            self._theirs.recv()

    def __enter__(self) -> Any:
        self._process.start()
        assert self._ours.poll(30)
        self._ours.recv()
        return self._process

    def __exit__(self, *dummy: object) -> None:
        self._ours.send("end")
        self._process.join(30)


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
def test_held_lock_is_waited_for(
    store: FileRecord, time: FakeTime, monkeypatch: pytest.MonkeyPatch, error: OSError, times: int, pauses: list[float]
) -> None:
    lock = Lock(monkeypatch, error, times)
    with store.holding("hostup", "vps_1", Deadline(9.0, time.runtime)) as waited:
        assert waited == (times > 0)
    assert time.pauses == pauses
    assert {item[0] for item in lock.asked} == {fcntl.LOCK_EX | fcntl.LOCK_NB}


def test_wait_for_a_lock_ends_at_the_deadline(
    store: FileRecord, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lock(monkeypatch, BlockingIOError(), 100)
    with (
        pytest.raises(TargetBusy, match="another run on this machine is restoring vps_1"),
        store.holding("hostup", "vps_1", Deadline(2.0, time.runtime)),
    ):
        pass
    assert time.seconds == 2.0


def test_file_system_without_locks_is_refused(
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


def test_check_mode_takes_no_lock(path: Path, time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = Lock(monkeypatch, BlockingIOError(), 0)
    with FileRecord(path, time.runtime, read_only=True).holding("a", "b", Deadline(1.0, time.runtime)) as waited:
        assert waited is False
    assert lock.asked == []

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A budget of requests that processes share: never exceeded, handed on fairly, and held up by nobody."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api import limiter as limiting
from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline, Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import OutOfTime
from ansible_collections.indiecloud.compute.plugins.module_utils._api.limiter import (
    MOST_PER_MINUTE,
    Limiter,
    Window,
    budget,
    limiter_of,
    shared_state_dir,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime

MINUTE, SECOND = Window(1000, 60.0), Window(100, 1.0)
FORK = multiprocessing.get_context("fork")


def moments(limiter: Limiter, time: FakeTime, number: int, *, seconds: float = 1e6) -> list[float]:
    """When that many requests leave that are sent without a pause."""
    deadline = Deadline(seconds, time.runtime)
    found = []
    for dummy in range(number):
        limiter.wait(deadline)
        found.append(time.runtime.monotonic())
    return found


def most_in(found: list[float], seconds: float) -> int:
    """The most that lie within any so many seconds."""
    ordered = sorted(found)
    return max(sum(start <= one < start + seconds for one in ordered) for start in ordered)


def test_keeps_to_both_windows(tmp_path: Path) -> None:
    time = FakeTime()
    found = moments(Limiter(tmp_path / "a", (MINUTE, SECOND), time.runtime), time, 2500)
    assert most_in(found, 1.0) == 100
    assert most_in(found, 60.0) == 1000
    # The budget is used: two pauses for the minute, and ten seconds for the last five hundred.
    assert 120 <= found[-1] - found[0] <= 130


def test_waits_for_nothing_far_from_the_budget(tmp_path: Path) -> None:
    time = FakeTime()
    assert set(moments(Limiter(tmp_path / "a", (MINUTE, SECOND), time.runtime), time, 99)) == {0.0}


def test_budget_in_proportion() -> None:
    published = (MINUTE, SECOND)
    assert budget(published, None) == published
    assert budget(published, 250) == (Window(250, 60.0), Window(25, 1.0))
    assert budget(published, 3) == (Window(3, 60.0), Window(1, 1.0))
    assert budget((), 60) == (Window(60, 60.0),)
    assert budget((), None) == ()
    assert budget((SECOND,), 60) == (Window(60, 60.0), SECOND)


def test_most_that_can_be_asked_for_is_remembered(tmp_path: Path) -> None:
    time = FakeTime()
    limiter = Limiter(tmp_path / "a", (Window(MOST_PER_MINUTE, 60.0),), time.runtime)
    found = moments(limiter, time, MOST_PER_MINUTE + 1)
    assert found[-2] == 0.0
    assert found[-1] >= 60.0


def test_pause_that_one_is_asked_for_holds_up_all(tmp_path: Path) -> None:
    time = FakeTime()
    one, other = (Limiter(tmp_path / "a", (), time.runtime) for dummy in range(2))
    assert moments(other, time, 1) == [0.0]
    one.hold(30.0)
    one.hold(5.0)
    found = moments(other, time, 1) + moments(one, time, 1)
    assert found[0] == 30.0


def test_those_who_waited_do_not_come_at_once(tmp_path: Path) -> None:
    """Each books while it is held up, and only then sleeps."""
    time = FakeTime()
    slept: list[float] = []
    runtime = Runtime(time.runtime.monotonic, time.runtime.now, slept.append, time.runtime.uniform)
    Limiter(tmp_path / "a", (), runtime).hold(10.0)
    for dummy in range(5):
        Limiter(tmp_path / "a", (), runtime).wait(Deadline(100.0, runtime))
    assert len(set(slept)) == 5
    assert slept == sorted(slept)
    assert 10.0 <= slept[0] < slept[-1] < 11.0


def test_without_a_limit_and_a_pause_nothing_is_written(tmp_path: Path) -> None:
    time = FakeTime()
    moments(Limiter(tmp_path / "a", (), time.runtime), time, 3)
    assert not list(tmp_path.iterdir())


def test_too_long_a_wait_books_nothing(tmp_path: Path) -> None:
    time = FakeTime()
    limiter = Limiter(tmp_path / "a", (Window(2, 60.0),), time.runtime)
    moments(limiter, time, 2)
    for dummy in range(3):
        with pytest.raises(OutOfTime, match="next request in 6"):
            limiter.wait(Deadline(10.0, time.runtime))
    assert time.runtime.monotonic() == 0.0
    assert moments(limiter, time, 1) == [60.5]


@pytest.mark.parametrize("content", [b"x", b"\xff" * 24, b"\xff" * 90_000], ids=["short", "wild", "full"])
def test_nonsense_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    time = FakeTime()
    found = moments(Limiter(tmp_path / "a", (Window(2, 60.0),), time.runtime), time, 4)
    assert found[0] == found[1]
    assert found[2] == found[3]


def test_clock_that_began_anew(tmp_path: Path) -> None:
    old, new = FakeTime(), FakeTime()
    old.runtime.sleep(100_000.0)
    moments(Limiter(tmp_path / "a", (Window(1, 60.0),), old.runtime), old, 5)
    assert moments(Limiter(tmp_path / "a", (Window(1, 60.0),), new.runtime), new, 1) == [0.0]


def test_file_that_cannot_be_used_limits_nothing(tmp_path: Path) -> None:
    time = FakeTime()
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for path in (tmp_path / "link", tmp_path / "gone" / "a", tmp_path):
        limiter = Limiter(path, (Window(1, 60.0),), time.runtime)
        limiter.hold(50.0)
        assert set(moments(limiter, time, 5)) == {0.0}
    assert not (tmp_path / "target").stat().st_size


def test_one_who_keeps_the_lock_is_not_waited_for(tmp_path: Path) -> None:
    time = FakeTime()
    limiter = Limiter(tmp_path / "a", (Window(1, 60.0),), time.runtime)
    moments(limiter, time, 1)
    with (tmp_path / "a").open("r+b") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        assert moments(limiter, time, 1)[0] < 2.0


def keep_the_lock(path: Path, ready: Any) -> None:
    with path.open("r+b") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        ready.set()
        signal.pause()


def test_one_who_is_killed_gives_the_lock_back(tmp_path: Path) -> None:
    time = FakeTime()
    limiter = Limiter(tmp_path / "a", (Window(2, 60.0),), time.runtime)
    moments(limiter, time, 1)
    ready = FORK.Event()
    child = FORK.Process(target=keep_the_lock, args=(tmp_path / "a", ready))
    child.start()
    assert ready.wait(10)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert moments(limiter, time, 1) == [0.0]


WINDOWS = (Window(40, 1.0), Window(10, 0.1))


def send(path: Path, number: int, results: Any, start: Any) -> None:
    runtime = Runtime()
    limiter, deadline = Limiter(path, WINDOWS, runtime), Deadline(60.0, runtime)
    start.wait()
    for dummy in range(number):
        limiter.wait(deadline)
        results.put((os.getpid(), runtime.monotonic()))


def test_forks_share_it(tmp_path: Path) -> None:
    results, start = FORK.SimpleQueue(), FORK.Event()
    children = [FORK.Process(target=send, args=(tmp_path / "a", 20, results, start)) for dummy in range(5)]
    for child in children:
        child.start()
    start.set()
    found = [results.get() for dummy in range(100)]
    for child in children:
        child.join()
    # What is booked is exact; when a process wakes is not.
    raw = (tmp_path / "a").read_bytes()
    booked = [limiting._SLOT.unpack_from(raw, limiting._place(number))[0] for number in range(100)]
    assert limiting._HEAD.unpack_from(raw)[0] == 100
    assert booked == sorted(booked)
    for window in WINDOWS:
        assert most_in(booked, window.seconds) <= window.requests
    assert min(one for dummy, one in found) >= booked[0]
    # Nobody has all that there was at first.
    assert len({process for process, dummy in sorted(found, key=lambda item: item[1])[:80]}) == 5


class TestWhereTheyMeet:
    def test_folder_is_ones_own(self, tmp_path: Path) -> None:
        folder = shared_state_dir({"XDG_RUNTIME_DIR": str(tmp_path)})
        assert folder is not None
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        assert shared_state_dir({"XDG_RUNTIME_DIR": str(tmp_path)}) == folder

    def test_folder_that_others_can_write_is_not_trusted(self, tmp_path: Path) -> None:
        folder = shared_state_dir({"XDG_RUNTIME_DIR": str(tmp_path)})
        assert folder is not None
        folder.chmod(0o777)
        assert shared_state_dir({"XDG_RUNTIME_DIR": str(tmp_path)}) is None
        folder.rmdir()
        (tmp_path / "elsewhere").mkdir(0o700)
        folder.symlink_to(tmp_path / "elsewhere")
        assert shared_state_dir({"XDG_RUNTIME_DIR": str(tmp_path)}) is None

    def test_name_reveals_nothing(self, tmp_path: Path) -> None:
        account = ("onetsolutions", "https://api.example", "sk-secret")
        runtime = FakeTime().runtime
        found = [limiter_of(tmp_path, given, (MINUTE,), runtime) for given in (account, account, (*account[:2], "x"))]
        names = [one.path.name for one in found if one is not None]
        assert names[0] == names[1] != names[2]
        for word in account:
            assert word not in repr(found[0])
        # The same account elsewhere has another name, so that names cannot be compared or guessed.
        (tmp_path / "other").mkdir()
        other = limiter_of(tmp_path / "other", account, (MINUTE,), runtime)
        assert other is not None
        assert other.path.name != names[0]
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["salt"]
        assert (tmp_path / "salt").stat().st_mode & 0o777 == 0o600

    def test_folder_that_is_gone(self, tmp_path: Path) -> None:
        assert limiter_of(tmp_path / "gone", ("a",), (MINUTE,), FakeTime().runtime) is None

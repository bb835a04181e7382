# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real threads: what the virtual crew of tests/fleet cannot show."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline, Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import OutOfTime
from ansible_collections.indiecloud.compute.plugins.module_utils._fleet.crew import Cancelled, Threads
from ansible_collections.indiecloud.compute.plugins.module_utils._fleet.turnstile import Ticket, Turnstile
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record_file import RecordFile
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord


def test_all_jobs_run_at_most_so_many_at_once() -> None:
    crew, running, most, done = Threads(), 0, 0, 0
    mutex = threading.Lock()

    def job() -> None:
        nonlocal running, most, done
        with mutex:
            running += 1
            most = max(most, running)
        crew.sleep(0.01)
        with mutex:
            running -= 1
            done += 1

    crew.run([job] * 30, 4)
    assert (done, most) == (30, 4)


def test_error_of_a_job_is_raised_after_the_others_have_ended() -> None:
    crew, done = Threads(), []

    def fails() -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        crew.run([fails, lambda: done.append(1), lambda: done.append(2)], 1)
    assert done == [1, 2]


def test_cancellation_ends_waits_but_not_what_is_shielded() -> None:
    def cancel() -> None:
        crew.cancel()

    crew = Threads(cancel)
    ended: list[str] = []

    def waits() -> None:
        try:
            crew.sleep(3600.0)
        except Cancelled:
            ended.append("wait")

    def is_shielded() -> None:
        with crew.shielded():
            crew.sleep(0.6)
            ended.append("shielded")
        with pytest.raises(Cancelled):
            crew.sleep(3600.0)

    started = time.monotonic()
    crew.run([waits, is_shielded])
    assert sorted(ended) == ["shielded", "wait"]
    assert time.monotonic() - started < 10.0


def test_exception_in_the_main_thread_leaves_nothing_running() -> None:
    ended = threading.Event()

    def watch() -> None:
        raise TimeoutError

    crew = Threads(watch)

    def job() -> None:
        try:
            crew.sleep(3600.0)
        except Cancelled:
            ended.set()

    with pytest.raises(TimeoutError):
        crew.run([job])
    crew.end()
    assert ended.is_set()


class Slots:
    """A rate limiter that lets one request leave each 20 ms."""

    def __init__(self) -> None:
        self.left: list[str] = []

    def wait(self, deadline: Deadline) -> None:
        time.sleep(0.02)

    def hold(self, seconds: float) -> None:
        """It has no pauses."""


def test_most_urgent_request_leaves_first() -> None:
    crew, order = Threads(), []
    turnstile = Turnstile(crew, Slots())
    begin = threading.Barrier(9)

    def job(urgency: int) -> None:
        begin.wait()
        Ticket(turnstile, lambda: urgency).wait(Deadline(10.0, Runtime()))
        order.append(urgency)

    crew.run([lambda urgency=urgency: job(urgency) for urgency in (5, 3, 9, 1, 7, 2, 8, 4, 6)])
    # One of them found the turnstile open.
    assert sorted(order) == list(range(1, 10))
    assert order[1:] == sorted(order[1:])


def test_request_that_does_not_get_its_turn_in_time() -> None:
    crew = Threads()
    turnstile = Turnstile(crew, Slots())
    turnstile._wait_for_turn(Deadline(1.0, Runtime()), 1)
    with pytest.raises(OutOfTime):
        Ticket(turnstile, lambda: 1).wait(Deadline(0.05, Runtime()))
    assert turnstile.queued == 0


def test_lock_of_a_target_holds_between_threads(tmp_path: Path) -> None:
    """POSIX locks belong to a process, and closing any handle gives back all of them."""
    path, runtime = tmp_path / "r.sqlite3", Runtime()
    file, crew, inside, most = RecordFile(path), Threads(), 0, 0

    def job(target: str) -> None:
        nonlocal inside, most
        store = FileRecord(path, runtime, "account", file=file)
        with store.holding("hostup", target, Deadline(30.0, runtime)):
            if target == "same":
                inside += 1
                most = max(most, inside)
                time.sleep(0.02)
                inside -= 1

    crew.run([lambda name=name: job(name) for name in ("same", "a", "same", "b", "same")])
    assert most == 1
    assert file.try_lock(1)
    file.unlock(1)

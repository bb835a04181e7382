# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deadlines, pauses, alarms and polls."""

from __future__ import annotations

import threading
from itertools import islice
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline, Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    AnswerUnreadable,
    CloudError,
    NotSent,
    OutOfTime,
    ProviderError,
    TlsFailed,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.wait import (
    Schedule,
    halfway,
    is_passing,
    pauses,
    poll,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime


def test_pauses_are_clipped_to_the_time_left(time: FakeTime) -> None:
    deadline = Deadline(10.0, time.runtime)
    for seconds in (4.0, -1.0, 100.0, 5.0):
        deadline.pause(seconds)
    assert time.pauses == [4.0, 0.0, 6.0, 0.0]
    assert deadline.passed()
    with pytest.raises(OutOfTime, match="GET /x: timed out after 10 s"):
        deadline.check("GET /x")


def test_the_alarm_rings_in_another_thread() -> None:
    rung = threading.Event()
    threads: list[threading.Thread] = []

    def ring() -> None:
        threads.append(threading.current_thread())
        rung.set()

    Runtime().alarm(0.001, ring)
    assert rung.wait(10)
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon


def test_an_alarm_that_is_called_off_does_not_ring() -> None:
    alarm = Runtime().alarm(3600.0, lambda: pytest.fail("rang"))
    alarm.cancel()
    assert isinstance(alarm, threading.Timer)
    alarm.join(10)
    assert not alarm.is_alive()


def test_polls_come_less_and_less_often() -> None:
    middle = list(islice(pauses(2.0, lambda low, high: (low + high) / 2), 8))
    assert middle == [2.0, 3.0, 4.5, 6.75, 10.125, 15.0, 15.0, 15.0]
    assert list(islice(pauses(60.0, lambda low, high: high), 3)) == [72.0, 72.0, 72.0]


def test_polls_stay_frequent_while_requests_are_not_scarce() -> None:
    schedule = Schedule(2.0, lambda low, high: (low + high) / 2)
    assert [schedule.next() for _poll in range(5)] == [2.0] * 5
    assert [schedule.next(scarce=True) for _poll in range(6)] == [3.0, 4.5, 6.75, 10.125, 15.0, 15.0]
    assert schedule.next() == 2.0


def test_a_long_wait_is_a_patient_one() -> None:
    schedule = Schedule(2.0, lambda low, high: (low + high) / 2)
    assert schedule.next(900.0) == 900.0
    assert 9.0 <= schedule.next() < 9.2
    schedule.next(3600.0)
    assert schedule.next() == 15.0


def test_a_hint_makes_a_pause_longer_and_never_shorter() -> None:
    schedule = Schedule(2.0, lambda low, high: (low + high) / 2)
    assert [schedule.next(hint) for hint in (None, 30.0, 8.0, 4.0, 0.1)] == [2.0, 30.0, 8.0, 4.0, 2.0]


@pytest.mark.parametrize(
    ("progress", "before", "seconds", "best"),
    [
        (50.0, 0.0, 20.0, 10.0),
        (90.0, 80.0, 5.0, 2.5),
        (10.0, 0.0, 60.0, 30.0),  # never out of sight
        (50.0, 50.0, 20.0, None),  # it stands still
        (40.0, 50.0, 20.0, None),
        (100.0, 0.0, 20.0, None),
        (50.0, 0.0, 0.0, None),
    ],
)
def test_half_of_what_is_left_is_the_best_time_to_look(
    progress: float, before: float, seconds: float, best: float | None
) -> None:
    assert halfway(progress, before, seconds) == best


@pytest.mark.parametrize(
    ("exc", "passing"),
    [
        (AnswerLost("x"), True),
        (AnswerUnreadable("x"), True),
        (NotSent("x"), True),
        (TlsFailed("x"), False),
        (ProviderError("x", status=429), True),
        (ProviderError("x", status=500), True),
        (ProviderError("x", status=599), True),
        (ProviderError("x", status=404), False),
        (ProviderError("x", status=401), False),
        (OutOfTime("x"), False),
    ],
)
def test_what_a_poll_tolerates(time: FakeTime, exc: CloudError, passing: bool) -> None:
    assert is_passing(exc) is passing
    results: list[Any] = [exc, "done"]

    def read() -> Any:
        found = results.pop(0)
        if isinstance(found, CloudError):
            raise found
        return found

    def run() -> Any:
        return poll(
            read,
            lambda value: value == "done",
            doing="the job",
            deadline=Deadline(100.0, time.runtime),
            runtime=time.runtime,
            interval=2.0,
        )

    if passing:
        assert run() == "done"
        assert time.pauses == [pytest.approx(3.6)]
    else:
        with pytest.raises(type(exc)):
            run()


def test_a_poll_ends_at_the_deadline_and_says_what_went_wrong_last(time: FakeTime) -> None:
    def read() -> str:
        if time.seconds > 3.0:
            raise AnswerLost("GET /x: the connection broke")
        return "running"

    with pytest.raises(OutOfTime) as caught:
        poll(
            read,
            lambda value: value == "done",
            doing="the job",
            deadline=Deadline(30.0, time.runtime),
            runtime=time.runtime,
            interval=2.0,
            wait_first=True,
        )
    assert time.seconds == 30.0
    assert "the job did not end within 30 s" in caught.value.message
    assert "the connection broke" in caught.value.message

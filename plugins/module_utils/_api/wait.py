# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from .clock import RUN_AGAIN, Deadline, Runtime
from .errors import AnswerLost, AnswerUnreadable, CloudError, NotSent, OutOfTime, ProviderError, TlsFailed

T = TypeVar("T")

GROWTH = 1.5
LONGEST_INTERVAL = 15.0
LONGEST_HINT = 30.0
JITTER = 0.2
PATIENT = 0.01
SCARCE_SECONDS = 1.0
"""A poll that takes longer than this waits for the rate limit, or the provider is slow."""


def pauses(first: float, uniform: Callable[[float, float], float]) -> Iterator[float]:
    """Seconds between polls: ``first``, then half as much again up to 15 s, each 20 % more or less."""
    base = first
    while True:
        yield base * uniform(1.0 - JITTER, 1.0 + JITTER)
        base = min(base * GROWTH, max(LONGEST_INTERVAL, first))


class Schedule:
    """The pauses between polls: short ones as long as requests are not scarce, so the end is seen at once.

    Scarce requests make each pause longer by half. In a long wait a pause is at least a hundredth of the time waited so
    far. A hint makes a pause longer and never shorter, so it saves requests.
    """

    def __init__(self, first: float, uniform: Callable[[float, float], float]) -> None:
        self._first, self._uniform = first, uniform
        self._base = first
        self._spent = 0.0

    def next(self, hint: float | None = None, *, scarce: bool = False) -> float:
        """Seconds until the next poll; ``hint`` is the best number of seconds, or None."""
        longest = max(LONGEST_INTERVAL, self._first)
        self._base = min(self._base * GROWTH, longest) if scarce else self._first
        base = max(self._base, min(self._spent * PATIENT, longest))
        planned = base * self._uniform(1.0 - JITTER, 1.0 + JITTER)
        pause = planned if hint is None else max(hint, planned)
        self._spent += pause
        return pause


def halfway(progress: float, before: float, seconds: float) -> float | None:
    """Half of the estimated remaining time of work that went from ``before`` to ``progress`` percent in ``seconds``."""
    if seconds <= 0.0 or not before < progress < 100.0:
        return None
    left = (100.0 - progress) * seconds / (progress - before)
    return min(left / 2.0, LONGEST_HINT)


def is_passing(exc: CloudError) -> bool:
    """Whether to poll again after this error: network, 429, 5xx, an HTML page of a proxy."""
    if isinstance(exc, ProviderError):
        return exc.status == 429 or exc.status >= 500
    return isinstance(exc, (NotSent, AnswerLost, AnswerUnreadable)) and not isinstance(exc, TlsFailed)


def poll(
    read: Callable[[], T],
    done: Callable[[T], bool],
    *,
    doing: str,
    deadline: Deadline,
    runtime: Runtime,
    interval: float,
    wait_first: bool = False,
    hint: Callable[[], float | None] = lambda: None,
    pace: Callable[[float], float] = lambda planned: planned,
) -> T:
    """Read until ``done``; raises OutOfTime at the deadline, with the last passing error in its message.

    Passing errors of ``read`` are tolerated, others end the wait. ``hint`` returns the best number of seconds until the
    next poll, if known. ``pace`` may replace the number of seconds that was chosen.
    """
    last_error: CloudError | None = None
    schedule = Schedule(interval, runtime.uniform)
    if wait_first:
        deadline.pause(schedule.next())
    while True:
        began = runtime.monotonic()
        try:
            value = read()
            last_error = None
            if done(value):
                return value
        except OutOfTime:
            raise _too_late(doing, deadline, last_error) from None
        except CloudError as exc:
            if not is_passing(exc):
                raise
            last_error = exc
        if deadline.passed():
            raise _too_late(doing, deadline, last_error)
        scarce = last_error is not None or runtime.monotonic() - began > SCARCE_SECONDS
        deadline.pause(pace(schedule.next(hint(), scarce=scarce)))


def _too_late(doing: str, deadline: Deadline, last_error: CloudError | None) -> OutOfTime:
    tail = f"; the last poll failed: {last_error.message}" if last_error else ""
    return OutOfTime(f"{doing} did not end within {deadline.seconds:g} s{tail}", next_steps=RUN_AGAIN)

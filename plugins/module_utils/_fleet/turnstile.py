# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which the requests of an account leave."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count

from .._api.clock import RUN_AGAIN, Deadline
from .._api.errors import NOT_APPLIED, OutOfTime
from .._api.transport import RateLimiter
from .crew import Crew, Signal

FIRST = 0
"""The urgency of a request that serves many targets."""


class Turnstile:
    """Lets requests leave one after the other within the rate limit, the most urgent first."""

    def __init__(self, crew: Crew, limiter: RateLimiter | None) -> None:
        self._crew = crew
        self._limiter = limiter
        self._mutex = threading.Lock()
        self._queue: list[tuple[int, int, Signal]] = []
        self._numbers = count()
        self._is_open = True

    @property
    def queued(self) -> int:
        """How many requests wait."""
        return len(self._queue)

    def pass_through(self, deadline: Deadline, urgency: int) -> None:
        """Wait for the turn and for the rate limit; raises OutOfTime if that is after the deadline."""
        if self._limiter is None:
            return
        self._wait_for_turn(deadline, urgency)
        try:
            self._limiter.wait(deadline)
        finally:
            self._let_next_in()

    def hold(self, seconds: float) -> None:
        if self._limiter is not None:
            self._limiter.hold(seconds)

    def _wait_for_turn(self, deadline: Deadline, urgency: int) -> None:
        with self._mutex:
            if self._is_open:
                self._is_open = False
                return
            place = (urgency, next(self._numbers), self._crew.signal())
            heapq.heappush(self._queue, place)
        try:
            in_time = self._crew.wait(place[2], deadline.left())
        except BaseException:
            if not self._leave(place):
                self._let_next_in()
            raise
        if not in_time and self._leave(place):
            raise OutOfTime(
                f"the rate limit of this account leaves no room for a request within the timeout of "
                f"{deadline.seconds:g} s",
                next_steps=RUN_AGAIN,
                applied=NOT_APPLIED,
            )

    def _leave(self, place: tuple[int, int, Signal]) -> bool:
        """Give up a place in the queue; False if the turn had come already."""
        with self._mutex:
            if place in self._queue:
                self._queue.remove(place)
                heapq.heapify(self._queue)
                return True
        return False

    def _let_next_in(self) -> None:
        with self._mutex:
            if self._queue:
                heapq.heappop(self._queue)[2].set()
            else:
                self._is_open = True


class Ticket:
    """The turnstile as one target uses it; ``urgency`` is that of its next request, and ``first`` overrides it."""

    def __init__(self, turnstile: Turnstile, urgency: Callable[[], int]) -> None:
        self._turnstile = turnstile
        self._urgency = urgency
        self.first = False

    def wait(self, deadline: Deadline) -> None:
        self._turnstile.pass_through(deadline, FIRST if self.first else self._urgency())

    def hold(self, seconds: float) -> None:
        self._turnstile.hold(seconds)

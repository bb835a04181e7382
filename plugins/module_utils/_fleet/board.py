# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings of a list that the targets of an account share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .._api.errors import CloudError
from .._api.wait import is_passing
from .crew import Crew, Signal

T = TypeVar("T")

SHORTEST_INTERVAL = 1.0
SECONDS_FOR_A_REQUEST = 0.5
"""Between two readings, for each request that a reading takes: a longer list is read less often."""


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """A list, when its first request left (monotonic seconds), and how many requests it took."""

    value: T
    left: float
    cost: int


@dataclass(frozen=True)
class Reading(Generic[T]):
    """The same with a number; a later reading has a higher one."""

    number: int
    value: T
    left: float


class Board(Generic[T]):
    """The latest reading of a list. One of the targets that want a newer one reads it, for all of them."""

    def __init__(self, crew: Crew, monotonic: Callable[[], float], busy: Callable[[], bool]) -> None:
        self._crew = crew
        self._monotonic = monotonic
        self._busy = busy
        self._mutex = threading.Lock()
        self._latest: Reading[T] | None = None
        self._is_being_read = False
        self._waiting: list[Signal] = []
        self._next_at = 0.0
        self._usable = True
        self.cost = 1

    def read(
        self, seen: int, after: float, fetch: Callable[[], Fetched[T]], seconds: float, readers: int
    ) -> Reading[T] | None:
        """A reading with a higher number than ``seen`` whose request left after ``after``; waits for the next one.

        None if the list cannot be read, not within ``seconds``, or takes more requests than there are ``readers``: then
        a target reads what it needs by itself.
        """
        end = self._monotonic() + seconds
        while True:
            signal: Signal | None = None
            with self._mutex:
                latest = self._latest
                if latest is not None and latest.number > seen and latest.left >= after:
                    return latest
                if not self._usable or readers <= self.cost:
                    return None
                if self._is_being_read:
                    signal = self._crew.signal()
                    self._waiting.append(signal)
                else:
                    self._is_being_read = True
            left = end - self._monotonic()
            if signal is None:
                if not self._read(fetch, left):
                    return None
            elif left <= 0.0 or not self._crew.wait(signal, left):
                return None

    def _read(self, fetch: Callable[[], Fetched[T]], seconds: float) -> bool:
        try:
            pause = self._next_at - self._monotonic()
            if pause > 0.0:
                self._crew.sleep(min(pause, seconds))
            if pause > seconds:
                return False
            fetched = fetch()
            self.cost = fetched.cost
            with self._mutex:
                number = self._latest.number if self._latest else 0
                self._latest = Reading(number + 1, fetched.value, fetched.left)
            return True
        except CloudError as exc:
            self._usable = self._usable and is_passing(exc)
            return False
        finally:
            interval = max(SHORTEST_INTERVAL, SECONDS_FOR_A_REQUEST * self.cost)
            self._next_at = self._monotonic() + interval * (2.0 if self._busy() else 1.0)
            with self._mutex:
                self._is_being_read = False
                waiting, self._waiting = self._waiting, []
            for signal in waiting:
                signal.set()

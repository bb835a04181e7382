# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import NamedTuple, Protocol

from .errors import OutOfTime

RUN_AGAIN = ("Run again to continue, with a longer timeout if this one was too short.",)


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Alarm(Protocol):
    """A scheduled call that can be cancelled."""

    def cancel(self) -> None:
        """Cancel the call."""


def _alarm(seconds: float, action: Callable[[], None]) -> Alarm:
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
    return timer


class Runtime(NamedTuple):
    """Clock and random numbers, injected for tests.

    ``monotonic`` returns seconds for deadlines, ``now`` the UTC time to compare with the provider's times. ``alarm``
    calls a function after the given seconds, from another thread.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform
    alarm: Callable[[float, Callable[[], None]], Alarm] = _alarm


class Deadline:
    """A point on the monotonic clock, ``seconds`` from now; every pause is clipped to the time left."""

    def __init__(self, seconds: float, runtime: Runtime) -> None:
        self.seconds = seconds
        self._runtime = runtime
        self._end = runtime.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self._runtime.monotonic())

    def passed(self) -> bool:
        return self.left() <= 0.0

    def pause(self, seconds: float) -> None:
        """Sleep, but not past the deadline."""
        self._runtime.sleep(min(max(seconds, 0.0), self.left()))

    def check(self, doing: str) -> None:
        """Raise OutOfTime if the deadline has passed."""
        if self.passed():
            raise OutOfTime(f"{doing}: timed out after {self.seconds:g} s", next_steps=RUN_AGAIN)

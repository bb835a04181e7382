# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate limits: sliding windows over simulated time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable


class Window:
    """At most `size` requests in any `seconds`."""

    def __init__(self, size: int, seconds: float) -> None:
        self._size, self._seconds = size, seconds
        self._times: deque[float] = deque()

    def wait(self, now: float) -> int:
        """0 if there is room for a request, else the whole seconds until there is."""
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        if len(self._times) < self._size:
            return 0
        return max(1, math.ceil(self._times[0] + self._seconds - now))

    def add(self, now: float) -> None:
        self._times.append(now)


class Limits:
    """Several windows, all of which must have room. A request that is refused takes none."""

    def __init__(self, *windows: Window, monotonic: Callable[[], float]) -> None:
        self._windows, self._monotonic = windows, monotonic

    def take(self) -> int:
        now = self._monotonic()
        wait = max((window.wait(now) for window in self._windows), default=0)
        if not wait:
            for window in self._windows:
                window.add(now)
        return wait

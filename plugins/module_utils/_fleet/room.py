# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many restores of an account are begun at once, so none of them waits long for the rate limit."""

from __future__ import annotations

import threading
from collections import deque

from .crew import LONGEST_WAIT, Crew, Signal


class Room:
    """Holds ``size`` targets that send requests; those that wait for the end of a restore leave it meanwhile.

    An instance that was stopped would otherwise wait, switched off, behind all that are still to be stopped.
    """

    def __init__(self, crew: Crew, size: int | None) -> None:
        self._crew = crew
        self._size = size
        self._inside = 0
        self._mutex = threading.Lock()
        self._queue: deque[Signal] = deque()

    def enter(self) -> None:
        """Wait for a place."""
        with self._mutex:
            if self._size is None or self._inside < self._size:
                self._inside += 1
                return
            signal = self._crew.signal()
            self._queue.append(signal)
        self._crew.wait(signal, LONGEST_WAIT)

    def come_back(self) -> None:
        """Enter again at once."""
        with self._mutex:
            self._inside += 1

    def leave(self) -> None:
        with self._mutex:
            if self._queue and self._size is not None and self._inside <= self._size:
                self._queue.popleft().set()
            else:
                self._inside -= 1

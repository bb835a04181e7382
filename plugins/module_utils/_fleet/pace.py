# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Polls timed by what siblings took: a few targets look often, the others when their work has probably ended."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .._api.clock import Deadline
from .._task.waiting import Pace
from .crew import Crew, Signal
from .room import Room

FEW = 5
"""So many targets may poll as often as a single one."""
SCOUTS = 3
"""How many of more targets do so, until one of them knows how long the work takes."""
MARGIN_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
"""How long a target waits for the scouts before it polls by itself."""


class Durations:
    """How long work took for the targets of an account, by kind."""

    def __init__(self, crew: Crew, monotonic: Callable[[], float], active: Callable[[], int]) -> None:
        self.crew = crew
        self.monotonic = monotonic
        self._active = active
        self._mutex = threading.Lock()
        self._shortest: dict[str, float] = {}
        self._scouts: dict[str, int] = {}
        self._waiting: dict[str, list[Signal]] = {}

    def took(self, kind: str, seconds: float) -> None:
        with self._mutex:
            self._shortest[kind] = min(seconds, self._shortest.get(kind, seconds))
            waiting = self._waiting.pop(kind, [])
        for signal in waiting:
            signal.set()

    def wait(self, kind: str, deadline: Deadline) -> None:
        """Sleep until work of this kind that began now may have ended."""
        began = self.monotonic()
        with self._mutex:
            known = self._shortest.get(kind)
            if known is None:
                self._scouts[kind] = self._scouts.get(kind, 0) + 1
                if self._active() <= FEW or self._scouts[kind] <= SCOUTS:
                    return
                signal = self.crew.signal()
                self._waiting.setdefault(kind, []).append(signal)
            elif self._active() <= FEW:
                return
        if known is None:
            self.crew.wait(signal, min(PATIENCE_SECONDS, deadline.left()))
            known = self._shortest.get(kind, 0.0)
        left = began + known + MARGIN_SECONDS - self.monotonic()
        if left > 0.0:
            deadline.pause(left)


class FleetPace(Pace):
    """The pace of one target. Where a shared reading was awaited, there is no further pause."""

    def __init__(self, durations: Durations, room: Room, was_shared: Callable[[], bool]) -> None:
        self._durations = durations
        self._room = room
        self._was_shared = was_shared

    def before(self, kind: str, deadline: Deadline) -> None:
        self._room.leave()
        try:
            self._durations.wait(kind, deadline)
        finally:
            self._room.come_back()

    def took(self, kind: str, seconds: float) -> None:
        self._durations.took(kind, seconds)

    def pause(self, planned: float) -> float:
        return 0.0 if self._was_shared() else planned

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time as the simulated clouds see it. All values are seconds; `now` counts from the Unix epoch."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from email.utils import formatdate
from typing import Protocol

EPOCH_OF_MANUAL_CLOCK = 1_767_225_600.0  # 2026-01-01T00:00:00Z


class Clock(Protocol):
    def now(self) -> float:
        """Simulated epoch seconds."""

    def monotonic(self) -> float:
        """Simulated seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Let simulated seconds pass."""

    def advance(self, seconds: float) -> None:
        """Go forward by simulated seconds."""


class ManualClock:
    """Stands still until someone advances it; sleeping on it costs no real time."""

    def __init__(self, start: float = EPOCH_OF_MANUAL_CLOCK) -> None:
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds}")
        with self._lock:
            self._elapsed += seconds

    def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))


class RealClock:
    """Follows the machine's clock, `speed` simulated seconds for each real one."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above zero: {speed}")
        self.speed = speed
        self._started_at = time.time()
        self._origin = time.monotonic()
        self._skipped = 0.0

    def now(self) -> float:
        return self._started_at + self.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self._origin) * self.speed + self._skipped

    def advance(self, seconds: float) -> None:
        """Jump ahead, on top of the time that passes by itself."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds}")
        self._skipped += seconds

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds) / self.speed)


def iso(when: float, digits: int = 0) -> str:
    """RFC 3339 in UTC with the given number of digits after the second, e.g. 2026-01-01T00:00:00.000Z."""
    text = datetime.fromtimestamp(when, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text[: 19 + (digits and digits + 1)] + "Z"


def http_date(when: float) -> str:
    """The form of the Date and Retry-After headers."""
    return formatdate(when, usegmt=True)

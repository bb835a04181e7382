# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time, chance and alarms that do what a test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime

# Has characters that URLs, JSON and HTML write differently.
TOKEN = 'tok-S3cr3t/+"&<>=0123456789'
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@dataclass
class FakeAlarms:
    """Alarms that go off when a test says so; ``seconds`` are those that were asked for."""

    seconds: list[float] = field(default_factory=list)
    _actions: list[Callable[[], None]] = field(default_factory=list)

    def __call__(self, seconds: float, action: Callable[[], None]) -> FakeAlarms:
        self.seconds.append(seconds)
        self._actions.append(action)
        return self

    def cancel(self) -> None:
        self._actions.clear()

    def ring(self) -> None:
        for action in list(self._actions):
            action()


@dataclass
class FakeTime:
    """Time that passes only when somebody sleeps, and chance that always draws the most."""

    seconds: float = 0.0
    pauses: list[float] = field(default_factory=list)
    alarms: FakeAlarms = field(default_factory=FakeAlarms)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    @property
    def runtime(self) -> Runtime:
        return Runtime(
            monotonic=lambda: self.seconds,
            now=lambda: START + timedelta(seconds=self.seconds),
            sleep=self.sleep,
            uniform=lambda low, high: high,
            alarm=self.alarms,
        )

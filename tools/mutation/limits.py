# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pytest plugin: says which test is running, and ends the process when one takes far longer than usual.

With ``--noted FILE`` each test's name is written there before it starts, with ``--usual FILE`` the times are read.
With ``--times FILE`` they are measured.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CPU_SECONDS, SECONDS = 3.0, 90.0
"""What a test may take beyond ten times its usual time."""


class Limits:
    def __init__(self, usual: dict[str, float], noted: Path) -> None:
        self._usual, self._noted = usual, noted

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._noted.write_text(item.nodeid)
        usual = 10 * self._usual.get(item.nodeid, 1.0)
        # The default action of both signals ends the process, whatever it is doing.
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS + usual)
        signal.setitimer(signal.ITIMER_REAL, SECONDS + usual)
        return (yield)


class Times:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        self._path.write_text(json.dumps(self._seconds))


def pytest_addoption(parser: Any) -> None:
    for name in ("--usual", "--noted", "--times"):
        parser.addoption(name)


def pytest_configure(config: pytest.Config) -> None:
    usual, noted, times = (config.getoption(name) for name in ("--usual", "--noted", "--times"))
    if noted:
        config.pluginmanager.register(Limits(json.loads(Path(usual).read_text()), Path(noted)), "mutation-limits")
    if times:
        config.pluginmanager.register(Times(Path(times)), "mutation-times")

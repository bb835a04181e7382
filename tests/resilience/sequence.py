# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restore of one host as the role ``restore`` does it, without Ansible; a test compares the requests of both."""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context


class SimulatedTime:
    """Sleeping moves the simulator's clock instead of waiting."""

    def __init__(self, port: int, now: float) -> None:
        self._port, self._started, self._slept = port, now, 0.0
        self._connection: http.client.HTTPConnection | None = None

    def sleep(self, seconds: float) -> None:
        self._slept += seconds
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        self._connection.request("POST", "/_sim/clock", json.dumps({"advance": seconds}))
        self._connection.getresponse().read()

    def runtime(self) -> Runtime:
        return Runtime(
            monotonic=lambda: self._slept,
            now=lambda: datetime.fromtimestamp(self._started + self._slept, timezone.utc),
            sleep=self.sleep,
            uniform=lambda low, high: (low + high) / 2,
        )


def run_restore(job: Mapping[str, Any]) -> None:
    """Restore, and write the result as JSON to standard output."""
    time = SimulatedTime(job["port"], job["now"])

    params = job["params"]
    outcome = execute(restore_task, Context(params, False, os.environ, time.runtime(), given=frozenset(params)))
    json.dump({"failed": outcome.failed, "warnings": outcome.warnings, **outcome.result}, sys.stdout)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restore tasks of the role ``restore``, one after the other, without Ansible around them.

The order, the options and the conditions are those of ``roles/restore/tasks/{preflight,restore}.yml``; a test compares
the requests of both forms.
"""

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

Result = dict[str, Any]


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


def run_sequence(job: Mapping[str, Any]) -> None:
    """Run the tasks and write the last result, as JSON, to standard output."""
    time = SimulatedTime(job["port"], job["now"])

    def task(*, check: bool = False, **more: Any) -> Result:
        params = {**job["params"], **more}
        outcome = execute(restore_task, Context(params, check, os.environ, time.runtime(), given=frozenset(params)))
        return {"failed": outcome.failed, "warnings": outcome.warnings, **outcome.result}

    result = restore_in_stages(task, creates=job["creates"], record=job["params"]["record"])
    json.dump(result, sys.stdout)


def restore_in_stages(task: Any, *, creates: bool, record: str) -> Result:
    checked: Result = task(check=True)
    if checked["failed"] or checked["status"] != "would_restore":
        return checked
    # Later tasks name the instance that was found, and demand its name.
    seen = {} if creates else checked.get("instance") or {}
    by_id = {"instance": seen["id"]} if seen.get("id") else {}
    found = {**by_id, "expected_instance_name": seen["name"]} if seen.get("name") else dict(by_id)
    early = checked["phase"] in ("preflight", "claimed", "stopping")
    if not creates and record != "none" and early and checked["power_state"] != "stopped":
        claimed = task(until="stopping", **found)
        if claimed["failed"]:
            return dict(claimed)
        found["restore_id"] = claimed["restore_id"]
    last: Result = task(until="done" if record == "none" else "accepted", **found)
    for stage in ("starting", "done"):
        if last["failed"] or last["phase"] == "done":
            return last
        last = {**task(until=stage, restore_id=last["restore_id"], force=False, **by_id), "resumed": last["resumed"]}
    return last

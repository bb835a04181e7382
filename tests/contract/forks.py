# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers as processes forked from this one: cheap enough for dozens, and for one killed at every statement."""

from __future__ import annotations

import gc
import json
import os
import re
import select
import signal
import sys
import time
from types import FrameType
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context

from .conftest import IN_PLACE_ONLY, Cloud

SPEED = 100.0
"""Seconds that pass in the cloud, and for its controllers, in a real one."""
NEVER = 0
LONGEST = 300.0
"""Seconds after which a controller that does not end is a failure."""
OURS = re.compile(r"/plugins/module_utils/_(restore|record|metadata|power|snapshot|info|task)/")


class Controller:
    """A restore in a process of its own, killed before the statement of ours that has the number ``die_at``.

    With NEVER they are only counted. Without a number they are not even that, which takes much time.
    """

    def __init__(self, cloud: Cloud, *, die_at: int | None = None, **params: Any) -> None:
        reading, writing = os.pipe()
        # A thread that closes a forgotten database during the fork would leave SQLite locked in the child.
        gc.collect()
        gc.disable()
        self.pid = os.fork()
        if self.pid:
            gc.enable()
            os.close(writing)
            self._reading = reading
            return
        try:
            os.close(reading)
            answer = _run(cloud, die_at, params)
            os.write(writing, json.dumps(answer).encode())
        finally:
            # Nothing of the test that was forked along may run here.
            os._exit(0)

    def end(self) -> dict[str, Any] | None:
        """Its result, or None when it was killed."""
        if not select.select([self._reading], [], [], LONGEST)[0]:
            os.kill(self.pid, signal.SIGABRT)
        with os.fdopen(self._reading, "rb") as pipe:
            said = pipe.read()
        dummy, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return None
        return dict(json.loads(said))


def _run(cloud: Cloud, die_at: int | None, params: dict[str, Any]) -> dict[str, Any]:
    runtime = Runtime(
        monotonic=lambda: time.monotonic() * SPEED, sleep=lambda seconds: time.sleep(max(0.0, seconds) / SPEED)
    )
    options = {
        **cloud.connection,
        "snapshot": cloud.snapshot.id,
        **cloud.always,
        **cloud.needs,
        **params,
    }
    if cloud.creates:
        options = {name: value for name, value in options.items() if name not in IN_PLACE_ONLY}
    counter = _Statements(die_at)
    if die_at is not None:
        sys.settrace(counter.enter)
    try:
        outcome = execute(restore_task, Context(options, False, {}, runtime, given=frozenset(options)))
    finally:
        sys.settrace(None)
    return {"failed": outcome.failed, "statements": counter.count, **outcome.result}


class _Statements:
    """Counts the statements of our operations that are run, and kills the process before one of them."""

    def __init__(self, die_at: int | None) -> None:
        self.count = 0
        self._die_at = die_at

    def enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self.step if OURS.search(frame.f_code.co_filename) else None

    def step(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.count += 1
            if self.count == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.step

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work for all hosts of a batch at once, in one process, and how it ends early."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ...module_utils._api.clock import Runtime
from ...module_utils._fleet.crew import Cancelled, Threads
from .progress import FleetProgress

Plans = Mapping[str, Mapping[str, Any]]


@contextmanager
def together(plans: Plans, progress: FleetProgress) -> Iterator[tuple[Threads, Runtime]]:
    """Workers for the targets of these plans, and a clock that waits with them. An interruption ends the process."""
    parent = os.getppid()

    def watch() -> None:
        progress.show()
        if os.getppid() != parent:
            # Nobody reads our result any more.
            crew.cancel()

    crew = Threads(watch)
    with suppress(Cancelled), _interruptible(crew), _environment(plans):
        yield crew, Runtime(sleep=crew.sleep)
    progress.end(interrupted=crew.cancelled)
    if crew.cancelled:
        # The play is ending, and a result that nobody reads could block this process for ever.
        os._exit(1)


@contextmanager
def _interruptible(crew: Threads) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the step at the next safe point, and so does an exception, such as a task timeout."""
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, lambda *dummy: crew.cancel()) for number in _SIGNALS}
    try:
        yield
    except BaseException:
        crew.end()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def _environment(plans: Plans) -> Iterator[None]:
    """The ``environment`` of the tasks, for what reads this process's own, such as proxies; if all hosts agree."""
    wanted = [plan["environment"] for plan in plans.values()]
    shared = wanted[0] if wanted and all(one == wanted[0] for one in wanted) else {}
    before = {name: os.environ.get(name) for name in shared}
    os.environ.update(shared)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

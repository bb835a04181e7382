# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workers of a fleet: threads, what they wait for, and how all of them end early."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol, cast

from .._api.clock import Runtime

Job = Callable[[], None]

STACK_BYTES = 512 * 1024
LOOK_SECONDS = 0.25
"""How often the main thread calls ``watch``."""
GRACE_SECONDS = 40.0
"""How long a cancelled crew waits for requests in flight; a request takes at most 30 s by default."""
LONGEST_WAIT = 86400.0


class Cancelled(BaseException):
    """The crew was cancelled. Not an Exception, so a restore leaves its record as it is and a later run resumes it."""


class Signal(Protocol):
    """Set once, to end the wait of another thread."""

    def set(self) -> None:
        """End the wait."""


class Crew(ABC):
    """Runs jobs at once and lets them wait. A wait raises Cancelled once the crew was cancelled."""

    def __init__(self) -> None:
        self.cancelled = False
        self._of_thread = threading.local()

    @abstractmethod
    def signal(self) -> Signal:
        """A signal that is not set."""

    @abstractmethod
    def _park(self, signal: Signal, seconds: float, *, interruptible: bool) -> bool:
        """Wait for a signal; returns whether it was set. ``cancel`` ends an interruptible wait."""

    @abstractmethod
    def run(self, jobs: Sequence[Job], at_most: int | None = None) -> None:
        """Run all jobs, at most so many at once. Returns when all have ended, and then raises what a job raised."""

    def cancel(self) -> None:
        """End all waits, now and from now on."""
        self.cancelled = True

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Wait for a signal; returns whether it was set."""
        self.check()
        found = self._park(signal, min(seconds, LONGEST_WAIT), interruptible=not self._is_shielded)
        self.check()
        return found

    def sleep(self, seconds: float) -> None:
        self.wait(self.signal(), seconds)

    def check(self) -> None:
        """Raise Cancelled if the crew was cancelled."""
        if self.cancelled and not self._is_shielded:
            raise Cancelled

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Around what must not be interrupted half-way."""
        before = self._is_shielded
        self._of_thread.shielded = True
        try:
            yield
        finally:
            self._of_thread.shielded = before

    @property
    def _is_shielded(self) -> bool:
        return getattr(self._of_thread, "shielded", False)


class Threads(Crew):
    """One thread for each job. ``watch`` is called several times a second, from the thread that called ``run``."""

    def __init__(self, watch: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._watch = watch
        self._monotonic = Runtime().monotonic
        self._mutex = threading.Lock()
        self._parked: set[threading.Event] = set()
        self._ended = threading.Event()
        self._ended.set()

    def signal(self) -> threading.Event:
        return threading.Event()

    def cancel(self) -> None:
        super().cancel()
        with self._mutex:
            parked = list(self._parked)
        for event in parked:
            event.set()

    def _park(self, signal: Signal, seconds: float, *, interruptible: bool) -> bool:
        event = cast(threading.Event, signal)
        if not interruptible:
            return event.wait(seconds)
        with self._mutex:
            if self.cancelled:
                return False
            self._parked.add(event)
        try:
            return event.wait(seconds)
        finally:
            with self._mutex:
                self._parked.discard(event)

    def run(self, jobs: Sequence[Job], at_most: int | None = None) -> None:
        if not jobs:
            return
        waiting, errors = deque(jobs), list[BaseException]()
        self._ended = ended = threading.Event()
        left = len(jobs)

        def work() -> None:
            nonlocal left
            with suppress(IndexError):
                while True:
                    job = waiting.popleft()
                    try:
                        job()
                    except BaseException as exc:
                        errors.append(exc)
                    with self._mutex:
                        left -= 1
                        if not left:
                            ended.set()

        self._start(work, min(len(jobs), at_most or len(jobs)))
        deadline: float | None = None
        while not ended.wait(LOOK_SECONDS):
            self._watch()
            if self.cancelled:
                deadline = deadline or self._monotonic() + GRACE_SECONDS
                if self._monotonic() > deadline:
                    # What still waits for an answer is left behind; its record says that it was sent.
                    return
        if errors:
            raise errors[0]

    def end(self) -> None:
        """Cancel, and wait until all jobs have come to a safe point; for a ``run`` that was ended by an exception."""
        self.cancel()
        self._ended.wait(GRACE_SECONDS)

    def _start(self, work: Job, number: int) -> None:
        before = threading.stack_size(STACK_BYTES)
        started = 0
        try:
            while started < number:
                threading.Thread(target=work, daemon=True).start()
                started += 1
        except RuntimeError:
            # The system allows no more threads: those that run do the rest.
            if not started:
                raise
        finally:
            threading.stack_size(before)

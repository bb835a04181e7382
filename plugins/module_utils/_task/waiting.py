# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Polling: how long and how often, and following a provider's operation to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from .._api.clock import Deadline, Runtime
from .._api.errors import AnswerUnreadable, OutOfTime, ProviderError
from .._api.models import Operation
from .._api.wait import halfway, poll
from .._providers.base import Provider

T = TypeVar("T")

POLL_SECONDS = 1.6
"""The polling interval, 20 % more or less. It grows while requests are scarce, up to 15 seconds (``_api/wait.py``)."""
UNREADABLE = (404, 405, 410)
MISSES = 3
"""A new operation may not be readable at once, so it counts as unreadable after this many misses in a row."""


class Pace:
    """When to look at work in progress. This base class looks as a single run plans it."""

    def before(self, kind: str, deadline: Deadline) -> None:
        """Sleep until work of this kind (``restoring``), which has just begun, may have ended."""

    def took(self, kind: str, seconds: float) -> None:
        """Learn how long such work took."""

    def pause(self, planned: float) -> float:
        """Seconds until the next look."""
        return planned


class Patience(NamedTuple):
    """How long to wait and how often to look; ``watch`` is called with each reading of an operation."""

    deadline: Deadline
    runtime: Runtime
    watch: Callable[[Operation], None] = lambda operation: None
    pace: Pace = Pace()

    def at_most(self, seconds: float) -> Patience:
        """The same with a nearer deadline."""
        return self._replace(deadline=Deadline(min(seconds, self.deadline.left()), self.runtime))

    def poll(
        self,
        read: Callable[[], T],
        done: Callable[[T], bool],
        doing: str,
        hint: Callable[[], float | None] = lambda: None,
    ) -> T:
        """Read until ``done``; raises OutOfTime at the deadline. ``hint``: seconds until the best next poll."""
        return poll(
            read,
            done,
            doing=doing,
            deadline=self.deadline,
            runtime=self.runtime,
            interval=POLL_SECONDS,
            hint=hint,
            pace=self.pace.pause,
        )


def follow(
    provider: Provider, instance_id: str, operation: Operation, doing: str, patience: Patience
) -> Operation | None:
    """The operation once it has ended, or None if it can no longer be read; raises OutOfTime at the deadline."""
    if operation.ended:
        return operation
    misses = 0
    last: Operation | None = None
    progress: list[tuple[float, float]] = []

    def hint() -> float | None:
        """The provider's own hint; else half of the time that the progress so far predicts."""
        asked = provider.transport.asked_pause
        if asked is not None or not progress:
            return asked
        (began, first), (now, percent) = progress[0], progress[-1]
        return halfway(percent, first, now - began)

    def read() -> Operation | None:
        nonlocal misses, last
        try:
            reading = provider.get_operation(operation, instance_id)
        except ProviderError as exc:
            if exc.status not in UNREADABLE:
                raise
            misses += 1
            return None
        if reading.id != operation.id:
            raise AnswerUnreadable(f"the provider was asked for operation {operation.id} and sent {reading.id}")
        misses, last = 0, reading
        patience.watch(reading)
        if reading.progress is not None:
            progress.append((patience.runtime.monotonic(), reading.progress))
        return reading

    try:
        return patience.poll(
            read,
            lambda item: misses >= MISSES if item is None else item.ended,
            f"{doing} (operation {operation.id})",
            hint,
        )
    except OutOfTime as exc:
        if last is not None and last.status_raw:
            raise exc.with_context(detail=f"its last state was {last.status_raw!r}") from exc
        raise

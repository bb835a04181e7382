# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following a provider's operation to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .._api.clock import Deadline, Runtime
from .._api.errors import OutOfTime, ProviderError
from .._api.models import Operation
from .._api.wait import halfway, poll
from .._providers.base import Provider

POLL_SECONDS = 2.0
"""The first polling interval; it grows by half with each poll (``_api/wait.py``)."""
UNREADABLE = (404, 405, 410)
MISSES = 3
"""An operation may need a moment to be readable, so that one 404 is not yet its end."""


class Patience(NamedTuple):
    """Everything a wait needs; ``interval`` is the first pause in seconds, ``watch`` is told of each reading."""

    deadline: Deadline
    runtime: Runtime
    interval: float = POLL_SECONDS
    watch: Callable[[Operation], None] = lambda operation: None

    def at_most(self, seconds: float) -> Patience:
        """The same with a nearer deadline."""
        return self._replace(deadline=Deadline(min(seconds, self.deadline.left()), self.runtime))


def follow(
    provider: Provider, instance_id: str, operation: Operation, doing: str, patience: Patience
) -> Operation | None:
    """The operation once it has ended, or None when it can no longer be read; raises OutOfTime at the deadline."""
    if operation.ended:
        return operation
    misses = 0
    last: Operation | None = None
    readings: list[tuple[float, float]] = []

    def hint() -> float | None:
        """What the provider asks for, else what its percent promises: rarely while much is left, closely at the end."""
        asked = provider.transport.asked_pause
        if asked is not None or not readings:
            return asked
        (began, first), (now, percent) = readings[0], readings[-1]
        return halfway(percent, first, now - began)

    def read() -> Operation | None:
        nonlocal misses, last
        try:
            found = provider.get_operation(operation, instance_id)
        except ProviderError as exc:
            if exc.status not in UNREADABLE:
                raise
            misses += 1
            return None
        misses, last = 0, found
        patience.watch(found)
        if found.progress is not None:
            readings.append((patience.runtime.monotonic(), found.progress))
        return found

    try:
        return poll(
            read,
            lambda item: misses >= MISSES if item is None else item.ended,
            doing=f"{doing} (operation {operation.id})",
            deadline=patience.deadline,
            runtime=patience.runtime,
            interval=patience.interval,
            hint=hint,
        )
    except OutOfTime as exc:
        if last is not None and last.status_raw:
            exc.message += f"; its state was last {last.status_raw!r}"
        raise

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .in_flight import ConnectionWatcher


@dataclass
class OpenSession:
    """A ``requests.Session``, what watches its connections, and when it was last used (monotonic seconds)."""

    session: Any
    watcher: ConnectionWatcher = field(default_factory=ConnectionWatcher)
    last_use: float = 0.0


class Sessions:
    """The open sessions of one connection.

    A session is held by a request in flight and not by the run that sent it, so many runs share a few of them.
    """

    def __init__(self) -> None:
        self._idle: list[OpenSession] = []

    def take(self, make: Callable[[], OpenSession]) -> OpenSession:
        """The session that was used last, or a new one if all are in use."""
        try:
            return self._idle.pop()
        except IndexError:
            return make()

    def give_back(self, item: OpenSession) -> None:
        self._idle.append(item)

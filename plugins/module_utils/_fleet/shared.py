# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the targets of one account share, and a provider that reads from it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from .._api.answer import Answer
from .._api.clock import Runtime
from .._api.limiter import Limiter
from .._api.models import Instance, InstanceList, SnapshotList
from .._api.sessions import Sessions
from .._providers.base import Provider
from .._providers.registry import PROVIDERS
from .board import Board, Fetched
from .crew import Crew
from .pace import Durations
from .room import Room
from .turnstile import Ticket, Turnstile

T = TypeVar("T", InstanceList, SnapshotList)

HANDED_OVER_SECONDS = 10.0
"""How old a reading of the check may be for the run that follows it to begin with."""
MANY_QUEUED = 20
"""With so many requests waiting for the rate limit, lists are read less often."""


class Account:
    """The readings, sessions and rate limit that the targets of one account share."""

    def __init__(self, crew: Crew, runtime: Runtime, limiter: Limiter | None) -> None:
        self.active = 0
        """How many targets are being worked on."""
        self.monotonic = runtime.monotonic
        self.sessions = Sessions()
        self.room = Room(crew, None if limiter is None else _room_size(limiter))
        self.turnstile = Turnstile(crew, None if limiter is None else replace(limiter, runtime=runtime))
        self.durations = Durations(crew, runtime.monotonic, lambda: self.active)
        self.instances: Board[InstanceList] = Board(crew, runtime.monotonic, self._is_busy)
        self.snapshots: Board[SnapshotList] = Board(crew, runtime.monotonic, self._is_busy)

    def _is_busy(self) -> bool:
        return self.turnstile.queued > MANY_QUEUED


def _room_size(limiter: Limiter) -> int | None:
    """Half of the requests of a minute; None without a limit."""
    rates = [window.requests * 60.0 / window.seconds for window in limiter.windows]
    return max(20, int(min(rates) / 2.0)) if rates else None


class Kept(NamedTuple):
    """What the check read last, and when its requests left."""

    instance: Instance | None = None
    instance_at: float = -math.inf
    snapshots: SnapshotList | None = None


class SharedReads(Provider):
    """A provider of one target of a fleet: it takes its readings from those that the account shares.

    A shared reading counts if its request left after the last write of this target was answered, and if this target has
    not seen it yet.
    """

    shares_readings = True
    account_of_fleet: Account
    ticket: Ticket
    was_shared = False
    """Whether the latest reading was a shared one."""
    _wrote_at = -math.inf
    _kept = Kept()
    _handed_over = Kept()

    def join(self, account: Account, urgency: Callable[[], int]) -> None:
        """Share with the other targets of the account."""
        self.account_of_fleet, self.ticket = account, Ticket(account.turnstile, urgency)
        self.transport.limiter, self.transport.sessions = self.ticket, account.sessions
        self._seen: Counter[int] = Counter()
        self._sent: list[float] = []

    def hand_over(self, *, nothing: bool) -> None:
        """Let the run begin with what the check has read, or with ``nothing`` of it."""
        self._handed_over, self._kept = Kept() if nothing else self._kept, Kept()

    def call(self, name: str, **arguments: Any) -> Answer:
        route = self.spec.routes.get(name)
        self.was_shared = False
        try:
            return super().call(name, **arguments)
        finally:
            self._sent.append(self.transport.sent_at)
            if route is not None and route.method != "GET" and not route.query:
                self._wrote_at = self.account_of_fleet.monotonic()
                self._kept = self._handed_over = Kept()

    def get_instance(self, instance_id: str) -> Instance:
        handed, self._handed_over = self._handed_over, self._handed_over._replace(instance=None)
        now = self.account_of_fleet.monotonic()
        if handed.instance is not None and now - handed.instance_at <= HANDED_OVER_SECONDS:
            return handed.instance
        instance = self._listed(instance_id)
        if instance is None:
            instance = super().get_instance(instance_id)
            self._kept = self._kept._replace(instance_at=self.transport.sent_at)
        self._kept = self._kept._replace(instance=instance)
        return instance

    def read_power(self, instance_id: str) -> Instance:
        return self._listed(instance_id) or super().read_power(instance_id)

    def list_instances(self, name: str | None = None) -> InstanceList:
        listed = self._read(self.account_of_fleet.instances, super().list_instances)
        return listed if listed is not None else super().list_instances(name)

    def list_snapshots(self, instance_id: str | None) -> SnapshotList:
        handed, self._handed_over = self._handed_over, self._handed_over._replace(snapshots=None)
        if handed.snapshots is not None:
            return handed.snapshots
        listed = None
        if instance_id is None:
            listed = self._read(self.account_of_fleet.snapshots, lambda: super(SharedReads, self).list_snapshots(None))
        if listed is None:
            listed = super().list_snapshots(instance_id)
        self._kept = self._kept._replace(snapshots=listed)
        return listed

    def _listed(self, instance_id: str) -> Instance | None:
        """The instance from a shared reading, if it shows a power state there."""
        listed = None
        if not self.capabilities.creates_instance:
            # A list may lack the details of a new instance.
            listed = self._read(self.account_of_fleet.instances, super().list_instances)
        for item in listed.instances if listed else ():
            if item.id == instance_id and item.power_state_raw is not None:
                return item
        self.was_shared = False
        return None

    def _read(self, board: Board[T], fetch: Callable[[], T]) -> T | None:
        def fetched() -> Fetched[T]:
            before, self.ticket.first = self.transport.calls["GET"], True
            self._sent.clear()
            try:
                value = fetch()
            finally:
                self.ticket.first = False
            return Fetched(value, self._sent[0], self.transport.calls["GET"] - before)

        seen, left = self._seen[id(board)], self.transport.deadline.left()
        found = board.read(seen, self._wrote_at, fetched, left, self.account_of_fleet.active)
        if found is None:
            return None
        self._seen[id(board)] = found.number
        self.was_shared = True
        self._kept = self._kept._replace(instance_at=found.left)
        return found.value


SHARED: dict[str, type[Provider]] = {
    name: type(f"Shared{provider.__name__}", (SharedReads, provider), {}) for name, provider in PROVIDERS.items()
}

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the clouds hold. Objects are slotted: a simulator holds tens of thousands of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

RUNNING = "running"
STOPPED = "stopped"

READY = "ready"
CREATING = "creating"
FAILED = "failed"


@dataclass
class Snapshot:
    """`id` is a name on HostUp (unique in its VPS only), an id elsewhere. `status` is one of the words above,
    or any text a test wants a provider to say."""

    id: str
    name: str
    provider: str
    instance_id: str
    number: int
    created: float
    expires: float | None
    disk: dict[str, str]
    status: str = READY
    parent: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def restorable(self) -> bool:
        return self.status.lower() in (READY, "success", "available")


@dataclass
class Instance:
    """`power` is the truth of the hypervisor, not what an API may report of it. `extra` holds provider fields
    that differ from what the provider's JSON would show by default."""

    id: str
    name: str
    provider: str
    number: int
    created: float
    modified: float
    power: str = RUNNING
    disk: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    snapshots: list[Snapshot] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)  # only those not over
    past_power: list[tuple[float, str]] = field(default_factory=list)  # (until when, which), oldest first
    broken: bool = False  # a restore that should have created it failed
    deleted: bool = False

    def job(self, *works: str) -> Job | None:
        """Its work in progress of one of these kinds (of any kind if none is named)."""
        return next((job for job in self.jobs if not works or job.work in works), None)

    def set_power(self, power: str, when: float) -> None:
        if power != self.power:
            self.past_power = [*self.past_power[-7:], (when, self.power)]
            self.power = power

    def power_at(self, when: float) -> str:
        return next((power for until, power in self.past_power if when < until), self.power)


@dataclass
class Job:
    """Work that takes time. `work` is restore, start, stop, restart, snapshot, delete_snapshot or delete_instance;
    `verb` is what the provider calls it. `ends` is infinite for a job that is stuck."""

    id: str
    provider: str
    instance: Instance
    work: str
    verb: str
    created: float
    ends: float
    snapshot: Snapshot | None = None
    word: str | None = None  # a status word to show while it runs
    hidden: bool = False  # cannot be read back
    announced: bool = True  # shows up in lists
    error: str | None = None  # it will end (or has ended) in failure
    false_result: bool = False  # it will end in a success that says success: false
    finished: float | None = None

    @property
    def works(self) -> bool:
        """Whether its effect will be applied."""
        return self.error is None and not self.false_result

    def progress(self, now: float) -> float:
        """From 0 to 1."""
        if self.finished is not None:
            return 1.0
        if math.isinf(self.ends):
            return 0.5
        if self.ends <= self.created:
            return 0.99
        return min(0.99, max(0.0, (now - self.created) / (self.ends - self.created)))

    def phase(self, now: float) -> str:
        """waiting, running, done or failed."""
        if self.finished is not None:
            return "failed" if self.error else "done"
        return "waiting" if self.progress(now) < 0.1 else "running"


class Call(NamedTuple):
    """A request that a provider answered."""

    number: int
    time: float
    method: str
    path: str
    user_agent: str | None
    status: int


@dataclass(frozen=True)
class Durations:
    """Simulated seconds that work takes."""

    restore: float = 10.0  # also the building of a Barrack VM
    power: float = 4.0
    create: float = 5.0  # snapshot create and delete, and the deletion of an instance

    def changed(self, changes: dict[str, float]) -> Durations:
        names = [spec.name for spec in fields(self)]
        for name, seconds in changes.items():
            if name not in names:
                raise ValueError(f"unknown duration {name!r}; there are {', '.join(names)}")
            if not isinstance(seconds, (int, float)) or seconds < 0:
                raise ValueError(f"duration {name}: {seconds!r} is not a number of seconds")
        return replace(self, **changes)

    def of(self, work: str) -> float:
        if work == "restore":
            return self.restore
        return self.power if work in ("start", "stop", "restart") else self.create

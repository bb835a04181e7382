# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider holds, and what is said on the wire: instances, snapshots, work, requests and answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
MARKER = "indiecloud-restore"
"""The entry in tags, or the beginning of a description, that keeps a record at the provider (docs of record)."""


class Clock:
    """Seconds since the Unix epoch, the same for all."""

    def __init__(self) -> None:
        self.now = START


class NoRoute(Exception):
    """The provider has no such route."""


class Refuse(Exception):
    """The provider refuses, in its own error format."""

    def __init__(self, status: int, text: str, code: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = code


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    text: str
    kind: str = ""
    ids: tuple[str, ...] = ()
    attempt: Attempt | None = None
    run: Any = None
    fails: bool = False
    """The work it begins will end in failure."""
    late: bool = False
    """It arrives long after its sender gave it up."""


@dataclass
class Reply:
    """``payload`` is JSON, ``text`` a body as it is. ``readings`` tell which power states the body shows."""

    status: int = 200
    payload: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    seconds: float = 0.0
    """How long the provider takes to answer."""


@dataclass
class Reading:
    """A power state as shown to a run: of which instance, as of when, and when it was shown."""

    vm: VM
    power: str
    as_of: float
    shown: float = 0.0


@dataclass(eq=False)
class VM:
    id: str
    name: str
    power: str = "running"
    disk: list[int] = field(default_factory=list)
    snapshots: list[Snap] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)
    """All work there ever was, the oldest first."""
    made: float = START
    alive: bool = True
    origin: Attempt | None = None
    """The restore that made it."""
    from_snapshot: Snap | None = None
    building: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    modified: float = START
    history: list[tuple[float, str]] = field(default_factory=list)
    """Power states with the time since which they hold."""
    episodes: list[Episode] = field(default_factory=list)

    def busy(self) -> list[Work]:
        return [item for item in self.work if not item.done]

    def power_at(self, when: float) -> str:
        return next((power for since, power in reversed(self.history) if since <= when), self.history[0][1])


@dataclass(eq=False)
class Episode:
    """An instance ran from ``begins`` to ``ends`` (None: still), ``by`` a person, a run, or a restore."""

    begins: float
    by: Any
    ends: float | None = None


@dataclass(eq=False)
class Snap:
    number: int
    id: str
    name: str
    vm: VM
    created: float
    ready: float
    disk: frozenset[int]
    expires: float | None = None
    description: str | None = None
    by: Any = None
    """The run that asked for it."""
    gone: bool = False
    failed: bool = False
    deleted: bool = False
    """A person deleted it: it was taken all the same."""


@dataclass(eq=False)
class Work:
    """A job or task. ``ends`` is when it takes effect."""

    id: str
    kind: str
    vm: VM
    begins: float
    ends: float
    word: str = ""
    """What the provider calls it."""
    snap: Snap | None = None
    attempt: Attempt | None = None
    by: Any = None
    fails: bool = False
    done: bool = False
    cancelled: bool = False
    parameters: dict[str, Any] | None = None
    listed_from: float = 0.0
    listed_to: float = float("inf")
    owner: str = ""
    """The id of the instance it names, where that is not ``vm``."""
    created: float | None = None
    power_before: str = "stopped"

    @property
    def succeeded(self) -> bool:
        return self.done and not self.fails and not self.cancelled


@dataclass(eq=False)
class Attempt:
    """One request to restore, as it left the client. ``told`` is what the client could learn from its answer."""

    number: int
    run: Any
    sent: float
    vm: VM | None = None
    snap: Snap | None = None
    arrived: float | None = None
    begun: float | None = None
    ended: float | None = None
    effective: float | None = None
    failed: bool = False
    told: str = "unknown"
    """accepted, refused, unknown or not_sent."""
    held: bool = False
    """Still in front of the provider, and will arrive."""
    held_until: float = 0.0
    made: VM | None = None
    power_seen: tuple[Reading, ...] = ()
    user_agent: str = ""
    status: int | None = None
    account: Any = None

    @property
    def outstanding(self) -> bool:
        """It will, or may still, take effect."""
        return self.held or (self.begun is not None and self.ended is None)

    @property
    def worked(self) -> bool:
        """It took effect, or will."""
        return self.effective is not None or self.outstanding


@dataclass
class Effect:
    """A disk was replaced: ``lost`` are the writes of it that are not in the restored snapshot."""

    time: float
    attempt: Attempt
    vm: VM
    lost: frozenset[int]
    kept: frozenset[int]
    """Writes that some snapshot of the instance held at that moment, or held until a person deleted it."""
    running: bool


@dataclass
class PowerRequest:
    """A power request of a run as it arrived. ``restoring`` are the restores under way or queued at that moment."""

    time: float
    run: Any
    vm: VM
    action: str
    restoring: tuple[Attempt, ...]
    power: str
    refused: bool = False
    late: bool = False

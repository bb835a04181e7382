# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of all providers, as immutable values.

Times are datetimes with a time zone. ``to_result()`` returns JSON values, with times as ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple


class Word(str, Enum):
    """A closed vocabulary whose members are plain strings in results, records and messages."""

    def __str__(self) -> str:
        return str(self.value)


class PowerState(Word):
    """Power state of an instance. ``CHANGING``: the provider does not say into what."""

    RUNNING = "running"
    STOPPED = "stopped"
    STARTING = "starting"
    STOPPING = "stopping"
    CHANGING = "changing"
    ERROR = "error"
    DELETED = "deleted"
    UNKNOWN = "unknown"


SETTLING = frozenset({PowerState.STARTING, PowerState.STOPPING, PowerState.CHANGING})


class OperationStatus(Word):
    """Status of a provider's background operation. ``UNKNOWN``: it ended and its last word is not a published one."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


def iso(when: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    return None if when is None else when.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def exact(when: datetime | None) -> str | None:
    """ISO 8601 in UTC, with fractions of a second, to compare."""
    return None if when is None else when.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def _to_result(value: Any) -> dict[str, Any]:
    """The fields as JSON values."""
    return {name: _json(item) for name, item in value._asdict().items()}


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Enum):
        return value.value
    return iso(value) if isinstance(value, datetime) else value


class Instance(NamedTuple):
    """A virtual machine. ``power_state_raw`` is the provider's own word for the power state.

    ``power_state_at`` is when the provider last read it, ``uptime`` is in seconds, ``addresses`` includes the primary
    ones. ``from_snapshot``: it was created from a snapshot; ``origin`` is the id of that snapshot. None is unknown.
    """

    id: str
    name: str
    power_state: PowerState = PowerState.UNKNOWN
    power_state_raw: str | None = None
    power_state_at: datetime | None = None
    uptime: float | None = None
    status: str | None = None
    hostname: str | None = None
    ipv4: str | None = None
    ipv6: str | None = None
    addresses: tuple[str, ...] = ()
    tags: Any = None
    location: str | None = None
    size: str | None = None
    image: str | None = None
    hourly_rate: float | None = None
    currency: str | None = None
    created_at: datetime | None = None
    from_snapshot: bool | None = None
    origin: str | None = None

    def to_result(self) -> dict[str, Any]:
        return _to_result(self)


class Snapshot(NamedTuple):
    """A snapshot; ``restorable`` is None where the provider does not say. ``size_gb`` is in gigabytes.

    ``extra`` is what only this provider knows of a snapshot.
    """

    id: str
    name: str
    instance_id: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    status: str | None = None
    restorable: bool | None = None
    description: str | None = None
    includes_memory: bool | None = None
    parent: str | None = None
    size_gb: float | None = None
    extra: Mapping[str, Any] = MappingProxyType({})

    def to_result(self) -> dict[str, Any]:
        return _to_result(self)


class Operation(NamedTuple):
    """Background work of a provider, such as a job or a task. ``progress`` is in percent."""

    id: str
    kind: str | None = None
    status: OperationStatus = OperationStatus.PENDING
    status_raw: str | None = None
    ended: bool = False
    progress: float | None = None
    message: str | None = None
    poll_path: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    instance_id: str | None = None
    snapshot_id: str | None = None

    def to_result(self) -> dict[str, Any]:
        return _to_result(self)


class Candidate(NamedTuple):
    """An operation that may be a restore.

    ``certain``: its kind or its snapshot rules out other work. ``named_restore``: its kind says that it is a restore.
    """

    operation: Operation
    certain: bool
    named_restore: bool = False


class Gate(NamedTuple):
    """Whether a provider would accept an action now; ``allowed`` is None if unknown."""

    allowed: bool | None = None
    reason: str | None = None
    code: str | None = None

    def to_result(self) -> dict[str, Any]:
        return _to_result(self)


class SnapshotList(NamedTuple):
    """The snapshots of an instance and what its provider allows. ``limit`` is how many the plan allows.

    ``complete``: nothing indicates that a snapshot is missing.
    """

    snapshots: tuple[Snapshot, ...]
    can_restore: Gate = Gate()
    can_create: Gate = Gate()
    limit: int | None = None
    complete: bool = True

    @property
    def names_are_complete(self) -> bool:
        """Whether a name that the list shows once belongs to one snapshot only."""
        return self.complete and all(item.name for item in self.snapshots)


class Schedule(NamedTuple):
    """A provider's own schedule of snapshots. None is unknown."""

    enabled: bool | None = None
    interval_hours: float | None = None
    retention_days: float | None = None
    last_run: datetime | None = None
    next_run: datetime | None = None

    def to_result(self) -> dict[str, Any]:
        return _to_result(self)


class ScheduleReading(NamedTuple):
    """The schedule of an instance, None if it has none. ``limit`` is how many snapshots the plan allows."""

    schedule: Schedule | None
    can_enable: Gate = Gate()
    limit: int | None = None


class InstanceList(NamedTuple):
    """Instances. ``complete``: nothing indicates that one is missing, so an absence from the list is proof."""

    instances: tuple[Instance, ...]
    complete: bool = True

    @property
    def names_are_complete(self) -> bool:
        """Whether a name that is not in the list is unused: an instance that is being created may have none yet."""
        return self.complete and all(item.name for item in self.instances)


class Accepted(NamedTuple):
    """The answer to an accepted restore: its operation, and the new instance if it creates one."""

    operation: Operation | None = None
    instance: Instance | None = None
    request_id: str | None = None

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore depends on, read with GET requests only."""

from __future__ import annotations

from typing import NamedTuple

from .._api.errors import RouteUnconfirmed
from .._api.models import Gate, Instance, PowerState, Snapshot, SnapshotList, iso
from .._providers.base import Provider
from .._task.refusal import Refusal
from .._task.resolve import Found, find_snapshot, unlisted_snapshot
from .options import RestoreOptions


class Facts(NamedTuple):
    """What the preflight read.

    ``target`` is the key of the record: the id of the instance that is overwritten, or the name of the new one.
    ``listed`` are the snapshots among which ``snapshot`` was looked up. ``existing`` is an instance that has the new
    name already. ``hourly_price`` is an amount and a currency. ``name_unverified`` says why it is not certain that the
    new name is unused.
    """

    target: str
    snapshot_id: str
    instance_id: str = ""
    instance: Instance | None = None
    snapshot: Snapshot | None = None
    listed: SnapshotList | None = None
    existing: Instance | None = None
    hourly_price: tuple[float, str] | None = None
    unverified: tuple[str, ...] = ()
    name_unverified: str | None = None
    refusals: tuple[Refusal, ...] = ()

    @property
    def can_restore(self) -> Gate:
        return self.listed.can_restore if self.listed else Gate()

    @property
    def power_state(self) -> PowerState | None:
        return self.instance.power_state if self.instance else None

    @property
    def settled_power_state(self) -> PowerState | None:
        """``running`` or ``stopped``, or None in any other state."""
        return self.power_state if self.power_state in (PowerState.RUNNING, PowerState.STOPPED) else None


def read_snapshot(
    provider: Provider, wanted: str, instance_id: str | None
) -> tuple[Found[Snapshot], SnapshotList | None]:
    """Look up the snapshot among those of an instance, or with None among those of the account."""
    try:
        listed = provider.list_snapshots(instance_id)
    except RouteUnconfirmed as exc:
        return unlisted_snapshot(provider, wanted, exc), None
    return find_snapshot(provider, wanted, listed), listed


def facts_of(
    target: str,
    options: RestoreOptions,
    found: Found[Instance],
    snapshot: Found[Snapshot],
    listed: SnapshotList | None,
) -> Facts:
    """Facts from an instance and a snapshot that were looked up."""
    return Facts(
        target=target,
        snapshot_id=snapshot.id or options.snapshot,
        instance_id=found.id or "",
        instance=found.thing,
        snapshot=snapshot.thing,
        listed=listed,
        unverified=(*found.unverified, *snapshot.unverified),
        refusals=tuple(item for item in (found.refusal, snapshot.refusal) if item),
    )


def same_snapshot(known: Snapshot, now: Snapshot) -> bool:
    """Whether two readings of one id show the same snapshot; without creation times other fields decide."""
    if known.created_at is not None or now.created_at is not None:
        return known.created_at == now.created_at
    return _marks(known) == _marks(now)


def _marks(snapshot: Snapshot) -> list[object]:
    return [dict(snapshot.extra), iso(snapshot.expires_at), snapshot.description]


def merge_power(known: Instance | None, reading: Instance) -> Instance:
    """What is known of an instance, with the power state of a fresh reading."""
    if known is None:
        return reading
    return known._replace(
        power_state=reading.power_state,
        power_state_raw=reading.power_state_raw,
        power_state_at=reading.power_state_at,
    )


def find_by_name(provider: Provider, name: str) -> tuple[Instance | None, bool]:
    """The instance with exactly this name, with its details if they can be read; and whether the list was complete."""
    listed = provider.list_instances(name)
    for item in listed.instances:
        if item.name == name and item.power_state != PowerState.DELETED:
            try:
                return provider.get_instance(item.id), listed.names_are_complete
            except RouteUnconfirmed:
                return item, listed.names_are_complete
    return None, listed.names_are_complete

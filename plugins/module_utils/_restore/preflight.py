# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a restore rests on. Sends GET only, and collects every refusal instead of stopping at the first."""

from __future__ import annotations

from typing import NamedTuple

from .._api.errors import RouteUnconfirmed
from .._api.models import Instance, PowerState, Snapshot, SnapshotList
from .._providers.base import Provider
from .._task.refusal import Refusal
from .._task.resolve import Found, find_instance, find_snapshot, unlisted_snapshot
from .options import Facts, RestoreOptions

NO_LIST = "that no instance is named {name!r} already ({why})"


class Preflight(NamedTuple):
    """Facts, and the refusals found while reading them."""

    facts: Facts
    refusals: tuple[Refusal, ...] = ()


def find_target(provider: Provider, options: RestoreOptions, *, known: bool) -> Found[Instance]:
    """The instance that ``instance`` means; where restoring makes a new one and none is named, nothing."""
    if options.instance is None:
        return Found(None)
    # Where a new instance is made nothing is overwritten, and the list is read for the new name in any case.
    known = known or provider.capabilities.creates_instance
    return find_instance(provider, options.instance, options.expected_instance_name, known=known)


def read(
    provider: Provider,
    options: RestoreOptions,
    found: Found[Instance],
    *,
    check_mode: bool,
    known: Snapshot | None = None,
) -> Preflight:
    """Read the snapshot, the gate and, where a new instance is made, its name and price.

    In check mode a price that only a POST tells is left unread. A ``known`` snapshot is not read again.
    """
    refusals = [found.refusal] if found.refusal else []
    unverified = list(found.unverified)
    snapshot: Found[Snapshot] = Found(None)
    listed: SnapshotList | None = None
    if known is not None:
        snapshot = Found(known.id, known)
    elif found.id is not None or provider.capabilities.creates_instance:
        snapshot, listed = _read_snapshot(provider, options, found.id)
    if snapshot.refusal:
        refusals.append(snapshot.refusal)
    facts = Facts(
        target=(options.new_vm_name if provider.capabilities.creates_instance else found.id or options.instance) or "",
        snapshot_id=snapshot.id or options.snapshot,
        snapshot_ids_reused=provider.capabilities.snapshot_ids_reused,
        instance_id=found.id or "",
        instance=found.thing,
        snapshot=snapshot.thing,
        listed=listed,
        unverified=(*unverified, *snapshot.unverified),
    )
    if provider.capabilities.creates_instance:
        facts = _read_new_instance(provider, options, facts, check_mode=check_mode)
    return Preflight(facts, tuple(refusals))


def _read_snapshot(
    provider: Provider, options: RestoreOptions, instance_id: str | None
) -> tuple[Found[Snapshot], SnapshotList | None]:
    try:
        # Where a new instance is made the snapshots of the whole account are listed: they say whose they are.
        listed = provider.list_snapshots(None if provider.capabilities.creates_instance else instance_id)
    except RouteUnconfirmed as exc:
        return unlisted_snapshot(provider, options.snapshot, exc), None
    return find_snapshot(provider, options.snapshot, listed.snapshots), listed


def _read_new_instance(provider: Provider, options: RestoreOptions, facts: Facts, *, check_mode: bool) -> Facts:
    name, unlisted = options.new_vm_name or "", None
    try:
        existing, complete = find_by_name(provider, name)
        facts = facts._replace(existing=existing)
        if existing is None and not complete:
            unlisted = NO_LIST.format(name=name, why="the list ends before what it counts, or has items without a name")
    except RouteUnconfirmed as exc:
        unlisted = NO_LIST.format(name=name, why=exc.message)
    if unlisted:
        facts = facts._replace(unverified=(*facts.unverified, unlisted), name_unverified=unlisted)
    snapshot = facts.snapshot
    if facts.instance_id and snapshot is not None and snapshot.instance_id is None:
        text = f"that snapshot {snapshot.name} was taken of instance {facts.instance_id}"
        facts = facts._replace(unverified=(*facts.unverified, text))
    if options.max_hourly_rate is not None and snapshot is not None:
        facts = facts._replace(hourly_price=provider.hourly_price(snapshot, read_only=check_mode))
    return facts


def find_by_name(provider: Provider, name: str) -> tuple[Instance | None, bool]:
    """The instance with exactly this name, with its details where they can be read, and whether the list was whole."""
    listed = provider.list_instances(name)
    for item in listed.instances:
        if item.name == name and item.power_state != PowerState.DELETED:
            try:
                return provider.get_instance(item.id), listed.complete
            except RouteUnconfirmed:
                return item, listed.complete
    return None, listed.complete

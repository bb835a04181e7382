# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons to refuse a guarded change before anything is touched, from facts alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from .._api.models import Instance, PowerState, Snapshot, SnapshotList, iso
from .._providers.base import Capabilities
from .._record.record import Record
from .._restore.identity import is_marked
from .._snapshot.snapshots import creation_refusals
from .._task.refusal import Refusal
from .decision import Action
from .state import State, state_of

NAME = "guard-{}"
LONGEST_SLUG = 26
"""With the prefix and a digest, a name has at most 40 characters, the shortest limit of the providers."""


class Planned(NamedTuple):
    """The times of a change in seconds: of its tasks and their verification, and of the rollback that may follow."""

    tasks: float
    rollback: float

    @property
    def total(self) -> float:
        return self.tasks + self.rollback


class Seen(NamedTuple):
    """What was read of an instance. ``guard`` is the snapshot of an earlier run of this change, ``same_name`` another
    one that has its name. ``answers``: Ansible can connect to the host; None if that was not tried.
    """

    instance: Instance | None
    listed: SnapshotList
    guard: Snapshot | None
    same_name: Snapshot | None
    answers: bool | None


def snapshot_name(change_id: str) -> str:
    """The name of the snapshot of a change. Where the id has other characters or is too long, a digest is added."""
    slug = re.sub(r"[^A-Za-z0-9_-]", "-", change_id)
    if slug != change_id or len(slug) > LONGEST_SLUG:
        slug = f"{slug[:LONGEST_SLUG]}-{hashlib.sha256(change_id.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"
    return NAME.format(slug)


def is_guard(record: Record, item: Snapshot, *, reused: bool) -> bool:
    """Whether a snapshot is the one that the record of a change names; ``reused``: ids can be those of older ones."""
    if record.change is None:
        return False
    if state_of(record) == State.PREPARING and not record.snapshot_id:
        # The controller died before it saw the snapshot, whose name was not used before. Others may use it since.
        return item.name == record.snapshot_name and (not item.description or is_marked(record, item))
    same_time = record.snapshot_created_at is not None and iso(item.created_at) == record.snapshot_created_at
    return item.id == record.snapshot_id and (same_time or not reused or is_marked(record, item))


def refusals(
    action: Action, capabilities: Capabilities, name: str, seen: Seen, planned: Planned, now: datetime
) -> list[Refusal]:
    """Why the tasks cannot be run with a way back now; ``now`` is the provider's time."""
    found = [*_host(seen), *_gate(seen)]
    if action == Action.CHANGE:
        return [*found, *_snapshot(capabilities, name, seen), *_lifetime(capabilities, planned)]
    return [*found, *_first_snapshot(name, seen, planned, now)]


def _host(seen: Seen) -> Iterator[Refusal]:
    state = seen.instance.power_state if seen.instance else None
    if state not in (None, PowerState.RUNNING, PowerState.UNKNOWN):
        yield Refusal(
            "instance_not_running",
            f"the instance is {state}, so the tasks cannot run on it",
            "Start it with the module instance_power, then run again.",
        )
    elif seen.answers is False:
        yield Refusal(
            "host_unreachable",
            "Ansible cannot connect to the host, so nothing could be changed or verified",
            "Make the host reachable, then run again.",
        )


def _gate(seen: Seen) -> Iterator[Refusal]:
    # Without a snapshot the gate may be closed for that reason. The restore is checked again when there is one.
    gate = seen.listed.can_restore
    if gate.allowed is False and seen.listed.snapshots:
        code = f" [{gate.code}]" if gate.code else ""
        yield Refusal(
            "restore_not_allowed",
            f"the provider does not allow a restore now{code}: {gate.reason or 'no reason given'}",
            "Fix what the provider reports, or wait until its running work has ended.",
        )


def _snapshot(capabilities: Capabilities, name: str, seen: Seen) -> Iterator[Refusal]:
    listed = seen.listed
    if seen.same_name is not None:
        yield Refusal(
            "snapshot_name_taken",
            f"there is a snapshot {name!r} already, which this change did not take",
            "Delete it with the module snapshot, or set another guarded_change_id.",
        )
    elif not listed.names_are_complete:
        text = f"whether there is a snapshot {name!r} is unknown: the list of snapshots is incomplete"
        yield Refusal("snapshot_name_unresolvable", text, "Run again.")
    if seen.guard is not None:
        # It is deleted before the new one is taken.
        rest = tuple(item for item in listed.snapshots if item.id != seen.guard.id)
        full = listed.limit is not None and len(listed.snapshots) >= listed.limit
        gate = listed.can_create._replace(allowed=None) if full else listed.can_create
        listed = listed._replace(snapshots=rest, can_create=gate)
    yield from creation_refusals(capabilities, name, listed)


def _lifetime(capabilities: Capabilities, planned: Planned) -> Iterator[Refusal]:
    hours = capabilities.snapshot_lifetime_hours
    if hours is not None and planned.total >= hours * 3600:
        yield Refusal(
            "snapshot_expires_soon",
            f"the provider deletes snapshots after about {hours:g} hours, and the change and its rollback may take "
            f"{planned.total / 3600:.1f}",
            "Lower guarded_change_timeout or guarded_change_wait_timeout.",
        )


def _first_snapshot(name: str, seen: Seen, planned: Planned, now: datetime) -> Iterator[Refusal]:
    if seen.guard is None:
        yield Refusal(
            "snapshot_not_found",
            f"the snapshot {name!r} that was taken before this change no longer exists, so there is no way back",
            "Check the host. Take another snapshot under another guarded_change_id to go on from here.",
        )
    elif seen.guard.expires_at is not None and seen.guard.expires_at < now + timedelta(seconds=planned.total):
        yield Refusal(
            "snapshot_expires_soon",
            f"the snapshot {name!r} expires at {iso(seen.guard.expires_at)}, before the change and its rollback would "
            "have ended; a new one would hold a half-changed disk",
            "Roll back with guarded_change_on_resume: restore while it lasts, or lower guarded_change_timeout.",
        )

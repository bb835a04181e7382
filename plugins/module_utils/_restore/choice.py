# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot that the options describe instead of naming it. It is chosen once, and then the record names it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from .._api.errors import RouteUnconfirmed
from .._api.models import Instance, Snapshot, SnapshotList, exact, iso
from .._record.record import Record
from .._task.refusal import Refusal, Refused
from .._task.resolve import Found, find_snapshot, unlisted_snapshot
from . import as_of, undo

if TYPE_CHECKING:
    from .restore import Restore


class Choice(NamedTuple):
    """The snapshot that was chosen for this restore."""

    snapshot_id: str
    name: str
    created_at: datetime | None


def read_chosen(
    restore: Restore, instance: Found[Instance], listed_of: str | None
) -> tuple[Found[Snapshot], SnapshotList | None]:
    """Look up the snapshot that was chosen before, or choose it now.

    ``listed_of`` is the instance whose snapshots are listed, None for those of the account. Raises Refused if nothing
    can be chosen for a restore that has begun with another option, or if an undo belongs to an earlier restore.
    """
    provider, target = restore.provider, restore.target_of(instance)
    listed: SnapshotList | None = None
    unread: RouteUnconfirmed | None = None
    try:
        listed = provider.list_snapshots(listed_of)
    except RouteUnconfirmed as exc:
        unread = exc
    # The record may be in the list.
    restore.store.look(target, instance.thing, listed)
    record = restore.store.find(provider.spec.name, target, restore.options.restore_id or "")
    if record is not None and restore.options.undo_of is not None:
        undo.require_latest(restore, record, restore.options.undo_of)
    if record is not None and _was_chosen_alike(restore, record):
        name = record.snapshot_name or record.snapshot_id
        restore.choice = Choice(record.snapshot_id, name, record.snapshot_time)
    if restore.choice is not None:
        return _find_chosen(restore, restore.choice, listed, unread), listed
    if unread is not None or listed is None:
        text = f"snapshots cannot be listed: {unread.message if unread else ''}"
        found = Found[Snapshot](None, refusal=Refusal("as_of_undecidable", text, as_of.ADVICE))
    elif restore.options.undo_of is not None:
        found = undo.choose(restore, target, restore.options.undo_of, listed)
    else:
        found = as_of.choose(restore, listed, instance.id)
    if found.refusal is not None and record is not None and record.unfinished:
        raise Refused(f"restoring {target}", [found.refusal])
    if found.thing is not None:
        restore.choice = Choice(found.thing.id, found.thing.name, found.thing.created_at)
    return found, listed


def _was_chosen_alike(restore: Restore, record: Record) -> bool:
    """Whether the snapshot of this record was chosen by the same option."""
    if restore.options.undo_of is not None:
        return True
    return record.snapshot_as_of == exact(restore.options.snapshot_as_of)


def _find_chosen(
    restore: Restore, choice: Choice, listed: SnapshotList | None, unread: RouteUnconfirmed | None
) -> Found[Snapshot]:
    if listed is None and unread is not None:
        return unlisted_snapshot(restore.provider, choice.snapshot_id, unread)
    found = find_snapshot(restore.provider, choice.snapshot_id, listed or SnapshotList(()))
    # Where the name is the id, another snapshot may have it by now.
    replaced = found.thing is not None and None not in (choice.created_at, found.thing.created_at)
    if not found.missing and not (replaced and found.thing and iso(found.thing.created_at) != iso(choice.created_at)):
        return found
    refusal = Refusal(
        "snapshot_not_found",
        f"snapshot {choice.name!r} of {iso(choice.created_at)}, which was chosen for this restore as "
        f"{restore.options.description}, no longer exists",
        "To restore another snapshot, use another restore_id.",
    )
    return Found(choice.snapshot_id, refusal=refusal)

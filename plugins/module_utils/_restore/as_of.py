# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``snapshot_as_of``: the newest restorable snapshot at or before a time, chosen once and then kept in the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from .._api.errors import RouteUnconfirmed
from .._api.models import Instance, Snapshot, SnapshotList, exact, iso
from .._snapshot.snapshots import FAILED_WORDS
from .._task.refusal import Refusal, Refused
from .._task.resolve import Found, find_snapshot, unlisted_snapshot

if TYPE_CHECKING:
    from .restore import Restore

CLOCK_ERROR = timedelta(minutes=5)
"""How far the controller's clock may be ahead of the provider's."""
ADVICE = "Set the option snapshot to the id of a snapshot; the module snapshot_info lists them."


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
    can be chosen for a restore that has begun with another option.
    """
    provider, target = restore.provider, restore.target_of(instance)
    listed: SnapshotList | None = None
    try:
        listed, unread = provider.list_snapshots(listed_of), None
    except RouteUnconfirmed as exc:
        unread = exc
    # The record may be in the list.
    restore.store.look(target, instance.thing, listed)
    record = restore.store.find(provider.spec.name, target, restore.options.restore_id or "")
    if record is not None and record.snapshot_as_of == exact(restore.options.snapshot_as_of):
        name = record.snapshot_name or record.snapshot_id
        restore.choice = Choice(record.snapshot_id, name, record.snapshot_time)
    if restore.choice is not None:
        return _find_chosen(restore, restore.choice, listed, unread), listed
    found: Found[Snapshot]
    if listed is None:
        found = _undecidable(f"snapshots cannot be listed: {unread.message if unread else ''}")
    else:
        found = _choose(restore, listed, instance.id)
    if found.refusal is not None and record is not None and record.unfinished:
        raise Refused(f"restoring {target}", [found.refusal])
    if found.thing is not None:
        restore.choice = Choice(found.thing.id, found.thing.name, found.thing.created_at)
    return found, listed


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
        f"snapshot {choice.name!r} of {iso(choice.created_at)}, which was chosen for this restore as of "
        f"{exact(restore.options.snapshot_as_of)}, no longer exists",
        "To restore another snapshot, set another restore_id.",
    )
    return Found(choice.snapshot_id, refusal=refusal)


def _choose(restore: Restore, listed: SnapshotList, instance_id: str | None) -> Found[Snapshot]:
    as_of, now = restore.options.snapshot_as_of, restore.now()
    if as_of is None or as_of - now > CLOCK_ERROR:
        text = f"snapshot_as_of {exact(as_of)} is in the future; the provider's clock says {iso(now)}"
        return Found(None, refusal=Refusal("as_of_in_future", text, "Set a time that has passed."))
    mine = [item for item in listed.snapshots if item.instance_id in (None, instance_id)]
    usable = list({item.id: item for item in mine if _is_usable(item, now)}.values())
    problem = _problem(usable, listed, account_wide=restore.capabilities.lists_account_snapshots)
    if problem:
        return _undecidable(problem)
    before = [item for item in usable if item.created_at and item.created_at <= as_of]
    if not before:
        return _none_before(usable, as_of)
    newest = max(item.created_at for item in before if item.created_at)
    latest = [item for item in before if item.created_at == newest]
    if len(latest) > 1:
        return _undecidable(f"{_names(latest)} were created at the same time, {iso(newest)}")
    return Found(latest[0].id, latest[0])


def _is_usable(snapshot: Snapshot, now: datetime) -> bool:
    expired = snapshot.expires_at is not None and snapshot.expires_at <= now
    return snapshot.restorable is not False and not expired and (snapshot.status or "").lower() not in FAILED_WORDS


def _problem(usable: Sequence[Snapshot], listed: SnapshotList, *, account_wide: bool) -> str | None:
    """Why another snapshot than the one that seems the newest may be it."""
    if not listed.complete:
        return "the list of snapshots is incomplete"
    undated = [item for item in usable if item.created_at is None]
    if undated:
        return f"the provider does not say when {_names(undated)} was created"
    unowned = [item for item in usable if account_wide and item.instance_id is None]
    if unowned:
        return f"the provider does not say of which instance {_names(unowned)} was created"
    return None


def _names(snapshots: Sequence[Snapshot]) -> str:
    return ", ".join(f"{item.name!r} ({item.id})" for item in snapshots[:5])


def _undecidable(why: str) -> Found[Snapshot]:
    text = f"which snapshot is the newest at the time of snapshot_as_of cannot be decided: {why}"
    return Found(None, refusal=Refusal("as_of_undecidable", text, ADVICE))


def _none_before(usable: Sequence[Snapshot], as_of: datetime) -> Found[Snapshot]:
    oldest = min((item for item in usable), key=lambda item: item.created_at or as_of, default=None)
    known = f"the oldest is {oldest.name!r} of {iso(oldest.created_at)}" if oldest else "there is none at all"
    text = f"no snapshot that can be restored was created at or before {exact(as_of)}; {known}"
    return Found(None, refusal=Refusal("no_snapshot_as_of", text, "Set a later time, or choose a snapshot."))

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``snapshot_as_of``: the newest restorable snapshot at or before a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .._api.models import Snapshot, SnapshotList, exact, iso
from .._snapshot.snapshots import FAILED_WORDS
from .._task.refusal import Refusal
from .._task.resolve import Found

if TYPE_CHECKING:
    from .restore import Restore

CLOCK_ERROR = timedelta(minutes=5)
"""How far the controller's clock may be ahead of the provider's."""
ADVICE = "Set the option snapshot to the id of a snapshot; the module snapshot_info lists them."


def choose(restore: Restore, listed: SnapshotList, instance_id: str | None) -> Found[Snapshot]:
    """The newest restorable snapshot of the instance, or a refusal if it is not certain which one that is."""
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

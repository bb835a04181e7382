# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which restore this is, and what its record says to do."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from .._api.errors import CloudError
from .._api.models import Snapshot, Word, iso
from .._providers.base import ProviderSpec
from .._record.record import Phase, Record, RecordStore
from .preflight import Facts, same_snapshot


class DecisionKind(Word):
    """What to do with a restore: begin it, resume it, or nothing since it is done."""

    FRESH = "fresh"
    RESUME = "resume"
    ALREADY = "already"


class Decision(NamedTuple):
    """What to do, and the record that decides it. ``superseded`` are the records that ``force`` gives up."""

    kind: DecisionKind
    restore_id: str
    record: Record | None = None
    superseded: tuple[Record, ...] = ()


def default_restore_id(provider: str, facts: Facts) -> str:
    """A digest of target and snapshot, with the creation time of the snapshot since its id may be reused."""
    created = iso(facts.snapshot.created_at) if facts.snapshot else None
    parts = [provider, facts.target, facts.snapshot_id, created]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def decide(spec: ProviderSpec, facts: Facts, store: RecordStore, *, restore_id: str | None, force: bool) -> Decision:
    """Apply the identity rule.

    Raises CloudError ``restore_id_conflict``, ``restore_in_progress``, ``restore_given_up`` or
    ``snapshot_identity_unknown``.
    """
    records = store.all_of(spec.name, facts.target)
    record, wanted = _own(records, spec, facts, restore_id)
    others = tuple(item for item in records if item.unfinished and item.restore_id != wanted)
    if force:
        return Decision(DecisionKind.FRESH, wanted, record, others)
    if record is not None and record.phase == Phase.DONE:
        require_same_snapshot(spec, record, facts)
        return Decision(DecisionKind.ALREADY, wanted, record)
    if record is not None and record.phase == Phase.PREPARED:
        require_same_snapshot(spec, record, facts)
    if others:
        raise _in_progress(others[0])
    if record is not None and record.unfinished:
        require_same_snapshot(spec, record, facts)
        return Decision(DecisionKind.RESUME, wanted, record)
    if record is not None and record.given_up_in_doubt:
        raise _given_up(record)
    return Decision(DecisionKind.FRESH, wanted, record)


def _own(records: list[Record], spec: ProviderSpec, facts: Facts, restore_id: str | None) -> tuple[Record | None, str]:
    wanted = restore_id or default_restore_id(spec.name, facts)
    for item in records:
        if item.restore_id == wanted:
            return item, wanted
    created = facts.snapshot.created_at if facts.snapshot else None
    if restore_id is None:
        for item in records:
            # The digest changes when the creation time becomes known or the snapshot is gone. An id that is never
            # reused, or an unfinished run, still identifies the same restore. A name counts only if there is no list
            # that says what it means now.
            same = facts.snapshot_id == item.snapshot_id or (
                facts.listed is None and facts.snapshot_id == item.snapshot_name
            )
            reused = spec.capabilities.snapshot_ids_reused
            certain = not reused or (item.unfinished and facts.snapshot is None)
            dateless = reused and facts.snapshot is not None and (created is None or item.snapshot_time is None)
            if same and (certain or dateless) and item.default_id:
                return item, item.restore_id
    return None, wanted


def require_same_snapshot(spec: ProviderSpec, record: Record, facts: Facts, known: Snapshot | None = None) -> None:
    """Raises CloudError ``restore_id_conflict`` or ``snapshot_identity_unknown`` for a record of another snapshot.

    ``known``: the snapshot as the same run read it before; across runs one without a creation time proves nothing.
    """
    created = iso(facts.snapshot.created_at) if facts.snapshot else None
    recorded = record.snapshot_created_at
    same = facts.snapshot_id in (record.snapshot_id, record.snapshot_name)
    accepted = record.phase in (Phase.ACCEPTED, Phase.SETTLED)
    dateless = spec.capabilities.snapshot_ids_reused and None in (created, recorded)
    if same and dateless and facts.snapshot is not None and not accepted:
        seen_before = known is not None and same_snapshot(known, facts.snapshot)
        if not seen_before and not is_marked(record, facts.snapshot):
            raise _identity_unknown(record)
    if same and (created is None or recorded is None or created == recorded):
        return
    raise CloudError(
        f"restore_id {record.restore_id!r} was used at {record.claimed_at} to restore {record.target} to snapshot "
        f"{record.snapshot_name or record.snapshot_id} of {record.snapshot_created_at or 'unknown time'}, which is "
        "another snapshot",
        error_code="restore_id_conflict",
        next_steps=("Use another restore_id for this restore; nothing was changed.",),
    )


def is_marked(record: Record, snapshot: Snapshot | None) -> bool:
    """Whether the description of the snapshot holds the random word of the guarded change that took it."""
    mark, text = record.change_mark, snapshot.description if snapshot else None
    return bool(mark and text and mark in text)


def _identity_unknown(record: Record) -> CloudError:
    name = record.snapshot_name or record.snapshot_id
    return CloudError(
        f"whether snapshot {name!r} is the one that restore_id {record.restore_id!r} restored {record.target} to at "
        f"{record.claimed_at} is unknown: the provider gives no creation time, and names can be reused",
        error_code="snapshot_identity_unknown",
        next_steps=(
            "Check in the provider's console which snapshot it is. To restore it, set another restore_id; if it was "
            "restored already, nothing is left to do.",
        ),
    )


def _given_up(record: Record) -> CloudError:
    return CloudError(
        f"restore {record.restore_id!r} of {record.target} was sent at {record.sent_at}, and force: true of another "
        "restore gave it up before its end was known; restoring again would discard what was written since",
        error_code="restore_given_up",
        next_steps=("To restore again, set another restore_id or force: true; otherwise nothing is left to do.",),
    )


def _in_progress(record: Record) -> CloudError:
    sent = record.phase not in (Phase.CLAIMED, Phase.STOPPING)
    stopped = " The instance was running and was stopped for it." if record.stopped_by_us else ""
    abandon = (
        "If it is certainly over, set force: true to restore anyway."
        if sent
        else "It sent no restore request: force: true abandons it and keeps the previous power state it recorded."
    )
    return CloudError(
        f"restore {record.restore_id!r} of {record.target} to {record.snapshot_name or record.snapshot_id} began at "
        f"{record.claimed_at} and has not ended (phase {record.phase}).{stopped}",
        error_code="restore_in_progress",
        next_steps=(f"Run it again with restore_id: {record.restore_id} and its snapshot to finish it.", abandon),
    )

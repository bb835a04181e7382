# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run of the same restore has read, and need not be read again."""

from __future__ import annotations

from .._api.models import Snapshot
from .._providers.base import Provider
from .._record.record import Phase, Record, RecordStore
from .._task.resolve import canonical_id, is_id
from .options import RestoreOptions


def known_record(provider: Provider, options: RestoreOptions, store: RecordStore) -> Record | None:
    """The unfinished record that ``restore_id`` names, where ``instance`` is an id.

    The run that wrote it has made sure that the id means one instance and that nothing else is called like it.
    """
    if options.restore_id is None or options.instance is None or provider.capabilities.creates_instance:
        return None
    if not is_id(provider, options.instance):
        return None
    target = canonical_id(provider, options.instance)
    records = store.all_of(provider.spec.name, target)
    return next((item for item in records if item.restore_id == options.restore_id and item.unfinished), None)


def known_snapshot(provider: Provider, options: RestoreOptions, record: Record | None) -> Snapshot | None:
    """The snapshot of a restore that the provider has accepted, as its record has it: no list can change it any more.

    None where the list is needed for something else: a snapshot that must have survived, or the record itself.
    """
    if (
        record is None
        or record.phase not in (Phase.ACCEPTED, Phase.SETTLED)
        or options.force
        or options.record != "file"
    ):
        return None
    if record.safety_snapshot is not None or record.snapshot_name is None:
        return None
    if canonical_id(provider, options.snapshot) not in (record.snapshot_id, record.snapshot_name):
        return None
    return Snapshot(record.snapshot_id, record.snapshot_name, record.target, created_at=record.snapshot_time)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clouds whose snapshots hold records, and what is read of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance, Snapshot, SnapshotList
from ansible_collections.indiecloud.compute.plugins.module_utils._record.note_format import encode
from ansible_collections.indiecloud.compute.plugins.module_utils._record.notes_in_snapshots import SnapshotNotes
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Record
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import Facts, RestoreOptions
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, record_of
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.words import anew
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

EARLIER = START - timedelta(minutes=10)


def notes_of(cloud: Scripted, **options: Any) -> SnapshotNotes:
    return SnapshotNotes(
        cloud, RestoreOptions(**{"snapshot": "snap-1", "wait_timeout": 600.0, **options}), cloud.patience
    )


def cloud_of(*snapshots: Snapshot, **options: Any) -> Scripted:
    cloud = Scripted("hostup", **options)
    cloud.snapshots += snapshots
    return cloud


def noted(record: Record, name: str, at: Any = EARLIER) -> Snapshot:
    return Snapshot(name, name, "vps_1", created_at=at, description=encode([record]), restorable=True)


def ours(**changes: Any) -> Record:
    changes = {"phase": "claimed", "claim": "aaaaaaaa", "lease_until": "2026-01-01T00:10:00Z", **changes}
    return record_of(Scripted("hostup"), **changes)


def theirs(**changes: Any) -> Record:
    return ours(**{"restore_id": "r-2", "claim": "bbbbbbbb", **changes})


def facts_of(cloud: Scripted, power: str = "stopped") -> Facts:
    listed = SnapshotList(tuple(cloud.snapshots))
    return anew(Facts("vps_1", "snap-1", True, "vps_1", Instance("vps_1", "web1", power_state=power), listed=listed))


def seen(*snapshots: Snapshot, power: str = "stopped") -> list[Record]:
    cloud = cloud_of(*snapshots)
    return notes_of(cloud).look(facts_of(cloud, power))

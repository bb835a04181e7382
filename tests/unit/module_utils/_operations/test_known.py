# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run has read and need not be read again: only what its record says for certain."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import UNFINISHED, Record
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.known import known_record, known_snapshot
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import RestoreOptions
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    IDS,
    TAKEN,
    Kept,
    Scripted,
    record_of,
)


def options(cloud: Scripted, **changes: Any) -> RestoreOptions:
    wanted = {"snapshot": "snap-1", "instance": cloud.instance.id, "restore_id": "r-1", **changes}
    return RestoreOptions(**wanted)


class TestRecord:
    def known(self, cloud: Scripted, *records: Record, **changes: Any) -> Record | None:
        return known_record(cloud, options(cloud, **changes), Kept(*records))

    @pytest.mark.parametrize("phase", [*sorted(UNFINISHED), "done", "failed"])
    def test_one_that_has_not_ended(self, phase: str) -> None:
        cloud = Scripted()
        record = record_of(cloud, phase=phase)
        assert self.known(cloud, record) == (record if phase in UNFINISHED else None)

    def test_only_the_one_that_is_named(self) -> None:
        cloud = Scripted()
        others = [record_of(cloud, restore_id=name, updated_at="2026-02-01T00:00:00Z") for name in ("a", "z")]
        assert self.known(cloud, *others) is None
        assert self.known(cloud, *others, record_of(cloud)) == record_of(cloud)
        assert self.known(cloud, record_of(cloud), restore_id=None) is None
        assert self.known(cloud, record_of(cloud), instance=None) is None

    def test_only_of_an_id_in_any_case(self) -> None:
        cloud = Scripted()
        assert self.known(cloud, record_of(cloud), instance=IDS["onetsolutions"].upper()) == record_of(cloud)
        assert self.known(cloud, record_of(cloud, target="web1"), instance="web1") is None

    def test_not_where_a_new_instance_is_made(self) -> None:
        cloud = Scripted("barrack")
        assert self.known(cloud, record_of(cloud, target="BRK-1")) is None


class TestSnapshot:
    def known(self, *, name: str = "hostup", asked: dict[str, Any] | None = None, **changes: Any) -> Any:
        cloud = Scripted(name)
        record = record_of(cloud, **{"phase": "accepted", **changes})
        return known_snapshot(cloud, options(cloud, **(asked or {})), record)

    def test_of_a_restore_that_was_accepted(self) -> None:
        for phase in ("accepted", "settled"):
            found = self.known(phase=phase)
            assert (found.id, found.name, found.instance_id, found.created_at) == ("snap-1", "before", "vps_1", TAKEN)
        for phase in ("claimed", "stopping", "sent"):
            assert self.known(phase=phase) is None
        cloud = Scripted()
        assert known_snapshot(cloud, options(cloud), None) is None

    def test_not_where_the_list_is_needed_for_something_else(self) -> None:
        assert self.known(safety_snapshot="pre-r-1") is None
        assert self.known(snapshot_name=None) is None
        assert self.known(asked={"force": True}) is None
        for store in ("provider", "none"):
            assert self.known(asked={"record": store}) is None

    def test_by_its_id_or_name(self) -> None:
        assert self.known(asked={"snapshot": "before"}).id == "snap-1"
        for other in ("after", "snap-0", "snap-2"):
            assert self.known(asked={"snapshot": other}) is None
        wanted = IDS["onetsolutions"]
        assert self.known(name="onetsolutions", snapshot_id=wanted, asked={"snapshot": wanted.upper()}).id == wanted

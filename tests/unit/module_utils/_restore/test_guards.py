# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each reason to refuse a restore, alone, at its boundary."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Gate,
    Instance,
    PowerState,
    Snapshot,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.guards import (
    foreign_origin,
    in_place,
    new_instance,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import RestoreOptions
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.preflight import Facts

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SNAPSHOT = Snapshot("snap-1", "before", "i-1", created_at=NOW - timedelta(hours=2), restorable=True)
IN_PLACE = Facts("i-1", "snap-1", "i-1", Instance("i-1", "web1", PowerState.STOPPED), SNAPSHOT, SnapshotList(()))
NEW = Facts("copy", "snap-1", snapshot=SNAPSHOT)
OURS = Instance("n-1", "copy", power_state=PowerState.RUNNING, origin="snap-1", created_at=NOW)


def found(facts: Facts, **options: Any) -> list[str]:
    """The codes of the refusals of a restore in place."""
    return [item.code for item in in_place(RestoreOptions("snap-1", **options), facts, NOW)]


def new(facts: Facts = NEW, **options: Any) -> list[str]:
    """The codes of the refusals of a restore to a new instance."""
    wanted = RestoreOptions("snap-1", **{"new_vm_name": "copy", "accept_billing": True, **options})
    return [item.code for item in new_instance(SPECS["barrack"].capabilities, wanted, facts, NOW)]


def test_nothing_to_refuse() -> None:
    assert found(IN_PLACE) == new() == []


def test_expected_name_differs_or_cannot_be_read() -> None:
    assert found(IN_PLACE, expected_instance_name="web1") == []
    assert found(IN_PLACE, expected_instance_name="web2") == ["instance_name_differs"]
    unread = IN_PLACE._replace(instance=None, unverified=("that it exists",))
    assert found(unread, expected_instance_name="web1") == ["instance_name_differs"]


class TestSnapshot:
    def with_(self, **changes: Any) -> Facts:
        return IN_PLACE._replace(snapshot=SNAPSHOT._replace(**changes))

    def test_of_another_instance(self) -> None:
        assert found(self.with_(instance_id="i-2")) == ["snapshot_of_other_instance"]
        assert found(self.with_(instance_id=None)) == []
        assert new(NEW._replace(snapshot=SNAPSHOT._replace(instance_id="i-2"))) == []

    @pytest.mark.parametrize(("restorable", "codes"), [(False, ["snapshot_not_restorable"]), (None, []), (True, [])])
    def test_not_restorable(self, restorable: bool | None, codes: list[str]) -> None:
        assert found(self.with_(restorable=restorable)) == codes

    def test_too_old(self) -> None:
        assert found(IN_PLACE, max_snapshot_age=7200.0) == []
        assert found(IN_PLACE, max_snapshot_age=7199.0) == ["snapshot_too_old"]

    def test_unknown_age(self) -> None:
        unknown = IN_PLACE._replace(snapshot=None)
        assert found(unknown) == found(unknown, max_snapshot_age=1.0, allow_unverified=True) == []
        assert found(unknown, max_snapshot_age=1.0) == ["snapshot_age_unknown"]

    @pytest.mark.parametrize(
        ("left", "codes"),
        [
            (0, ["snapshot_expired"]),
            (1, ["snapshot_expires_soon"]),
            (60, ["snapshot_expires_soon"]),
            (61, []),
        ],
    )
    def test_expiry(self, left: int, codes: list[str]) -> None:
        assert found(self.with_(expires_at=NOW + timedelta(seconds=left)), wait_timeout=60.0) == codes


@pytest.mark.parametrize(("allowed", "codes"), [(False, ["restore_not_allowed"]), (True, []), (None, [])])
def test_closed_gate(allowed: bool | None, codes: list[str]) -> None:
    assert found(IN_PLACE._replace(listed=SnapshotList((), can_restore=Gate(allowed)))) == codes


def test_instance_that_is_not_off_unless_it_may_be_stopped() -> None:
    on = {PowerState.RUNNING, PowerState.STARTING, PowerState.STOPPING}
    for state in PowerState:
        facts = IN_PLACE._replace(instance=Instance("i-1", "web1", state))
        assert found(facts) == (["instance_running"] if state in on else [])
        assert found(facts, stop="if_required") == found(facts, stop="always") == []


class TestNewInstance:
    TAKEN = ("new_vm_name_taken",)

    def taken(self, existing: Instance, **options: Any) -> bool:
        codes = new(NEW._replace(existing=existing), **options)
        assert codes in ([], [*self.TAKEN])
        return bool(codes)

    def test_result_of_this_restore_is_no_reason(self) -> None:
        assert not self.taken(OURS)

    def test_force_cannot_make_a_second_one_of_the_name(self) -> None:
        assert self.taken(OURS, force=True)

    def test_failed_one_is_in_the_way(self) -> None:
        assert self.taken(OURS._replace(power_state=PowerState.ERROR, power_state_raw="ERROR"))

    def test_unknown_origin_must_be_allowed_or_recorded_at_the_provider(self) -> None:
        unknown = OURS._replace(origin=None)
        assert self.taken(unknown)
        assert not self.taken(unknown, allow_unverified=True)
        assert not self.taken(unknown, record="provider")

    @pytest.mark.parametrize(
        "change",
        [{"origin": "snap-2"}, {"origin": None, "from_snapshot": False}, {"created_at": NOW - timedelta(hours=3)}],
        ids=str,
    )
    def test_foreign_origin_is_never_ours(self, change: dict[str, Any]) -> None:
        assert self.taken(OURS._replace(**change), allow_unverified=True)

    def test_one_as_old_as_the_request_may_be_its_result(self) -> None:
        assert foreign_origin(OURS, "snap-1", NOW) is None
        assert foreign_origin(OURS, "snap-1", NOW + timedelta(seconds=1)) is not None
        assert foreign_origin(OURS, "snap-1", None) is None
        assert foreign_origin(OURS._replace(created_at=None), "snap-1", NOW) is None

    def test_bill_must_be_accepted(self) -> None:
        assert new(accept_billing=False) == ["billing_not_accepted"]

    def test_name_that_cannot_be_looked_up(self) -> None:
        facts = NEW._replace(name_unverified="that no instance has the name")
        assert new(facts) == ["name_unverified"]
        assert new(facts, allow_unverified=True) == []

    def test_price(self) -> None:
        facts = NEW._replace(hourly_price=(2.5, "USD"))
        assert new(facts) == new(facts, max_hourly_rate=2.5) == []
        assert new(facts, max_hourly_rate=2.49) == ["price_too_high"]
        assert new(max_hourly_rate=1.0) == ["price_unknown"]
        assert new(max_hourly_rate=1.0, allow_unverified=True) == []

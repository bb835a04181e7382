# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each reason to refuse a restore, alone, and where it begins: to the second, to the cent, to the character."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Gate,
    Instance,
    Snapshot,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.guards import foreign_origin, refusals
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import Facts, RestoreOptions
from ansible_collections.indiecloud.compute.plugins.module_utils._task.refusal import Refusal, Refused

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SNAPSHOT = Snapshot("snap-1", "before", "i-1", created_at=NOW - timedelta(hours=2), restorable=True)
IN_PLACE = Facts(
    "i-1", "snap-1", False, "i-1", Instance("i-1", "web1", power_state="stopped"), SNAPSHOT, listed=SnapshotList(())
)
NEW = Facts("copy", "snap-1", False, snapshot=SNAPSHOT)


def found(facts: Facts, provider: str = "onetsolutions", **options: Any) -> dict[str, str]:
    """The messages of the refusals, by code."""
    if SPECS[provider].capabilities.creates_instance:
        options = {"new_vm_name": "copy", "accept_billing": True, **options}
    wanted = RestoreOptions(**{"snapshot": "snap-1", **options})
    return {item.code: item.message for item in refusals(SPECS[provider].capabilities, wanted, facts, NOW)}


def new(facts: Facts = NEW, **options: Any) -> dict[str, str]:
    return found(facts, "barrack", **options)


def test_nothing_speaks_against_what_is_as_it_should_be() -> None:
    assert found(IN_PLACE) == new() == {}


class TestNames:
    def test_expected_names_are_those_there_are(self) -> None:
        assert found(IN_PLACE, expected_instance_name="web1", expected_snapshot_name="before") == {}
        said = found(IN_PLACE, expected_instance_name="web2", expected_snapshot_name="after")
        assert said["instance_name_differs"].startswith("the instance is named 'web1', not 'web2'")
        assert said["snapshot_name_differs"].startswith("the snapshot is named 'before', not 'after'")

    def test_each_name_is_looked_at(self) -> None:
        assert list(found(IN_PLACE, expected_instance_name="web1", expected_snapshot_name="after")) == [
            "snapshot_name_differs"
        ]
        assert list(found(IN_PLACE, expected_snapshot_name="after")) == ["snapshot_name_differs"]
        assert list(found(IN_PLACE, expected_instance_name="a")) == ["instance_name_differs"]

    def test_name_that_cannot_be_read_is_not_the_expected_one(self) -> None:
        facts = IN_PLACE._replace(instance=None, unverified=("that it exists",))
        assert "has a name that cannot be read" in found(facts, expected_instance_name="web1")["instance_name_differs"]

    def test_what_was_refused_already_is_not_refused_for_its_name(self) -> None:
        assert found(IN_PLACE._replace(snapshot=None), expected_snapshot_name="before") == {}


class TestSnapshot:
    def test_of_another_instance(self) -> None:
        other = IN_PLACE._replace(snapshot=SNAPSHOT._replace(instance_id="i-2"))
        assert list(found(other)) == ["snapshot_of_other_instance"]
        assert found(IN_PLACE._replace(snapshot=SNAPSHOT._replace(instance_id=None))) == {}
        assert new(NEW._replace(snapshot=SNAPSHOT._replace(instance_id="i-2"))) == {}

    def test_only_what_is_said_not_to_be_restorable(self) -> None:
        for restorable, codes in ((False, ["snapshot_not_restorable"]), (None, []), (True, [])):
            assert list(found(IN_PLACE._replace(snapshot=SNAPSHOT._replace(restorable=restorable)))) == codes

    def test_age(self) -> None:
        assert found(IN_PLACE, max_snapshot_age=7200.0) == {}
        said = found(IN_PLACE, max_snapshot_age=7199.0)["snapshot_too_old"]
        assert said == "the snapshot is 2.0 hours old (2026-03-01T10:00:00Z), max_snapshot_age allows 2.0"
        old = IN_PLACE._replace(snapshot=SNAPSHOT._replace(created_at=NOW - timedelta(days=100)))
        said = found(old, max_snapshot_age=50 * 86400.0)["snapshot_too_old"]
        assert said.startswith("the snapshot is 2400.0 hours old (")
        half = IN_PLACE._replace(snapshot=SNAPSHOT._replace(created_at=NOW - timedelta(hours=2.5)))
        assert found(half, max_snapshot_age=1.0)["snapshot_too_old"].startswith("the snapshot is 2.5 hours old (")
        assert said.endswith("max_snapshot_age allows 1200.0")
        assert "allows 0.5" in found(IN_PLACE, max_snapshot_age=1800.0)["snapshot_too_old"]

    def test_unknown_age(self) -> None:
        unknown = IN_PLACE._replace(snapshot=None)
        assert found(unknown) == found(unknown, max_snapshot_age=1.0, allow_unverified=True) == {}
        assert list(found(unknown, max_snapshot_age=1.0)) == ["snapshot_age_unknown"]

    @pytest.mark.parametrize(
        ("left", "code"),
        [
            (-1, "snapshot_expired"),
            (0, "snapshot_expired"),
            (1, "snapshot_expires_soon"),
            (60, "snapshot_expires_soon"),
        ],
    )
    def test_expiry(self, left: int, code: str) -> None:
        facts = IN_PLACE._replace(snapshot=SNAPSHOT._replace(expires_at=NOW + timedelta(seconds=left)))
        assert list(found(facts, wait_timeout=60.0)) == [code]

    def test_expiry_after_the_end_of_the_run(self) -> None:
        facts = IN_PLACE._replace(snapshot=SNAPSHOT._replace(expires_at=NOW + timedelta(seconds=61)))
        assert found(facts, wait_timeout=60.0) == {}


class TestGateAndPower:
    def test_gate_is_quoted(self) -> None:
        listed = SnapshotList((), can_restore=Gate(False, "Busy.", "pending"))
        said = found(IN_PLACE._replace(listed=listed))["restore_not_allowed"]
        assert said == "the provider does not allow a restore now [pending]: Busy."
        silent = SnapshotList((), can_restore=Gate(False))
        said = found(IN_PLACE._replace(listed=silent))["restore_not_allowed"]
        assert said == "the provider does not allow a restore now: no reason given"
        for allowed in (True, None):
            assert found(IN_PLACE._replace(listed=SnapshotList((), can_restore=Gate(allowed)))) == {}

    def test_running_only_where_it_must_be_stopped_and_is_not_to_be(self) -> None:
        running = IN_PLACE._replace(instance=Instance("i-1", "web1", power_state="running"))
        assert list(found(running)) == ["instance_running"]
        assert found(running, stop=True) == found(running, stop_always=True) == found(running, "hostup") == {}
        for word in ("stopping", "starting", "unknown", "error"):
            assert found(IN_PLACE._replace(instance=Instance("i-1", "web1", power_state=word))) == {}


class TestNewInstance:
    OURS = Instance("n-1", "copy", power_state="running", origin="snap-1", created_at=NOW)

    def taken(self, existing: Instance, **options: Any) -> str:
        said = new(NEW._replace(existing=existing), **options)
        assert list(said) in ([], ["new_vm_name_taken"])
        return "".join(said.values())

    def test_result_of_this_restore_is_no_reason(self) -> None:
        assert self.taken(self.OURS) == ""

    def test_force_cannot_make_a_second_one_of_the_name(self) -> None:
        assert "force cannot" in self.taken(self.OURS, force=True)

    def test_one_that_failed_is_in_the_way(self) -> None:
        failed = self.OURS._replace(power_state="error", power_state_raw="ERROR")
        assert self.taken(failed) == "instance n-1 named 'copy' is in the state ERROR"

    def test_unknown_origin_needs_leave_or_a_record_at_the_provider(self) -> None:
        unknown = self.OURS._replace(origin=None)
        assert "neither the provider nor a record" in self.taken(unknown)
        assert self.taken(unknown, allow_unverified=True) == self.taken(unknown, record="provider") == ""

    def test_one_of_foreign_origin_is_never_ours(self) -> None:
        for change, said in (
            ({"origin": "snap-2"}, "was made from snapshot snap-2"),
            ({"origin": None, "from_snapshot": False}, "was not made from a snapshot"),
            ({"created_at": NOW - timedelta(hours=3)}, "is older than that (2026-03-01T09:00:00Z)"),
        ):
            assert self.taken(self.OURS._replace(**change), allow_unverified=True).endswith(said)

    def test_one_as_old_as_the_request_may_be_its_result(self) -> None:
        assert foreign_origin(self.OURS, "snap-1", NOW) is None
        assert foreign_origin(self.OURS, "snap-1", NOW + timedelta(seconds=1)) is not None
        assert foreign_origin(self.OURS, "snap-1", None) is None
        assert foreign_origin(self.OURS._replace(created_at=None), "snap-1", NOW) is None

    def test_bill_must_be_accepted(self) -> None:
        assert list(new(accept_billing=False)) == ["billing_not_accepted"]

    def test_name_that_cannot_be_looked_up(self) -> None:
        facts = NEW._replace(name_unverified="that no instance has the name")
        assert list(new(facts)) == ["name_unverified"]
        assert new(facts, allow_unverified=True) == {}


class TestPrice:
    def test_most_that_is_allowed_is_allowed(self) -> None:
        facts = NEW._replace(hourly_price=(2.5, "USD"))
        assert new(facts) == new(facts, max_hourly_rate=2.5) == {}
        said = new(facts, max_hourly_rate=2.49)["price_too_high"]
        assert said == "the new instance costs 2.5 USD an hour, max_hourly_rate allows 2.49"

    def test_unknown_price(self) -> None:
        assert list(new(max_hourly_rate=1.0)) == ["price_unknown"]
        assert new(max_hourly_rate=1.0, allow_unverified=True) == {}


def test_one_refusal_has_its_own_code_and_several_are_numbered() -> None:
    first, second = Refusal("a", "It is so.", "Do this."), Refusal("b", "It is also so.", "Do that.")
    assert (Refused("it", [first]).error_code, Refused("it", [first]).message) == ("a", "it refused: It is so.")
    both = Refused("it", [first, second])
    assert (both.error_code, both.message) == ("refused", "it refused: (1) It is so. (2) It is also so.")
    assert list(both.next_steps) == ["Do this.", "Do that."]
    assert (Refused("it", []).error_code, Refused("it", []).message) == ("refused", "it refused: ")
    assert second.to_result() == {"code": "b", "message": "It is also so.", "next_step": "Do that."}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``snapshot_as_of``: which snapshot is restored, that it is chosen only once, and when the choice is refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import BARRACK, BOTH_STORES, HOSTUP, IN_PLACE, ONET, Cloud

MINUTES = {"oldest": 180, "middle": 120, "newest": 30}
"""The snapshots of the disk beside the cloud's own, which is an hour old, and their ages."""


@pytest.fixture(autouse=True)
def made(cloud: Cloud) -> dict[str, Any]:
    """Snapshots whose disks hold their names."""
    found = {}
    for name, age in MINUTES.items():
        cloud.sim.cloud.write(cloud.vm.id, "/etc/motd", name)
        found[name] = cloud.sim.cloud.add_snapshot(cloud.vm.id, name=name, age=age * 60.0)
    if cloud.always["record"] == "provider":
        # HostUp keeps the record in two snapshots and has five slots.
        for name in ("oldest", "newest"):
            cloud.sim.cloud.remove_snapshot(found[name])
    cloud.sim.cloud.write(cloud.vm.id, "/etc/motd", "after")
    cloud.sim.ledger.clear()
    return found


def ago(cloud: Cloud, minutes: float, offset: float = 2.0) -> str:
    zone = timezone(timedelta(hours=offset))
    return datetime.fromtimestamp(cloud.clock.now() - minutes * 60, zone).isoformat()


def restore(cloud: Cloud, as_of: str, *, check: bool = False, **params: Any) -> Outcome:
    wanted = {"snapshot": None, "snapshot_as_of": as_of, "restore_id": "INC-7", "instance": cloud.vm.id, **params}
    return cloud.restore(check=check, **wanted)


def disk(cloud: Cloud) -> str:
    """What the restore wrote: in place to the instance, else to the new one."""
    found = cloud.sim.cloud.instances(cloud.provider)
    vm = next(one for one in found if one.name == "restored") if cloud.creates else cloud.vm
    return str(vm.disk["/etc/motd"])


@pytest.mark.parametrize(
    ("minutes", "found"), [(0, "newest"), (30, "newest"), (31, "before-upgrade"), (119, "middle"), (179, "oldest")]
)
def test_newest_at_or_before_the_time_is_restored(cloud: Cloud, minutes: int, found: str) -> None:
    as_of = ago(cloud, minutes)
    check = restore(cloud, as_of, check=True)
    assert check.result["status"] == "would_restore", check.result
    outcome = restore(cloud, as_of)
    assert not outcome.failed, outcome.result
    assert outcome.result["snapshot"]["name"] == check.result["snapshot"]["name"] == found
    assert any("the newest as of" in step and found in step for step in check.result["plan"])
    assert disk(cloud) == ("before" if found == "before-upgrade" else found)
    assert cloud.restores == 1


def remove(cloud: Cloud, snapshot: Any) -> None:
    cloud.sim.cloud.remove_snapshot(snapshot)


@IN_PLACE
@BOTH_STORES
@pytest.mark.parametrize("change", ["deleted", "newer"])
def test_run_that_was_left_is_finished_with_its_own_snapshot(cloud: Cloud, made: dict[str, Any], change: str) -> None:
    """The second run would choose another snapshot."""
    as_of = ago(cloud, 58)
    first = restore(cloud, as_of, wait=False)
    assert (first.result["status"], first.result["snapshot"]["name"]) == ("accepted", "before-upgrade")
    cloud.clock.advance(600.0)
    age = cloud.clock.now() - cloud.snapshot.created - 60.0
    if change == "deleted":
        remove(cloud, cloud.snapshot)
    else:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="late", age=age)
    again = restore(cloud, as_of)
    assert not again.failed, again.result
    assert disk(cloud) == "before"
    assert cloud.restores == 1


@BOTH_STORES
def test_repeated_run_does_nothing_whatever_became_of_the_snapshots(
    cloud: Cloud, made: dict[str, Any], store: str
) -> None:
    as_of = ago(cloud, 100)
    assert restore(cloud, as_of).result["snapshot"]["name"] == "middle"
    # Neither would a run of another machine choose again, if the provider keeps the record.
    if store == "provider" and not cloud.creates:
        cloud.record.unlink()
    remove(cloud, made["middle"])
    cloud.sim.cloud.add_snapshot(cloud.vm.id, name="late", age=101 * 60.0)
    again = restore(cloud, as_of)
    assert again.result["status"] == "already_restored", again.result
    assert cloud.restores == 1


@IN_PLACE
@BOTH_STORES
def test_run_that_died_before_it_sent_keeps_its_choice(cloud: Cloud, made: dict[str, Any]) -> None:
    """The instance cannot be stopped in time; then a snapshot appears that the next run would prefer."""
    cloud.set_power("running")
    as_of = ago(cloud, 100)
    cloud.sim.faults.add("status", method="POST", path="/stop", status=503, after_effect=False, times=None)
    cloud.sim.faults.add("status", method="POST", path="/shutdown", status=503, after_effect=False, times=None)
    first = restore(cloud, as_of, stop="always", wait_timeout=300.0)
    assert first.failed
    assert first.result["restore_sent"] == "no"
    cloud.sim.faults.clear()
    cloud.clock.advance(400.0)
    late = cloud.sim.cloud.add_snapshot(cloud.vm.id, name="late", age=400.0 + 101 * 60.0)
    again = restore(cloud, as_of, stop="always")
    assert not again.failed, again.result
    assert again.result["snapshot"]["name"] == "middle" != late.name
    assert disk(cloud) == "middle"


def test_another_time_under_the_same_id_is_a_conflict(cloud: Cloud) -> None:
    assert not restore(cloud, ago(cloud, 100)).failed
    assert restore(cloud, ago(cloud, 0)).result["error_code"] == "restore_id_conflict"
    # It means the same snapshot, so it is the same restore.
    assert restore(cloud, ago(cloud, 90)).result["status"] == "already_restored"
    assert restore(cloud, "", snapshot_as_of=None, snapshot="middle").result["status"] == "already_restored"
    assert cloud.restores == 1


@IN_PLACE
def test_deleted_choice_is_not_replaced_by_another(cloud: Cloud, made: dict[str, Any]) -> None:
    cloud.set_power("running")
    as_of = ago(cloud, 100)
    cloud.sim.faults.add("status", method="POST", path="/restore", status=409, times=None)
    assert restore(cloud, as_of, stop="always", wait_timeout=300.0).failed
    cloud.sim.faults.clear()
    remove(cloud, made["middle"])
    again = restore(cloud, as_of, stop="always")
    assert again.result["error_code"] == "snapshot_not_found"
    assert disk(cloud) == "after"


@IN_PLACE
@pytest.mark.parametrize("store", ["none"])
def test_without_a_record_each_run_chooses(cloud: Cloud) -> None:
    assert restore(cloud, ago(cloud, 100)).result["snapshot"]["name"] == "middle"
    assert restore(cloud, ago(cloud, 0)).result["snapshot"]["name"] == "newest"
    assert disk(cloud) == "newest"


class TestRefused:
    @pytest.mark.parametrize(
        "as_of",
        ["2026-04-27T08:00:00", "2026-04-27", "yesterday", "", "2026-13-27T08:00:00Z", "2026-04-27T08:00:00+99:00"],
    )
    def test_time_that_is_none(self, cloud: Cloud, as_of: str) -> None:
        assert restore(cloud, as_of).result["error_code"] == "invalid_option"
        assert cloud.sim.ledger.requests() == []

    @pytest.mark.parametrize("params", [{"snapshot": "middle"}, {"restore_id": None}, {"instance": None}])
    def test_options(self, cloud: Cloud, params: dict[str, Any]) -> None:
        assert restore(cloud, ago(cloud, 0), **params).result["error_code"] == "invalid_option"
        assert cloud.sim.ledger.requests() == []

    @pytest.mark.parametrize("check", [False, True])
    def test_time_before_all_snapshots_and_in_the_future(self, cloud: Cloud, check: bool) -> None:
        assert restore(cloud, ago(cloud, 181), check=check).result["error_code"] == "no_snapshot_as_of"
        assert restore(cloud, ago(cloud, -60), check=check).result["error_code"] == "as_of_in_future"
        assert (cloud.writes, cloud.restores) == (0, 0)

    @ONET
    @pytest.mark.parametrize("check", [False, True])
    def test_incomplete_list(self, cloud: Cloud, check: bool) -> None:
        cloud.sim.faults.add("field", method="GET", path="/snapshots", times=None, way=["count"], value=99)
        assert restore(cloud, ago(cloud, 100), check=check).result["error_code"] == "as_of_undecidable"
        assert cloud.writes == 0

    @HOSTUP
    def test_snapshot_of_unknown_time(self, cloud: Cloud) -> None:
        way = ["data", 0, "createdAt"]
        cloud.sim.faults.add("field", method="GET", path="/snapshots", times=None, way=way, value=None)
        assert restore(cloud, ago(cloud, 100)).result["error_code"] == "as_of_undecidable"
        assert cloud.writes == 0

    @ONET
    def test_two_of_the_same_time(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="twin", age=MINUTES["middle"] * 60.0)
        assert restore(cloud, ago(cloud, 100)).result["error_code"] == "as_of_undecidable"
        assert cloud.writes == 0

    @ONET
    def test_broken_and_foreign_snapshots_are_passed_over(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="broken", age=101 * 60.0, status="error")
        assert restore(cloud, ago(cloud, 100)).result["snapshot"]["name"] == "middle"

    @BARRACK
    def test_snapshots_of_other_instances_do_not_count(self, cloud: Cloud) -> None:
        other = cloud.sim.cloud.add_instance("barrack", name="other")
        cloud.sim.cloud.add_snapshot(other.id, name="theirs", age=60.0)
        assert restore(cloud, ago(cloud, 0)).result["snapshot"]["name"] == "newest"

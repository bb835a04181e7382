# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Undoing a restore puts back its safety snapshot at most once, or says why it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import BARRACK, BOTH_STORES, HOSTUP, IN_PLACE, ONET, ROLE, Cloud


def restore(cloud: Cloud, restore_id: str = "CHG-1", **params: Any) -> Outcome:
    return cloud.restore(**{**ROLE, "restore_id": restore_id, "safety_snapshot": "required", **params})


def undo(cloud: Cloud, restore_id: str = "CHG-1", *, check: bool = False, **params: Any) -> Outcome:
    wanted = {**ROLE, "undo_of": restore_id, "restore_id": f"undo-{restore_id}", "snapshot": None, **params}
    return cloud.restore(check=check, **wanted)


def disk(cloud: Cloud) -> str:
    return str(cloud.sim.cloud.disk(cloud.vm.id)["/etc/motd"])


def safety(cloud: Cloud) -> Any:
    return next(item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name.startswith("pre-"))


@IN_PLACE
class TestInPlace:
    @pytest.fixture(autouse=True)
    def _running(self, cloud: Cloud) -> None:
        cloud.set_power("running")

    @BOTH_STORES
    @pytest.mark.parametrize("fresh", [False, True], ids=["same_machine", "other_machine"])
    def test_puts_back_the_disk_of_before_once(self, cloud: Cloud, store: str, fresh: bool) -> None:
        assert not restore(cloud).failed
        assert disk(cloud) == "before"
        cloud.sim.cloud.write(cloud.vm.id, "/etc/motd", "written since")
        if fresh and store == "provider":
            cloud.record.unlink()
        check = undo(cloud, check=True)
        assert check.result["status"] == "would_restore", check.result
        assert any("the safety snapshot of restore CHG-1" in step for step in check.result["plan"])
        assert disk(cloud) == "written since"
        done = undo(cloud)
        assert not done.failed, done.result
        assert (disk(cloud), cloud.sim.cloud.power(cloud.vm.id)) == ("after", "running")
        cloud.sim.cloud.write(cloud.vm.id, "/etc/motd", "written later")
        again = undo(cloud)
        assert again.result["status"] == "already_restored", again.result
        assert (disk(cloud), cloud.restores) == ("written later", 2)

    @BOTH_STORES
    def test_killed_undo_is_finished_although_its_snapshot_is_gone(self, cloud: Cloud) -> None:
        assert not restore(cloud).failed
        assert undo(cloud, wait=False).result["status"] == "accepted"
        cloud.clock.advance(600.0)
        assert disk(cloud) == "after"
        cloud.sim.cloud.remove_snapshot(safety(cloud))
        done = undo(cloud)
        assert not done.failed, done.result
        assert cloud.restores == 2

    def test_undo_of_an_undo(self, cloud: Cloud) -> None:
        assert not restore(cloud).failed
        assert not undo(cloud, safety_snapshot="required").failed
        assert not undo(cloud, "undo-CHG-1").failed
        assert disk(cloud) == "before"

    def test_the_id_was_restored_again_since_it_was_undone(self, cloud: Cloud) -> None:
        assert not restore(cloud).failed
        assert not undo(cloud).failed
        cloud.sim.cloud.write(cloud.vm.id, "/etc/motd", "written since")
        cloud.clock.advance(60.0)
        assert not restore(cloud, force=True).failed
        assert cloud.restores == 3
        for check in (True, False):
            again = undo(cloud, check=check)
            assert again.result["error_code"] == "restore_id_conflict", again.result
        assert (disk(cloud), cloud.restores) == ("before", 3)

    def test_expected_name_and_running_instance_are_guarded(self, cloud: Cloud) -> None:
        assert not restore(cloud).failed
        assert undo(cloud, expected_instance_name="db1").result["error_code"] == "instance_name_differs"
        assert undo(cloud, stop="never").result["error_code"] == "instance_running"
        assert disk(cloud) == "before"


@IN_PLACE
class TestNothingToUndo:
    @pytest.mark.parametrize("check", [False, True])
    def test_no_such_restore(self, cloud: Cloud, check: bool) -> None:
        assert undo(cloud, check=check).result["error_code"] == "nothing_to_undo"
        assert cloud.writes == 0

    def test_no_safety_snapshot(self, cloud: Cloud) -> None:
        assert not restore(cloud, safety_snapshot="never").failed
        assert undo(cloud).result["error_code"] == "nothing_to_undo"
        assert disk(cloud) == "before"

    def test_restore_that_has_not_ended(self, cloud: Cloud) -> None:
        assert restore(cloud, wait=False).result["status"] == "accepted"
        assert undo(cloud).result["error_code"] == "restore_in_progress"
        forced = undo(cloud, force=True)
        assert "restore_in_progress" in {item["code"] for item in forced.result["refusals"]}
        assert cloud.restores <= 1

    def test_restore_that_was_refused(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="/restore", status=403)
        assert restore(cloud).failed
        assert undo(cloud).result["error_code"] == "nothing_to_undo"
        assert (disk(cloud), cloud.restores) == ("after", 0)

    def test_restore_that_failed_can_be_undone(self, cloud: Cloud) -> None:
        cloud.sim.faults.add_job("fail", work="restore")
        cloud.sim.switch(onet_snapshot_tasks=True)
        failed = restore(cloud)
        assert failed.result["error_code"] == "restore_failed", failed.result
        assert not undo(cloud).failed
        assert disk(cloud) == "after"

    def test_another_snapshot_that_has_the_name_is_not_it(self, cloud: Cloud) -> None:
        assert not restore(cloud).failed
        name = safety(cloud).name
        cloud.sim.cloud.remove_snapshot(safety(cloud))
        assert undo(cloud).result["error_code"] == "snapshot_not_found"
        cloud.clock.advance(3600.0)
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name=name)
        assert undo(cloud).result["error_code"] == "snapshot_not_found"
        assert disk(cloud) == "before"

    @pytest.mark.parametrize("store", ["none"])
    def test_without_a_record(self, cloud: Cloud) -> None:
        assert undo(cloud).result["error_code"] == "invalid_option"


@HOSTUP
def test_expired_safety_snapshot(cloud: Cloud) -> None:
    assert not restore(cloud).failed
    cloud.clock.advance(25 * 3600.0)
    assert undo(cloud).result["error_code"] == "snapshot_not_found"
    assert disk(cloud) == "before"


@ONET
@pytest.mark.parametrize("store", ["provider"])
def test_provider_knows_the_safety_snapshot_of_the_latest_restore_only(cloud: Cloud) -> None:
    assert not restore(cloud).failed
    assert not restore(cloud, "CHG-2", safety_snapshot="never").failed
    cloud.record.unlink()
    outcome = undo(cloud)
    assert outcome.result["error_code"] == "nothing_to_undo"
    assert "latest restore" in outcome.result["msg"]


@BARRACK
def test_new_instance_has_nothing_to_undo(cloud: Cloud) -> None:
    assert not restore(cloud, safety_snapshot=None).failed
    outcome = undo(cloud)
    assert outcome.result["error_code"] == "invalid_option"
    assert "delete the new instance" in outcome.result["msg"]
    assert cloud.restores == 1

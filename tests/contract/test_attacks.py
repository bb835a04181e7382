# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in which a restore was once applied twice, data was lost, or a running restore was disturbed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record import sqlite_store
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.new_instance import NewInstance

from .conftest import BARRACK, HOSTUP, IN_PLACE, ONET, ROLE, Cloud
from .hooks import On
from .test_lost_and_found import OTHER_TASK

HALF_A_DAY = 12 * 3600.0
QUIET = 1000.0


def use(cloud: Cloud) -> None:
    """Somebody starts the instance, works with it for half a day and switches it off again."""
    cloud.vm.set_power("running", cloud.clock.now())
    cloud.clock.advance(HALF_A_DAY)
    cloud.sim.cloud.write(cloud.vm.id, "/srv/work", "half a day")
    cloud.vm.set_power("stopped", cloud.clock.now())
    cloud.clock.advance(60.0)


def is_kept(cloud: Cloud) -> bool:
    """Whether the work of half a day is on the disk or in a snapshot."""
    disks = [cloud.sim.cloud.disk(cloud.vm.id), *(item.disk for item in cloud.sim.cloud.snapshots(cloud.vm.id))]
    return any("/srv/work" in disk for disk in disks)


def hide_evidence(cloud: Cloud) -> None:
    """No later reading shows what became of a restore whose answer was lost."""
    cloud.sim.faults.add("wrong_type", method="GET", path="/tasks", times=None, keys=["results"], value=[])
    cloud.sim.faults.add("wrong_type", method="GET", path="/status|/snapshots", times=None, keys=["actions"], value={})


def lose_the_answer(cloud: Cloud, **params: Any) -> None:
    cloud.sim.faults.add("cut_after", method="POST", path="restore")
    outcome = cloud.restore(**params)
    assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("outcome_unknown", "unknown")


@IN_PLACE
class TestRefusedRepeat:
    """The refusal of a second request says nothing about the first one."""

    @pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
    def test_leaves_the_first_in_doubt(self, cloud: Cloud, status: int) -> None:
        hide_evidence(cloud)
        lose_the_answer(cloud)
        cloud.clock.advance(QUIET)
        cloud.sim.faults.add("status", method="POST", path="restore", status=status, message="refused so")
        second = cloud.restore()
        assert (second.result["error_code"], second.result["restore_sent"]) == ("outcome_unknown", "unknown")
        assert "refused so" in second.result["msg"]
        assert cloud.posts == 2
        use(cloud)
        third = cloud.restore()
        assert third.result["error_code"] == "outcome_unknown"
        assert is_kept(cloud)
        assert (cloud.posts, cloud.effective) == (2, 1)

    @pytest.mark.parametrize("status", [401, 403, 500])
    def test_failing_search_leaves_the_restore_in_doubt(self, cloud: Cloud, status: int) -> None:
        cloud.sim.faults.add(
            "status", method="GET", path="/tasks|/status", times=None, status=status, after_effect=True
        )
        cloud.sim.faults.add("html", method="POST", path="restore", status=504, after_effect=True)
        outcome = cloud.restore(power_after="started")
        assert outcome.result["restore_sent"] == "unknown", outcome.result
        assert cloud.sim.cloud.power(cloud.vm.id) == "stopped"


@BARRACK
@pytest.mark.parametrize("switches", [{"documented_only": True}])
class TestSecondBill:
    def test_refused_repeat_allows_no_third_request(self, cloud: Cloud) -> None:
        given = {"allow_unverified": True}
        lose_the_answer(cloud, **given)
        cloud.sim.faults.add("status", method="POST", path="restore", status=402)
        assert cloud.restore(on_unknown="restore", **given).result["error_code"] == "outcome_unknown"
        assert cloud.restore(**given).result["error_code"] == "outcome_unknown"
        assert (cloud.posts, cloud.restores) == (2, 1)


@BARRACK
@pytest.mark.parametrize("switches", [{"barrack_lists": "paginated"}])
class TestTruncatedList:
    def test_does_not_show_that_a_name_is_free(self, cloud: Cloud) -> None:
        way = ["pagination", "total"]
        cloud.sim.faults.add("field", method="GET", times=None, way=way, value=32)
        outcome = cloud.restore()
        assert outcome.failed
        assert cloud.posts == 0


@BARRACK
@pytest.mark.parametrize("switches", [{"barrack_duplicate_name": "allowed"}])
class TestNameTakenMeanwhile:
    def test_while_a_request_was_refused_for_now_creates_no_second_instance(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("rate_limited", method="POST", path="restore", retry_after=60)
        cloud.sim.hooks = On("POST", "/restore/", lambda: cloud.sim.cloud.begin_new_vm(cloud.snapshot, "restored"))
        outcome = cloud.restore()
        assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("new_vm_name_taken", "refused")
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_while_a_lost_restore_was_looked_for_creates_no_second_instance(
        self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cloud.sim.faults.add("cut_after", method="POST", path="restore")
        monkeypatch.setattr(NewInstance, "look_for_lost_restore", lambda self, seconds: (None, None))
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        outcome = cloud.restore(on_unknown="restore", allow_unverified=True)
        assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("outcome_unknown", "unknown")
        assert (cloud.posts, cloud.restores) == (1, 1)


class TestNameOfASnapshot:
    """In a list that leaves snapshots out, a name may belong to another one too."""

    @ONET
    @pytest.mark.parametrize(("way", "value"), [(["count"], 5), (["results", 1], None), (["results", 1, "name"], None)])
    def test_in_an_incomplete_list_is_refused(self, cloud: Cloud, way: list[Any], value: Any) -> None:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="before-upgrade", age=60.0)
        cloud.sim.cloud.remove_snapshot(cloud.snapshot) if way == ["count"] else None
        cloud.sim.faults.add("field", method="GET", path="/snapshots", times=None, way=way, value=value)
        outcome = cloud.restore(snapshot="before-upgrade")
        assert outcome.result["error_code"] == "snapshot_name_unresolvable", outcome.result
        assert cloud.writes == 0

    @BARRACK
    @pytest.mark.parametrize("switches", [{"barrack_lists": "paginated"}])
    def test_in_a_truncated_list_of_the_account_is_refused(self, cloud: Cloud) -> None:
        given = {"way": ["pagination", "total"], "value": 32}
        cloud.sim.faults.add("field", method="GET", path="/snapshots", times=None, **given)
        assert cloud.restore(snapshot="before-upgrade").result["error_code"] == "snapshot_name_unresolvable"
        assert cloud.writes == 0


@HOSTUP
class TestUpstreamFailed:
    """The code is published for 409 too, so the restore may have been applied."""

    def test_is_not_followed_by_another_request(self, cloud: Cloud) -> None:
        given = {"status": 409, "code": "upstream_failed", "after_effect": True}
        cloud.sim.faults.add("status", method="POST", path="restore", **given)
        outcome = cloud.restore(**ROLE)
        assert outcome.result["error_code"] == "outcome_unknown", outcome.result
        use(cloud)
        assert cloud.restore(**ROLE).failed
        assert is_kept(cloud)
        assert cloud.effective == 1


@IN_PLACE
class TestSafetySnapshot:
    def test_of_a_refused_attempt_does_not_hold_what_came_later(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore", status=403)
        assert cloud.restore(safety_snapshot="required", restore_id="r").failed
        use(cloud)
        assert cloud.restore(safety_snapshot="required", restore_id="r").result["status"] == "restored"
        assert is_kept(cloud)

    def test_of_a_forced_repeat_holds_what_came_later(self, cloud: Cloud) -> None:
        hide_evidence(cloud)
        cloud.sim.faults.add("cut_before", method="POST", path="restore")
        given = {"safety_snapshot": "required", "restore_id": "r", **ROLE}
        assert cloud.restore(**given).failed
        use(cloud)
        cloud.vm.set_power("running", cloud.clock.now())
        running: list[str] = []
        cloud.sim.hooks = On("POST", "restore", lambda: running.append(cloud.sim.cloud.power(cloud.vm.id)))
        assert cloud.restore(on_unknown="restore", **given).result["status"] in ("restored", "accepted_unverified")
        assert is_kept(cloud)
        assert running == ["stopped"]

    def test_of_an_instance_that_stays_running_is_refused(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        for check in (True, False):
            outcome = cloud.restore(check=check, safety_snapshot="required", stop="never")
            assert "safety_snapshot_of_running" in [item["code"] for item in outcome.result["refusals"]]
        assert cloud.writes == 0

    @pytest.mark.parametrize("word", ["hovering", "starting", "stopping"])
    def test_of_an_instance_that_is_not_off_is_refused_in_check_mode_too(self, cloud: Cloud, word: str) -> None:
        cloud.sim.faults.add("unknown_state", times=None, word=word)
        check, real = (cloud.restore(check=one, safety_snapshot="required") for one in (True, False))
        codes = [[item["code"] for item in outcome.result["refusals"]] for outcome in (check, real)]
        assert "safety_snapshot_of_running" in codes[0]
        assert codes[0] == codes[1]
        assert cloud.writes == 0

    def test_that_is_deleted_while_a_request_is_refused_for_now_is_missed(self, cloud: Cloud) -> None:
        cloud.sim.cloud.write(cloud.vm.id, "/srv/work", "half a day")
        cloud.sim.faults.add("rate_limited", method="POST", path="restore", retry_after=60)

        def delete_ours() -> None:
            (ours,) = [item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name.startswith("pre-")]
            cloud.sim.cloud.remove_snapshot(ours)

        cloud.sim.hooks = On("POST", "/restore", delete_ours)
        outcome = cloud.restore(safety_snapshot="required")
        assert outcome.result["error_code"] == "safety_snapshot_gone", outcome.result
        assert is_kept(cloud)
        assert cloud.restores == 0

    def test_check_mode_finds_that_snapshots_cannot_be_listed(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="GET", path="/snapshots", times=None, status=404)
        check, real = (cloud.restore(check=one, safety_snapshot="required", **ROLE) for one in (True, False))
        assert (check.failed, real.failed) == (True, True)
        assert cloud.writes == 0


@HOSTUP
class TestNoSnapshotNow:
    def test_check_mode_finds_that_none_can_be_taken(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        gate = {"allowed": False, "reason": "Not on this plan.", "code": "not_on_plan"}
        cloud.sim.faults.add("wrong_type", "GET", "/snapshots", times=None, keys=["actions.canCreate"], value=gate)
        codes = []
        for check in (True, False):
            outcome = cloud.restore(check=check, safety_snapshot="required", **ROLE)
            codes.append([item["code"] for item in outcome.result["refusals"]])
        assert codes == [["snapshot_not_allowed"]] * 2
        assert (cloud.writes, cloud.sim.cloud.power(cloud.vm.id)) == (0, "running")


@ONET
class TestTasksOfOthers:
    def test_of_another_kind_that_names_our_snapshot_is_not_ours(self, cloud: Cloud) -> None:
        task = {**OTHER_TASK, "task_type": "lock_snapshot", "parameters": {"snapshot_id": cloud.snapshot.id}}
        cloud.sim.faults.add("wrong_type", method="GET", path="/tasks", times=None, keys=["results"], value=[task])
        outcome = cloud.restore(power_after="started")
        assert outcome.result["status"] != "restored", outcome.result

    def test_that_failed_before_ours_is_not_ours(self, cloud: Cloud) -> None:
        cloud.sim.cloud.begin(cloud.vm, "restore", "restore", cloud.snapshot)
        cloud.clock.advance(3600.0)
        cloud.sim.cloud.settle()
        cloud.sim.ledger.clear()
        cloud.sim.cloud.write(cloud.vm.id, "/etc/motd", "after")
        outcome = cloud.restore()
        assert outcome.result["status"] == "restored", outcome.result
        assert cloud.sim.cloud.disk(cloud.vm.id)["/etc/motd"] == "before"


class TestNoteThatCannotBeWritten:
    """``record: provider``: a failed note does not take the local record back."""

    @IN_PLACE
    @pytest.mark.parametrize("store", ["provider"])
    def test_does_not_forget_that_the_instance_ran(self, cloud: Cloud) -> None:
        hide_evidence(cloud)
        lose_the_answer(cloud)
        cloud.clock.advance(600.0)
        cloud.vm.set_power("running", cloud.clock.now())
        cloud.sim.faults.add("status", method="PUT", status=500, after_effect=False)
        assert cloud.restore().failed
        cloud.vm.set_power("stopped", cloud.clock.now())
        cloud.sim.cloud.write(cloud.vm.id, "/srv/work", "half a day")
        cloud.clock.advance(QUIET)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert is_kept(cloud)
        assert (cloud.posts, cloud.effective) == (1, 1)


@IN_PLACE
class TestPower:
    def test_former_state_is_not_lost_when_the_next_run_finds_it_stopping(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        assert not cloud.restore(wait=False, **ROLE).failed
        outcome = cloud.restore(**ROLE)
        assert outcome.result["status"] == "restored", outcome.result
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"

    def test_second_run_that_does_not_wait_does_not_end_without_evidence(self, cloud: Cloud) -> None:
        assert cloud.restore(wait=False).result["status"] == "accepted"
        second = cloud.restore(wait=False)
        assert second.result["status"] in ("accepted", "restored"), second.result
        assert cloud.restore(power_after="started").result["status"] == "restored"

    @pytest.mark.parametrize("word", ["starting", "stopping"])
    def test_instance_that_starts_or_stops_counts_as_running(self, cloud: Cloud, word: str) -> None:
        cloud.sim.faults.add("unknown_state", times=None, word=word)
        assert cloud.restore(stop="never").result["error_code"] == "instance_running"
        assert cloud.writes == 0

    def test_next_run_that_may_not_stop_does_not_restore_during_the_shutdown(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.killed_in("stopping", stop="always", restore_id="r")
        assert cloud.restore(stop="never", restore_id="r").result["error_code"] == "instance_running"
        assert cloud.posts == 0


@IN_PLACE
class TestForce:
    def test_of_another_restore_does_not_forget_one_in_doubt(self, cloud: Cloud) -> None:
        hide_evidence(cloud)
        lose_the_answer(cloud, restore_id="a")
        cloud.sim.faults.clear()
        assert not cloud.restore(restore_id="b", force=True).failed
        use(cloud)
        for check in (True, False):
            assert cloud.restore(restore_id="a", check=check).result["error_code"] == "restore_given_up"
        assert is_kept(cloud)
        assert cloud.posts == 2


@HOSTUP
class TestReusedSnapshotName:
    @pytest.mark.parametrize("sent", [True, False])
    def test_snapshot_without_a_time_that_is_replaced_between_two_runs_is_not_restored(
        self, cloud: Cloud, sent: bool
    ) -> None:
        cloud.sim.faults.add("field", "GET", "/snapshots", times=None, way=["data", 0, "createdAt"], value=None)
        if sent:
            cloud.sim.faults.add("cut_before", method="POST", path="restore")
        else:
            cloud.set_power("running")
        if sent:
            cloud.restore(stop="always", restore_id="r")
        else:
            cloud.killed_in("stopping", stop="always", restore_id="r")
        cloud.clock.advance(60.0)
        cloud.sim.cloud.remove_snapshot(cloud.snapshot)
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="before-upgrade")
        outcome = cloud.restore(stop="always", restore_id="r", on_unknown="restore")
        assert outcome.result["error_code"] == "snapshot_identity_unknown", outcome.result
        assert cloud.restores == 0

    def test_doubt_about_the_snapshot_does_not_hide_that_a_restore_was_sent(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("field", "GET", "/snapshots", times=None, way=["data", 0, "createdAt"], value=None)
        lose_the_answer(cloud)
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "snapshot_identity_unknown", outcome.result
        assert (outcome.result["restore_sent"], cloud.posts) == ("unknown", 1)

    def test_snapshot_that_is_replaced_during_the_stop_is_not_restored(self, cloud: Cloud) -> None:
        cloud.set_power("running")

        def replace_it() -> None:
            cloud.sim.cloud.remove_snapshot(cloud.snapshot)
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name="before-upgrade", age=0.0)

        cloud.sim.hooks = On("POST", "/shutdown", replace_it, after=True)
        outcome = cloud.restore(**ROLE)
        assert outcome.result["error_code"] == "snapshot_replaced", outcome.result
        assert (cloud.posts, outcome.result["restore_sent"]) == (0, "no")


@IN_PLACE
class TestUnclearAnswer:
    def test_html_page_with_a_status_of_success_is_not_taken_for_a_restore(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("html", method="POST", path="restore", status=202)
        outcome = cloud.restore()
        assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("outcome_unknown", "unknown")
        assert (cloud.posts, cloud.restores) == (1, 0)


@IN_PLACE
class TestRecordThatCannotBeWritten:
    def test_after_the_restore_was_sent_says_that_it_is_under_way(
        self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite_store, "BUSY_SECONDS", 0.2)
        other: list[sqlite3.Connection] = []

        def lock_it() -> None:
            other.append(sqlite3.connect(cloud.record, check_same_thread=False, isolation_level=None))
            other[0].execute("BEGIN IMMEDIATE")

        cloud.sim.hooks = On("POST", "restore", lock_it)
        outcome = cloud.restore(restore_id="r")
        assert outcome.failed
        assert outcome.result["restore_sent"] in ("unknown", "accepted")
        assert "same record_path" in " ".join(outcome.result["next_steps"])
        other[0].execute("ROLLBACK")
        other[0].close()
        again = cloud.restore(restore_id="r")
        assert again.result["restore_sent"] in ("unknown", "accepted")
        cloud.clock.advance(60.0)
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_is_found_in_check_mode(self, cloud: Cloud) -> None:
        cloud.record.mkdir(parents=True)
        check, real = cloud.restore(check=True), cloud.restore()
        assert (check.failed, real.failed) == (True, True)
        assert check.result["error_code"] == real.result["error_code"]
        assert cloud.writes == 0


@HOSTUP
def test_claim_of_a_run_with_a_file_alone_is_noted_by_a_run_with_notes(cloud: Cloud) -> None:
    cloud.set_power("running")
    cloud.killed_in("stopping", restore_id="r", record="file", **ROLE)
    cloud.clock.advance(60.0)
    noted: list[bool] = []

    def look() -> None:
        found = cloud.sim.cloud.snapshots(cloud.vm.id)
        noted.append(any(str(item.extra.get("description")).startswith("indiecloud-restore=") for item in found))

    cloud.sim.hooks = On("POST", "/restore", look)
    assert cloud.restore(restore_id="r", record="provider", **ROLE).result["status"] == "restored"
    assert noted == [True]


@IN_PLACE
@pytest.mark.parametrize("store", ["provider"])
def test_live_claim_of_another_controller_is_found_in_check_mode(cloud: Cloud) -> None:
    cloud.set_power("running")
    other = replace(cloud, record=cloud.record.with_name("other.sqlite3"))
    other.restore(wait=False, **ROLE)
    check = cloud.restore(check=True, **ROLE)
    # HostUp's notes cannot be changed, so a real run asks instead of waiting for their end.
    code = "outcome_unknown" if cloud.provider == "hostup" else "restore_in_progress"
    assert check.result["error_code"] == code, check.result
    real = cloud.restore(**ROLE)
    assert real.result.get("error_code") in (code, None)
    assert (real.failed, cloud.posts) == (cloud.provider == "hostup", 1)

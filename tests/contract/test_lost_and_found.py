# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a later run may believe, and what it must not do, after an earlier one broke off."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase

from .conftest import HOSTUP, IN_PLACE, ONET, Cloud


def lose_the_request(cloud: Cloud, **params: Any) -> None:
    cloud.sim.faults.add("cut_before", method="POST", path="restore")
    assert cloud.restore(**params).result["error_code"] == "outcome_unknown"


def set_phase(cloud: Cloud, phase: str) -> None:
    """Put the record back to a phase, as a run that was killed there leaves it."""
    cloud.rewrite_record(phase=Phase(phase), sent_at=None, repeat_unsafe=None)


@IN_PLACE
def test_name_that_cannot_be_looked_up_does_not_hide_a_lost_restore(cloud: Cloud) -> None:
    lose_the_request(cloud, instance=cloud.vm.name, restore_id="CHG-1")
    cloud.sim.faults.add("status", method="GET", status=401, times=9)
    outcome = cloud.restore(instance=cloud.vm.name, restore_id="CHG-1")
    assert (outcome.failed, outcome.result["restore_sent"]) == (True, "unknown"), outcome.result


@IN_PLACE
class TestSendingAgain:
    def test_not_after_the_instance_was_seen_running(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        cloud.vm.power = "running"
        assert cloud.restore(stop="if_required").result["error_code"] == "outcome_unknown"
        cloud.vm.power = "stopped"
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "outcome_unknown", outcome.result
        assert "seen running" in outcome.result["msg"]
        assert cloud.posts == 1
        assert not cloud.restore(on_unknown="restore").failed

    def test_only_after_a_quiet_period(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        sent = cloud.sim.ledger.requests(method="POST", path_contains="restore")[0].time
        outcome = cloud.restore()
        if outcome.failed:
            # HostUp restores running instances too, so the quiet time is longer than a run waits.
            assert (cloud.provider, outcome.result["error_code"]) == ("hostup", "outcome_unknown")
            assert outcome.result["retry_at"]
            assert cloud.posts == 1
            cloud.clock.advance(900.0)
            assert not cloud.restore().failed
        again = cloud.sim.ledger.requests(method="POST", path_contains="restore")[1].time
        assert again - sent >= (900.0 if cloud.provider == "hostup" else 120.0)
        assert cloud.restores == 1

    def test_not_when_the_run_is_over_before_the_quiet_period(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        assert cloud.restore(wait_timeout=20.0).result["error_code"] == "outcome_unknown"
        assert cloud.posts == 1

    def test_not_after_an_hour(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        cloud.clock.advance(3 * 3600.0)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.posts == 1

    def test_on_unknown_accept_ends_a_restore_whose_answer_was_lost(self, cloud: Cloud) -> None:
        cloud.sim.switch(onet_snapshot_tasks=False)
        cloud.sim.faults.add("cut_after", method="POST", path="restore")
        cloud.restore(power_after="previous")
        cloud.clock.advance(600.0)
        outcome = cloud.restore(on_unknown="accept", power_after="previous")
        assert outcome.result["status"] == "accepted_unverified", outcome.result
        assert (cloud.posts, cloud.restores) == (1, 1)


@HOSTUP
class TestGate:
    def test_closed_gate_is_no_proof_of_a_restore(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        gate = {"allowed": False, "reason": "Unpaid invoice.", "code": "pending_order"}
        cloud.vm.extra["gates"] = {"canRestore": gate}
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        cloud.vm.extra.clear()
        outcome = cloud.restore()
        assert outcome.failed
        assert "Unpaid invoice." in outcome.result["msg"]
        assert cloud.restores == 0


class TestRailsOnResume:
    @pytest.mark.parametrize("phase", ["claimed", "stopping"])
    def test_refusals_still_apply_if_nothing_was_sent(self, cloud: Cloud, phase: str) -> None:
        lose_the_request(cloud)
        set_phase(cloud, phase)
        cloud.sim.ledger.clear()
        other = {"instance": cloud.vm.id, "expected_instance_name": "other"}
        outcome = cloud.restore(**other, max_snapshot_age="1s", accept_billing=False)
        found = {item["code"] for item in outcome.result["refusals"]}
        assert found >= {"instance_name_differs", "snapshot_too_old"}
        assert ("billing_not_accepted" in found) == cloud.creates
        assert cloud.writes == 0
        assert cloud.restore(check=True, **other).failed

    def test_expected_name_applies_to_every_run(self, cloud: Cloud) -> None:
        cloud.restore(wait=False, restore_id="r")
        outcome = cloud.restore(restore_id="r", instance=cloud.vm.id, expected_instance_name="other")
        assert outcome.result["error_code"] == "instance_name_differs"


@IN_PLACE
class TestFormerPowerState:
    def test_survives_force(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.killed_in("stopping", stop="always", power_after="previous")
        cloud.clock.advance(600.0)
        outcome = cloud.restore(force=True, restore_id="another", power_after="previous")
        assert outcome.result["previous_power_state"] == "running"
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"

    @pytest.mark.parametrize("phase", ["stopping", "accepted"])
    def test_unknown_power_state_is_read_again_before_the_stop(self, cloud: Cloud, phase: str) -> None:
        cloud.set_power("running")
        cloud.restore(check=True)
        reads = len(cloud.sim.ledger.requests())
        cloud.sim.ledger.clear()
        cloud.sim.faults.add("unknown_state", times=reads + 1)
        wanted: dict[str, Any] = {"stop": "always", "power_after": "previous"}
        cloud.killed_in(phase, **wanted)
        outcome = cloud.restore(**wanted)
        assert outcome.result["previous_power_state"] == "running", outcome.result
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_change_while_waiting_for_another_run_is_seen(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        from ansible_collections.indiecloud.compute.plugins.module_utils._record import sqlite_store

        taken = sqlite_store.FileRecord._lock

        def slow(self: Any, *args: Any) -> bool:
            cloud.vm.power = "running"
            taken(self, *args)
            return True

        monkeypatch.setattr(sqlite_store.FileRecord, "_lock", slow)
        outcome = cloud.restore(stop="always", power_after="previous")
        assert outcome.result["previous_power_state"] == "running", outcome.result
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"


@HOSTUP
class TestHostUp:
    def test_run_without_waiting_sees_the_end(self, cloud: Cloud) -> None:
        cloud.restore(wait=False)
        cloud.clock.advance(600.0)
        assert cloud.restore(wait=False).result["status"] == "restored"
        assert cloud.posts == 1

    @pytest.mark.parametrize("switches", [{"hostup_job_vanishes": True}])
    def test_job_that_vanished_between_two_runs_ends_unverified(self, cloud: Cloud) -> None:
        cloud.restore(wait=False)
        cloud.clock.advance(600.0)
        assert cloud.restore(wait=False).result["status"] == "accepted"
        assert cloud.restore().result["status"] == "accepted_unverified"
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_slow_stop_does_not_prevent_the_safety_snapshot(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        wanted: dict[str, Any] = {"safety_snapshot": "required", "stop": "always", "power_after": "previous"}
        cloud.killed_in("stopping", **wanted)
        outcome = cloud.restore(**wanted)
        assert outcome.result["status"] == "restored", outcome.result
        assert outcome.result["safety_snapshot"]["survived"]
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"

    def test_safety_snapshot_of_an_earlier_attempt_in_the_last_slot_is_named(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        wanted = {"safety_snapshot": "required", "stop": "always", "power_after": "previous"}
        for number in range(3):
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"s{number}", age=60.0)
        cloud.sim.faults.add_job("fail")
        assert cloud.restore(**wanted).result["error_code"] == "restore_failed"
        outcome = cloud.restore(**wanted)
        (ours,) = [item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name.startswith("pre-")]
        assert outcome.failed
        assert any(ours.name in step for step in outcome.result["next_steps"])
        assert cloud.posts == 1
        cloud.sim.cloud.remove_snapshot(ours)
        assert cloud.restore(**wanted).result["status"] == "restored"
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"

    @pytest.mark.parametrize("switches", [{"hostup_job_vanishes": True}])
    def test_former_power_state_survives_an_unverified_end(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        first = cloud.restore(stop="always", power_after="previous", restore_id="a")
        assert first.result["status"] == "accepted_unverified", first.result
        second = cloud.restore(power_after="previous", restore_id="b", check=True)
        assert second.result["previous_power_state"] == "running"


@ONET
class TestTarget:
    def test_id_of_a_deleted_instance_is_never_a_name(self, cloud: Cloud) -> None:
        gone = "00000000-0000-4000-8000-00000000dead"
        cloud.sim.cloud.add_instance("onetsolutions", name=gone, power="stopped")
        assert cloud.restore(instance=gone).result["error_code"] == "instance_not_found"

    def test_ids_in_upper_case_are_the_same_restore(self, cloud: Cloud) -> None:
        cloud.restore()
        outcome = cloud.restore(instance=cloud.vm.id.upper(), snapshot=cloud.snapshot.id.upper())
        assert outcome.result["status"] == "already_restored", outcome.result
        assert cloud.posts == 1

    def test_snapshot_name_that_was_reused_twice_is_ambiguous(self, cloud: Cloud) -> None:
        cloud.restore(snapshot="before-upgrade")
        cloud.sim.cloud.remove_snapshot(cloud.snapshot)
        for dummy in range(2):
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name="before-upgrade", age=5.0)
        assert cloud.restore(snapshot="before-upgrade").result["error_code"] == "snapshot_ambiguous"

    def test_task_of_another_kind_is_no_evidence(self, cloud: Cloud) -> None:
        cloud.sim.faults.add(
            "wrong_type", method="GET", path="/tasks", times=None, keys=["results"], value=[OTHER_TASK]
        )
        outcome = cloud.restore()
        assert outcome.result["status"] == "accepted_unverified", outcome.result

    def test_forbidden_task_list_ends_unverified(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="GET", path="/tasks", times=None, status=403)
        assert cloud.restore().result["status"] == "accepted_unverified"


OTHER_TASK = {
    "id": "7a500000-0000-4000-8000-0000000000ff",
    "task_type": "sync_state",
    "status": "completed",
    "created": "2030-01-01T00:00:00Z",
    "completed_at": "2030-01-01T00:00:05Z",
}


@HOSTUP
def test_strange_job_ids_are_neither_requested_nor_recorded(cloud: Cloud) -> None:
    token = cloud.sim.tokens["hostup"]
    for number, job in enumerate(["..", "a/b", f"job_{token}", "x" * 5000]):
        cloud.sim.faults.clear()
        cloud.sim.faults.add("wrong_type", method="POST", path="restore", keys=["operation.jobId"], value=job)
        outcome = cloud.restore(restore_id=f"r{number}")
        assert outcome.result.get("error_code") != "internal_error", outcome.result
        assert token not in repr(outcome)
    assert token.encode() not in cloud.record.read_bytes()

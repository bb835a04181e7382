# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore under every open question about every provider: once, only when asked, and never in check mode."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.simulator.switches import Switches

from .conftest import IN_PLACE, Cloud

CASES = [
    pytest.param(name, variant.switches, id=f"{name}-{variant.name}")
    for name in sorted(SPECS)
    for variant in Switches.all_variants()
    if variant.provider in (None, name)
]
LATER = 3600.0
QUIET = 900.0


@pytest.fixture(autouse=True)
def _needs(cloud: Cloud, switches: dict[str, Any]) -> None:
    if switches.get("barrack_auth") == "x-api-key":
        cloud.always = {"api_auth_header": "X-API-Key", "api_auth_scheme": ""}
    if switches.get("documented_only") and cloud.creates:
        cloud.always = {"allow_unverified": True}


def disk_is_restored(cloud: Cloud) -> bool:
    """Whether the disk is as of the snapshot once all work in the cloud has ended."""
    cloud.clock.advance(LATER)
    instance_id = cloud.sim.ledger.vms_billed()[0].instance_id if cloud.creates else cloud.vm.id
    return dict(cloud.sim.cloud.disk(instance_id)) == {"/etc/motd": "before"}


@pytest.mark.parametrize(("provider", "switches"), CASES)
class TestUnderEverySwitch:
    def test_check_mode_sends_only_get(self, cloud: Cloud) -> None:
        outcome = cloud.restore(check=True)
        assert outcome.result["status"] == "would_restore", outcome.result
        assert outcome.result["changed"]
        assert cloud.writes == 0
        assert not cloud.record.parent.exists()

    def test_restores_once(self, cloud: Cloud, switches: dict[str, Any]) -> None:
        outcome = cloud.restore()
        assert not outcome.failed, outcome.result
        assert (outcome.result["changed"], outcome.result["phase"]) == (True, "done")
        evidence = outcome.result["status"] == "restored"
        assert outcome.result["status"] in ("restored", "accepted_unverified")
        assert evidence != bool(outcome.result["unverified"])
        assert cloud.posts == 1
        if evidence:
            assert cloud.restores == 1, "success was reported before the cloud had restored"
        assert disk_is_restored(cloud)
        assert cloud.restores == 1
        assert evidence == has_evidence(cloud.provider, switches)

    def test_second_run_writes_nothing(self, cloud: Cloud) -> None:
        cloud.restore()
        cloud.clock.advance(LATER)
        cloud.sim.ledger.clear()
        outcome = cloud.restore()
        assert outcome.result["status"] == "already_restored", outcome.result
        assert not outcome.result["changed"]
        assert any("force: true" in text for text in outcome.warnings)
        assert cloud.writes == 0

    def test_force_restores_again(self, cloud: Cloud) -> None:
        cloud.restore()
        cloud.clock.advance(LATER)
        again = {"new_vm_name": "restored-again"} if cloud.creates else {"stop": "if_required"}
        cloud.restore(force=True, **again)
        cloud.clock.advance(LATER)
        assert cloud.restores == 2

    def test_answer_cut_off_after_the_effect_restores_once(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_after", method="POST", path="restore")
        outcome = cloud.restore()
        assert cloud.posts == 1
        assert not outcome.failed or outcome.result["error_code"] == "outcome_unknown", outcome.result
        cloud.clock.advance(LATER)
        assert cloud.restores == 1

    def test_request_cut_off_before_the_effect_is_not_repeated(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path="restore")
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "outcome_unknown", outcome.result
        assert outcome.result["next_steps"]
        assert (cloud.posts, cloud.restores) == (1, 0)

    def test_run_after_a_lost_request_restores_or_asks(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path="restore")
        cloud.restore()
        outcome = cloud.restore()
        if cloud.creates:
            assert outcome.result["error_code"] == "outcome_unknown"
            assert cloud.posts == 1
            outcome = cloud.restore(on_unknown="restore")
        elif outcome.failed and outcome.result["retry_at"]:
            assert outcome.result["error_code"] == "outcome_unknown"
            assert (cloud.posts, cloud.sim.cloud.power(cloud.vm.id)) == (1, "stopped")
            cloud.clock.advance(QUIET)
            outcome = cloud.restore()
        elif outcome.failed:
            assert outcome.result["error_code"] == "outcome_unknown"
            # Off for certain is what a repeat needs.
            assert outcome.result["power_state"] != "stopped"
            outcome = cloud.restore(on_unknown="restore")
        assert not outcome.failed, outcome.result
        assert outcome.result["resumed"]
        assert disk_is_restored(cloud)
        assert cloud.restores == 1

    def test_failed_work_is_a_failure_and_can_be_tried_again(self, cloud: Cloud, switches: dict[str, Any]) -> None:
        cloud.sim.faults.add_job("fail")
        outcome = cloud.restore()
        if not has_evidence(cloud.provider, switches):
            # Where nothing tells of the failure, success must not be claimed.
            assert outcome.result["status"] in ("accepted_unverified", "unknown"), outcome.result
            return
        assert outcome.result["error_code"] == "restore_failed", outcome.result
        assert outcome.result["phase"] == "accepted"
        again = {"new_vm_name": "second"} if cloud.creates else {}
        assert not cloud.restore(**again).failed
        assert cloud.posts == 2


def has_evidence(provider: str, switches: dict[str, Any]) -> bool:
    """Whether the published pages and this switch let a client see how a restore ends."""
    if switches.get("documented_only"):
        return provider == "hostup"
    if provider == "onetsolutions":
        return switches.get("onet_snapshot_tasks", True) or "onet_restore_answer" in switches
    return not switches.get("hostup_job_vanishes")


@IN_PLACE
class TestPower:
    @pytest.mark.parametrize("switches", [{"power_after_restore": word} for word in ("stopped", "running")])
    @pytest.mark.parametrize("power", ["running", "stopped"])
    def test_former_power_state_comes_back(self, cloud: Cloud, power: str) -> None:
        cloud.set_power(power)
        outcome = cloud.restore(stop="if_required", power_after="previous")
        assert not outcome.failed, outcome.result
        assert outcome.result["previous_power_state"] == power
        assert outcome.result["power_state"] == cloud.sim.cloud.power(cloud.vm.id) == power

    def test_never_started_before_the_outcome_is_settled(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("stuck")
        outcome = cloud.restore(stop="if_required", power_after="started", wait_timeout=120.0)
        assert outcome.result["error_code"] == "timeout"
        assert outcome.result["phase"] == "accepted"
        assert not [item for item in cloud.sim.ledger.power_cycles() if item.action == "start"]

    def test_restore_of_a_run_that_timed_out_is_adopted(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("slow", factor=20)
        assert cloud.restore(stop="if_required", power_after="previous", wait_timeout=60.0).failed
        outcome = cloud.restore(stop="if_required", power_after="previous")
        assert outcome.result["status"] == "restored", outcome.result
        assert outcome.result["resumed"]
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_failed_attempt_does_not_lose_the_former_power_state(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="restore", status=403)
        assert cloud.restore(stop="if_required", power_after="previous").failed
        if cloud.sim.cloud.power(cloud.vm.id) == "stopped":
            outcome = cloud.restore(stop="if_required", power_after="previous")
            assert outcome.result["previous_power_state"] == "running"
            assert cloud.sim.cloud.power(cloud.vm.id) == "running"

    def test_running_instance_is_refused_unless_stop_allows_it(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        assert [cloud.restore(check=check).result["error_code"] for check in (True, False)] == ["instance_running"] * 2
        assert cloud.writes == 0

        assert not cloud.restore(stop="if_required").failed
        stopped = ["stop"] if SPECS[cloud.provider].capabilities.must_be_stopped else []
        assert [item.action for item in cloud.sim.ledger.power_cycles()] == stopped
        assert cloud.restores == 1


class TestWithoutWaiting:
    def test_accepted_then_adopted(self, cloud: Cloud) -> None:
        first = cloud.restore(wait=False)
        assert (first.result["status"], first.result["changed"]) == ("accepted", True)
        second = cloud.restore()
        assert second.result["resumed"]
        assert second.result["status"] == "restored", second.result
        assert (cloud.posts, cloud.restores) == (1, 1)


class TestIdentity:
    def test_same_id_for_another_snapshot_is_a_conflict(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        other = cloud.sim.cloud.add_snapshot(cloud.vm.id, name="other", age=60.0)
        posts = cloud.posts
        outcome = cloud.restore(restore_id="CHG-1", snapshot=other.id)
        assert outcome.result["error_code"] == "restore_id_conflict"
        assert cloud.posts == posts

    def test_another_id_restores_again(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        again = {"new_vm_name": "restored-2"} if cloud.creates else {}
        cloud.restore(restore_id="CHG-2", **again)
        assert cloud.restores == 2

    def test_unfinished_other_restore_is_an_error(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1", wait=False)
        outcome = cloud.restore(restore_id="CHG-2")
        assert outcome.result["error_code"] == "restore_in_progress"
        assert "CHG-1" in outcome.result["msg"]
        assert cloud.posts == 1

    def test_one_id_serves_many_targets(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        vm = cloud.sim.cloud.add_instance(cloud.provider, name="web2", power="stopped", disk={"/etc/motd": "before"})
        snapshot = cloud.sim.cloud.add_snapshot(vm.id, name="before-upgrade-2", age=60.0)
        other = {"new_vm_name": "restored-2"} if cloud.creates else {"instance": vm.id}
        assert not cloud.restore(restore_id="CHG-1", snapshot=snapshot.id, **other).failed
        assert cloud.posts == 2

    def test_a_reused_snapshot_name_is_another_restore(self, cloud: Cloud) -> None:
        first = cloud.restore(check=True).result["restore_id"]
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="before-upgrade-b", age=10.0)
        second = cloud.restore(check=True, snapshot="before-upgrade-b").result["restore_id"]
        assert first != second
        assert re.fullmatch(r"[0-9a-f]{32}", first)

    def test_record_none_restores_each_time(self, cloud: Cloud) -> None:
        cloud.restore(record="none")
        again = {"new_vm_name": "restored-2"} if cloud.creates else {}
        cloud.restore(record="none", **again)
        assert cloud.restores == 2
        assert not cloud.record.exists()

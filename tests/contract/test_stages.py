# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going through a restore step by step, as the role does for a whole group, and taking a way back first."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Cloud

STAGES = ("stopping", "accepted", "settled", "starting", "done")


def actions(cloud: Cloud) -> list[str]:
    return [item.action for item in cloud.sim.ledger.power_cycles(cloud.vm.id)]


class TestStages:
    @pytest.mark.parametrize("power", ["running", "stopped"])
    def test_each_stage_goes_on_where_the_last_one_ended(self, cloud: Cloud, power: str) -> None:
        cloud.set_power(power)
        wanted: dict[str, Any] = {"stop": "always", "power_after": "previous"}
        statuses = [cloud.restore(until=stage, **wanted).result["status"] for stage in STAGES]
        # A new instance that is there at once is seen by the second run's one look.
        assert statuses[:2] in (["claimed", "accepted"], ["claimed", "restored"] if cloud.creates else [])
        assert statuses[2] in ("restored", "already_restored")
        assert (cloud.posts, cloud.restores) == (1, 1)
        assert cloud.sim.cloud.power(cloud.vm.id) == power
        if not cloud.creates:
            assert actions(cloud) == (["stop", "start"] if power == "running" else [])
            assert len(cloud.sim.ledger.requests(method="POST")) == 1 + len(actions(cloud))
        cloud.sim.ledger.clear()
        again = [cloud.restore(until=stage, **wanted).result for stage in STAGES]
        assert {item["status"] for item in again} == {"already_restored"}
        assert not any(item["changed"] for item in again)
        assert cloud.writes == 0

    @pytest.mark.parametrize("provider", ["hostup", "onetsolutions"])
    @pytest.mark.parametrize("stage", STAGES)
    def test_former_power_state_survives_a_run_that_ended_at_any_stage(self, cloud: Cloud, stage: str) -> None:
        cloud.set_power("running")
        cloud.restore(until=stage, stop="always", power_after="previous")
        cloud.clock.advance(600.0)
        outcome = cloud.restore(stop="always", power_after="previous")
        assert outcome.result["previous_power_state"] == "running"
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_wait_false_and_another_stage_contradict_each_other(self, cloud: Cloud) -> None:
        outcome = cloud.restore(wait=False, until="settled")
        assert outcome.result["error_code"] == "invalid_option"
        assert cloud.sim.ledger.requests() == []


@pytest.mark.parametrize("provider", ["hostup"])
class TestStopAlways:
    def test_running_instance_is_stopped_only_when_asked(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.restore(stop="if_required")
        assert actions(cloud) == []
        cloud.set_power("running")
        cloud.restore(stop="always", restore_id="again")
        assert actions(cloud) == ["stop"]

    def test_instance_that_ignores_a_shutdown_is_powered_off(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("stuck", work="stop")
        outcome = cloud.restore(stop="always")
        assert outcome.failed or outcome.result["status"] == "restored", outcome.result


@pytest.mark.parametrize("provider", ["hostup", "onetsolutions"])
class TestSafetySnapshot:
    @pytest.mark.parametrize("switches", [{}, {"onet_restore_answer": "task"}])
    def test_is_taken_before_the_restore_and_holds_what_was_overwritten(self, cloud: Cloud) -> None:
        outcome = cloud.restore(safety_snapshot="required")
        assert not outcome.failed, outcome.result
        safety = outcome.result["safety_snapshot"]
        assert safety["name"] == f"pre-{outcome.result['restore_id'][:8]}"
        assert safety["survived"] is True
        kept = [item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == safety["name"]]
        assert dict(kept[0].disk) == {"/etc/motd": "after"}
        assert dict(cloud.sim.cloud.disk(cloud.vm.id)) == {"/etc/motd": "before"}

    @pytest.mark.parametrize("switches", [{"hostup_newer_snapshots": "lost"}])
    def test_loss_of_it_is_said(self, cloud: Cloud) -> None:
        outcome = cloud.restore(safety_snapshot="auto")
        if cloud.provider == "hostup":
            assert outcome.result["safety_snapshot"]["survived"] is False
            assert any("did not survive" in text for text in outcome.warnings)

    @pytest.mark.parametrize("switches", [{"hostup_newer_snapshots": "refused"}])
    def test_refusal_because_of_it_says_what_to_do(self, cloud: Cloud) -> None:
        outcome = cloud.restore(safety_snapshot="auto", wait_timeout=600.0)
        if cloud.provider == "hostup":
            assert outcome.failed
            assert "newer" in outcome.result["msg"]
            # The code of this refusal is published for failures behind the API too.
            assert outcome.result["restore_sent"] == "unknown"
            assert cloud.restores == 0

    def test_required_is_refused_before_anything_is_done_where_there_is_no_slot(self, cloud: Cloud) -> None:
        if cloud.provider != "hostup":
            return
        for number in range(4):
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"s{number}", age=60.0)
        code = cloud.restore(safety_snapshot="required").result["error_code"]
        assert code in ("no_snapshot_slot", "snapshot_not_allowed")
        assert cloud.writes == 0
        outcome = cloud.restore(safety_snapshot="auto")
        assert outcome.result["status"] == "restored"
        assert any("no safety snapshot" in text for text in outcome.warnings)

    def test_each_attempt_takes_its_own(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore$", status=403)
        assert cloud.restore(safety_snapshot="required", restore_id="r").result["restore_sent"] == "refused"
        cloud.vm.power = "running"
        cloud.sim.cloud.write(cloud.vm.id, "/etc/motd", "a week of work")
        cloud.vm.power = "stopped"
        outcome = cloud.restore(safety_snapshot="required", restore_id="r")
        kept = outcome.result["safety_snapshot"]["name"]
        (snapshot,) = [item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == kept]
        assert dict(snapshot.disk) == {"/etc/motd": "a week of work"}

    def test_an_older_one_of_the_same_name_is_not_mistaken_for_it(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="pre-CHG-2026", age=60.0)
        outcome = cloud.restore(safety_snapshot="required", restore_id="CHG-2026-11-20")
        assert outcome.result["safety_snapshot"]["name"] == "pre-CHG-2026-2"

    def test_lost_answer_is_found_in_the_list(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_after", method="POST", path="/snapshots$")
        outcome = cloud.restore(safety_snapshot="required")
        assert outcome.result["status"] == "restored", outcome.result
        assert len(cloud.sim.ledger.requests(method="POST", path_contains="/snapshots")) == 2

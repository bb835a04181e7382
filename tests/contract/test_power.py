# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Power: sent once, read twice, and nothing done that is done already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._power.task import power_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import BARRACK, HOSTUP, IN_PLACE, ONET, Cloud


def power(cloud: Cloud, state: str, *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(power_task, check=check, instance=cloud.vm.id, state=state, **params)


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def cycles(cloud: Cloud) -> list[str]:
    return [item.action for item in cloud.sim.ledger.power_cycles(cloud.vm.id)]


@pytest.mark.parametrize("switches", [{}, {"onet_sync_lag": 20.0}, {"hostup_job_vanishes": True}])
@pytest.mark.parametrize(
    ("state", "before", "after"), [("started", "stopped", "running"), ("stopped", "running", "stopped")]
)
class TestState:
    def test_is_reached_once(self, cloud: Cloud, state: str, before: str, after: str) -> None:
        cloud.set_power(before)
        cloud.clock.advance(100.0)
        first, second = power(cloud, state), power(cloud, state)
        assert not first.failed, first.result
        assert (first.result["changed"], second.result["changed"]) == (True, False)
        assert (first.result["previous_power_state"], first.result["power_state"]) == (before, after)
        assert cloud.sim.cloud.power(cloud.vm.id) == after
        assert cloud.writes == 1

    def test_check_mode_predicts_and_writes_nothing(self, cloud: Cloud, state: str, before: str, after: str) -> None:
        cloud.set_power(before)
        cloud.clock.advance(100.0)
        outcome = power(cloud, state, check=True)
        assert (outcome.result["changed"], outcome.result["power_state"]) == (True, after)
        assert outcome.diff == {"before": {"power": before}, "after": {"power": after}}
        assert cloud.writes == 0

    @pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
    def test_lost_answer_ends_in_the_wanted_state(
        self, cloud: Cloud, state: str, before: str, after: str, kind: str
    ) -> None:
        cloud.set_power(before)
        cloud.clock.advance(100.0)
        cloud.sim.faults.add(kind, method="POST")
        outcome = power(cloud, state)
        assert not outcome.failed, outcome.result
        assert cloud.sim.cloud.power(cloud.vm.id) == after
        assert len(cycles(cloud)) == 1


class TestRestart:
    def test_running_instance_is_restarted_once(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        outcome = power(cloud, "restarted")
        assert outcome.result["changed"], outcome.result
        assert cycles(cloud) == ["restart"]

    def test_stopped_instance_is_started(self, cloud: Cloud) -> None:
        assert power(cloud, "restarted").result["power_state"] == "running"
        assert cycles(cloud) == ["start"]

    def test_lost_answer_is_never_sent_again(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("cut_after", method="POST")
        power(cloud, "restarted")
        assert cycles(cloud) in ([], ["restart"])
        assert cloud.writes == 1


class TestFailures:
    def test_failed_work_is_a_failure(self, cloud: Cloud) -> None:
        cloud.sim.faults.add_job("fail", work="start")
        outcome = power(cloud, "started", wait_timeout=120.0)
        assert outcome.failed
        assert outcome.result["error_code"] in ("power_failed", "timeout")

    def test_unknown_word_keeps_polling_and_is_reported(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("unknown_state", method="GET", times=None, word="hovering")
        outcome = power(cloud, "started", wait_timeout=60.0)
        assert outcome.result["error_code"] == "timeout"
        assert "hovering" in str(outcome.result)

    def test_refusal_changes_nothing(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", status=403)
        outcome = power(cloud, "started")
        assert outcome.result["error_code"] == "permission_denied"
        assert not outcome.result["changed"]

    def test_stopped_instance_that_is_billed_is_a_warning(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        outcome = power(cloud, "stopped")
        assert any("bills" in text for text in outcome.warnings) == cloud.creates


@ONET
class TestStateThatIsBehind:
    """OnetSolutions shows the power state as of ``last_synced_at``."""

    @pytest.mark.parametrize("switches", [{"onet_sync_lag": 26.0}])
    def test_reading_from_before_the_request_is_no_evidence(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        now = cloud.clock.now()
        # Somebody stopped it for a while, which the provider has still to show.
        cloud.vm.past_power = [(now - 25.0, "running"), (now - 5.0, "stopped")]
        cloud.sim.faults.add_job("stuck", work="stop")
        outcome = power(cloud, "stopped", wait_timeout=120.0)
        assert outcome.result["error_code"] == "timeout", outcome.result
        assert "'running'" in outcome.result["msg"]

    @pytest.mark.parametrize("switches", [{"onet_sync_lag": 60.0}])
    def test_lagging_state_is_waited_for(self, cloud: Cloud) -> None:
        cloud.clock.advance(100.0)
        cloud.vm.set_power("running", cloud.clock.now())
        outcome = power(cloud, "started")
        assert not outcome.failed, outcome.result
        assert outcome.result["power_state"] == "running"
        assert cycles(cloud) == []

    @pytest.mark.parametrize("switches", [{"onet_sync_lag": 1000.0}])
    def test_outdated_state_is_a_warning(self, cloud: Cloud) -> None:
        cloud.set_power("stopped")
        unchanged = power(cloud, "stopped")
        assert not unchanged.result["changed"]
        assert any("1000 s ago" in text for text in unchanged.warnings)
        waited = power(cloud, "started", wait_timeout=60.0)
        assert waited.result["error_code"] == "timeout"
        assert "before the request" in waited.result["msg"]

    @pytest.mark.parametrize("switches", [{"onet_sync_lag": 20.0}])
    def test_restart_needs_a_reading_from_after_it(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.clock.advance(100.0)
        asked = cloud.clock.now()
        outcome = power(cloud, "restarted")
        assert not outcome.failed, outcome.result
        assert _when(outcome.result["instance"]["power_state_at"]).timestamp() >= asked


@IN_PLACE
class TestGraceful:
    def verbs(self, cloud: Cloud) -> list[str]:
        return [item.path.rsplit("/", 1)[-1] for item in cloud.sim.ledger.requests(method="POST")]

    def test_shutdown_is_tried_first(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        power(cloud, "stopped", force_after=60.0)
        assert self.verbs(cloud) == ["shutdown"]

    def test_graceful_false_powers_off(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        power(cloud, "stopped", graceful=False)
        assert self.verbs(cloud) == ["stop"]

    def test_force_after_powers_off(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("slow", work="stop", factor=30)
        began = cloud.clock.now()
        outcome = power(cloud, "stopped", force_after=60.0)
        assert not outcome.failed, outcome.result
        assert any("did not shut down within 60 s" in text for text in outcome.warnings)
        assert self.verbs(cloud)[:2] == ["shutdown", "stop"]
        assert cloud.sim.ledger.requests(method="POST")[1].time - began >= 60.0
        assert outcome.result["power_state"] == "stopped"

    def test_is_not_powered_off_without_force_after(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("stuck", work="stop")
        outcome = power(cloud, "stopped", wait_timeout=90.0)
        assert outcome.result["error_code"] == "timeout"
        assert self.verbs(cloud) == ["shutdown"]

    def test_missing_shutdown_route_powers_off_only_with_force_after(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="/shutdown$", status=404, times=None)
        outcome = power(cloud, "stopped")
        assert outcome.failed
        assert self.verbs(cloud) == ["shutdown"]
        if cloud.provider == "onetsolutions":
            assert outcome.result["error_code"] == "route_unconfirmed"
            assert not power(cloud, "stopped", force_after=60.0).failed

    def test_force_after_beyond_the_timeout_is_refused(self, cloud: Cloud) -> None:
        outcome = power(cloud, "stopped", force_after=300.0, wait_timeout=300.0)
        assert outcome.result["error_code"] == "invalid_option"
        assert cloud.sim.ledger.requests() == []


@HOSTUP
class TestFailedShutdown:
    def test_is_followed_by_a_power_off_with_force_after(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("fail", work="stop")
        outcome = power(cloud, "stopped", force_after=60.0)
        assert not outcome.failed, outcome.result
        assert any("simulated failure" in text for text in outcome.warnings)
        assert cycles(cloud) == ["stop"]

    def test_is_a_failure_otherwise(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("fail", work="stop")
        assert power(cloud, "stopped").result["error_code"] == "power_failed"


class TestAlreadySo:
    @pytest.mark.parametrize(("state", "word"), [("started", "running"), ("stopped", "stopped")])
    def test_sends_only_reads(self, cloud: Cloud, state: str, word: str) -> None:
        cloud.set_power(word)
        outcome = power(cloud, state)
        assert not outcome.result["changed"], outcome.result
        assert cloud.writes == 0

    def test_refusal_because_the_state_is_reached_already_is_no_error(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        raw = {"onetsolutions": "stopped", "hostup": "stopped", "barrack": "SHUTOFF"}[cloud.provider]
        cloud.sim.faults.add("unknown_state", method="GET", word=raw)
        outcome = power(cloud, "started")
        assert not outcome.failed, outcome.result
        assert cycles(cloud) == []

    @pytest.mark.parametrize("provider", ["hostup", "barrack"])
    @pytest.mark.parametrize("work", ["start", "stop"])
    def test_check_mode_sees_a_running_power_change(self, cloud: Cloud, work: str) -> None:
        cloud.set_power("stopped" if work == "start" else "running")
        state, other = ("started", "stopped") if work == "start" else ("stopped", "started")
        cloud.sim.cloud.begin(cloud.vm, work, work)
        assert not power(cloud, state, check=True).result["changed"]
        assert power(cloud, other, check=True).result["changed"]
        assert not power(cloud, state).result["changed"]
        assert cloud.writes == 0


class TestRefused:
    @pytest.mark.parametrize("status", [400, 403, 422])
    def test_refusal_is_final(self, cloud: Cloud, status: int) -> None:
        cloud.sim.faults.add("status", method="POST", status=status)
        assert power(cloud, "started").result["http_status"] == status
        assert (cloud.writes, cycles(cloud)) == (1, [])

    def test_conflict_that_stays_is_reported_within_a_minute(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", times=None, status=409)
        began = cloud.clock.now()
        assert power(cloud, "started").result["http_status"] == 409
        assert cloud.writes == 1
        assert cloud.clock.now() - began < 60.0

    def test_lost_request_is_sent_again_only_after_looking(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST")
        assert not power(cloud, "started").failed
        first, second = (item.time for item in cloud.sim.ledger.requests(method="POST"))
        assert second - first >= 30.0


@HOSTUP
def test_restart_without_evidence_is_a_warning(cloud: Cloud) -> None:
    cloud.set_power("running")
    cloud.sim.faults.add("wrong_type", method="POST", keys=["operation"], value=None)
    outcome = power(cloud, "restarted")
    assert (outcome.failed, len(outcome.warnings)) == (False, 1)
    assert cycles(cloud) == ["restart"]


@BARRACK
class TestHibernated:
    @pytest.mark.parametrize("state", ["started", "restarted"])
    @pytest.mark.parametrize("check", [True, False])
    def test_is_not_started(self, cloud: Cloud, state: str, check: bool) -> None:
        cloud.sim.faults.add("unknown_state", method="GET", times=None, word="HIBERNATED")
        outcome = power(cloud, state, check=check)
        assert outcome.result["error_code"] == "instance_hibernated"
        assert "hibernation" in outcome.result["next_steps"][0]
        assert cloud.writes == 0

    def test_is_off_and_not_billed_like_a_running_one(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("unknown_state", method="GET", times=None, word="HIBERNATED")
        outcome = power(cloud, "stopped")
        assert not outcome.result["changed"]
        assert outcome.warnings == []


@HOSTUP
@pytest.mark.parametrize("check", [True, False])
def test_closed_power_gate_is_quoted_before_anything_is_sent(cloud: Cloud, check: bool) -> None:
    gate = {"canStart": {"allowed": False, "reason": "Suspended.", "code": "suspended"}}
    cloud.sim.faults.add("wrong_type", method="GET", times=None, keys=["actions"], value=gate)
    outcome = power(cloud, "started", check=check)
    assert outcome.result["error_code"] == "power_not_allowed", outcome.result
    assert "Suspended." in outcome.result["msg"]
    assert cloud.writes == 0

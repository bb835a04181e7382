# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Power: sent once, read twice, and nothing done that is done already."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._operations.outcome import Outcome
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.power_task import power_task

from .conftest import Cloud


def power(cloud: Cloud, state: str, *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(power_task, check=check, instance=cloud.vm.id, state=state, **params)


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
    def test_lost_answer_ends_well(self, cloud: Cloud, state: str, before: str, after: str, kind: str) -> None:
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

    def test_bill_of_a_stopped_instance_is_warned_of(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        outcome = power(cloud, "stopped")
        assert any("bills" in text for text in outcome.warnings) == cloud.creates

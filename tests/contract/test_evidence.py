# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the end of a restore is seen, and what a lost answer is taken for: only on evidence."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request

from .conftest import HOSTUP, IN_PLACE, ONET, Cloud
from .test_lost_and_found import OTHER_TASK, lose_the_request


def task(number: int, kind: str = "restore_snapshot") -> dict[str, Any]:
    return {**OTHER_TASK, "id": f"7a500000-0000-4000-8000-00000000000{number}", "task_type": kind}


def listed(cloud: Cloud, *tasks: dict[str, Any]) -> None:
    """The provider lists these tasks, whatever it does."""
    cloud.sim.faults.add("wrong_type", method="GET", path="/tasks", times=None, keys=["results"], value=list(tasks))


@HOSTUP
class TestJob:
    def test_a_few_misses_are_passed_over(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="GET", path="/jobs/", times=2, status=404)
        assert cloud.restore().result["status"] == "restored"

    @pytest.mark.parametrize("status", [404, 405, 410])
    def test_one_that_stays_away_proves_nothing(self, cloud: Cloud, status: int) -> None:
        cloud.sim.faults.add("status", method="GET", path="/jobs/", times=None, status=status)
        outcome = cloud.restore(power_after="previous")
        assert outcome.result["status"] == "accepted_unverified"
        assert outcome.result["unverified"]
        assert cloud.restores == 1

    @pytest.mark.parametrize("status", [401, 403])
    def test_error_of_another_kind_leaves_the_restore_to_the_next_run(self, cloud: Cloud, status: int) -> None:
        cloud.sim.faults.add("status", method="GET", path="/jobs/", status=status)
        first = cloud.restore()
        assert (first.failed, first.result["phase"]) == (True, "accepted")
        second = cloud.restore()
        assert (second.result["status"], second.result["resumed"]) == ("restored", True)
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_without_one_the_closed_gate_is_waited_for(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("wrong_type", method="POST", path="restore$", keys=["operation"], value=None)
        began = cloud.clock.now()
        outcome = cloud.restore()
        assert outcome.result["status"] in ("accepted_unverified", "unknown"), outcome.result
        if not outcome.failed:
            assert cloud.clock.now() - began >= cloud.seconds_of_a_restore
        assert cloud.posts == 1

    def test_word_that_is_neither_success_nor_failure_proves_nothing(self, cloud: Cloud) -> None:
        keys = [f"data.{name}" for name in ("status", "state", "isCompleted", "isFailed")]
        cloud.sim.faults.add("wrong_type", method="GET", path="/jobs/", times=None, keys=keys, value="aborted")
        assert cloud.restore().result["status"] == "accepted_unverified"


@ONET
class TestTasks:
    def test_of_several_that_may_be_it_none_is_chosen(self, cloud: Cloud) -> None:
        listed(cloud, task(1), task(2))
        assert cloud.restore().result["status"] == "accepted_unverified"

    @pytest.mark.parametrize("status", [400, 403, 404, 500])
    def test_list_that_does_not_answer_proves_nothing(self, cloud: Cloud, status: int) -> None:
        more = {"after_effect": False} if status >= 500 else {}
        cloud.sim.faults.add("status", method="GET", path="/tasks", times=None, status=status, **more)
        assert cloud.restore().result["status"] == "accepted_unverified"
        assert cloud.posts == 1

    def test_work_that_may_be_a_lost_restore_rules_out_a_second_one(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        listed(cloud, OTHER_TASK)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        cloud.sim.faults.clear()
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.posts == 1


class TestLost:
    @IN_PLACE
    @pytest.mark.parametrize("state", ["starting", "stopping", "hovering"])
    def test_is_not_repeated_after_the_instance_was_seen_in_another_state(self, cloud: Cloud, state: str) -> None:
        lose_the_request(cloud)
        cloud.sim.faults.add("unknown_state", method="GET", times=None, word=state)
        assert cloud.restore(stop="always", wait_timeout=300.0).failed
        cloud.sim.faults.clear()
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.posts == 1

    @HOSTUP
    def test_is_not_repeated_where_the_instance_was_running(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        lose_the_request(cloud, stop="if_required")
        cloud.vm.power = "stopped"
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.posts == 1

    @IN_PLACE
    def test_is_not_repeated_when_the_time_of_the_request_is_not_known(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        cloud.rewrite_record(sent_at=None)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.posts == 1

    @IN_PLACE
    def test_is_not_repeated_when_the_instance_runs_at_the_last_look(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        cloud.sim.hooks = StartedLater(cloud)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.posts == 1

    def test_second_loss_is_not_followed_by_a_third_request(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        lose_the_request(cloud, on_unknown="restore")
        assert (cloud.posts, cloud.restores) == (2, 0)

    def test_is_taken_for_applied_when_a_person_says_so(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        outcome = cloud.restore(on_unknown="accept")
        assert (outcome.result["status"], outcome.result["phase"]) == ("accepted_unverified", "done")
        assert cloud.posts == 1
        assert not cloud.restore().result["changed"]

    def test_is_a_change_that_may_have_happened(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path="restore")
        assert cloud.restore().result["changed"]


class StartedLater(Hooks):
    """Somebody starts the instance a while after a run has begun."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._at = cloud.clock.now() + 60.0

    def arrived(self, request: Request) -> bool:
        if self._cloud.clock.now() >= self._at:
            self._cloud.vm.power = "running"
        return True

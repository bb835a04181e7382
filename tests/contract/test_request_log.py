# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostUp's audit log as evidence for a restore whose answer was lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request
from ansible_collections.indiecloud.compute.tests.simulator.model import CREATING, READY

from .conftest import BOTH_STORES, HOSTUP, Cloud
from .hooks import On

pytestmark = HOSTUP
LOG = "/audit-log"
RESTORE = "/restore"
PROMPT = pytest.mark.parametrize("switches", [{"hostup_audit_log": "prompt"}])
LATE = pytest.mark.parametrize("switches", [{"hostup_audit_log": "late"}])
READABLE = pytest.mark.parametrize("switches", [{"hostup_audit_log": "prompt"}, {"hostup_audit_log": "late"}])


def lose_the_answer(cloud: Cloud) -> None:
    cloud.sim.faults.add("cut_after", method="POST", path=RESTORE)


def refuse_and_lose_the_answer(cloud: Cloud) -> None:
    """The snapshot is not there as the request arrives, so HostUp answers 404, and a gateway cuts this off."""
    cloud.sim.hooks = On("POST", RESTORE, lambda: setattr(cloud.snapshot, "status", CREATING))
    lose_the_answer(cloud)


def show_snapshot_again(cloud: Cloud) -> None:
    cloud.snapshot.status = READY


def looks(cloud: Cloud) -> int:
    return len(cloud.sim.ledger.requests(method="GET", path_contains=LOG))


def is_restored(cloud: Cloud) -> bool:
    return dict(cloud.sim.cloud.disk(cloud.vm.id)) == {"/etc/motd": "before"}


@PROMPT
@BOTH_STORES
class TestAccepted:
    def test_restore_is_waited_for_and_not_repeated(self, cloud: Cloud) -> None:
        lose_the_answer(cloud)
        outcome = cloud.restore()
        assert not outcome.failed, outcome.result
        assert outcome.result["restore_sent"] == "accepted"
        assert (cloud.posts, cloud.restores) == (1, 1)
        assert is_restored(cloud)
        cloud.clock.advance(7200.0)
        assert cloud.restore().result["status"] == "already_restored"
        assert cloud.posts == 1

    def test_without_a_job_its_end_is_not_verified(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        lose_the_answer(cloud)
        outcome = cloud.restore(stop="always", power_after="previous")
        assert outcome.result["status"] == "accepted_unverified", outcome.result
        assert cloud.sim.cloud.power(cloud.vm.id) == "stopped"

    def test_no_job_runs_any_more_when_the_run_ends(self, cloud: Cloud) -> None:
        lose_the_answer(cloud)
        began = cloud.clock.now()
        cloud.restore()
        assert cloud.clock.now() - began >= cloud.seconds_of_a_restore

    def test_killed_run_is_resumed_by_the_attempt_of_its_record(self, cloud: Cloud) -> None:
        lose_the_answer(cloud)
        cloud.sim.faults.add("cut_before", method="GET", path=LOG, times=None)
        assert cloud.restore().result["restore_sent"] == "unknown"
        cloud.sim.faults.clear()
        cloud.clock.advance(24 * 3600.0 - 3700.0)
        outcome = cloud.restore(on_unknown="restore")
        assert (outcome.result["restore_sent"], outcome.result["resumed"]) == ("accepted", True), outcome.result
        assert (cloud.posts, cloud.restores) == (1, 1)


@PROMPT
@pytest.mark.parametrize("store", ["provider"])
class TestOtherController:
    """Its note at HostUp is made before the request, and has the claim."""

    def test_accepted_restore_is_adopted(self, cloud: Cloud, tmp_path: Path) -> None:
        lose_the_answer(cloud)
        cloud.sim.faults.add("cut_before", method="GET", path=LOG, times=None)
        assert cloud.restore(restore_id="r").result["error_code"] == "outcome_unknown"
        cloud.sim.faults.clear()
        cloud.record = tmp_path / "other" / "restores.sqlite3"
        cloud.clock.advance(3600.0)
        outcome = cloud.restore(restore_id="r")
        assert (outcome.failed, outcome.result["restore_sent"]) == (False, "accepted"), outcome.result
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_refusal_does_not_show_that_nothing_else_was_sent(self, cloud: Cloud, tmp_path: Path) -> None:
        refuse_and_lose_the_answer(cloud)
        cloud.restore(restore_id="r")
        show_snapshot_again(cloud)
        cloud.record = tmp_path / "other" / "restores.sqlite3"
        cloud.clock.advance(3600.0)
        outcome = cloud.restore(restore_id="r")
        assert outcome.result["error_code"] == "outcome_unknown", outcome.result
        cloud.sim.faults.add("cut_before", method="POST", path=RESTORE)
        again = cloud.restore(restore_id="r", on_unknown="restore")
        assert again.result["restore_sent"] == "unknown", again.result
        assert (cloud.posts, cloud.restores) == (2, 0)


@BOTH_STORES
class TestRefused:
    @PROMPT
    def test_run_fails_with_the_refusal_and_the_next_one_restores_at_once(self, cloud: Cloud) -> None:
        refuse_and_lose_the_answer(cloud)
        outcome = cloud.restore()
        assert (outcome.failed, outcome.result["restore_sent"]) == (True, "refused"), outcome.result
        assert outcome.result["error_code"] == "not_found"
        assert cloud.restores == 0
        show_snapshot_again(cloud)
        began = cloud.clock.now()
        again = cloud.restore()
        assert again.result["status"] == "restored", again.result
        assert cloud.clock.now() - began < 120.0
        assert (cloud.posts, cloud.restores) == (2, 1)

    @LATE
    def test_next_run_finds_the_late_entry_and_restores_at_once(self, cloud: Cloud) -> None:
        refuse_and_lose_the_answer(cloud)
        first = cloud.restore()
        assert (first.result["error_code"], first.result["restore_sent"]) == ("outcome_unknown", "unknown")
        show_snapshot_again(cloud)
        cloud.vm.power = "running"
        cloud.clock.advance(60.0)
        began = cloud.clock.now()
        outcome = cloud.restore(stop="always")
        assert (outcome.result["status"], outcome.result["restore_sent"]) == ("restored", "accepted"), outcome.result
        assert cloud.clock.now() - began < 120.0
        assert (cloud.posts, cloud.restores) == (2, 1)
        assert is_restored(cloud)

    @PROMPT
    def test_on_unknown_accept_is_not_followed_by_a_restore(self, cloud: Cloud) -> None:
        refuse_and_lose_the_answer(cloud)
        cloud.sim.faults.add("cut_before", method="GET", path=LOG, times=None)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        cloud.sim.faults.clear()
        show_snapshot_again(cloud)
        outcome = cloud.restore(on_unknown="accept")
        assert (outcome.failed, outcome.result["restore_sent"]) == (True, "refused"), outcome.result
        assert (cloud.posts, cloud.restores) == (1, 0)

    @PROMPT
    def test_refusals_apply_before_it_is_sent_again(self, cloud: Cloud) -> None:
        refuse_and_lose_the_answer(cloud)
        cloud.sim.faults.add("cut_before", method="GET", path=LOG, times=None)
        cloud.restore()
        cloud.sim.faults.clear()
        show_snapshot_again(cloud)
        cloud.vm.power = "running"
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "instance_running", outcome.result
        assert outcome.result["restore_sent"] == "refused"
        assert (cloud.posts, cloud.restores) == (1, 0)


@PROMPT
class TestStatusThatDecidesNothing:
    @pytest.mark.parametrize("status", [302, 408, 409, 425, 429, 500, 502, 503, 504, None])
    def test_is_no_refusal(self, cloud: Cloud, status: int | None) -> None:
        lose_the_answer(cloud)
        cloud.sim.faults.add("field", method="GET", path=LOG, times=None, way=["data", 0, "statusCode"], value=status)
        cloud.sim.faults.add("field", method="GET", path=LOG, times=None, way=["data", 0, "success"], value=False)
        outcome = cloud.restore()
        assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("outcome_unknown", "unknown")
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_status_of_success_without_success(self, cloud: Cloud) -> None:
        lose_the_answer(cloud)
        cloud.sim.faults.add("field", method="GET", path=LOG, times=None, way=["data", 0, "success"], value=False)
        assert cloud.restore().result["restore_sent"] == "unknown"
        assert cloud.posts == 1


class TestNoProof:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
    @PROMPT
    def test_log_that_may_not_be_read_changes_nothing_and_is_asked_once(self, cloud: Cloud, status: int) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path=RESTORE)
        cloud.sim.faults.add("status", method="GET", path=LOG, times=None, status=status)
        outcome = cloud.restore()
        assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("outcome_unknown", "unknown")
        assert outcome.result["retry_at"]
        assert looks(cloud) == 1
        cloud.clock.advance(901.0)
        assert cloud.restore().result["status"] == "restored"
        assert (cloud.posts, cloud.restores) == (2, 1)

    @pytest.mark.parametrize("switches", [{"hostup_audit_log": "forbidden"}, {"hostup_audit_log": "prompt"}])
    def test_request_that_is_not_in_it_may_have_arrived(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path=RESTORE)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.posts == 1

    @PROMPT
    def test_entry_of_another_attempt_is_ignored(self, cloud: Cloud) -> None:
        refuse_and_lose_the_answer(cloud)
        cloud.restore(restore_id="a")
        show_snapshot_again(cloud)
        cloud.sim.faults.add("cut_before", method="POST", path=RESTORE)
        outcome = cloud.restore(restore_id="a")
        assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("outcome_unknown", "unknown")
        assert cloud.posts == 2

    @PROMPT
    @pytest.mark.parametrize(
        ("name", "value"),
        [("userAgent", None), ("userAgent", "curl/8"), ("method", "GET"), ("path", "/api/v2/vps/vps_other/restore")],
    )
    def test_entry_that_is_not_this_request_is_ignored(self, cloud: Cloud, name: str, value: Any) -> None:
        lose_the_answer(cloud)
        cloud.sim.faults.add("field", method="GET", path=LOG, times=None, way=["data", 0, name], value=value)
        assert cloud.restore().result["restore_sent"] == "unknown"
        assert cloud.posts == 1

    @PROMPT
    @pytest.mark.parametrize("body", ["<html>", "[]", '{"data": null}', '{"data": [null, 7, {}]}'])
    def test_log_of_another_form_proves_nothing(self, cloud: Cloud, body: str) -> None:
        lose_the_answer(cloud)
        cloud.sim.faults.add("not_json", method="GET", path=LOG, times=None, body=body)
        assert cloud.restore().result["restore_sent"] == "unknown"
        assert cloud.posts == 1


class TestRepeat:
    @PROMPT
    def test_refused_repeat_leaves_the_first_request_in_doubt(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path=RESTORE)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        cloud.clock.advance(901.0)
        refuse_and_lose_the_answer(cloud)
        outcome = cloud.restore()
        assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("outcome_unknown", "unknown")
        (record,) = cloud.recorded.values()
        assert record.phase == Phase.SENT

    @PROMPT
    def test_first_request_is_found_after_a_repeat(self, cloud: Cloud) -> None:
        lose_the_answer(cloud)
        cloud.sim.switch(hostup_audit_log="forbidden")
        cloud.restore()
        cloud.sim.faults.add("cut_before", method="POST", path=RESTORE)
        cloud.clock.advance(60.0)
        cloud.restore(on_unknown="restore")
        cloud.sim.switch(hostup_audit_log="prompt")
        outcome = cloud.restore()
        assert outcome.result["restore_sent"] == "accepted", outcome.result
        assert (cloud.posts, cloud.restores) == (2, 1)

    @PROMPT
    def test_each_request_has_its_own_attempt(self, cloud: Cloud) -> None:
        agents: list[str] = []
        cloud.sim.hooks = Agents(agents)
        cloud.sim.faults.add("cut_before", method="POST", path=RESTORE)
        cloud.restore()
        cloud.restore(on_unknown="restore")
        (record,) = cloud.recorded.values()
        assert [agent.rpartition("attempt/")[2] for agent in agents] == record.attempt_ids
        assert len(set(agents)) == 2

    @PROMPT
    @BOTH_STORES
    def test_request_that_was_refused_for_now_gives_its_attempt_up(self, cloud: Cloud) -> None:
        agents: list[str] = []
        cloud.sim.hooks = Agents(agents)
        cloud.sim.faults.add("rate_limited", method="POST", path=RESTORE, times=2)
        cloud.sim.faults.add("cut_before", method="POST", path=RESTORE, nth=3)
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        (record,) = cloud.recorded.values()
        assert len(set(agents)) == 3
        assert record.attempt_ids == [agents[-1].rpartition("attempt/")[2]]


class Agents(On):
    """Collects the User-Agent of each restore request."""

    def __init__(self, agents: list[str]) -> None:
        super().__init__("POST", RESTORE, lambda: None)
        self._agents = agents

    def arrived(self, request: Request) -> bool:
        if request.method == "POST" and request.path.endswith(RESTORE):
            self._agents.append(request.headers["user-agent"])
        return super().arrived(request)


@READABLE
class TestCost:
    def test_answered_restore_does_not_read_it(self, cloud: Cloud) -> None:
        assert cloud.restore().result["status"] == "restored"
        assert looks(cloud) == 0

    def test_only_writes_of_the_time_are_asked_for(self, cloud: Cloud) -> None:
        lose_the_answer(cloud)
        cloud.restore()
        asked = cloud.sim.ledger.requests(method="GET", path_contains=LOG)
        assert asked
        assert all("startAt=" in item.path and "hideGet=true" in item.path for item in asked)


@PROMPT
def test_entry_on_a_later_page_is_found(cloud: Cloud) -> None:
    def fill() -> None:
        cloud.sim.cloud.calls.extend([cloud.sim.cloud.calls[-1]._replace(user_agent=None)] * 250)

    cloud.sim.hooks = On("POST", RESTORE, fill, after=True)
    lose_the_answer(cloud)
    outcome = cloud.restore()
    assert outcome.result["restore_sent"] == "accepted", outcome.result
    assert cloud.posts == 1

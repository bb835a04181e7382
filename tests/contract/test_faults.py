# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever breaks: at most one restore, one clear error, and an end by the deadline plus one poll."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import HOSTUP, Cloud

TIMEOUT = 300.0
ONE_POLL = 60.0

# Faults of the restore's own answer: what is said, and whether the restore can have been applied.
LOST = [
    ("cut_before", {}),
    ("cut_after", {}),
    ("cut_mid_body", {}),
    ("truncated", {}),
    ("status", {"status": 500, "after_effect": True}),
    ("status", {"status": 502, "after_effect": False}),
    ("status", {"status": 503, "after_effect": True}),
    ("status", {"status": 504, "after_effect": True}),
    ("html", {"status": 502}),
    ("html", {"status": 504, "after_effect": True}),
    ("html", {"status": 200, "after_effect": True}),
    ("deep_json", {}),
    ("big_body", {}),
]
REFUSED = [400, 401, 403, 404, 422]


def ids(cases: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return ["-".join([kind, *(f"{name}={value}" for name, value in params.items())]) for kind, params in cases]


class TestAnswerToTheRestore:
    @pytest.mark.parametrize(("kind", "params"), LOST, ids=ids(LOST))
    def test_lost_answer_is_never_sent_again(self, cloud: Cloud, kind: str, params: dict[str, Any]) -> None:
        cloud.sim.faults.add(kind, method="POST", path="restore", **params)
        outcome = cloud.restore(wait_timeout=TIMEOUT)
        assert cloud.posts == 1
        assert cloud.restores <= 1
        if outcome.failed:
            assert outcome.result["error_code"] == "outcome_unknown", outcome.result
            assert outcome.result["phase"] == "sent"
        else:
            assert cloud.restores == 1

    @pytest.mark.parametrize("status", REFUSED)
    def test_refusal_is_final(self, cloud: Cloud, status: int) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore", status=status, message="told so")
        outcome = cloud.restore()
        assert outcome.failed
        assert (outcome.result["http_status"], outcome.result["phase"]) == (status, "sent")
        assert "told so" in outcome.result["msg"]
        assert (cloud.posts, cloud.restores) == (1, 0)
        assert cloud.restore().result["status"] == "restored"

    @pytest.mark.parametrize("retry_after", [7, "date", None, "soon", "999999999", "-5", "0"])
    def test_rate_limit_is_waited_out(self, cloud: Cloud, retry_after: Any) -> None:
        cloud.sim.faults.add("rate_limited", method="POST", path="restore", times=3, retry_after=retry_after)
        outcome = cloud.restore()
        assert outcome.result["status"] == "restored", outcome.result
        assert (cloud.posts, cloud.restores) == (4, 1)

    def test_redirect_is_not_followed(self, cloud: Cloud) -> None:
        location = cloud.sim.url + "/elsewhere"
        cloud.sim.faults.add("redirect", method="POST", path="restore", location=location, status=307)
        outcome = cloud.restore()
        assert (outcome.result["error_code"], outcome.result["restore_sent"]) == ("outcome_unknown", "unknown")
        assert "a redirect" in outcome.result["msg"]
        assert not cloud.sim.ledger.requests(path_contains="elsewhere")

    def test_endless_rate_limit_ends_by_the_deadline(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("rate_limited", method="POST", path="restore", times=None, retry_after=30)
        started = cloud.clock.now()
        outcome = cloud.restore(wait_timeout=TIMEOUT)
        assert outcome.result["error_code"] == "rate_limited"
        assert cloud.clock.now() - started <= TIMEOUT + ONE_POLL
        assert cloud.restores == 0


POLL_FAULTS = [
    ("cut_before", {}),
    ("cut_mid_body", {}),
    ("truncated", {}),
    ("status", {"status": 500, "after_effect": True}),
    ("status", {"status": 503, "after_effect": True}),
    ("html", {"status": 502}),
    ("rate_limited", {"retry_after": 3}),
]


class TestReads:
    @pytest.mark.parametrize(("kind", "params"), POLL_FAULTS, ids=ids(POLL_FAULTS))
    def test_any_single_read_may_fail(self, cloud: Cloud, kind: str, params: dict[str, Any]) -> None:
        cloud.restore(check=True)
        reads = len(cloud.sim.ledger.requests(method="GET")) + 3
        for number in range(1, reads + 1):
            cloud.sim.faults.clear()
            cloud.sim.faults.add(kind, method="GET", nth=number, **params)
            name = {"new_vm_name": f"restored-{number}"} if cloud.creates else {}
            outcome = cloud.restore(restore_id=f"r{number}", **name)
            assert outcome.result["status"] == "restored", (number, outcome.result)
        assert cloud.posts == cloud.restores == reads

    @pytest.mark.parametrize(("kind", "params"), POLL_FAULTS, ids=ids(POLL_FAULTS))
    def test_reads_that_never_work_end_in_time_with_one_error(
        self, cloud: Cloud, kind: str, params: dict[str, Any]
    ) -> None:
        cloud.sim.faults.add(kind, method="GET", times=None, **params)
        started = cloud.clock.now()
        outcome = cloud.restore(wait_timeout=TIMEOUT)
        assert outcome.failed
        assert outcome.result["msg"].count("\n") == 1, outcome.result["msg"]
        assert cloud.clock.now() - started <= TIMEOUT + ONE_POLL
        assert cloud.writes == 0

    @pytest.mark.parametrize("kind", ["wrong_type", "not_json", "deep_json"])
    def test_unreadable_answers_end_in_one_error_and_no_restore(self, cloud: Cloud, kind: str) -> None:
        cloud.sim.faults.add(kind, method="GET", times=None)
        outcome = cloud.restore(wait_timeout=TIMEOUT)
        assert outcome.failed
        assert outcome.result["error_code"] != "internal_error", outcome.result
        assert cloud.writes == 0

    def test_echoed_token_is_not_in_the_result(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("echo_token", method="GET", times=None)
        outcome = cloud.restore()
        assert outcome.failed
        assert cloud.sim.tokens[cloud.provider] not in repr(outcome)


class TestJobs:
    @pytest.mark.parametrize("kind", ["fail", "false_result"])
    def test_failure_is_seen_within_one_poll(self, cloud: Cloud, kind: str) -> None:
        cloud.sim.faults.add_job(kind)
        started = cloud.clock.now()
        outcome = cloud.restore(power_after="started")
        assert outcome.result["error_code"] == "restore_failed", outcome.result
        assert cloud.clock.now() - started <= cloud.seconds_of_a_restore + ONE_POLL / 2
        assert not [item for item in cloud.sim.ledger.power_cycles() if item.action == "start"]

    def test_stuck_work_ends_with_a_timeout_and_a_next_step(self, cloud: Cloud) -> None:
        if cloud.creates:
            cloud.sim.switch(barrack_restore="async")
        cloud.sim.faults.add_job("stuck")
        started = cloud.clock.now()
        outcome = cloud.restore(wait_timeout=TIMEOUT, power_after="started")
        assert outcome.result["error_code"] == "timeout"
        assert outcome.result["phase"] == "accepted"
        assert outcome.result["next_steps"]
        assert cloud.clock.now() - started <= TIMEOUT + ONE_POLL

    def test_unknown_status_is_polled_until_it_ends(self, cloud: Cloud) -> None:
        cloud.sim.faults.add_job("unknown_word")
        assert cloud.restore().result["status"] == "restored"

    def test_vanished_job_is_not_reported_as_restored_without_evidence(self, cloud: Cloud) -> None:
        cloud.sim.faults.add_job("vanish")
        outcome = cloud.restore(power_after="previous")
        if outcome.result["status"] == "restored":
            assert cloud.restores == 1
        else:
            assert outcome.result["status"] in ("accepted_unverified", "unknown"), outcome.result


@HOSTUP
class TestHostileLinks:
    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/api/jobs/job_1",
            "//evil.example/api/jobs/job_1",
            "http://169.254.169.254/api/jobs/job_1",
            "/api/jobs/../keys",
            "/api/jobs/%2e%2e/keys",
            "/api/keys",
            "javascript:alert(1)",
            "\\\\evil.example\\api\\jobs\\1",
            "/api/jobs/job_1\r\nX-Evil: 1",
        ],
    )
    def test_nothing_leaves_the_expected_path(self, cloud: Cloud, url: str) -> None:
        cloud.sim.faults.add("poll_url", method="POST", path="restore", url=url)
        outcome = cloud.restore()
        assert outcome.result["status"] == "restored", outcome.result
        for item in cloud.sim.ledger.requests():
            assert item.path.startswith(("/api/v2/vps", "/api/jobs/job_")), item.path

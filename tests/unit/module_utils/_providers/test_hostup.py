# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostUp: the published operation, jobs in three envelopes, gates and snapshots."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import MAYBE_APPLIED, AnswerUnreadable
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Gate, Operation
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import RestoreRequest
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fake_wire import provider

# The answer of the published restore page, word for word.
RESTORE = {
    "operation": {
        "status": "queued",
        "jobId": "job_01hxa3b4c5d6e7f8g9h0j1k2m3",
        "pollUrl": "/api/jobs/job_01hxa3b4c5d6e7f8g9h0j1k2m3",
        "result": {"snapshotName": "before-upgrade"},
    }
}
VPS = "vps_01hxa3b4c5d6e7f8g9h0j1k2m3"
REQUEST = RestoreRequest(VPS, "before-upgrade")


def test_the_published_restore() -> None:
    client, wire = provider("hostup", (202, RESTORE))
    found = client.restore(REQUEST).operation
    assert wire.asked == [("POST", f"/api/v2/vps/{VPS}/snapshots/before-upgrade/actions/restore", None)]
    assert found == Operation(
        id="job_01hxa3b4c5d6e7f8g9h0j1k2m3",
        status="pending",
        status_raw="queued",
        poll_path="/api/jobs/job_01hxa3b4c5d6e7f8g9h0j1k2m3",
        snapshot_id="before-upgrade",
    )


def test_a_202_without_a_body_is_accepted() -> None:
    assert provider("hostup", (202, b""))[0].restore(REQUEST).operation is None


@pytest.mark.parametrize(("status", "payload"), [(200, None), (202, []), (202, b"<html>"), (200, b"ok")])
def test_a_restore_without_an_object_may_have_worked(status: int, payload: Any) -> None:
    with pytest.raises(AnswerUnreadable) as caught:
        provider("hostup", (status, payload))[0].restore(REQUEST)
    assert caught.value.applied == MAYBE_APPLIED


@pytest.mark.parametrize(
    ("operation", "job_id", "path"),
    [
        ({"jobId": "job_1", "pollUrl": None}, "job_1", None),
        ({"pollUrl": "/api/jobs/job_1"}, "job_1", "/api/jobs/job_1"),
        ({"pollUrl": "https://cloud.hostup.se/api/jobs/job_1"}, "job_1", "/api/jobs/job_1"),
        ({"jobId": "job_1", "pollUrl": "https://evil.example/api/jobs/job_1"}, "job_1", None),
        ({"jobId": "job_1", "pollUrl": "http://169.254.169.254/latest"}, "job_1", None),
        ({"jobId": "job_1", "pollUrl": "//evil.example/api/jobs/x"}, "job_1", None),
        ({"jobId": "job_1", "pollUrl": "/api/jobs/../v2/vps"}, "job_1", None),
    ],
)
def test_the_job_of_an_operation(operation: dict[str, Any], job_id: str, path: str | None) -> None:
    found = provider("hostup", {"operation": {"status": "queued", **operation}})[0].restore(REQUEST).operation
    assert found
    assert (found.id, found.poll_path) == (job_id, path)


@pytest.mark.parametrize("link", [None, "", "/api/jobs/", "https://evil.example/api/jobs/job_1", 7, {}])
def test_an_operation_without_a_job_is_none_unless_it_is_over(link: Any) -> None:
    waiting = {"operation": {"status": "queued", "pollUrl": link}}
    assert provider("hostup", waiting)[0].restore(REQUEST).operation is None
    done = {"operation": {"status": "completed", "pollUrl": None}}
    found = provider("hostup", done)[0].restore(REQUEST).operation
    assert found
    assert (found.status, found.ended) == ("succeeded", True)


def job(payload: Any) -> Operation:
    return provider("hostup", payload)[0].get_operation(Operation("job_1", poll_path="/api/jobs/job_1"), VPS)


ENVELOPES = [
    lambda data: {"success": True, "timestamp": "t", "requestId": "r", "data": data},
    lambda data: {"operation": data},
    lambda data: data,
    lambda data: {"data": None, "operation": data},
    lambda data: {"data": [], "operation": data},
]


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"status": "pending"}, "pending"),
        ({"state": "waiting"}, "pending"),
        ({"status": "in_progress"}, "running"),
        ({"status": "ACTIVE"}, "running"),
        ({"status": "completed"}, "succeeded"),
        ({"status": "failed"}, "failed"),
        ({"status": "wobbling"}, "unknown"),
        ({"progress": 5}, "unknown"),
        ({"status": 7}, "unknown"),
        ({"status": "wobbling", "isCompleted": True}, "succeeded"),
        ({"status": "active", "isFailed": True}, "failed"),
        ({"status": "completed", "isFailed": True}, "failed"),
        ({"isCompleted": True, "isFailed": True}, "failed"),
        ({"status": "failed", "isCompleted": True}, "failed"),
        ({"status": "active", "isFailed": False, "isCompleted": False}, "running"),
        ({"status": "active", "isFailed": "yes", "isCompleted": "yes"}, "running"),
        ({"status": "completed", "result": {"success": True}}, "succeeded"),
        ({"status": "completed", "result": {"success": False}}, "failed"),
        ({"status": "completed", "result": {"result": {"success": False}}}, "failed"),
        ({"status": "completed", "success": False}, "failed"),
        ({"status": "completed", "result": False}, "failed"),
        ({"status": "completed", "result": None}, "succeeded"),
        ({"status": "completed", "result": {"snapshotName": "x"}}, "succeeded"),
        ({"status": "in_progress", "result": {"success": False}}, "running"),
    ],
)
def test_jobs(envelope: Any, data: dict[str, Any], status: str) -> None:
    found = job(envelope(data))
    assert found.status == status
    assert found.ended is (status in ("succeeded", "failed"))
    assert (found.id, found.poll_path) == ("job_1", "/api/jobs/job_1")


def test_what_a_job_tells() -> None:
    data = {
        "jobId": "other",
        "type": "snapshot_rollback",
        "status": "failed",
        "progress": 40,
        "error": "no space",
        "createdAt": "2026-04-27T12:34:56.1Z",
        "finishedAt": "2026-04-27T12:35:56.000Z",
    }
    found = job({"data": data})
    assert (found.id, found.kind, found.progress, found.message) == ("job_1", "snapshot_rollback", 40.0, "no space")
    assert found.to_result()["finished_at"] == "2026-04-27T12:35:56Z"
    assert job({"data": {"progressDetails": {"percentage": 12.5}, "progressMessage": "copying"}}).progress == 12.5
    assert job({"data": {"status": "failed", "error": {"message": "inner"}}}).message == "inner"
    assert job({"data": {"status": "failed", "result": {"error": "deep"}}}).message == "deep"


def test_snapshots_and_gates() -> None:
    payload = {
        "data": [
            {
                "displayId": "d1",
                "name": "before-upgrade",
                "description": None,
                "createdAt": "2026-04-27T12:34:56.000Z",
                "expiresAt": "2026-04-28T12:34:56.000Z",
                "includesMemoryState": False,
                "parentName": None,
            },
            {"name": "current", "createdAt": None, "description": "You are here!"},
            {"name": None},
            "nonsense",
        ],
        "limits": {"totalSnapshots": 3},
        "actions": {
            "canRestore": {"allowed": False, "reason": "An order is pending.", "code": "pending_order"},
            "canCreate": {"allowed": True, "reason": None},
        },
    }
    client, dummy = provider("hostup", payload)
    found = client.list_snapshots(VPS)
    (snapshot,) = found.snapshots
    assert (snapshot.id, snapshot.name, snapshot.instance_id) == ("before-upgrade", "before-upgrade", VPS)
    assert snapshot.to_result()["expires_at"] == "2026-04-28T12:34:56Z"
    assert snapshot.includes_memory is False
    assert found.can_restore == Gate(False, "An order is pending.", "pending_order")
    assert found.can_create == Gate(True)
    assert found.limit == 3
    assert client.restore_gate(VPS) == found.can_restore


def test_no_snapshot_can_be_created_without_capacity() -> None:
    payload = {"data": [], "available": False, "reason": "No capacity.", "actions": {"canCreate": {"allowed": True}}}
    assert provider("hostup", payload)[0].list_snapshots(VPS).can_create == Gate(False, "No capacity.")


def test_a_snapshot_that_is_really_called_current_counts() -> None:
    payload = {"data": [{"name": "current", "createdAt": "2026-04-27T12:34:56Z"}]}
    assert len(provider("hostup", payload)[0].list_snapshots(VPS).snapshots) == 1


@pytest.mark.parametrize("actions", [None, {}, {"canRestore": None}, {"canRestore": {"allowed": "no"}}, [], "x"])
def test_a_gate_that_says_nothing_is_open_to_question(actions: Any) -> None:
    assert provider("hostup", {"data": [], "actions": actions})[0].restore_gate(VPS).allowed is None


def test_power_is_read_where_it_is_live() -> None:
    client, wire = provider("hostup", {"powerState": "stopped", "uptimeSeconds": 0})
    found = client.read_power(VPS)
    assert (found.id, found.power_state) == (VPS, "stopped")
    assert wire.asked[0][1] == f"/api/v2/vps/{VPS}/status"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("running", "running"),
        ("provisioning", "changing"),
        ("error", "error"),
        ("paused", "unknown"),
        ("unknown", "unknown"),
        (None, "unknown"),
    ],
)
def test_power_words(word: Any, state: str) -> None:
    found = provider("hostup", {"id": VPS, "name": "web", "powerState": word})[0].get_instance(VPS)
    assert (found.power_state, found.power_state_raw) == (state, word)


class TestPollUrl:
    def asked(self, link: str | None, routes: dict[str, str] | None = None) -> str:
        client, wire = provider("hostup", {"data": {"status": "completed"}}, routes=routes)
        client.get_operation(Operation("job_1", poll_path=link), VPS)
        return wire.asked[0][1]

    def test_is_followed(self) -> None:
        assert self.asked("/api/jobs/v2/job_1") == "/api/jobs/v2/job_1"

    @pytest.mark.parametrize(
        "link",
        [
            None,
            "/api/keys",
            "/api/jobs/../keys",
            "https://evil.example/api/jobs/job_1",
            "/api/jobs/x?y=1",
            "/api/jobs/%252e%252e/keys",
        ],
    )
    def test_is_followed_below_the_jobs_only(self, link: str | None) -> None:
        assert self.asked(link) == "/api/jobs/job_1"

    def test_path_of_the_user_comes_first(self) -> None:
        assert self.asked("/api/jobs/v2/job_1", {"operation_get": "/own/{id}"}) == "/own/job_1"

    def test_that_names_another_job_is_not_followed(self) -> None:
        operation = {"status": "queued", "jobId": "job_1", "pollUrl": "/api/jobs/job_2"}
        found = provider("hostup", {"operation": operation})[0].restore(REQUEST).operation
        assert found
        assert (found.id, found.poll_path) == ("job_1", None)

    def test_answer_about_another_job_is_an_error(self) -> None:
        client, dummy = provider("hostup", {"data": {"jobId": "job_2", "status": "completed"}})
        with pytest.raises(AnswerUnreadable):
            client.get_operation(Operation("job_1"), VPS)

    def test_legacy_id_of_a_job_is_no_contradiction(self) -> None:
        client, dummy = provider("hostup", {"data": {"jobId": "snapshot_rollback-18484-1", "status": "completed"}})
        assert client.get_operation(Operation("job_1"), VPS).ended


class TestPowerGates:
    CLOSED: ClassVar[dict[str, Any]] = {"allowed": False, "reason": "busy", "code": None}

    def test_are_looked_for_in_the_details_where_the_status_shows_none(self) -> None:
        details = {"id": VPS, "actions": {"canRestart": self.CLOSED}}
        client, wire = provider("hostup", {"id": VPS, "powerState": "running"}, details)
        client.read_power(VPS)
        assert client.power_gate(VPS, "restart") == Gate(False, "busy")
        assert [path for dummy, path, dummy in wire.asked] == [
            f"/api/v2/vps/{VPS}/{name}" for name in ("status", "details")
        ]

    def test_of_the_status_need_no_other_request(self) -> None:
        client, wire = provider("hostup", {"id": VPS, "actions": {"canStart": self.CLOSED}})
        client.read_power(VPS)
        assert client.power_gate(VPS, "start").allowed is False
        assert len(wire.asked) == 1

    @pytest.mark.parametrize(
        "answer", [(404, {}), (403, {}), [], {"id": "vps_other", "actions": {"canRestart": CLOSED}}]
    )
    def test_that_cannot_be_read_are_open(self, answer: Any) -> None:
        client, dummy = provider("hostup", {"id": VPS}, answer)
        client.read_power(VPS)
        assert client.power_gate(VPS, "restart") == Gate()

    @pytest.mark.parametrize("action", ["start", "stop", "shutdown"])
    def test_of_names_that_no_page_has_are_not_looked_for(self, action: str) -> None:
        client, wire = provider("hostup", {"id": VPS})
        client.read_power(VPS)
        assert client.power_gate(VPS, action) == Gate()
        assert len(wire.asked) == 1

    def test_are_those_of_the_instance(self) -> None:
        client, dummy = provider("hostup", {"id": VPS, "actions": {"canStart": self.CLOSED}}, {"id": "vps_other"})
        client.read_power(VPS)
        assert client.power_gate("vps_other", "start") == Gate()


@pytest.mark.parametrize("actions", [{}, {"canCreate": {"allowed": True, "reason": None}}])
def test_plan_without_capacity_allows_no_snapshot(actions: dict[str, Any]) -> None:
    listed = {"data": [], "available": False, "reason": "No snapshot slots.", "actions": actions}
    assert provider("hostup", listed)[0].list_snapshots(VPS).can_create == Gate(False, "No snapshot slots.")

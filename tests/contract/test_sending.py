# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stop before a restore, the request itself, and each answer to it: how often it is sent, and what is recorded."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
import requests
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError

from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request

from .conftest import HOSTUP, IN_PLACE, ROLE, Cloud
from .hooks import On


def sent_at(cloud: Cloud) -> list[float]:
    """When each request to restore left, in seconds after the first."""
    times = [item.time for item in cloud.sim.ledger.requests(method="POST") if item.path.endswith("restore")]
    return [time - times[0] for time in times]


def phase(cloud: Cloud) -> str:
    (record,) = cloud.recorded.values()
    return str(record.phase)


class Phases(Hooks):
    """Notes the phase in the record as each write arrives."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.seen: list[tuple[str, str]] = []

    def arrived(self, request: Request) -> bool:
        if request.method == "POST":
            self.seen.append((request.path.rsplit("/", 1)[-1], phase(self._cloud)))
        return True


class TestRecord:
    def test_each_phase_is_recorded_before_its_request_leaves(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.hooks = phases = Phases(cloud)
        assert not cloud.restore(**({} if cloud.creates else ROLE)).failed
        stop, start = [("shutdown", "stopping")], [("start", "settled")]
        restore = [(phases.seen[-1 if cloud.creates else 1][0], "sent")]
        assert phases.seen == (restore if cloud.creates else stop + restore + start)
        assert phase(cloud) == "done"

    @IN_PLACE
    def test_force_gives_up_the_other_restore(self, cloud: Cloud) -> None:
        cloud.killed_in("stopping", restore_id="one", **ROLE)
        assert cloud.restore(restore_id="two", force=True, **ROLE).result["status"] == "restored"
        phases = {restore_id: record.phase for restore_id, record in cloud.recorded.items()}
        assert phases == {"one": "failed", "two": "done"}


@IN_PLACE
class TestConflict:
    """A 409 says that the instance is not ready; whether that passes depends on its state."""

    @pytest.mark.parametrize("state", ["stopping", "starting"])
    def test_is_retried_after_our_own_stop_while_the_instance_settles(self, cloud: Cloud, state: str) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="restore$", status=409)
        reading = {"kind": "unknown_state", "method": "GET", "word": state}
        cloud.sim.hooks = On("POST", "restore", lambda: cloud.sim.faults.add(**reading))
        assert cloud.restore(**ROLE).result["status"] == "restored"
        assert (cloud.posts, cloud.restores) == (2, 1)

    def test_is_final_without_our_own_stop(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore$", status=409)
        reading = {"kind": "unknown_state", "method": "GET", "word": "stopping"}
        cloud.sim.hooks = On("POST", "restore", lambda: cloud.sim.faults.add(**reading))
        outcome = cloud.restore()
        assert outcome.failed
        assert outcome.result["restore_sent"] == "refused"
        assert (cloud.posts, cloud.restores) == (1, 0)

    def test_is_final_in_a_settled_state(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore$", status=409, times=None)
        outcome = cloud.restore()
        assert outcome.result["error_code"] in ("instance_not_stopped", "instance_not_ready")
        assert (cloud.posts, cloud.restores, phase(cloud)) == (1, 0, "failed")
        assert outcome.result["http_status"] == 409

    def test_is_retried_for_a_minute_after_our_own_stop(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="restore$", status=409, times=None)
        assert cloud.restore(**ROLE).failed
        times = sent_at(cloud)
        assert 60.0 <= times[-1] < 80.0
        assert len(times) > 2
        assert cloud.restores == 0

    def test_is_final_when_somebody_starts_the_instance_after_our_stop(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="restore$", status=409, times=None)
        cloud.sim.hooks = On("POST", "restore", lambda: setattr(cloud.vm, "power", "running"))
        assert cloud.restore(**ROLE).failed
        assert (cloud.posts, cloud.restores) == (1, 0)

    def test_ends_by_the_deadline(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="restore$", status=409, times=None)
        began = cloud.clock.now()
        assert cloud.restore(wait_timeout=30.0, **ROLE).failed
        assert cloud.clock.now() - began <= 45.0
        assert cloud.restores == 0


NO_ROUTE = ConnectTimeoutError(None, "No route.")


class TestUnsent:
    """A request that could not be sent at all had no effect: it is sent again."""

    def lose(self, monkeypatch: pytest.MonkeyPatch, error: Exception, times: int) -> None:
        """Let the connection for a restore fail so many times."""
        usual, connect = requests.Session.send, HTTPConnection._new_conn
        left, fails = [times], [False]

        def new_conn(connection: HTTPConnection) -> Any:
            if fails[0]:
                raise error
            return connect(connection)

        def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            fails[0] = request.method == "POST" and "restore" in str(request.url) and left[0] > 0
            if fails[0]:
                left[0] -= 1
                session.close()
            return usual(session, request, **options)

        monkeypatch.setattr(HTTPConnection, "_new_conn", new_conn)
        monkeypatch.setattr(requests.Session, "send", send)

    def test_is_retried(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lose(monkeypatch, NO_ROUTE, 2)
        assert cloud.restore().result["status"] == "restored"
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_is_not_retried_where_the_certificate_is_wrong(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lose(monkeypatch, ssl.SSLError("certificate verify failed"), 1)
        assert cloud.restore().result["error_code"] == "tls_failed"
        assert (cloud.posts, phase(cloud)) == (0, "failed")

    def test_is_a_failure_at_the_deadline(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lose(monkeypatch, NO_ROUTE, 10**6)
        outcome = cloud.restore(wait_timeout=60.0)
        assert outcome.result["error_code"] in ("connection_failed", "timeout")
        assert (cloud.posts, phase(cloud)) == (0, "failed")


@HOSTUP
class TestNewerSnapshots:
    @pytest.mark.parametrize(("status", "named"), [(400, True), (409, True), (422, True), (403, False), (404, False)])
    def test_are_named_where_they_may_be_the_cause(self, cloud: Cloud, status: int, named: bool) -> None:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="newer", age=60.0)
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="older", age=90000.0)
        cloud.sim.faults.add("status", method="POST", path="restore$", status=status)
        message = cloud.restore().result["msg"]
        assert ("newer" in message) == named
        assert "older" not in message


@IN_PLACE
class TestStop:
    def test_failure_sends_no_restore(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="shutdown$", status=403)
        outcome = cloud.restore(**ROLE)
        assert outcome.failed
        assert not outcome.result["changed"]
        assert (cloud.posts, phase(cloud)) == (0, "failed")
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"

    @pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
    def test_lost_answer_ends_in_one_stop_and_one_restore(self, cloud: Cloud, kind: str) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add(kind, method="POST", path="shutdown$")
        assert cloud.restore(**ROLE).result["status"] == "restored"
        assert [item.action for item in cloud.sim.ledger.power_cycles()] == ["stop", "start"]
        assert cloud.restores == 1

    @pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
    def test_lost_answer_is_left_to_the_next_run_by_one_that_dies(self, cloud: Cloud, kind: str) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add(kind, method="POST", path="shutdown$")
        cloud.killed_in("stopping", **ROLE)
        assert cloud.restore(**ROLE).result["status"] == "restored"
        assert [item.action for item in cloud.sim.ledger.power_cycles()] == ["stop", "start"]

    def test_next_run_waits_before_it_stops_again(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("slow", work="stop", factor=3)
        for _run in range(2):
            cloud.killed_in("stopping", **ROLE)
        cloud.restore(**ROLE)
        assert len(cloud.sim.ledger.requests(method="POST", path_contains="shutdown")) == 1
        assert cloud.restores == 1

    def test_ignored_shutdown_is_followed_by_a_power_off(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add_job("stuck", work="stop")
        assert cloud.restore(**ROLE).failed
        paths = [item.path.rsplit("/", 1)[-1] for item in cloud.sim.ledger.requests(method="POST")]
        assert paths[:2] == ["shutdown", "stop"]
        assert cloud.posts == 0

    def test_running_instance_that_cannot_be_stopped_is_not_restored(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="(shutdown|stop)$", status=404, times=None)
        assert cloud.restore(**ROLE).failed
        assert cloud.posts == 0

    def test_refused_restore_after_our_stop_is_a_change(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="POST", path="restore$", status=422)
        outcome = cloud.restore(**ROLE)
        assert outcome.failed
        assert outcome.result["changed"]


@HOSTUP
def test_running_instance_is_stopped_only_if_required_or_always(cloud: Cloud) -> None:
    for stop, actions in (("if_required", []), ("always", ["stop"])):
        cloud.set_power("running")
        cloud.restore(stop=stop, restore_id=stop)
        assert [item.action for item in cloud.sim.ledger.power_cycles()] == actions


@IN_PLACE
class TestFormerPowerState:
    @pytest.mark.parametrize("power", ["running", "stopped"])
    @pytest.mark.parametrize(("after", "left"), [("previous", None), ("started", "running"), ("stopped", "stopped")])
    def test_instance_ends_as_asked(self, cloud: Cloud, power: str, after: str, left: str | None) -> None:
        cloud.set_power(power)
        outcome = cloud.restore(stop="always", power_after=after)
        assert outcome.result["power_state"] == cloud.sim.cloud.power(cloud.vm.id) == (left or power)

    def test_unknown_state_is_not_put_back(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("unknown_state", times=None)
        cloud.sim.hooks = On("POST", "", cloud.sim.faults.clear, after=True)
        outcome = cloud.restore(**ROLE)
        assert outcome.result["previous_power_state"] is None
        assert [item.action for item in cloud.sim.ledger.power_cycles()] == ["stop"]
        assert outcome.warnings

    def test_without_evidence_it_is_started_only_where_asked(self, cloud: Cloud) -> None:
        cloud.sim.switch(onet_snapshot_tasks=False, hostup_job_vanishes=True)
        for number, (after, actions) in enumerate([("previous", ["stop"]), ("started", ["stop", "start"])]):
            cloud.set_power("running")
            outcome = cloud.restore(restore_id=f"r{number}", stop="always", power_after=after)
            assert outcome.result["status"] == "accepted_unverified"
            assert [item.action for item in cloud.sim.ledger.power_cycles()] == actions

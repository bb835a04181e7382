# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stop before a restore, and how far a run goes that does not wait for the end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    AnswerUnreadable,
    CloudError,
    OutOfTime,
    ProviderError,
    RouteUnconfirmed,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Accepted, Gate, Operation
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import restore
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Progress
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    ended,
    no_route,
    proving,
    restored,
    run_of,
    status,
)

PENDING = Operation("op", status="running", status_raw="Working")
ROLE: dict[str, Any] = {"stop": True, "stop_always": True, "start": "previous"}


class TestStop:
    def test_work_of_the_stop_is_not_that_of_the_restore(self) -> None:
        cloud = Scripted(power="running").answers(
            "set_power", lambda action: cloud.put(power_state="stopped") and PENDING
        )
        run = restored(cloud, stop=True, until="accepted")
        assert (run.report.status, run.report.operation) == ("accepted", None)

    def test_failure_to_stop_is_a_failure(self) -> None:
        for error, changed in ((status(403), False), (ProviderError("No.", status=503, applied="unknown"), True)):
            store = Kept()
            cloud = proving(power="running").answers("set_power", error)
            run = run_of(cloud, store, stop=True)
            # A request that may have worked is counted as one.
            cloud.transport.writes = 0 if changed else -1
            with pytest.raises(CloudError):
                restore(run, check_mode=False)
            assert (store.last.phase, run.report.changed, run.report.phase) == ("failed", changed, "stopping")
            assert cloud.restores == []

    def test_one_request_that_may_have_worked_is_a_change(self) -> None:
        cloud = proving(power="running").answers("set_power", AnswerUnreadable("HTML."))
        run = run_of(cloud, stop=True)
        with pytest.raises(AnswerUnreadable):
            restore(run, check_mode=False)
        assert (run.report.changed, len(cloud.sent)) == (True, 1)

    def test_stop_is_a_change_although_the_restore_is_refused(self) -> None:
        cloud = proving(power="running").answers("restore", status(400))
        run = run_of(cloud, stop=True)
        with pytest.raises(ProviderError):
            restore(run, check_mode=False)
        assert (cloud.actions, run.report.changed) == (["shutdown"], True)

    def test_without_a_route_nothing_is_known_and_the_provider_decides(self) -> None:
        cloud = proving(power="unknown").answers("set_power", no_route())
        cloud.answers("get_instance", no_route()).answers("list_instances", no_route())
        run = restored(cloud, stop=True)
        assert "that the instance is stopped (No route.)" in run.report.unverified
        assert len(cloud.restores) == 1

    def test_without_a_route_a_running_one_is_not_restored(self) -> None:
        cloud = proving(power="running").answers("set_power", no_route())
        with pytest.raises(RouteUnconfirmed):
            restored(cloud, stop=True)
        assert cloud.restores == []

    def test_stopped_state_is_reported(self) -> None:
        run = restored(proving(power="running"), stop=True)
        assert (run.report.power_state, run.report.previous_power_state) == ("stopped", "running")
        assert run.report.timings["stop"] == 2.4

    def test_only_asked_for_where_that_is_enough(self) -> None:
        for graceful, action in ((True, "shutdown"), (False, "stop")):
            cloud = proving(power="running", graceful_stop=graceful)
            store = Kept()
            run = restored(cloud, store, until="stopping", **ROLE)
            assert (run.report.status, run.report.power_state) == ("claimed", "stopping")
            assert (cloud.actions, run.report.changed, store.last.phase) == ([action], True, "stopping")
            assert cloud.time.seconds == 0.0
            cloud.put(power_state="stopping")
            again = restored(cloud, store, until="stopping", **ROLE)
            assert (cloud.actions, again.report.status) == ([action], "claimed")

    def test_shutdown_without_a_route_is_a_stop(self) -> None:
        cloud = proving("hostup", power="running").answers("set_power", no_route(), None)
        restored(cloud, until="stopping", **ROLE)
        assert cloud.actions == ["shutdown", "stop"]

    def test_lost_answer_is_left_to_the_next_run(self) -> None:
        cloud = proving(power="running").answers("set_power", AnswerLost("Cut."))
        run = restored(cloud, until="stopping", **ROLE)
        assert run.report.warnings == ["the answer to the stop was lost; the next run looks: Cut."]
        assert run.report.status == "claimed"

    def test_next_run_waits_before_it_asks_again(self) -> None:
        cloud = proving(power="running").answers("set_power", None)
        store = Kept()
        restored(cloud, store, until="stopping", **ROLE)
        cloud.put(power_state="stopping")
        cloud.answers("read_power", *[cloud.instance] * 3, cloud.put(power_state="stopped"))
        restored(cloud, store, **{**ROLE, "start": "never"})
        assert cloud.actions == ["shutdown"]
        assert len(cloud.restores) == 1


class TestUntilAccepted:
    def test_goes_no_further_than_the_answer(self) -> None:
        cloud = Scripted("hostup").answers("restore", Accepted(PENDING))
        store = Kept()
        run = restored(cloud, store, until="accepted")
        assert (run.report.status, run.report.phase, store.last.phase) == ("accepted", "accepted", "accepted")
        assert (run.report.operation, run.report.instance) == (PENDING, cloud.instance)
        assert [name for _second, name in cloud.asked].count("get_operation") == 0
        assert run.report.changed

    def test_end_in_the_answer_is_the_end(self) -> None:
        run = restored(proving("hostup"), until="accepted")
        assert run.report.status == "restored"

    def test_next_run_looks_once(self) -> None:
        cloud = Scripted("hostup").answers("restore", Accepted(PENDING)).answers("get_operation", PENDING, ended())
        store = Kept()
        restored(cloud, store, until="accepted")
        again = restored(cloud, store, until="accepted")
        assert (again.report.status, again.report.resumed, again.report.operation) == ("accepted", True, PENDING)
        assert cloud.time.seconds == 0.0
        assert restored(cloud, store, until="accepted").report.status == "restored"
        assert cloud.restores == [0.0]

    @pytest.mark.parametrize("number", [404, 405, 410])
    def test_operation_that_cannot_be_read_now_is_left_to_a_run_that_waits(self, number: int) -> None:
        cloud = Scripted("hostup").answers("restore", Accepted(PENDING)).answers("get_operation", status(number))
        store = Kept()
        restored(cloud, store, until="accepted")
        assert restored(cloud, store, until="accepted").report.status == "accepted"
        cloud.answers("get_operation", status(403))
        with pytest.raises(ProviderError):
            restored(cloud, store, until="accepted")

    def test_without_an_operation_one_look_is_a_moment(self) -> None:
        cloud = Scripted()
        store = Kept()
        assert restored(cloud, store, until="accepted").report.status == "accepted"
        restored(cloud, store, until="accepted")
        assert cloud.time.seconds < 0.01
        cloud = Scripted("hostup").answers("restore_gate", Gate(False))
        store = Kept()
        restored(cloud, store, until="accepted")
        assert restored(cloud, store, until="accepted").report.status == "accepted"
        assert cloud.time.seconds < 0.01

    def test_moment_is_long_enough_for_two_readings(self) -> None:
        cloud = Scripted("hostup")
        store = Kept()
        restored(cloud, store, until="accepted")
        assert restored(cloud, store, until="accepted").report.status == "accepted_unverified"
        assert cloud.restores == [0.0]

    def test_deadline_is_a_deadline(self) -> None:
        cloud = Scripted("hostup", seconds=30.0).answers("restore", Accepted(PENDING))
        cloud.answers("get_operation", ended()).answers("read_power", cloud.instance._replace(power_state="changing"))
        store = Kept()
        restored(cloud, store, until="accepted")
        with pytest.raises(OutOfTime):
            restored(cloud, store, until="accepted")


class TestProgress:
    def test_is_told_with_what_is_waited_for(self) -> None:
        told: list[Progress] = []
        cloud = Scripted("hostup", power="running").answers("restore", Accepted(PENDING))
        cloud.answers("get_operation", PENDING._replace(progress=40.0), ended())
        run = run_of(cloud, Kept(), **ROLE)._replace(on_progress=told.append)
        restore(run, check_mode=False)
        assert told[0] == Progress("stopping", "before")
        assert Progress("restoring", "before", 40.0) in told
        assert told[-1] == Progress("starting", "before")

    @pytest.mark.parametrize("until", ["settled", "starting", "done"])
    def test_end_of_the_wait_names_the_next_run(self, until: str) -> None:
        cloud = Scripted("hostup").answers("restore", Accepted(PENDING)).answers("get_operation", OutOfTime("Late."))
        with pytest.raises(OutOfTime) as caught:
            restored(cloud, restore_id="r-1", until=until)
        said = "Run again with restore_id: r-1 to go on waiting; the restore is not sent again."
        assert caught.value.next_steps == (said,)


class TestOperation:
    """The report has the work of the restore, also where it does not end, and no other."""

    def test_of_a_restore_that_does_not_end(self) -> None:
        cloud = Scripted("hostup", seconds=10.0).answers("restore", Accepted(PENDING))
        half = PENDING._replace(progress=50.0)
        run = run_of(cloud.answers("get_operation", half))
        with pytest.raises(OutOfTime):
            restore(run, check_mode=False)
        assert run.report.operation == half
        assert cloud.told[-1] == Progress("restoring", "before", 50.0)

    def test_of_a_restore_that_the_next_run_does_not_see_end(self) -> None:
        cloud = Scripted("hostup", seconds=10.0).answers("restore", Accepted(PENDING))
        store = Kept()
        restored(cloud, store, until="accepted")
        half = PENDING._replace(progress=50.0)
        run = run_of(cloud.answers("get_operation", half), store)
        with pytest.raises(OutOfTime):
            restore(run, check_mode=False)
        assert (run.report.resumed, run.report.operation) == (True, half)

    def test_of_a_stop_that_does_not_end(self) -> None:
        cloud = Scripted("hostup", power="running", seconds=10.0).answers("set_power", PENDING)
        run = run_of(cloud.answers("get_operation", PENDING._replace(progress=50.0)), **ROLE)
        with pytest.raises(OutOfTime):
            restore(run, check_mode=False)
        assert run.report.operation is None
        assert cloud.told[-1] == Progress("stopping", "before", 50.0)

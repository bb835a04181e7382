# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a restore by each answer to it: how often it is sent, when, and what the record says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    AnswerUnreadable,
    CloudError,
    NotSent,
    OutOfTime,
    ProviderError,
    RouteUnconfirmed,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Accepted,
    Candidate,
    Gate,
    Instance,
    InstanceList,
    Operation,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.record import Record
from ansible_collections.indiecloud.compute.plugins.module_utils._operations.restore import restore
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    ended,
    restored,
    run_of,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

IN_PLACE = ["hostup", "onetsolutions"]


def status(number: int, **more: Any) -> ProviderError:
    return ProviderError("No.", status=number, **more)


def failure(cloud: Scripted, store: Kept | None = None, **options: Any) -> CloudError:
    with pytest.raises(CloudError) as caught:
        restored(cloud, store, **options)
    return caught.value


class TestRefused:
    def test_record_says_so_and_nothing_is_left(self) -> None:
        store = Kept()
        cloud = Scripted().answers("restore", status(422))
        assert failure(cloud, store).error_code == "invalid_request"
        assert (cloud.restores, store.phases) == ([0.0], ["claimed", "sent", "failed"])
        assert store.last.error_code == "invalid_request"

    def test_broken_on_our_side_is_a_failure_as_well(self) -> None:
        store = Kept()
        assert failure(Scripted().answers("restore", CloudError("x", error_code="odd")), store).error_code == "odd"
        assert store.last.phase == "failed"

    @pytest.mark.parametrize("number", [400, 409, 422])
    def test_newer_snapshots_are_named_as_a_possible_cause(self, number: int) -> None:
        cloud = Scripted("hostup", power="running").answers("restore", status(number))
        first = cloud.snapshots[0]
        cloud.snapshots += [
            first._replace(id=f"new{index}", name=f"new{index}", created_at=START - timedelta(minutes=index))
            for index in range(1, 7)
        ]
        cloud.snapshots.append(first._replace(id="old", name="old", created_at=START - timedelta(days=1)))
        error = failure(cloud)
        assert "(there are newer snapshots: new1, new2, new3, new4, new5)" in error.message
        assert "delete new1, new2, new3, new4, new5 with the module snapshot" in error.next_steps[-1]

    @pytest.mark.parametrize("number", [401, 403, 404, 410, 421, 423])
    def test_other_refusals_have_other_causes(self, number: int) -> None:
        cloud = Scripted("hostup", power="running").answers("restore", status(number))
        cloud.snapshots.append(cloud.snapshots[0]._replace(id="new", name="new", created_at=START))
        assert "newer" not in failure(cloud).message

    def test_without_newer_snapshots_none_are_named(self) -> None:
        assert "newer" not in failure(Scripted().answers("restore", status(400))).message


class TestNotSent:
    def test_is_tried_again_with_growing_pauses(self) -> None:
        cloud = Scripted().answers("restore", NotSent("No route."), NotSent("No route."), Accepted(ended()))
        run = restored(cloud)
        assert cloud.restores == [0.0, 2.4, 6.0]
        assert run.report.status == "restored"

    def test_broken_trust_is_not(self) -> None:
        cloud = Scripted().answers("restore", NotSent("Bad certificate.", error_code="tls_failed"))
        assert failure(cloud).error_code == "tls_failed"
        assert cloud.restores == [0.0]

    def test_deadline_ends_it(self) -> None:
        store = Kept()
        cloud = Scripted(seconds=5.0).answers("restore", NotSent("No route."))
        assert failure(cloud, store).error_code in ("connection_failed", "timeout")
        assert cloud.restores == [0.0, 2.4, 5.0]
        assert store.last.phase == "failed"


class TestNotReady:
    @pytest.mark.parametrize("name", IN_PLACE)
    @pytest.mark.parametrize("state", ["stopping", "starting", "changing"])
    def test_is_waited_for_while_the_instance_settles(self, name: str, state: str) -> None:
        cloud = Scripted(name).answers("restore", status(409), Accepted(ended()))
        cloud.answers("read_power", cloud.instance._replace(power_state=state), cloud.instance)
        assert restored(cloud).report.status == "restored"
        assert cloud.restores == [0.0, 2.4]

    @pytest.mark.parametrize("state", ["stopped", "running", "unknown", "error"])
    def test_is_final_in_any_other_state(self, state: str) -> None:
        cloud = Scripted().answers("restore", status(409, provider_code="busy", request_id="r-1"))
        cloud.answers("read_power", cloud.instance._replace(power_state=state))
        error = failure(cloud)
        assert isinstance(error, ProviderError)
        assert (error.status, error.provider_code, error.request_id) == (409, "busy", "r-1")
        assert error.error_code == "instance_not_stopped"
        assert error.next_steps[0].startswith("Set stop: true")
        assert cloud.restores == [0.0]

    def test_is_final_when_the_state_cannot_be_read(self) -> None:
        cloud = Scripted().answers("restore", status(409)).answers("read_power", status(500))
        assert failure(cloud).error_code == "instance_not_stopped"
        assert cloud.restores == [0.0]

    def test_says_what_to_do_by_what_was_asked(self) -> None:
        said = failure(Scripted().answers("restore", status(409)), stop=True).next_steps[0]
        assert said.startswith("See in the provider's console")
        error = failure(Scripted("hostup").answers("restore", status(409)))
        assert error.error_code == "instance_not_ready"
        assert error.next_steps[0].startswith("See in the provider's console")

    def test_instance_that_we_have_just_stopped_gets_a_minute(self) -> None:
        cloud = Scripted(power="running").answers("restore", status(409))
        assert failure(cloud, stop=True, start="previous").error_code == "instance_not_stopped"
        first, last = cloud.restores[0], cloud.restores[-1]
        assert 60.0 <= last - first < 76.0
        before = [second for second in cloud.restores if second - first < 60.0]
        assert len(before) == len(cloud.restores) - 1

    @pytest.mark.parametrize("state", ["running", "unknown", "error", "deleted"])
    def test_instance_that_we_have_just_stopped_and_that_is_not_gets_none(self, state: str) -> None:
        cloud = Scripted(power="running").answers("restore", status(409))
        stopped, other = (cloud.instance._replace(power_state=word) for word in ("stopped", state))
        cloud.answers("read_power", stopped, stopped, other)
        assert failure(cloud, stop=True, start="previous").error_code == "instance_not_stopped"
        assert len(cloud.restores) == 1

    def test_name_that_is_taken_is_no_matter_of_time(self) -> None:
        cloud = Scripted("barrack").answers("restore", status(409))
        assert failure(cloud).error_code == "conflict"
        assert cloud.restores == [0.0]

    def test_deadline_ends_it(self) -> None:
        cloud = Scripted(seconds=10.0).answers("restore", status(409))
        cloud.answers("read_power", cloud.instance._replace(power_state="stopping"))
        assert isinstance(failure(cloud), OutOfTime)
        assert cloud.time.seconds == 10.0


class TestRequest:
    def test_has_what_was_asked_for(self) -> None:
        cloud = Scripted()
        restored(cloud, provider_force=True)
        request = cloud.sent[0][2]
        assert (request.force, request.new_instance_name, request.timeout) == (True, None, None)
        assert (request.instance_id, request.snapshot_id) == (cloud.instance.id, "snap-1")

    def test_late_answer_is_waited_for_to_the_end_of_the_run(self) -> None:
        cloud = Scripted("barrack", seconds=700.0)
        restored(cloud)
        assert cloud.sent[0][2].timeout == 700.0

    def test_record_has_the_time_before_and_the_operation_after(self) -> None:
        store = Kept()
        cloud = Scripted("hostup").answers("restore", Accepted(Operation("job-7", poll_path="/jobs/7")))
        run = restored(cloud, store)
        assert store.last.sent_at == "2025-12-31T23:59:58Z"
        assert (store.last.operation_id, store.last.operation_path) == ("job-7", "/jobs/7")
        assert (run.report.changed, run.report.operation) == (True, ended("job-7"))

    def test_record_and_report_have_the_new_instance(self) -> None:
        store = Kept()
        cloud = Scripted("barrack")
        made = Instance("BRK-9", "copy", power_state="running", hourly_rate=2.0)
        cloud.answers("get_instance", made._replace(hourly_rate=None, ipv4="192.0.2.9"))
        run = restored(cloud.answers("restore", Accepted(instance=made)), store)
        assert store.last.instance_id == "BRK-9"
        assert run.report.instance == made._replace(ipv4="192.0.2.9")
        assert (run.report.status, run.report.power_state) == ("restored", "running")


LOST = [AnswerLost("Cut."), AnswerUnreadable("HTML."), status(502)]


class TestLost:
    @pytest.mark.parametrize("error", LOST)
    @pytest.mark.parametrize("name", ["barrack", *IN_PLACE])
    def test_is_sent_once_and_looked_for(self, name: str, error: CloudError) -> None:
        store = Kept()
        cloud = Scripted(name).answers("restore", error)
        run = run_of(cloud, store)
        with pytest.raises(CloudError) as caught:
            restored(cloud, store)
        assert caught.value.error_code == "outcome_unknown"
        assert caught.value.applied == "unknown"
        assert (cloud.restores, store.phases) == ([0.0], ["claimed", "sent"])
        assert run.deadline.left() < 1800.0
        assert cloud.time.seconds == 30.0

    def test_report_says_that_something_may_have_changed(self) -> None:
        run = run_of(Scripted().answers("restore", AnswerLost("Cut.")))
        with pytest.raises(CloudError):
            restore(run, check_mode=False)
        assert run.report.changed

    def test_operation_is_adopted(self) -> None:
        store = Kept()
        cloud = Scripted().answers("restore", AnswerLost("Cut."))
        cloud.answers("restores_since", (), (Candidate(Operation("task-1"), True),))
        run = restored(cloud, store)
        assert (run.report.status, cloud.restores) == ("restored", [0.0])
        assert store.last.operation_id == "task-1"

    def test_new_instance_is_adopted(self) -> None:
        cloud = Scripted("barrack").answers("restore", AnswerLost("Cut."))
        made = Instance("BRK-9", "copy", power_state="running", origin="snap-1", created_at=START)
        cloud.answers("list_instances", InstanceList(()), InstanceList(()), InstanceList((made,)))
        cloud.instances.append(made)
        run = restored(cloud)
        assert (run.report.status, run.report.unverified) == ("restored", [])
        assert cloud.restores == [0.0]

    def test_new_instance_of_unknown_origin_is_adopted_and_said(self) -> None:
        cloud = Scripted("barrack").answers("restore", AnswerLost("Cut."))
        made = Instance("BRK-9", "copy", power_state="running", created_at=START)
        cloud.answers("list_instances", InstanceList(()), InstanceList((made,)))
        cloud.instances.append(made)
        assert restored(cloud).report.unverified == ["that instance BRK-9 was made from snapshot snap-1"]

    @pytest.mark.parametrize(
        "change", [{"origin": "snap-2"}, {"from_snapshot": False}, {"created_at": START - timedelta(seconds=3)}]
    )
    def test_instance_that_cannot_be_it_is_not(self, change: dict[str, Any]) -> None:
        store = Kept()
        cloud = Scripted("barrack").answers("restore", AnswerLost("Cut."))
        found = Instance("BRK-9", "copy", power_state="running", created_at=START)._replace(**change)
        cloud.answers("list_instances", InstanceList(()), InstanceList((found,)))
        cloud.instances.append(found)
        error = failure(cloud, store)
        assert "instance BRK-9 named 'copy' " in error.message
        assert store.last.repeat_unsafe is not None
        assert cloud.restores == [0.0]


def lost(cloud: Scripted, **options: Any) -> Kept:
    """The records after a run whose request was lost; the cloud answers as usual again."""
    store = Kept()
    cloud.answers("restore", AnswerLost("Cut."))
    assert failure(cloud, store, **options).error_code == "outcome_unknown"
    cloud.say.clear()
    cloud.transport.deadline = run_deadline(cloud)
    return store


def check_later(cloud: Scripted, later: float, sent: int) -> None:
    """A run so many seconds later, which meets a lost restore, sends it again or asks."""
    store = lost(cloud)
    cloud.time.seconds = later
    cloud.transport.deadline = run_deadline(cloud)
    if sent == 1:
        assert failure(cloud, store).error_code == "outcome_unknown"
    else:
        restored(cloud, store)
    assert len(cloud.restores) == sent


def run_deadline(cloud: Scripted, seconds: float = 1800.0) -> Any:
    return Deadline(seconds, cloud.time.runtime)


class TestNextRun:
    def test_sends_again_after_a_quiet_period_what_has_stayed_stopped(self) -> None:
        cloud = Scripted()
        store = lost(cloud)
        run = restored(cloud, store)
        # Sent at 0, noted two seconds earlier; the second one 120 s after that, to the pause.
        assert cloud.restores[0] == 0.0
        assert 118.0 <= cloud.restores[1] < 133.0
        assert len(cloud.restores) == 2
        assert run.report.resumed
        assert store.last.phase == "done"

    @pytest.mark.parametrize(("later", "sent"), [(3597.0, 2), (3599.0, 1), (7200.0, 1)])
    def test_not_an_hour_later(self, later: float, sent: int) -> None:
        cloud = Scripted(has_restore_gate=False, lists_operations=False)
        check_later(cloud, later, sent)

    @pytest.mark.parametrize(("later", "sent"), [(119.0, 2), (118.0, 2), (117.0, 1)])
    def test_not_before_two_minutes(self, later: float, sent: int) -> None:
        """A provider that shows nothing to look at, so that no time passes with looking."""
        cloud = Scripted(has_restore_gate=False, lists_operations=False)
        check_later(cloud, later, sent)

    @pytest.mark.parametrize("state", ["running", "starting", "unknown", "stopping"])
    def test_never_what_was_seen_in_another_state(self, state: str) -> None:
        cloud = Scripted()
        store = lost(cloud)
        cloud.put(power_state=state)
        began = cloud.time.seconds
        assert f"was seen {state} after the restore was sent" in failure(cloud, store, stop=True).message
        assert cloud.time.seconds - began == 30.0
        cloud.put(power_state="stopped")
        cloud.transport.deadline = run_deadline(cloud)
        assert f"was seen {state}" in failure(cloud, store).message
        assert len(cloud.restores) == 1

    def test_never_when_it_is_seen_running_at_the_last_look(self) -> None:
        cloud = Scripted()
        store = lost(cloud)
        cloud.answers("read_power", cloud.instance._replace(power_state="running"))
        assert failure(cloud, store).error_code == "outcome_unknown"
        cloud.answers("read_power", status(500))
        assert failure(cloud, store).error_code == "outcome_unknown"
        assert len(cloud.restores) == 1

    def test_never_what_was_running_when_it_was_sent(self) -> None:
        cloud = Scripted("hostup", power="running")
        store = lost(cloud)
        cloud.put(power_state="stopped")
        assert failure(cloud, store).error_code == "outcome_unknown"
        assert len(cloud.restores) == 1

    def test_never_a_new_instance(self) -> None:
        cloud = Scripted("barrack")
        store = lost(cloud)
        assert failure(cloud, store).error_code == "outcome_unknown"
        assert len(cloud.restores) == 1

    @pytest.mark.parametrize("name", ["barrack", *IN_PLACE])
    def test_sends_again_when_told_to(self, name: str) -> None:
        cloud = Scripted(name)
        store = lost(cloud)
        cloud.put(power_state="running")
        options = {} if name == "barrack" else {"stop": True}
        restored(cloud, store, on_unknown="restore", **options)
        assert len(cloud.restores) == 2
        assert store.last.sent_at == "2025-12-31T23:59:58Z"

    @pytest.mark.parametrize("name", ["barrack", *IN_PLACE])
    def test_takes_it_for_applied_when_told_to(self, name: str) -> None:
        cloud = Scripted(name)
        store = lost(cloud)
        run = restored(cloud, store, on_unknown="accept")
        assert (run.report.status, len(cloud.restores)) == ("accepted_unverified", 1)
        assert store.last.phase == "done"
        assert "on_unknown: accept" in run.report.unverified[0]

    def test_second_loss_is_not_followed_by_a_third_request(self) -> None:
        cloud = Scripted()
        store = lost(cloud)
        cloud.answers("restore", AnswerLost("Cut."))
        assert failure(cloud, store, on_unknown="restore").error_code == "outcome_unknown"
        assert len(cloud.restores) == 2

    def test_work_that_may_be_it_rules_out_another_one(self) -> None:
        cloud = Scripted()
        store = lost(cloud)
        cloud.answers("restores_since", (Candidate(Operation("t-1", kind="other"), False),))
        error = failure(cloud, store)
        assert "operation t-1 (other) began after the restore was sent" in error.message
        assert store.last.repeat_unsafe is not None
        assert len(cloud.restores) == 1

    def test_closed_gate_rules_out_another_one(self) -> None:
        cloud = Scripted("hostup")
        store = lost(cloud)
        cloud.answers("restore_gate", Gate(True), Gate(False, code="pending"))
        error = failure(cloud, store)
        assert error.message.endswith("the provider did not allow a restore after this one was sent: pending")
        cloud.say.clear()
        cloud.transport.deadline = run_deadline(cloud)
        assert failure(cloud, store).error_code == "outcome_unknown"
        assert len(cloud.restores) == 1

    def test_gate_that_says_nothing_is_not_closed(self) -> None:
        cloud = Scripted("hostup")
        store = lost(cloud)
        cloud.answers("restore_gate", Gate(None))
        restored(cloud, store)
        assert len(cloud.restores) == 2

    def test_gate_that_cannot_be_read_says_nothing(self) -> None:
        cloud = Scripted("hostup")
        store = lost(cloud)
        cloud.time.seconds = 1000.0
        cloud.transport.deadline = run_deadline(cloud)
        cloud.answers("restore_gate", status(403), Gate(True))
        assert restored(cloud, store).report.resumed
        assert len(cloud.restores) == 2


class TestWords:
    """What a person reads when nobody knows."""

    def test_in_place(self) -> None:
        cloud = Scripted()
        error = failure(cloud.answers("restore", AnswerLost("Cut.")), restore_id="r-1")
        assert error.message == (
            f"the restore of {cloud.instance.id} was sent at 2025-12-31T23:59:58Z and its answer was lost (Cut.); "
            "whether it was applied is unknown: no operation of it was found, and the instance reads as stopped"
        )
        assert error.next_steps[0] == f"Look at {cloud.instance.id} in the provider's console; do not start it before."
        assert error.next_steps[1:3] == (
            "If it was restored, run again with restore_id: r-1 and on_unknown: accept.",
            "If it was not, run again with restore_id: r-1 and on_unknown: restore.",
        )
        assert "which does no harm" in error.next_steps[3]

    def test_running(self) -> None:
        cloud = Scripted("hostup", power="running")
        error = failure(cloud.answers("restore", status(503, request_id="q")))
        assert error.message.endswith("the instance reads as running")
        assert error.next_steps[0] == "Look at vps_1 in the provider's console."
        assert len(error.next_steps) == 3
        assert isinstance(error, ProviderError)
        assert (error.status, error.request_id) == (503, "q")

    @pytest.mark.parametrize("state", ["unknown", "starting", "stopping", "running"])
    def test_only_a_stopped_one_must_not_be_started(self, state: str) -> None:
        cloud = Scripted("hostup", power=state)
        error = failure(cloud.answers("restore", AnswerLost("Cut.")))
        assert error.message.endswith(f"the instance reads as {state}")
        assert "do not start it" not in error.next_steps[0]

    def test_of_what_was_never_read_nothing_is_known(self) -> None:
        cloud = Scripted().answers("restore", AnswerLost("Cut."))
        cloud.answers("get_instance", RouteUnconfirmed("No route.", status=404))
        cloud.answers("list_instances", RouteUnconfirmed("No list.", status=404))
        assert failure(cloud).message.endswith("the instance reads as unknown")

    def test_after_a_run_that_ended_it_has_no_reason(self) -> None:
        cloud = Scripted()
        store = lost(cloud)
        cloud.put(power_state="running")
        error = failure(cloud, store, stop=True)
        assert "its answer was lost; whether" in error.message
        assert len(error.next_steps) == 3

    def test_new_instance(self) -> None:
        error = failure(Scripted("barrack").answers("restore", AnswerLost("Cut.")))
        assert error.message.endswith("is unknown: no instance is named 'copy'")
        assert error.next_steps[0] == "Look in the provider's console for the new instance."
        assert len(error.next_steps) == 3
        cloud = Scripted("barrack").answers("restore", AnswerLost("Cut."))
        cloud.answers("list_instances", RouteUnconfirmed("No list.", status=404))
        assert failure(cloud, allow_unverified=True).message.endswith("the instances cannot be listed")

    def test_record_is_of_use_to_the_next_run(self) -> None:
        store = lost(Scripted())
        assert isinstance(store.last, Record)
        assert store.last.was_stopped
        assert store.last.unfinished

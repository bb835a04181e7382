# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a restore by each answer to it: how often it is sent, when, and what the record says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    CloudError,
    NotSent,
    OutOfTime,
    ProviderError,
    TlsFailed,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Accepted, Instance, Operation
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.lost_answers import failure
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    TAKEN,
    Kept,
    Scripted,
    ended,
    restored,
    status,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

IN_PLACE = ["hostup", "onetsolutions"]


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
        for created in (TAKEN - timedelta(days=1), TAKEN, None):
            cloud = Scripted().answers("restore", status(400))
            cloud.snapshots.append(cloud.snapshots[0]._replace(id="other", name="other", created_at=created))
            assert "newer" not in failure(cloud).message


class TestNotSent:
    def test_is_tried_again_with_growing_pauses(self) -> None:
        cloud = Scripted().answers("restore", NotSent("No route."), NotSent("No route."), Accepted(ended()))
        run = restored(cloud)
        assert cloud.restores == [0.0, 2.4, 6.0]
        assert run.report.status == "restored"

    def test_broken_trust_is_not(self) -> None:
        cloud = Scripted().answers("restore", TlsFailed("Bad certificate."))
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

    @pytest.mark.parametrize(("interval", "sent"), [(49.6, 3), (50.0, 2), (50.2, 2)])
    def test_minute_has_sixty_seconds(self, interval: float, sent: int) -> None:
        """A pause is a fifth longer than the interval here: the second request leaves after 59.52, 60 and 60.24 s."""
        cloud = Scripted(power="running").answers("restore", status(409))
        failure(cloud, stop=True, start="previous", wait_interval=interval)
        assert len(cloud.restores) == sent

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

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore whose answer was lost: looked for, adopted when it is found, and never sent again on a guess."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    AnswerUnreadable,
    CloudError,
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
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import restore
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.lost_answers import (
    failure,
    lost,
    run_deadline,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    ended,
    record_of,
    restored,
    run_of,
    status,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

IN_PLACE = ["hostup", "onetsolutions"]
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

    @pytest.mark.parametrize(("later", "sent"), [(3597.0, 2), (3598.0, 2), (3599.0, 1), (7200.0, 1)])
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

    def test_one_that_was_sent_at_an_unknown_time_may_just_have_been_sent(self) -> None:
        cloud = Scripted("hostup")
        store = Kept(record_of(cloud, sent_at=None, previous_power_state="stopped"))
        assert failure(cloud, store, restore_id="r-1").error_code == "outcome_unknown"
        assert (cloud.restores, cloud.time.seconds) == ([], 120.0)

    def test_snapshot_of_which_only_the_name_is_known_is_that_of_the_record(self) -> None:
        cloud = Scripted("hostup")
        store = Kept(record_of(cloud, sent_at="2025-12-31T23:59:58Z"))
        cloud.answers("list_snapshots", RouteUnconfirmed("No route.", status=404))
        cloud.answers("restore", Accepted(ended()))
        restored(cloud, store, restore_id="r-1", snapshot="before", on_unknown="restore")
        assert cloud.sent[0][2].snapshot_id == "snap-1"

    def test_operation_that_has_ended_when_it_is_found_is_reported(self) -> None:
        cloud = Scripted().answers("restores_since", (Candidate(ended("t"), True),))
        run = restored(cloud)
        assert (run.report.status, run.report.operation) == ("restored", ended("t"))

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

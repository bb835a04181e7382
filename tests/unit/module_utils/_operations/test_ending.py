# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a restore: the power state that it leaves, and an instance that is there already."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import AnswerLost
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Accepted, Instance
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    ended,
    no_route,
    proving,
    record_of,
    refusals,
    restored,
    status,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

ROLE: dict[str, Any] = {"stop": True, "stop_always": True, "start": "previous"}


class TestEnd:
    def test_start_as_before(self) -> None:
        for power, options, actions in (
            ("running", {"start": "previous"}, ["shutdown", "start"]),
            ("running", {"start": "never"}, ["shutdown"]),
            ("stopped", {"start": "previous"}, []),
            ("stopped", {"start": "always"}, ["start"]),
        ):
            cloud = proving(power=power)
            run = restored(cloud, **{**ROLE, **options})
            assert cloud.actions == actions
            assert run.report.power_state == cloud.instance.power_state
            assert run.report.instance == cloud.instance
            assert ("start" in run.report.timings) == ("start" in actions)

    def test_stopped_again_where_the_provider_leaves_it_running(self) -> None:
        cloud = proving("hostup")
        cloud.answers("restore", lambda dummy: cloud.put(power_state="running") and Accepted(ended()))
        run = restored(cloud, start="previous")
        assert (cloud.actions, run.report.power_state) == (["shutdown"], "stopped")
        assert run.report.timings["stop"] == 2.4

    def test_without_evidence_only_what_was_asked_for_in_any_case(self) -> None:
        for start, actions in (("previous", ["shutdown"]), ("never", ["shutdown"]), ("always", ["shutdown", "start"])):
            cloud = Scripted(power="running")
            run = restored(cloud, **{**ROLE, "start": start})
            assert cloud.actions == actions
            assert run.report.status == "accepted_unverified"
            (warning,) = run.report.warnings
            assert warning.endswith("It was not started.") == (start != "always")

    def test_unknown_former_state_matters_where_it_is_to_be_put_back(self) -> None:
        said = "The former power state is not known, so that the instance was not started."
        for start, warnings in (("previous", [said]), ("never", []), ("always", [])):
            cloud = proving("hostup", power="unknown")
            cloud.answers("set_power", lambda action, cloud=cloud: cloud.put(power_state="running") and None)
            assert restored(cloud, start=start).report.warnings == warnings

    def test_new_instance_is_neither_started_nor_called_stopped(self) -> None:
        cloud = Scripted("barrack")
        run = restored(cloud, start="previous")
        assert run.report.warnings[0].endswith("check before relying on it.")
        assert cloud.actions == []
        assert restored(proving("barrack"), start="previous").report.warnings == []

    @pytest.mark.parametrize(("until", "actions"), [("settled", []), ("starting", ["start"])])
    def test_as_far_as_it_goes(self, until: str, actions: list[str]) -> None:
        cloud = proving()
        store = Kept()
        run = restored(cloud, store, until=until, start="always")
        assert (cloud.actions, store.last.phase, run.report.status) == (actions, "settled", "restored")
        assert run.report.power_state == ("starting" if actions else "stopped")
        restored(cloud, store, until=until, start="always")
        assert cloud.actions == actions
        restored(cloud, store, start="always")
        assert (cloud.actions, store.last.phase) == (["start"], "done")

    def test_start_that_was_asked_for_is_not_asked_for_again(self) -> None:
        cloud = proving().answers("set_power", None)
        store = Kept()
        for number in (1, 2):
            run = restored(cloud, store, until="starting", start="always")
            assert (cloud.actions, store.last.phase, number) == (["start"], "settled", number)
            assert run.report.changed

    def test_lost_start_is_left_to_the_next_run(self) -> None:
        cloud = proving().answers("set_power", AnswerLost("Cut."))
        run = restored(cloud, until="starting", start="always")
        assert run.report.warnings == ["the answer to the power action was lost; the next run looks: Cut."]

    def test_what_is_as_wanted_is_done(self) -> None:
        for until in ("settled", "starting"):
            store = Kept()
            restored(proving(), store, until=until, start="previous")
            assert store.last.phase == "done"

    def test_power_that_cannot_be_read_is_said(self) -> None:
        cloud = proving().answers("read_power", status(500))
        run = restored(cloud)
        assert run.report.unverified == ["the power state after the restore (No.)"]
        assert (run.report.power_state, run.report.status) == (None, "restored")
        assert run.report.instance == cloud.instance

    def test_last_reading_is_all_there_is_of_an_instance_without_a_route(self) -> None:
        cloud = proving("hostup").answers("get_instance", no_route()).answers("list_instances", no_route())
        run = restored(cloud)
        assert (run.report.instance, run.report.power_state) == (cloud.instance, "stopped")

    def test_what_is_waited_for_is_told(self) -> None:
        for before, left, told in (("running", "stopped", "starting"), ("stopped", "running", "stopping")):
            cloud = proving("hostup", power=before)

            def work(request: Any, cloud: Scripted = cloud, left: str = left) -> Accepted:
                cloud.put(power_state=left)
                return Accepted(ended())

            restored(cloud.answers("restore", work), start="previous")
            assert [item.doing for item in cloud.told][-1] == told

    def test_next_run_goes_on_after_the_end(self) -> None:
        cloud = Scripted()
        for outcome in ("restored", "accepted_unverified", None):
            store = Kept(record_of(cloud, phase="settled", outcome=outcome))
            run = restored(cloud, store, restore_id="r-1")
            assert run.report.status == (outcome or "accepted_unverified")
            assert (cloud.restores, store.last.phase) == ([], "done")


class TestNewInstance:
    MADE = Instance("BRK-9", "copy", power_state="running", origin="snap-1", created_at=START)

    def cloud(self, **changes: Any) -> Scripted:
        cloud = Scripted("barrack")
        cloud.instances.append(self.MADE._replace(**changes))
        return cloud

    @pytest.mark.parametrize("phase", [None, "claimed"])
    def test_one_of_this_snapshot_is_this_restore(self, phase: str | None) -> None:
        cloud = self.cloud()
        store = Kept(*([record_of(cloud, phase=phase)] if phase else []))
        run = restored(cloud, store, restore_id="r-1")
        assert (run.report.status, run.report.changed, cloud.sent) == ("already_restored", False, [])
        assert (store.last.phase, store.last.instance_id, store.last.outcome) == ("done", "BRK-9", "restored")
        assert run.report.warnings[0].startswith("instance BRK-9 named 'copy' exists already")
        assert run.report.unverified == []

    def test_check_mode_writes_nothing(self) -> None:
        store = Kept()
        run = restored(self.cloud(), store, check=True)
        assert (run.report.status, run.report.phase, store.phases) == ("already_restored", "done", [])

    def test_unknown_origin_is_said(self) -> None:
        store = Kept()
        run = restored(self.cloud(origin=None), store, allow_unverified=True)
        assert run.report.unverified == ["that instance BRK-9 was made from snapshot snap-1"]
        assert store.last.outcome == "accepted_unverified"

    def test_origin_that_a_record_knows_is_known(self) -> None:
        cloud = self.cloud(origin=None)
        theirs = record_of(cloud, restore_id="x", phase="done", instance_id="BRK-9")
        assert restored(cloud, Kept(theirs), restore_id="r-1").report.unverified == []
        other = theirs._replace(instance_id="BRK-8")
        assert refusals(cloud, Kept(other), restore_id="r-1") == ["new_vm_name_taken"]
        foreign = theirs._replace(snapshot_id="snap-2")
        assert refusals(cloud, Kept(foreign), restore_id="r-1") == ["new_vm_name_taken"]

    def test_one_that_is_being_made_is_waited_for(self) -> None:
        cloud = self.cloud(power_state="changing")
        made = cloud.instances[1]
        cloud.answers("get_instance", made, made, made._replace(power_state="running"))
        store = Kept()
        run = restored(cloud, store)
        assert (run.report.status, run.report.power_state, run.report.changed) == ("already_restored", "running", False)
        assert cloud.time.seconds > 0.0

    def test_sent_one_is_resumed_not_adopted(self) -> None:
        cloud = self.cloud()
        store = Kept(record_of(cloud, sent_at="2025-12-31T23:59:59Z"))
        run = restored(cloud, store, restore_id="r-1")
        assert (run.report.status, run.report.resumed, cloud.sent) == ("restored", True, [])

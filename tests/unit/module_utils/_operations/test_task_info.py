# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read without changing anything."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Gate, InstanceList, SnapshotList
from ansible_collections.indiecloud.compute.plugins.module_utils._info import task
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Task, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, no_route
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.tasks import Tasks


class TestReading:
    def test_instances(self, tasks: Tasks) -> None:
        cloud = Scripted()
        assert len(tasks.run(task.instances_task, cloud, instance=None).result["instances"]) == 1
        assert tasks.run(task.instances_task, cloud, instance="web1").result["instances"][0]["name"] == "web1"
        cloud.answers("list_instances", InstanceList(()))
        outcome = tasks.run(task.instances_task, cloud, instance="none")
        assert (outcome.failed, outcome.result["instances"]) == (False, [])
        cloud.answers("list_instances", no_route())
        assert (
            tasks.run(task.instances_task, cloud, instance="none").result["error_code"] == "instance_name_unresolvable"
        )
        cloud.answers("get_instance", no_route())
        outcome = tasks.run(task.instances_task, cloud)
        assert (outcome.failed, outcome.result["instances"], len(outcome.warnings)) == (False, [], 1)
        assert tasks.seconds == [120.0] * 5

    def test_snapshots(self, tasks: Tasks) -> None:
        listed = SnapshotList((Scripted().snapshots[0],), Gate(True), Gate(False, "Full."), 1)
        outcome = tasks.run(task.snapshots_task, Scripted().answers("list_snapshots", listed))
        assert [item["name"] for item in outcome.result["snapshots"]] == ["before"]
        assert (outcome.result["can_restore"]["allowed"], outcome.result["can_create"]["reason"]) == (True, "Full.")
        assert (outcome.result["slots"], outcome.result["instance"]["name"]) == (1, "web1")
        whole = tasks.run(task.snapshots_task, Scripted("barrack"), instance=None)
        assert (whole.failed, whole.result["instance"]) == (False, None)
        assert "instance is required" in tasks.run(task.snapshots_task, Scripted(), instance=None).result["msg"]

    @pytest.mark.parametrize("task", [task.instances_task, task.snapshots_task])
    def test_options_that_cannot_be_are_told(self, task: Task) -> None:
        said = execute(task, Context({"provider": "barrack", "api_token": "x", "instance": "a/b"})).result
        assert (said["error_code"], "instance 'a/b' contains a slash" in said["msg"]) == ("invalid_option", True)

    @pytest.mark.parametrize("task", [task.instances_task, task.snapshots_task])
    def test_name_of_several_is_refused(self, tasks: Tasks, task: Task) -> None:
        cloud = Scripted()
        cloud.instances.append(cloud.instance._replace(id="other"))
        assert tasks.run(task, cloud, instance="web1").result["error_code"] == "instance_ambiguous"

    def test_providers(self) -> None:
        def providers(wanted: str | None) -> Any:
            outcome = execute(task.providers_task, Context({"provider": wanted}))
            return outcome.result["providers"]

        assert [item["name"] for item in providers(None)] == list(SPECS)
        (hostup,) = providers("hostup")
        assert hostup["capabilities"]["snapshot_name"]["longest"] == 40
        assert hostup["capabilities"]["live_fields"] == list(SPECS["hostup"].capabilities.live_fields)
        for route in hostup["routes"]:
            assert (route["evidence"] == "documented") == (route["source"] is not None)

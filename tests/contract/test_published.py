# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we send, and what the simulator answers, is what OnetSolutions publishes; and a fault in either is seen."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import given, settings

from ansible_collections.indiecloud.compute.plugins.module_utils._metadata import change
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import choices, metadata_task
from ansible_collections.indiecloud.compute.tests.simulator.providers import onetsolutions_json
from ansible_collections.indiecloud.compute.tests.unit.module_utils._metadata.test_metadata_property import (
    CHANGES,
    EXAMPLES,
    INSTANCE,
    Shelf,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._metadata.test_metadata_property import (
    provider as provider_of,
)

from .conftest import ONET, Cloud
from .published import INSTANCE as INSTANCE_SCHEMA
from .published import REPLACE_INSTANCE, RESTORE_SNAPSHOT
from .validator import CheckedSimulator, violations

ID = "0e700000-0000-4000-8000-000000000001"
LEAST: dict[str, Any] = {"name": "web1", "os_name": "Debian 12", "size_id": ID, "location_id": ID, "image_id": ID}


def test_schema_takes_what_is_published_and_refuses_the_rest() -> None:
    for tags in (None, [], {}, ["a", {"b": [1]}], "text", 7, True):
        assert violations(REPLACE_INSTANCE, {**LEAST, "tags": tags, "vpc_id": None}) == []
    for wrong in ({"name": None}, {"os_name": "x" * 101}, {"size_id": "vps-s"}, {"vpc_id": ""}, {"status": "active"}):
        assert violations(REPLACE_INSTANCE, {**LEAST, **wrong})
    for missing in LEAST:
        assert violations(REPLACE_INSTANCE, {name: value for name, value in LEAST.items() if name != missing})
    assert not any(violations(RESTORE_SNAPSHOT, body) for body in ({}, {"force": True}))
    assert all(violations(RESTORE_SNAPSHOT, body) for body in (None, [], {"force": 1}, {"now": True}))


@ONET
class TestHarness:
    def test_every_request_is_validated(self, cloud: Cloud, sim: CheckedSimulator) -> None:
        cloud.run(metadata_task, instance=cloud.vm.id, name="renamed", vpc=None)
        cloud.restore()
        assert sim.checked["request of replace_instance"] == sim.checked["answer to replace_instance"] == 1
        assert sim.checked["request of restore_snapshot"] == sim.checked["answer to restore_snapshot"] == 1
        assert sim.checked["reading an instance"] >= 3

    @pytest.mark.parametrize("fault", [None, "cut_before", "cut_after"])
    @pytest.mark.parametrize("body", [{**LEAST, "status": "active"}, {"name": "web1"}, None, []])
    def test_wrong_request_is_reported(self, cloud: Cloud, sim: CheckedSimulator, body: Any, fault: str | None) -> None:
        if fault:
            sim.faults.add(fault, method="PUT")
        path = f"/v1/organizations/{sim.organization_id}/projects/{sim.project_id}/compute/instances/{cloud.vm.id}"
        token = {"Authorization": f"Bearer {sim.tokens['onetsolutions']}"}
        try:
            requests.put(sim.urls["onetsolutions"] + path, json=body, headers=token, timeout=10)
        except requests.ConnectionError:
            assert fault
        assert any("request of replace_instance" in text for text in sim.wrong)
        sim.wrong.clear()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("status", "up"),
            ("size", None),
            ("bandwidth_used_gb", 12.34),
            ("created", "2026-01-01"),
            ("name", "x" * 256),
        ],
    )
    def test_wrong_answer_is_reported(self, cloud: Cloud, sim: CheckedSimulator, field: str, value: Any) -> None:
        cloud.vm.extra[field] = value
        cloud.run(metadata_task, instance=cloud.vm.id, hostname="new.example.com")
        assert any(f"instance: {field}" in text for text in sim.wrong)
        sim.wrong.clear()


@ONET
def test_schema_names_every_field_of_an_instance(cloud: Cloud) -> None:
    shown = onetsolutions_json.instance_json(cloud.vm, 0.0, 0.0, "list")
    assert shown.keys() == INSTANCE_SCHEMA["properties"].keys()
    assert INSTANCE_SCHEMA["properties"]["billing_cycle"]["enum"] == choices("billing_cycle")


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(INSTANCE, CHANGES)
def test_every_put_of_any_instance_is_valid(data: dict[str, Any], asked: dict[str, Any]) -> None:
    shelf = Shelf(data)
    cloud = provider_of(shelf)
    found = cloud.read_metadata(data["id"])
    changes = change.plan(cloud.capabilities, found, asked, "replace")
    if changes:
        change.apply(cloud, data["id"], found, changes, [])
    assert [violations(REPLACE_INSTANCE, body) for body in shelf.bodies] == [[]] * len(shelf.bodies)

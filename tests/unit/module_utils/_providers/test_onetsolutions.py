# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""OnetSolutions: the published instance, tasks, and a restore that promises nothing."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, ClassVar

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    MAYBE_APPLIED,
    AnswerUnreadable,
    ProviderError,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Operation
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import RestoreRequest
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fake_wire import provider

UUID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
WHEN = "2023-11-07T05:31:56Z"
COMPUTE = "/v1/organizations/organization/projects/project/compute"
# The sample answer of the published PUT, less what no model reads.
INSTANCE: dict[str, Any] = {
    "id": UUID,
    "legacy_id": 123,
    "organization_id": UUID,
    "project_id": UUID,
    "name": "<string>",
    "status": "pending",
    "size": {"id": UUID, "name": "<string>", "slug": "<string>", "vcpu": 2147483647, "available_volumes": []},
    "location": {"id": UUID, "name": "<string>", "slug": "<string>", "country_code": "<string>"},
    "vpc": {"id": UUID, "name": "<string>", "cidr_block": "<string>"},
    "image": {"id": UUID, "organization_id": UUID, "name": "<string>", "slug": "<string>", "is_windows": True},
    "os_name": "<string>",
    "primary_ipv4": UUID,
    "primary_ipv6": UUID,
    "ip_addresses": [
        {"id": UUID, "address": "<string>", "ip_type": "ipv4", "interface": 123, "vlan": 123, "is_primary": True}
    ],
    "billing_start_date": WHEN,
    "is_active": True,
    "is_installed": True,
    "state_sync": {"id": UUID, "vm_status": "<string>", "last_synced_at": WHEN, "uptime": 2147483647},
    "created": WHEN,
    "modified": WHEN,
    "hostname": "<string>",
    "billing_cycle": "free",
    "tags": "<unknown>",
}


def test_the_published_instance() -> None:
    found = provider("onetsolutions", INSTANCE)[0].get_instance(UUID)
    shown = {name: value for name, value in found.to_result().items() if value is not None}
    assert shown == {
        "id": UUID,
        "name": "<string>",
        "power_state": "unknown",
        "power_state_raw": "<string>",
        "power_state_at": WHEN,
        "uptime": 2147483647.0,
        "status": "pending",
        "hostname": "<string>",
        "ipv4": "<string>",
        "addresses": ["<string>"],
        "tags": "<unknown>",
        "location": "<string>",
        "size": "<string>",
        "image": "<string>",
        "created_at": WHEN,
    }


@pytest.mark.parametrize(
    ("word", "state"),
    [("running", "running"), ("Stopped", "stopped"), ("paused", "unknown"), ("", "unknown"), (None, "unknown")],
)
def test_power_words(word: Any, state: str) -> None:
    data = {**INSTANCE, "state_sync": {"vm_status": word}}
    assert provider("onetsolutions", data)[0].get_instance(UUID).power_state == state


@pytest.mark.parametrize("name", sorted(set(INSTANCE) - {"id"}))
@pytest.mark.parametrize("value", [None, [], {}, 0, "x", True, [None, 7, "x"]])
def test_any_field_may_be_odd_or_missing(name: str, value: Any) -> None:
    for data in ({**INSTANCE, name: value}, {key: item for key, item in INSTANCE.items() if key != name}):
        assert provider("onetsolutions", data)[0].get_instance(UUID).id == UUID


@pytest.mark.parametrize(
    ("addresses", "primary", "found"),
    [
        ([{"id": "a", "address": "192.0.2.1", "ip_type": "ipv4"}], "a", "192.0.2.1"),
        ([{"id": "a", "address": "192.0.2.1", "ip_type": "ipv4"}], None, None),
        ([{"address": "192.0.2.1", "ip_type": "ipv4"}], None, None),
        ([{"address": "192.0.2.1", "ip_type": "ipv4", "is_primary": True}], None, "192.0.2.1"),
        ([{"id": "a", "address": "2001:db8::1", "ip_type": "ipv6", "is_primary": True}], "a", None),
        (None, "a", None),
    ],
)
def test_the_primary_address(addresses: Any, primary: Any, found: str | None) -> None:
    data = {"id": UUID, "ip_addresses": addresses, "primary_ipv4": primary}
    assert provider("onetsolutions", data)[0].get_instance(UUID).ipv4 == found


def test_all_addresses_are_told() -> None:
    listed = [
        {"id": "b", "address": "10.0.0.5", "ip_type": "ipv4"},
        {"id": "a", "address": "192.0.2.1", "ip_type": "ipv4"},
        {"id": "c", "address": None, "ip_type": "ipv4"},
        {"id": "d", "address": "2001:db8::1", "ip_type": "ipv6"},
    ]
    found = provider("onetsolutions", {"id": UUID, "ip_addresses": listed, "primary_ipv4": "a"})[0].get_instance(UUID)
    assert (found.ipv4, found.addresses) == ("192.0.2.1", ("10.0.0.5", "192.0.2.1", "2001:db8::1"))
    assert found.to_result()["addresses"] == ["10.0.0.5", "192.0.2.1", "2001:db8::1"]


@pytest.mark.parametrize(
    ("body", "task"),
    [
        (b"", None),
        (b"null", None),
        (b"[]", None),
        (b"{}", None),
        (b'{"detail": "Snapshot restoration initiated"}', None),
        (b'{"id": "s-1"}', None),
        (b'{"task_id": "t-1"}', "t-1"),
        (b'{"task": "t-1"}', "t-1"),
        (b'{"task": 17}', "17"),
        (b'{"task": {"id": "t-1", "status": "pending"}}', "t-1"),
        (b'{"id": "t-1", "task_type": "restore_snapshot"}', "t-1"),
    ],
)
def test_a_202_is_accepted_with_any_json_or_none(body: bytes, task: str | None) -> None:
    client, wire = provider("onetsolutions", (202, body))
    found = client.restore(RestoreRequest("i-1", "s-1")).operation
    assert (found.id if found else None) == task
    assert wire.asked == [("POST", f"{COMPUTE}/instances/i-1/snapshots/s-1/restore", {"force": True})]


@pytest.mark.parametrize("status", [200, 202])
def test_a_page_of_a_web_firewall_is_no_acceptance(status: int) -> None:
    with pytest.raises(AnswerUnreadable) as caught:
        provider("onetsolutions", (status, b"<html>"))[0].restore(RestoreRequest("i-1", "s-1"))
    assert caught.value.applied == MAYBE_APPLIED


def test_force_is_passed_on() -> None:
    client, wire = provider("onetsolutions", (202, b""))
    client.restore(RestoreRequest("i-1", "s-1", force=False))
    assert wire.asked[0][2] == {"force": False}


@pytest.mark.parametrize(
    ("data", "status", "ended"),
    [
        ({"status": "pending"}, "pending", False),
        ({"status": "running"}, "running", False),
        ({"status": "failed"}, "running", False),
        ({"status": "failed", "retry_count": 1, "completed_at": None}, "running", False),
        ({"status": "failed", "completed_at": ""}, "running", False),
        ({"status": "failed", "completed_at": WHEN}, "failed", True),
        ({"status": "completed", "completed_at": WHEN}, "succeeded", True),
        ({"status": "SUCCESS", "completed_at": WHEN}, "succeeded", True),
        ({"status": "wobbling", "completed_at": WHEN}, "unknown", True),
        ({"completed_at": WHEN}, "unknown", True),
        ({"status": "completed", "completed_at": WHEN, "result": {"success": False}}, "failed", True),
        ({"status": "completed", "result": {"success": False}}, "running", False),
    ],
)
def test_a_task_is_over_when_completed_at_is_set(data: dict[str, Any], status: str, ended: bool) -> None:
    client, wire = provider("onetsolutions", {"id": "t-1", **data})
    found = client.get_operation(Operation("t-1"), "i-1")
    assert (found.status, found.ended, found.status_raw) == (status, ended, data.get("status"))
    assert wire.asked[0][1] == f"{COMPUTE}/tasks/t-1"


def test_tasks_since_then_that_may_be_this_restore() -> None:
    def task(name: str, kind: Any, created: Any, **more: Any) -> dict[str, Any]:
        return {"id": name, "task_type": kind, "created": created, "status": "pending", **more}

    tasks = [
        task("old", "restore_snapshot", "2026-01-01T00:00:00Z"),
        task("first", "restore_snapshot", "2026-01-01T00:01:00Z"),
        task("stop", "stop_vps", "2026-01-01T00:02:00Z"),
        task("reinstall", "reinstall_vps", "2026-01-01T00:02:00Z"),
        task("other", "restore_snapshot", "2026-01-01T00:02:00Z", parameters={"snapshot_id": "s-2"}),
        task("second", "rollback", "2026-01-01T00:02:00Z", parameters={"snapshot_id": "s-1"}),
        task("untyped", None, "2026-01-01T00:03:00Z"),
        task("undated", "restore_snapshot", None),
        {"task_type": "restore_snapshot", "created": "2026-01-01T00:02:00Z"},
    ]
    since = datetime(2026, 1, 1, 0, 1, tzinfo=timezone.utc)
    tasks += [
        task("elsewhere", "restore_snapshot", "2026-01-01T00:02:00Z", instance_id="i-2"),
        task("locked", "lock_snapshot", "2026-01-01T00:02:00Z", instance={"id": "i-1"}),
    ]
    client, dummy = provider("onetsolutions", {"results": tasks, "next": None})
    found = client.restores_since("i-1", "s-1", since)
    assert sorted(item.operation.id for item in found) == ["first", "locked", "second", "untyped"]
    assert {item.operation.id for item in found if not item.certain} == {"locked", "untyped"}
    assert {item.operation.id for item in found if item.named_restore} == {"first", "second"}


def test_snapshots() -> None:
    items = [
        {"id": "s-1", "name": "a", "created": WHEN, "status": "available", "size_gb": "20.5"},
        {"id": "s-2", "name": "b", "created_at": WHEN, "instance": {"id": "i-9"}, "status": "error"},
    ]
    first, second = provider("onetsolutions", items)[0].list_snapshots("i-1").snapshots
    assert (first.instance_id, first.size_gb, first.restorable) == ("i-1", 20.5, None)
    assert (second.instance_id, second.restorable) == ("i-9", False)
    assert first.created_at == second.created_at == datetime(2023, 11, 7, 5, 31, 56, tzinfo=timezone.utc)


class TestTaskPaths:
    TASK: ClassVar[dict[str, Any]] = {"id": "7a500000-0000-4000-8000-0000000000ff", "status": "pending"}

    def test_second_published_path_is_used_from_when_only_it_answers(self) -> None:
        client, wire = provider("onetsolutions", (404, {}), self.TASK, self.TASK)
        for dummy in range(2):
            client.get_operation(Operation(self.TASK["id"]), "i")
        assert ["/instances/i/tasks/" in path for dummy, path, dummy in wire.asked] == [False, True, True]

    def test_task_that_neither_shows_is_not_found(self) -> None:
        client, wire = provider("onetsolutions", (404, {}))
        with pytest.raises(ProviderError):
            client.get_operation(Operation(self.TASK["id"]), "i")
        assert len(wire.asked) == 2

    @pytest.mark.parametrize("status", [401, 403, 500])
    def test_other_errors_are_not_about_the_path(self, status: int) -> None:
        client, wire = provider("onetsolutions", (status, {}))
        with pytest.raises(ProviderError):
            client.get_operation(Operation(self.TASK["id"]), "i")
        assert len(wire.asked) == 1

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MakeWorld, World


def stopped(world: World, **extra: Any) -> tuple[str, str]:
    vm = world.simulator.cloud.add_instance("onetsolutions", name="db1", power="stopped", disk={"/a": "1"}, **extra)
    snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s", age=60.0)
    world.simulator.cloud.write(vm.id, "/a", "2")
    return vm.id, f"/instances/{vm.id}/snapshots/{snapshot.id}"


def metadata(instance: dict[str, Any], **changes: Any) -> dict[str, Any]:
    ids = {f"{name}_id": instance[name]["id"] for name in ("size", "location", "image", "vpc")}
    kept = {name: instance[name] for name in ("name", "os_name", "hostname", "billing_cycle", "tags")}
    return kept | ids | changes


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic sim-onetsolutions-token"])
def test_credentials(world: World, header: str) -> None:
    answer = world.onet.send("GET", "/instances", Authorization=header)
    assert answer.status == 401
    assert list(answer.body) == ["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_another_project_is_not_found(world: World) -> None:
    world.onet.base = world.onet.base.replace(world.simulator.project_id, world.simulator.organization_id)
    assert world.onet.send("GET", "/instances").status == 404


def test_organizations_are_a_bare_list(world: World) -> None:
    world.onet.base = ""
    (organization,) = world.onet.get("/v1/organizations")
    assert organization["id"] == world.simulator.organization_id


def test_put_changes_what_it_names_and_keeps_what_it_omits(world: World) -> None:
    vm_id, __ = stopped(world)
    before = world.onet.get(f"/instances/{vm_id}")
    world.clock.advance(5)
    body = metadata(before, name="renamed", tags={"role": "db"}, id="ignored", status="ignored")
    del body["hostname"], body["vpc_id"]
    answer = world.onet.send("PUT", f"/instances/{vm_id}", body)
    assert answer.status == 200
    after = world.onet.get(f"/instances/{vm_id}")
    assert after == answer.body
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"state_sync"} == {"name", "tags", "modified"}
    assert (after["name"], after["tags"], after["hostname"]) == ("renamed", {"role": "db"}, before["hostname"])


def test_put_detaches_the_vpc_with_null(world: World) -> None:
    vm_id, __ = stopped(world)
    body = metadata(world.onet.get(f"/instances/{vm_id}"), vpc_id=None)
    assert world.onet.send("PUT", f"/instances/{vm_id}", body).body["vpc"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", 5),
        ("name", "x" * 256),
        ("os_name", ""),
        ("os_name", "x" * 101),
        ("hostname", ["a"]),
        ("size_id", "no-uuid"),
        ("size_id", "c1000000-0000-4000-8000-000000000002"),
        ("image_id", "00000000-0000-4000-8000-000000000000"),
        ("vpc_id", 7),
        ("billing_cycle", "weekly"),
        ("billing_cycle", {}),
    ],
)
def test_put_refuses_bad_fields(world: World, field: str, value: Any) -> None:
    vm_id, __ = stopped(world)
    before = world.onet.get(f"/instances/{vm_id}")
    answer = world.onet.send("PUT", f"/instances/{vm_id}", metadata(before, **{field: value}))
    assert (answer.status, list(answer.body)) == (400, [field])
    assert world.onet.get(f"/instances/{vm_id}") == before


@pytest.mark.parametrize("body", [{}, [], b"{"])
def test_put_refuses_bodies_without_the_required_fields(world: World, body: Any) -> None:
    vm_id, __ = stopped(world)
    answer = world.onet.send("PUT", f"/instances/{vm_id}", body)
    assert answer.status == 400
    if body == {}:
        assert set(answer.body) == {"name", "os_name", "size_id", "location_id", "image_id"}


def test_restore_needs_a_stopped_instance(world: World) -> None:
    vm_id, path = stopped(world)
    world.onet.post(f"/instances/{vm_id}/start")
    assert world.onet.post(f"{path}/restore").status == 409, "while it starts"
    world.clock.advance(10)
    assert world.onet.post(f"{path}/restore", {"force": True}).status == 409
    world.simulator.switch(onet_force_overrides_409=True)
    assert world.onet.post(f"{path}/restore", {"force": False}).status == 409
    assert world.onet.post(f"{path}/restore", {"force": True}).status == 202


def test_restore_refuses_a_force_that_is_no_boolean(world: World) -> None:
    __, path = stopped(world)
    assert world.onet.post(f"{path}/restore", {"force": "maybe"}).body == {"force": ["Must be a valid boolean."]}


def test_restore_of_another_instances_snapshot_is_not_found(world: World) -> None:
    __, path = stopped(world)
    other, __ = stopped(world)
    snapshot_id = path.rpartition("/")[2]
    assert world.onet.post(f"/instances/{other}/snapshots/{snapshot_id}/restore").status == 404


@pytest.mark.parametrize(
    ("form", "find"),
    [
        ("empty", None),
        ("task", lambda body: body["id"]),
        ("task_id", lambda body: body["task_id"]),
        ("nested", lambda body: body["task"]["id"]),
    ],
)
def test_restore_answers(make_world: MakeWorld, form: str, find: Any) -> None:
    world = make_world(onet_restore_answer=form)
    vm_id, path = stopped(world)
    answer = world.onet.post(f"{path}/restore", {"force": False})
    assert answer.status == 202
    (task,) = world.onet.get(f"/instances/{vm_id}/tasks")["results"]
    if find is None:
        assert answer.body is None
    else:
        assert find(answer.body) == task["id"]
    assert world.onet.get(f"/tasks/{task['id']}") == world.onet.get(f"/instances/{vm_id}/tasks/{task['id']}") == task


@pytest.mark.parametrize(
    ("words", "seen"),
    [("plain", ["pending", "running", "completed"]), ("other", ["queued", "processing", "success"])],
)
def test_task_words(make_world: MakeWorld, words: str, seen: list[str]) -> None:
    world = make_world(onet_task_words=words, onet_restore_answer="task_id")
    __, path = stopped(world)
    task = world.onet.post(f"{path}/restore").body["task_id"]
    found = []
    for seconds in (0, 10, 20):
        world.clock.advance(seconds)
        found.append(world.onet.get(f"/tasks/{task}"))
    assert [entry["status"] for entry in found] == seen
    assert [entry["completed_at"] for entry in found] == [None, None, "2026-01-01T00:00:30Z"]


def test_snapshot_work_may_be_missing_from_the_list_of_tasks(make_world: MakeWorld) -> None:
    world = make_world(onet_snapshot_tasks=False)
    vm_id, path = stopped(world)
    world.onet.post(f"{path}/restore")
    assert world.onet.get(f"/instances/{vm_id}/tasks")["results"] == []
    assert world.onet.get("/tasks")["count"] == 0


def test_lists_come_in_pages(world: World) -> None:
    for number in range(7):
        world.simulator.cloud.add_instance("onetsolutions", name=f"vm{number}")
    page = world.onet.get("/instances?page=2&page_size=3")
    assert [entry["name"] for entry in page["results"]] == ["vm3", "vm4", "vm5"]
    assert page["count"] == 7
    assert page["previous"].endswith("?page=1&page_size=3")
    assert page["next"] == f"{world.simulator.url}{world.onet.base}/instances?page=3&page_size=3"
    assert world.onet.send("GET", "/instances?page=4&page_size=3").body == {"detail": "Invalid page."}


def test_lists_may_be_bare(make_world: MakeWorld) -> None:
    world = make_world(onet_lists="bare")
    vm_id, __ = stopped(world)
    assert [entry["id"] for entry in world.onet.get("/instances")] == [vm_id]
    assert [entry["name"] for entry in world.onet.get(f"/instances/{vm_id}/snapshots")] == ["s"]


@pytest.mark.parametrize(("form", "kind"), [("list", list), ("map", dict), ("null", type(None))])
def test_tags_have_the_form_asked_for(make_world: MakeWorld, form: str, kind: type) -> None:
    world = make_world(onet_tags=form)
    vm_id, __ = stopped(world)
    tagged, __ = stopped(world, tags=["mine"])
    assert isinstance(world.onet.get(f"/instances/{vm_id}")["tags"], kind)
    assert world.onet.get(f"/instances/{tagged}")["tags"] == ["mine"]


def test_snapshots_are_made_and_deleted(world: World) -> None:
    vm_id, path = stopped(world)
    made = world.onet.post(f"/instances/{vm_id}/snapshots", {"name": "new"})
    assert (made.status, made.body["status"]) == (201, "creating")
    world.clock.advance(20)
    assert world.onet.get(f"/instances/{vm_id}/snapshots/{made.body['id']}")["status"] == "available"
    assert world.onet.send("DELETE", path).status == 204
    assert world.onet.send("GET", path).status == 404
    assert world.onet.post(f"/instances/{vm_id}/snapshots", {}).status == 400


def test_rate_limits(make_world: MakeWorld) -> None:
    world = make_world({"rate_limit": True})
    statuses = [world.onet.send("GET", "/tasks").status for dummy in range(101)]
    assert statuses == [200] * 100 + [429]
    answer = world.onet.send("GET", "/tasks")
    assert (answer.headers["Retry-After"], list(answer.body)) == ("1", ["detail"])
    world.clock.advance(1)
    assert world.onet.send("GET", "/tasks").status == 200

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MakeWorld, World


def add(world: World) -> str:
    """The path of the restore of a snapshot."""
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1", disk={"/a": "1"})
    return f"/api/snapshots/{world.simulator.cloud.add_snapshot(vm.id, name='s').id}/restore/"


@pytest.mark.parametrize(
    ("switch", "headers", "status"),
    [
        ("any", {"Authorization": "Bearer sim-barrack-token"}, 200),
        ("any", {"X-API-Key": "sim-barrack-token"}, 200),
        ("any", {"Authorization": "Api-Key sim-barrack-token"}, 200),
        ("any", {"X-API-Key": "wrong"}, 403),
        ("any", {}, 403),
        ("bearer", {"Authorization": "Bearer sim-barrack-token"}, 200),
        ("bearer", {"X-API-Key": "sim-barrack-token"}, 403),
        ("x-api-key", {"X-API-Key": "sim-barrack-token"}, 200),
        ("x-api-key", {"Authorization": "Bearer sim-barrack-token"}, 403),
    ],
)
def test_credentials(make_world: MakeWorld, switch: str, headers: dict[str, str], status: int) -> None:
    world = make_world(barrack_auth=switch)
    world.barrack.headers = {}
    answer = world.barrack.send("POST", "/api/pricing/", **headers)
    assert (answer.status, answer.body["success"]) == (status, status == 200)


def test_the_restore_answers_as_published(world: World) -> None:
    answer = world.barrack.post(add(world), {"new_vm_name": "restored-prod-vm"})
    assert list(answer.body) == ["success", "message", "request_id", "timestamp", "data", "snapshot", "tier"]
    data = answer.body["data"]
    assert list(data) == [
        "instance_id", "vm_name", "ip_address", "ip_status", "billing", "specs", "status", "boot_source", "created_at",
    ]  # fmt: skip
    assert (data["status"], data["boot_source"]) == ("ACTIVE", "snapshot")
    assert answer.body["timestamp"] == "2026-01-01T00:00:30Z", "it took its time"


@pytest.mark.parametrize("name", ["", "x" * 51, "a/b", "snö", None, 7])
def test_names_of_new_vms(world: World, name: Any) -> None:
    assert world.barrack.post(add(world), {"new_vm_name": name}).status == 400
    assert world.simulator.ledger.vms_billed() == []


@pytest.mark.parametrize(("choice", "status", "bills"), [("refused", 400, 1), ("allowed", 200, 2)])
def test_names_that_are_taken(make_world: MakeWorld, choice: str, status: int, bills: int) -> None:
    world = make_world(barrack_duplicate_name=choice)
    path = add(world)
    world.barrack.post(path, {"new_vm_name": "copy"})
    assert world.barrack.post(path, {"new_vm_name": "copy"}).status == status
    assert len(world.simulator.ledger.vms_billed()) == bills


def test_snapshots_that_are_not_ready(world: World) -> None:
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1")
    snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s", status="CREATING_IMAGE")
    assert world.barrack.get(f"/api/snapshots/{snapshot.id}/")["data"]["status"] == "CREATING_IMAGE"
    assert world.barrack.post(f"/api/snapshots/{snapshot.id}/restore/", {"new_vm_name": "x"}).status == 400


def test_forms_of_lists(make_world: MakeWorld) -> None:
    world = make_world()
    for number in range(7):
        world.simulator.cloud.add_instance("barrack", name=f"vm{number}")
    assert len(world.barrack.get("/api/instances/")) == 7
    world.simulator.switch(barrack_lists="data")
    assert len(world.barrack.get("/api/instances/")["data"]) == 7
    world.simulator.switch(barrack_lists="paginated")
    pages = [world.barrack.get(f"/api/instances/?page={page}") for page in (1, 2, 3, 4)]
    assert [len(page["data"]) for page in pages] == [3, 3, 1, 0]
    assert pages[0]["pagination"] == {"page": 1, "page_size": 3, "total": 7, "total_pages": 3}


def test_names_of_fields(world: World) -> None:
    add(world)
    assert {"instance_id", "vm_name"} <= world.barrack.get("/api/instances/")[0].keys()
    world.simulator.switch(barrack_names="short")
    (entry,) = world.barrack.get("/api/instances/")
    assert entry["name"] == "gpu1"
    assert not {"instance_id", "vm_name"} & entry.keys()


def test_what_an_instance_tells_of_its_origin(world: World) -> None:
    made = world.barrack.post(add(world), {"new_vm_name": "copy"}).body
    path = f"/api/instances/{made['data']['instance_id']}/"
    assert not {"boot_source", "snapshot"} & world.barrack.get(path)["data"].keys()
    world.simulator.switch(barrack_provenance="boot_source")
    assert world.barrack.get(path)["data"]["boot_source"] == "snapshot"
    world.simulator.switch(barrack_provenance="snapshot")
    assert world.barrack.get(path)["data"]["snapshot"] == made["snapshot"]


def test_power(world: World) -> None:
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1")
    path = f"/api/instances/{vm.id}"
    states = []
    for verb, between in (("stop", "STOPPING"), ("start", "STARTING"), ("reboot", "REBOOTING")):
        answer = world.barrack.post(f"{path}/{verb}/")
        assert (answer.status, answer.body["data"]["status"]) == (200, between)
        assert world.barrack.post(f"{path}/{verb}/").status == 400
        world.clock.advance(10)
        states.append(world.barrack.get(f"{path}/")["data"]["status"])
    assert states == ["SHUTOFF", "ACTIVE", "ACTIVE"]
    assert [entry.action for entry in world.simulator.ledger.power_cycles()] == ["stop", "start", "restart"]


def test_snapshots_are_made_and_deleted(world: World) -> None:
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1")
    answer = world.barrack.post("/api/snapshots/", {"instance_id": vm.id, "name": "nightly 1"})
    assert answer.body["data"]["status"] == "CREATING"
    path = f"/api/snapshots/{answer.body['data']['id']}/"
    world.clock.advance(20)
    assert world.barrack.get(path)["data"]["status"] == "SUCCESS"
    assert [entry["name"] for entry in world.barrack.get("/api/snapshots/")] == ["nightly 1"]
    assert world.barrack.send("DELETE", path).status == 200
    assert world.barrack.send("GET", path).status == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pricing(world: World, method: str) -> None:
    pricing = world.barrack.send(method, "/api/pricing/").body["pricing_data"]
    assert pricing["gpus"]["pricing"]["legacy"]["RTX-A6000"]["prices"]["USD"] == 0.69
    assert pricing["metadata"]["authenticated_user"] == "my_api_key"

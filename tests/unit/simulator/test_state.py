# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time, effects and the ledger, seen through the routes of each provider."""

from __future__ import annotations

import tracemalloc

from .conftest import MakeWorld, World


def test_hostup_restore_takes_its_time_and_happens_at_once(world: World) -> None:
    cloud, ledger = world.simulator.cloud, world.simulator.ledger
    vm = cloud.add_instance("hostup", name="web1", power="stopped", disk={"/etc/motd": "v1", "/a": "1"})
    cloud.add_snapshot(vm.id, name="before-upgrade", age=3600.0)
    cloud.write(vm.id, "/etc/motd", "v2")

    answer = world.hostup.post(f"/api/v2/vps/{vm.id}/snapshots/before-upgrade/actions/restore")
    assert answer.status == 202
    operation = answer.body["operation"]
    assert (operation["status"], operation["result"]) == ("queued", {"snapshotName": "before-upgrade"})

    world.clock.advance(29.9)
    assert world.hostup.get(operation["pollUrl"])["data"]["status"] == "in_progress"
    assert cloud.disk(vm.id)["/etc/motd"] == "v2"
    assert ledger.restores() == []

    world.clock.advance(0.1)
    data = world.hostup.get(operation["pollUrl"])["data"]
    assert (data["status"], data["isCompleted"], data["result"]["success"]) == ("completed", True, True)
    assert cloud.disk(vm.id) == {"/etc/motd": "v1", "/a": "1"}
    (restore,) = ledger.restores(vm.id)
    assert restore.discarded
    assert restore.time - restore.begun == 30.0
    assert restore.snapshot_name == "before-upgrade"


def test_a_restore_that_changes_nothing_discards_nothing(world: World) -> None:
    vm = world.simulator.cloud.add_instance("hostup", name="web1", power="stopped", disk={"/a": "1"})
    world.simulator.cloud.add_snapshot(vm.id, name="s")
    world.hostup.post(f"/api/v2/vps/{vm.id}/snapshots/s/actions/restore")
    world.clock.advance(30)
    assert [entry.discarded for entry in world.simulator.ledger.restores()] == [False]


def test_power_changes_when_its_work_ends(world: World) -> None:
    cloud = world.simulator.cloud
    vm = cloud.add_instance("hostup", name="web1")
    assert world.hostup.post(f"/api/v2/vps/{vm.id}/actions/shutdown").status == 202
    assert world.hostup.get(f"/api/v2/vps/{vm.id}/status")["powerState"] == "stopping"
    assert cloud.power(vm.id) == "running"
    world.clock.advance(10)
    assert world.hostup.get(f"/api/v2/vps/{vm.id}/status")["powerState"] == "stopped"
    world.hostup.post(f"/api/v2/vps/{vm.id}/actions/start")
    world.clock.advance(10)
    assert cloud.power(vm.id) == "running"
    assert [(entry.action, entry.verb) for entry in world.simulator.ledger.power_cycles(vm.id)] == [
        ("stop", "shutdown"),
        ("start", "start"),
    ]


def test_onet_state_lags_behind_the_hypervisor(make_world: MakeWorld) -> None:
    world = make_world(onet_sync_lag=20)
    vm = world.simulator.cloud.add_instance("onetsolutions", name="web1")
    world.onet.post(f"/instances/{vm.id}/shutdown")
    world.clock.advance(25)
    state = world.onet.get(f"/instances/{vm.id}")["state_sync"]
    assert (state["vm_status"], state["last_synced_at"]) == ("running", "2026-01-01T00:00:05Z")
    assert world.simulator.cloud.power(vm.id) == "stopped"
    world.clock.advance(6)
    assert world.onet.get(f"/instances/{vm.id}")["state_sync"]["vm_status"] == "stopped"


def test_two_restores_at_once_are_noticed(world: World) -> None:
    vm = world.simulator.cloud.add_instance("onetsolutions", name="web1", power="stopped")
    snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s")
    path = f"/instances/{vm.id}/snapshots/{snapshot.id}/restore"
    assert world.onet.post(path, {"force": True}).status == 202
    assert world.simulator.ledger.concurrent_restores == 0
    assert world.onet.post(path, {"force": True}).status == 202
    assert world.simulator.ledger.concurrent_restores == 1
    world.clock.advance(30)
    assert len(world.simulator.ledger.restores(vm.id)) == 2


def test_a_barrack_restore_makes_a_vm_and_leaves_its_source_alone(make_world: MakeWorld) -> None:
    world = make_world(barrack_restore="async")
    cloud = world.simulator.cloud
    source = cloud.add_instance("barrack", name="gpu1", disk={"/a": "old"})
    snapshot = cloud.add_snapshot(source.id, name="s")
    cloud.write(source.id, "/a", "new")
    answer = world.barrack.post(f"/api/snapshots/{snapshot.id}/restore/", {"new_vm_name": "gpu1 copy"})
    data = answer.body["data"]
    assert (answer.status, data["status"], data["vm_name"]) == (200, "ACTIVE", "gpu1 copy")
    (billed,) = world.simulator.ledger.vms_billed()
    assert (billed.instance_id, billed.name, billed.snapshot_id) == (data["instance_id"], "gpu1 copy", snapshot.id)
    states = []
    for seconds in (0, 10, 20):
        world.clock.advance(seconds)
        states.append(world.barrack.get(f"/api/instances/{billed.instance_id}/")["data"]["status"])
    assert states == ["CREATING", "BUILD", "ACTIVE"]
    assert cloud.disk(billed.instance_id) == {"/a": "old"}
    assert cloud.disk(source.id) == {"/a": "new"}
    assert world.simulator.ledger.restores() == []


def test_hostup_snapshots_expire_after_a_day(world: World) -> None:
    vm = world.simulator.cloud.add_instance("hostup", name="web1")
    world.simulator.cloud.add_snapshot(vm.id, name="old", age=23 * 3600.0)
    world.simulator.cloud.add_snapshot(vm.id, name="short", expires_in=60.0)
    path = f"/api/v2/vps/{vm.id}/snapshots"
    assert [entry["expiresAt"] for entry in world.hostup.get(path)["data"]] == [
        "2026-01-01T01:00:00.000Z",
        "2026-01-01T00:01:00.000Z",
    ]
    world.clock.advance(60)
    assert [entry["name"] for entry in world.hostup.get(path)["data"]] == ["old"]
    world.clock.advance(3600)
    assert world.hostup.get(path)["data"] == []
    assert world.hostup.post(f"{path}/old/actions/restore").body["code"] == "not_found"


def test_a_snapshot_holds_the_disk_of_the_moment_it_is_done(world: World) -> None:
    cloud = world.simulator.cloud
    vm = cloud.add_instance("hostup", name="web1", disk={"/a": "1"})
    body = {"name": "safety", "description": "a note"}
    assert world.hostup.post(f"/api/v2/vps/{vm.id}/snapshots", body).status == 202
    assert world.hostup.get(f"/api/v2/vps/{vm.id}/snapshots")["data"] == []
    cloud.write(vm.id, "/a", "2")
    world.clock.advance(20)
    (entry,) = world.hostup.get(f"/api/v2/vps/{vm.id}/snapshots")["data"]
    assert (entry["name"], entry["description"]) == ("safety", "a note")
    (snapshot,) = cloud.snapshots(vm.id)
    assert snapshot.disk == {"/a": "2"}


def test_requests_are_recorded_without_the_token(world: World) -> None:
    vm = world.simulator.cloud.add_instance("hostup", name="web1")
    world.hostup.get(f"/api/v2/vps/{vm.id}/status?token={world.hostup.simulator.tokens['hostup']}")
    world.hostup.send("PUT", f"/api/v2/vps/{vm.id}/hostname", {"hostname": "a.example.net"})
    world.hostup.get("/_sim/ledger")
    read, write = world.simulator.ledger.requests()
    assert (read.method, read.status, read.provider, read.body) == ("GET", 200, "hostup", None)
    assert read.path == f"/api/v2/vps/{vm.id}/status?token=***"
    assert write.body == {"hostname": "a.example.net"}
    assert world.simulator.ledger.requests("PUT", "/hostname") == [write]
    assert world.simulator.ledger.writes == 1
    world.simulator.ledger.clear()
    assert world.simulator.ledger.requests() == []


def test_an_instance_is_cheap_to_hold_and_quick_to_find(make_world: MakeWorld) -> None:
    """At most 4 KB of memory for an instance with its snapshot, and lookups by id."""
    world = make_world({"instances": 300})
    cloud = world.simulator.cloud
    vm = cloud.instances("hostup")[299]
    tracemalloc.start()
    for number in range(100):
        cloud.add_snapshot(cloud.add_instance("hostup", name=f"more-{number}").id, name="s", age=10)
    used, dummy_peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 400_000
    assert world.hostup.get(f"/api/v2/vps/{vm.id}")["name"] == "vm-00300"
    assert len(world.hostup.get("/api/v2/vps?limit=100")["data"]) == 100

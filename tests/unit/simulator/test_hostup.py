# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from .conftest import MakeWorld, World

VPS = "/api/v2/vps"


def add(world: World, power: str = "stopped", **extra: Any) -> str:
    """The path of a VPS that has a snapshot "s"."""
    vm = world.simulator.cloud.add_instance("hostup", name="web1", power=power, disk={"/a": "1"}, **extra)
    world.simulator.cloud.add_snapshot(vm.id, name="s", age=600.0)
    world.simulator.cloud.write(vm.id, "/a", "2")
    return f"{VPS}/{vm.id}"


def restore(world: World, path: str, snapshot: str = "s") -> Any:
    return world.hostup.post(f"{path}/snapshots/{snapshot}/actions/restore")


def test_credentials(world: World) -> None:
    answer = world.hostup.send("GET", VPS, Authorization="Bearer wrong")
    assert (answer.status, answer.body["code"]) == (401, "unauthorized")
    assert answer.headers["Content-Type"] == "application/problem+json"
    key = {"X-API-Key": world.simulator.tokens["hostup"]}
    assert world.hostup.send("GET", VPS, Authorization="", **key).status == 200


def test_unknown_things_are_not_found(world: World) -> None:
    path = add(world)
    assert world.hostup.send("GET", f"{VPS}/vps_nothing").body["code"] == "vps_not_found"
    assert restore(world, path, "nothing").body["code"] == "not_found"
    assert world.hostup.send("GET", "/api/jobs/job_nothing").status == 404
    assert world.hostup.send("PATCH", path).status == 405


def test_lists_go_on_with_a_cursor(world: World) -> None:
    for number in range(5):
        world.simulator.cloud.add_instance("hostup", name=f"vm{number}")
    first = world.hostup.get(f"{VPS}?limit=3")
    assert ([entry["name"] for entry in first["data"]], first["hasMore"]) == (["vm0", "vm1", "vm2"], True)
    rest = world.hostup.get(f"{VPS}?limit=3&cursor={first['nextCursor']}")
    assert ([entry["name"] for entry in rest["data"]], rest["hasMore"]) == (["vm3", "vm4"], False)
    assert rest["nextCursor"] is None
    assert [entry["name"] for entry in world.hostup.get(f"{VPS}?name=VM2")["data"]] == ["vm2"]
    ip = first["data"][1]["primaryIp"]
    assert [entry["name"] for entry in world.hostup.get(f"{VPS}?primaryIp={ip}")["data"]] == ["vm1"]
    assert world.hostup.send("GET", f"{VPS}?cursor=oops").body["code"] == "invalid_cursor"
    assert world.hostup.send("GET", f"{VPS}?limit=101").body["code"] == "invalid_request"


def test_gates_close_while_a_restore_runs(world: World) -> None:
    path = add(world)
    assert world.hostup.get(f"{path}/snapshots")["actions"]["canRestore"]["allowed"]
    restore(world, path)
    actions = world.hostup.get(f"{path}/snapshots")["actions"]
    for gate in (actions["canRestore"], actions["canCreate"]):
        assert not gate["allowed"]
        assert gate["reason"]
    again = restore(world, path)
    assert (again.status, again.body["code"]) == (409, "vps_not_ready")
    assert world.hostup.post(f"{path}/actions/start").status == 409
    assert world.simulator.ledger.concurrent_restores == 0
    world.clock.advance(30)
    assert world.hostup.get(f"{path}/snapshots")["actions"]["canRestore"]["allowed"]


def test_a_gate_can_be_given(world: World) -> None:
    closed = {"allowed": False, "reason": "An order is pending.", "code": "pending_order"}
    path = add(world, gates={"canRestore": closed})
    assert world.hostup.get(f"{path}/snapshots")["actions"]["canRestore"] == closed
    assert restore(world, path).status == 409


@pytest.mark.parametrize("envelope", ["legacy", "operation", "top"])
def test_job_envelopes(make_world: MakeWorld, envelope: str) -> None:
    world = make_world(hostup_job_envelope=envelope)
    url = restore(world, add(world)).body["operation"]["pollUrl"]
    world.clock.advance(30)
    body = world.hostup.get(url)
    job = {"legacy": body.get("data"), "operation": body.get("operation"), "top": body}[envelope]
    assert job["status"] == "completed"
    assert job["result"] == {"snapshotName": "s", "success": True}
    assert job["jobId"] == url.rpartition("/")[2]


def test_work_may_take_no_time(make_world: MakeWorld) -> None:
    world = make_world({"durations": {"restore": 0.0, "power": 0.0, "create": 0.0}})
    answer = restore(world, add(world))
    assert answer.status == 202
    assert world.hostup.get(answer.body["operation"]["pollUrl"])["data"]["status"] == "completed"


def test_finished_jobs_may_vanish(make_world: MakeWorld) -> None:
    world = make_world(hostup_job_vanishes=True)
    url = restore(world, add(world)).body["operation"]["pollUrl"]
    assert world.hostup.send("GET", url).status == 200
    world.clock.advance(30)
    assert world.hostup.send("GET", url).body["code"] == "NOT_FOUND"


def test_poll_url_and_code_of_the_answer(make_world: MakeWorld) -> None:
    world = make_world(hostup_poll_url="null", hostup_restore_code=200)
    answer = restore(world, add(world))
    assert (answer.status, answer.body["operation"]["pollUrl"]) == (200, None)
    assert answer.body["operation"]["jobId"].startswith("job_")


@pytest.mark.parametrize(("choice", "status"), [("allowed", 202), ("refused", 409)])
def test_restore_of_a_running_vps(make_world: MakeWorld, choice: str, status: int) -> None:
    world = make_world(hostup_running_restore=choice)
    path = add(world, power="running")
    assert world.hostup.get(f"{path}/snapshots")["actions"]["canRestore"]["allowed"] == (status == 202)
    assert restore(world, path).status == status


@pytest.mark.parametrize(
    ("choice", "before", "after"),
    [
        ("stopped", "running", "stopped"),
        ("running", "stopped", "running"),
        ("previous", "running", "running"),
        ("previous", "stopped", "stopped"),
    ],
)
def test_power_after_a_restore(make_world: MakeWorld, choice: str, before: str, after: str) -> None:
    world = make_world(power_after_restore=choice)
    path = add(world, power=before)
    restore(world, path)
    world.clock.advance(30)
    assert world.hostup.get(f"{path}/status")["powerState"] == after
    assert world.simulator.ledger.power_cycles() == []


@pytest.mark.parametrize(("choice", "left"), [("kept", ["s", "newer"]), ("lost", ["s"]), ("refused", ["s", "newer"])])
def test_newer_snapshots(make_world: MakeWorld, choice: str, left: list[str]) -> None:
    world = make_world(hostup_newer_snapshots=choice)
    path = add(world)
    world.simulator.cloud.add_snapshot(path.rpartition("/")[2], name="newer", age=60.0)
    answer = restore(world, path)
    assert answer.status == (409 if choice == "refused" else 202)
    world.clock.advance(30)
    assert [entry["name"] for entry in world.hostup.get(f"{path}/snapshots")["data"]] == left


def test_the_list_may_have_an_entry_for_the_present(make_world: MakeWorld) -> None:
    world = make_world(hostup_current_entry=True)
    last = world.hostup.get(f"{add(world)}/snapshots")["data"][-1]
    assert (last["name"], last["createdAt"], last["parentName"]) == ("current", None, "s")


@pytest.mark.parametrize("name", ["", "a b", "x" * 41, "a/b", 5, None])
def test_snapshot_names(world: World, name: Any) -> None:
    answer = world.hostup.post(f"{add(world)}/snapshots", {"name": name})
    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert answer.body["errors"][0]["pointer"] == "/name"


def test_snapshots_are_limited_and_can_be_deleted(world: World) -> None:
    path = add(world)
    for number in range(4):
        world.simulator.cloud.add_snapshot(path.rpartition("/")[2], name=f"s{number}")
    assert not world.hostup.get(f"{path}/snapshots")["actions"]["canCreate"]["allowed"]
    assert world.hostup.post(f"{path}/snapshots", {"name": "one-more"}).body["code"] == "vps_not_ready"
    answer = world.hostup.send("DELETE", f"{path}/snapshots/s0")
    assert answer.status == 202
    world.clock.advance(20)
    assert "s0" not in [entry["name"] for entry in world.hostup.get(f"{path}/snapshots")["data"]]


def test_hostname(world: World) -> None:
    path = add(world)
    assert world.hostup.get(f"{path}/hostname")["actions"]["canChange"]["allowed"]
    answer = world.hostup.send("PUT", f"{path}/hostname", {"hostname": "New.Example.NET"})
    assert (answer.status, answer.body["hostname"], answer.body["hostnameNormalized"]) == (200, "new.example.net", True)
    assert world.hostup.get(f"{path}/details")["hostname"] == "new.example.net"
    for body in ({"hostname": "-bad"}, {"hostname": "a" * 254}, {"hostname": "a.example.net", "name": "x"}, {}, b"{"):
        assert world.hostup.send("PUT", f"{path}/hostname", body).body["code"] == "invalid_request"

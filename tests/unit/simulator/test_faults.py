# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults as a client meets them, and what the clouds and the ledger say afterwards."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.faults import JOB_KINDS, KINDS, Faults

from .conftest import Client, MakeWorld, World

LOST = (http.client.RemoteDisconnected, ConnectionResetError)


@pytest.fixture
def path(world: World) -> str:
    """The restore of a stopped HostUp VPS whose disk has changed."""
    vm = world.simulator.cloud.add_instance("hostup", id="vps_x", name="web1", power="stopped", disk={"/a": "1"})
    world.simulator.cloud.add_snapshot(vm.id, name="s")
    world.simulator.cloud.write(vm.id, "/a", "2")
    return "/api/v2/vps/vps_x/snapshots/s/actions/restore"


def restores(world: World) -> int:
    world.clock.advance(1000)
    return len(world.simulator.ledger.restores())


def exchange(client: Client, method: str, path: str) -> bytes:
    """The raw answer up to the end of the connection; errors of the connection are raised."""
    connection = http.client.HTTPConnection(client.simulator.url.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers=client.headers)
    return connection.getresponse().read()


@pytest.mark.parametrize(("kind", "applied"), [("cut_before", 0), ("cut_after", 1)])
def test_connections_that_end_without_an_answer(world: World, path: str, kind: str, applied: int) -> None:
    world.simulator.faults.add(kind, method="POST", path="/actions/restore$")
    with pytest.raises(LOST):
        world.hostup.post(path)
    (record,) = world.simulator.ledger.requests("POST")
    assert record.status is None
    assert restores(world) == applied


@pytest.mark.parametrize(
    ("kind", "error"),
    [("cut_mid_body", (http.client.IncompleteRead, ConnectionResetError)), ("truncated", http.client.IncompleteRead)],
)
def test_bodies_that_end_early(world: World, path: str, kind: str, error: Any) -> None:
    world.simulator.faults.add(kind)
    with pytest.raises(error):
        exchange(world.hostup, "POST", path)
    assert restores(world) == 1


def test_the_nth_of_the_matching_requests_is_hit(world: World, path: str) -> None:
    fault = world.simulator.faults.add("status", "GET", "/status$", nth=2, times=2, status=503, after_effect=False)
    statuses = [world.hostup.send("GET", "/api/v2/vps/vps_x/status").status for _attempt in range(4)]
    world.hostup.get("/api/v2/vps/vps_x")
    assert statuses == [200, 503, 503, 200]
    assert (fault.seen, fault.fired) == (4, 2)


def test_a_fault_without_end(world: World) -> None:
    world.simulator.faults.add("status", times=None, status=418)
    assert {world.hostup.send("GET", "/api/v2/vps").status for _attempt in range(5)} == {418}
    world.simulator.faults.clear()
    assert world.hostup.send("GET", "/api/v2/vps").status == 200


@pytest.mark.parametrize("kind", ["status", "html"])
@pytest.mark.parametrize("after_effect", [False, True])
def test_server_errors_before_and_after_the_effect(world: World, path: str, kind: str, after_effect: bool) -> None:
    world.simulator.faults.add(kind, "POST", status=502, after_effect=after_effect)
    if kind == "html":
        assert exchange(world.hostup, "POST", path).startswith(b"<html>")
    else:
        answer = world.hostup.post(path)
        assert (answer.status, answer.body["code"]) == (502, "upstream_failed")
    assert restores(world) == after_effect


def test_errors_are_in_the_style_of_the_provider(world: World) -> None:
    world.simulator.faults.add("status", times=None, status=500, after_effect=False, message="oops")
    assert world.onet.send("GET", "/instances").body == {"detail": "oops"}
    assert world.hostup.send("GET", "/api/v2/vps").body["detail"] == "oops"
    assert world.barrack.send("GET", "/api/instances/").body["success"] is False


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [(7, "7"), ("date", "Thu, 01 Jan 2026 00:00:05 GMT"), (None, None), ("soon", "soon"), (-1, "-1")],
)
def test_rate_limited(world: World, path: str, retry_after: Any, header: str | None) -> None:
    world.simulator.faults.add("rate_limited", times=None, retry_after=retry_after)
    answer = world.hostup.post(path)
    assert (answer.status, answer.headers["Retry-After"]) == (429, header)
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert answer.headers["X-RateLimit-Reset"].startswith("2026-01-01T")
    assert world.onet.send("GET", "/instances").headers["Retry-After"] == header
    assert restores(world) == 0


def test_slow_answers_come_late_but_whole(world: World, path: str) -> None:
    world.simulator.faults.add("slow", seconds=0.05)
    world.simulator.faults.add("slow_loris", nth=2, chunk=200, pause=0.01)
    assert world.hostup.post(path).status == 202
    assert world.hostup.send("GET", "/api/v2/vps").body["hasMore"] is False


def test_redirects(world: World, path: str) -> None:
    world.simulator.faults.add("redirect", location="http://elsewhere.example/x", status=307)
    answer = world.hostup.post(path)
    assert (answer.status, answer.headers["Location"]) == (307, "http://elsewhere.example/x")
    assert restores(world) == 0


def test_odd_bodies(world: World, path: str) -> None:
    add = world.simulator.faults.add
    add("big_body", nth=1, bytes=100_000)
    add("deep_json", nth=2, depth=50_000)
    add("not_json", nth=3, body="<ok/>")
    bodies = [exchange(world.hostup, "GET", "/api/v2/vps") for _attempt in range(3)]
    assert len(json.loads(bodies[0])["padding"]) == 100_000
    assert bodies[1].startswith(b'{"data":{"data":')
    assert bodies[2] == b"<ok/>"


def test_wrong_types(world: World, path: str) -> None:
    add = world.simulator.faults.add
    add("wrong_type", nth=1)
    add("wrong_type", nth=2, keys=["name", "billing.amount", "no.such.key"])
    add("wrong_type", nth=3, keys=["powerState"], value=None)
    whole, some, null = (world.hostup.get("/api/v2/vps/vps_x") for _attempt in range(3))
    good = world.hostup.get("/api/v2/vps/vps_x")
    assert all(type(whole[name]) is not type(good[name]) for name in good)
    assert (some["name"], some["billing"]["amount"], some["powerState"]) == (12345, "wrong", "stopped")
    assert null == good | {"powerState": None}


def test_an_error_may_repeat_the_credential(world: World, path: str) -> None:
    world.simulator.faults.add("echo_token")
    answer = world.hostup.post(path)
    assert world.simulator.tokens["hostup"] in answer.body["detail"]
    assert world.simulator.tokens["hostup"] in answer.headers["X-Debug-Credential"]
    assert world.simulator.tokens["hostup"] not in repr(world.simulator.ledger.requests())


def test_unknown_power_words(world: World, path: str) -> None:
    onet = world.simulator.cloud.add_instance("onetsolutions", name="web1")
    world.simulator.cloud.add_instance("barrack", name="gpu1")
    world.simulator.faults.add("unknown_state", times=None, word="paused?")
    assert world.hostup.get("/api/v2/vps/vps_x/status")["powerState"] == "paused?"
    instance = world.onet.get(f"/instances/{onet.id}")
    assert (instance["state_sync"]["vm_status"], instance["status"]) == ("paused?", "active")
    assert [entry["status"] for entry in world.barrack.get("/api/instances/")] == ["paused?"]


def test_one_field_of_an_answer(world: World, path: str) -> None:
    world.simulator.faults.add("field", way=["data", 0, "name"], value=[1])
    first, second = (world.hostup.get("/api/v2/vps")["data"][0] for dummy in range(2))
    assert (first["name"], second["name"] != [1]) == ([1], True)
    assert {key: value for key, value in first.items() if key != "name"} == {
        key: value for key, value in second.items() if key != "name"
    }
    world.simulator.faults.add("field", way=["data", 99, "name"], value=[1])
    assert world.hostup.get("/api/v2/vps")["data"][0]["name"] != [1]


def test_links_that_lead_astray(world: World, path: str) -> None:
    world.simulator.faults.add("poll_url", url="https://evil.example/api/jobs/1")
    assert world.hostup.post(path).body["operation"]["pollUrl"] == "https://evil.example/api/jobs/1"
    world.simulator.faults.add("next_link", times=2, url="http://evil.example/")
    assert world.onet.get("/instances")["next"] == "http://evil.example/"
    assert world.hostup.get("/api/v2/vps")["nextCursor"] == "http://evil.example/"


@pytest.mark.parametrize(
    ("kind", "params"),
    [("explode", {}), ("status", {"status": 500}), ("redirect", {}), ("slow", {"secs": 1}), ("html", {"path": "["})],
)
def test_mistakes_in_faults_are_errors(kind: str, params: dict[str, Any]) -> None:
    with pytest.raises((ValueError, re.error)):
        Faults().add(kind, **params)


def test_mistakes_in_job_faults_are_errors() -> None:
    with pytest.raises(ValueError, match="explode"):
        Faults().add_job("explode")


def job(world: World, path: str, seconds: float) -> Any:
    world.simulator.switch(hostup_job_envelope="top")
    url = world.hostup.post(path).body["operation"]["pollUrl"]
    world.clock.advance(seconds)
    return world.hostup.send("GET", url)


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [
        ("fail", "failed", 0),
        ("false_result", "completed", 0),
        ("stuck", "in_progress", 0),
        ("slow", "in_progress", 1),
        ("unknown_word", "completed", 1),
        ("vanish", None, 1),
    ],
)
def test_jobs_that_go_wrong(world: World, path: str, kind: str, status: str | None, applied: int) -> None:
    world.simulator.faults.add_job(kind, instance_id="vps_x")
    answer = job(world, path, 30)
    if status is None:
        assert answer.status == 404
    else:
        assert answer.body["status"] == status
    if kind == "fail":
        assert answer.body["error"] == "simulated failure"
    if kind == "false_result":
        assert answer.body["result"]["success"] is False
    assert restores(world) == applied
    assert world.simulator.cloud.disk("vps_x") == {"/a": "1" if applied else "2"}


def test_a_word_nobody_knows_is_shown_for_a_while(world: World, path: str) -> None:
    world.simulator.faults.add_job("unknown_word", word="pondering")
    assert job(world, path, 15).body["status"] == "pondering"


def test_a_stuck_job_keeps_the_gate_closed(world: World, path: str) -> None:
    world.simulator.faults.add_job("stuck")
    job(world, path, 100_000)
    assert not world.hostup.get("/api/v2/vps/vps_x/snapshots")["actions"]["canRestore"]["allowed"]


def test_job_faults_hit_restores_of_the_instance_named(world: World, path: str) -> None:
    fault = world.simulator.faults.add_job("fail", instance_id="vps_y")
    power = world.simulator.faults.add_job("fail", work="start")
    world.hostup.post("/api/v2/vps/vps_x/actions/start")
    world.clock.advance(10)
    assert world.simulator.cloud.power("vps_x") == "stopped"
    assert world.simulator.ledger.power_cycles() == []
    world.hostup.post(path)
    assert (fault.fired, power.fired) == (0, 1)
    assert restores(world) == 1


@pytest.mark.parametrize(
    ("kind", "status", "state"), [("fail", 500, "ERROR"), ("false_result", 200, "ERROR"), ("stuck", 504, "BUILD")]
)
def test_barrack_restores_that_go_wrong(world: World, kind: str, status: int, state: str) -> None:
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1")
    snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s")
    world.simulator.faults.add_job(kind, instance_id=vm.id)
    connection = http.client.HTTPConnection(world.simulator.url.removeprefix("http://"), timeout=10)
    body = json.dumps({"new_vm_name": "copy"})
    connection.request("POST", f"/api/snapshots/{snapshot.id}/restore/", body, world.barrack.headers)
    assert connection.getresponse().status == status
    (billed,) = world.simulator.ledger.vms_billed()
    assert world.barrack.get(f"/api/instances/{billed.instance_id}/")["data"]["status"] == state


def test_a_new_barrack_vm_may_show_up_late(make_world: MakeWorld) -> None:
    world = make_world(barrack_restore="async")
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1")
    snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s")
    world.simulator.faults.add_job("vanish")
    made = world.barrack.post(f"/api/snapshots/{snapshot.id}/restore/", {"new_vm_name": "copy"}).body["data"]
    assert [entry["vm_name"] for entry in world.barrack.get("/api/instances/")] == ["gpu1"]
    assert world.barrack.send("GET", f"/api/instances/{made['instance_id']}/").status == 404
    world.clock.advance(30)
    assert [entry["vm_name"] for entry in world.barrack.get("/api/instances/")] == ["gpu1", "copy"]


def test_every_kind_is_covered_here() -> None:
    """A fault without a test would be found by its absence from this file."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in (*KINDS, *JOB_KINDS) if f'"{kind}"' not in text] == []

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of fault does to a request, or to the work behind it, what it says."""

from __future__ import annotations

import http.client
import re
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.faults import JOB_KINDS, KINDS, Faults

from .conftest import MakeWorld, World

TOKEN = "sim-hostup-token"
ANSWERS: dict[str, tuple[dict[str, Any], int, Any]] = {
    "html": ({"status": 502}, 502, b"<html>"),
    "status": ({"status": 503, "after_effect": True, "message": "oops"}, 503, b"oops"),
    "rate_limited": ({"retry_after": "date"}, 429, b"Too many"),
    "redirect": ({"location": "http://elsewhere.example/x", "status": 307}, 307, b""),
    "echo_token": ({}, 403, TOKEN.encode()),
    "slow": ({"seconds": 0.01}, 202, b"jobId"),
    "slow_loris": ({"chunk": 200, "pause": 0.01}, 202, b"jobId"),
    "big_body": ({"bytes": 1000}, 202, b"xxxx"),
    "deep_json": ({"depth": 100}, 202, b'{"data":{"data":'),
    "not_json": ({"body": "<ok/>"}, 202, b"<ok/>"),
    "wrong_type": ({"keys": ["operation.jobId"], "value": 7}, 202, b'"jobId": 7'),
    "field": ({"way": ["operation", "jobId"], "value": [1]}, 202, b'"jobId": [1]'),
    "poll_url": ({"url": "https://evil.example/"}, 202, b"https://evil.example/"),
}
LOST = {
    "cut_before": http.client.RemoteDisconnected,
    "cut_after": http.client.RemoteDisconnected,
    "cut_mid_body": (http.client.IncompleteRead, ConnectionResetError),
    "truncated": http.client.IncompleteRead,
}
NO_EFFECT = ("cut_before", "html", "rate_limited", "redirect", "echo_token")
JOBS: dict[str, tuple[str | None, int]] = {
    "fail": ("failed", 0),
    "false_result": ("completed", 0),
    "stuck": ("in_progress", 0),
    "slow": ("in_progress", 1),
    "unknown_word": ("completed", 1),
    "vanish": (None, 1),
}


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


def exchange(world: World, path: str) -> tuple[int, bytes]:
    """The status and the raw body; errors of the connection are raised."""
    connection = http.client.HTTPConnection(world.simulator.url.removeprefix("http://"), timeout=10)
    connection.request("POST", path, headers=world.hostup.headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.mark.parametrize("kind", ANSWERS)
def test_answer(world: World, path: str, kind: str) -> None:
    params, status, part = ANSWERS[kind]
    world.simulator.faults.add(kind, **params)
    found, body = exchange(world, path)
    assert (found, part in body) == (status, True), body
    assert restores(world) == (kind not in NO_EFFECT)
    assert TOKEN not in repr(world.simulator.ledger.requests())


@pytest.mark.parametrize("kind", LOST)
def test_lost_answer(world: World, path: str, kind: str) -> None:
    world.simulator.faults.add(kind)
    with pytest.raises(LOST[kind]):
        exchange(world, path)
    assert restores(world) == (kind not in NO_EFFECT)


def test_unknown_state_replaces_the_power_word(world: World, path: str) -> None:
    onet = world.simulator.cloud.add_instance("onetsolutions", name="web1")
    world.simulator.cloud.add_instance("barrack", name="gpu1")
    world.simulator.faults.add("unknown_state", times=None, word="paused?")
    assert world.hostup.get("/api/v2/vps/vps_x/status")["powerState"] == "paused?"
    assert world.onet.get(f"/instances/{onet.id}")["state_sync"]["vm_status"] == "paused?"
    assert [entry["status"] for entry in world.barrack.get("/api/instances/")] == ["paused?"]


def test_next_link_leads_astray(world: World) -> None:
    world.simulator.faults.add("next_link", times=2, url="http://evil.example/")
    assert world.onet.get("/instances")["next"] == "http://evil.example/"
    assert world.hostup.get("/api/v2/vps")["nextCursor"] == "http://evil.example/"


def test_the_nth_of_the_matching_requests_is_hit(world: World, path: str) -> None:
    world.simulator.faults.add("status", "GET", "/status$", nth=2, times=2, status=503, after_effect=False)
    statuses = [world.hostup.send("GET", "/api/v2/vps/vps_x/status").status for dummy in range(4)]
    assert statuses == [200, 503, 503, 200]


@pytest.mark.parametrize("kind", JOBS)
def test_job(world: World, path: str, kind: str) -> None:
    status, applied = JOBS[kind]
    world.simulator.faults.add_job(kind, instance_id="vps_x")
    url = world.hostup.post(path).body["operation"]["pollUrl"]
    world.clock.advance(30)
    answer = world.hostup.send("GET", url)
    assert (answer.body["data"]["status"] if answer.status == 200 else None) == status
    assert restores(world) == applied
    assert world.simulator.cloud.disk("vps_x") == {"/a": "1" if applied else "2"}


@pytest.mark.parametrize(("kind", "status", "state"), [("fail", 500, "ERROR"), ("false_result", 200, "ERROR")])
def test_job_of_a_new_instance(world: World, kind: str, status: int, state: str) -> None:
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1")
    snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s")
    world.simulator.faults.add_job(kind, instance_id=vm.id)
    assert world.barrack.post(f"/api/snapshots/{snapshot.id}/restore/", {"new_vm_name": "copy"}).status == status
    (billed,) = world.simulator.ledger.vms_billed()
    assert world.barrack.get(f"/api/instances/{billed.instance_id}/")["data"]["status"] == state


def test_new_instance_may_show_up_late(make_world: MakeWorld) -> None:
    world = make_world(barrack_restore="async")
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1")
    snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s")
    world.simulator.faults.add_job("vanish")
    world.barrack.post(f"/api/snapshots/{snapshot.id}/restore/", {"new_vm_name": "copy"})
    assert [entry["vm_name"] for entry in world.barrack.get("/api/instances/")] == ["gpu1"]
    world.clock.advance(30)
    assert [entry["vm_name"] for entry in world.barrack.get("/api/instances/")] == ["gpu1", "copy"]


def test_every_kind_has_a_test() -> None:
    assert {*ANSWERS, *LOST, "unknown_state", "next_link"} == set(KINDS)
    assert set(JOBS) == set(JOB_KINDS)


@pytest.mark.parametrize(
    ("kind", "params"), [("explode", {}), ("status", {"status": 500}), ("slow", {"secs": 1}), ("html", {"path": "["})]
)
def test_mistake_in_a_fault_is_an_error(kind: str, params: dict[str, Any]) -> None:
    with pytest.raises((ValueError, re.error)):
        Faults().add(kind, **params)

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator as a whole: routes that have a page, control, the process, connections."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

from .conftest import MakeWorld, World

DIRECTORY = Path(__file__).resolve().parents[2] / "simulator"


def test_every_route_says_where_it_is_from(world: World) -> None:
    for provider in world.simulator.providers:
        for route in provider.routes():
            assert route.source.startswith(("https://", "assumed: ")), route


def test_documented_routes_alone(make_world: MakeWorld) -> None:
    world = make_world({"seed": True}, documented_only=True)
    web1, db1 = (vm.id for vm in world.simulator.cloud.instances("onetsolutions"))
    snapshot = world.simulator.cloud.snapshots(db1)[0].id
    assert world.onet.send("GET", "/instances").status == 404
    assert world.onet.send("GET", f"/instances/{web1}").status == 404
    assert world.onet.send("GET", "/tasks").status == 404
    assert world.onet.send("POST", f"/instances/{web1}/stop").status == 404
    assert world.onet.send("PUT", f"/instances/{web1}", {}).status == 400
    assert world.onet.send("POST", f"/instances/{db1}/snapshots/{snapshot}/restore").status == 202
    vps = world.simulator.cloud.instances("hostup")[0].id
    assert world.hostup.send("GET", f"/api/v2/vps/{vps}/status").status == 200
    assert world.hostup.post(f"/api/v2/vps/{vps}/actions/stop").status == 404
    assert world.hostup.post(f"/api/v2/vps/{vps}/actions/shutdown").status == 202
    assert world.barrack.send("GET", "/api/instances/").status == 404
    assert world.barrack.send("GET", "/api/pricing/").status == 404
    assert world.barrack.send("POST", "/api/pricing/").status == 200
    (snapshot_id,) = (entry.id for entry in world.simulator.cloud.account_snapshots("barrack"))
    assert world.barrack.post(f"/api/snapshots/{snapshot_id}/restore/", {"new_vm_name": "x"}).status == 200


def test_addresses(world: World) -> None:
    url = world.simulator.url
    assert world.simulator.urls == {"onetsolutions": url, "hostup": url, "barrack": f"{url}/api"}


@pytest.mark.parametrize("media_type", ["text/plain", ""])
def test_bodies_have_to_be_announced_as_json(world: World, media_type: str) -> None:
    vm = world.simulator.cloud.add_instance("onetsolutions", name="web1")
    answer = world.onet.send("PUT", f"/instances/{vm.id}", {}, **{"Content-Type": media_type})
    assert (answer.status, list(answer.body)) == (415, ["detail"])


def test_a_connection_serves_many_requests(world: World) -> None:
    connection = http.client.HTTPConnection(world.simulator.url.removeprefix("http://"))
    sockets = set()
    for path in ("/api/v2/vps", "/nowhere", "/api/v2/vps/vps_x"):
        connection.request("GET", path, headers=world.hostup.headers)
        connection.getresponse().read()
        sockets.add(connection.sock)
    assert len(sockets) == 1


def test_connections_end_with_the_simulator() -> None:
    with Simulator() as simulator:
        connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/_sim/ledger")
        connection.getresponse().read()
    assert connection.sock.recv(1) == b"", "closed by the other side"


def test_a_simulator_that_was_not_started_can_be_stopped() -> None:
    Simulator().stop()


def test_ids_in_paths_are_unquoted(world: World) -> None:
    vm = world.simulator.cloud.add_instance("barrack", id="a/b c", name="odd")
    assert world.barrack.get("/api/instances/a%2Fb%20c/")["data"]["instance_id"] == vm.id


def test_reset_brings_back_the_start(make_world: MakeWorld) -> None:
    world = make_world({"seed": True}, onet_lists="bare")
    simulator = world.simulator
    web1 = simulator.cloud.instances("hostup")[0]
    simulator.cloud.write(web1.id, "/etc/motd", "changed")
    simulator.switch(hostup_restore_code=200)
    simulator.set_durations(power=1.0)
    simulator.faults.add("cut_before")
    simulator.reset()
    assert simulator.cloud.disk(web1.id) == {"/etc/motd": "web1 after the upgrade"}
    assert (simulator.switches.onet_lists, simulator.switches.hostup_restore_code) == ("bare", 202)
    assert simulator.durations.power == 10.0
    assert world.hostup.send("GET", "/api/v2/vps").status == 200
    simulator.reset(switches={"onet_lists": "paginated"}, seed=False)
    assert world.onet.get("/instances")["results"] == []


def call(url: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers, method=method), timeout=10) as answer:
        return json.loads(answer.read())


@pytest.fixture
def process() -> Iterator[str]:
    """The address of a simulator that runs by path, on a clock moved by hand."""
    command = [sys.executable, str(DIRECTORY), "--port", "0", "--manual-clock", "--switch", "hostup_job_envelope=top"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == 0


def test_control_of_a_process(process: str) -> None:
    state = call(f"{process}/_sim/state?provider=hostup")
    assert [entry["name"] for entry in state["instances"]] == ["web1", "db1"]
    token = {"Authorization": "Bearer sim-hostup-token"}
    web1 = state["instances"][0]["id"]
    call(f"{process}/_sim/disk", "POST", {"instance_id": web1, "path": "/new", "content": "x"})
    call(f"{process}/_sim/durations", "POST", {"restore": 5})
    call(f"{process}/_sim/faults", "POST", [{"job": "unknown_word", "word": "hm"}, {"kind": "slow", "seconds": 0.01}])
    url = f"{process}/api/v2/vps/{web1}/snapshots/before-upgrade/actions/restore"
    operation = call(url, "POST", **token)["operation"]
    assert call(process + operation["pollUrl"], **token)["status"] == "hm"
    call(f"{process}/_sim/clock", "POST", {"advance": 5})
    assert call(process + operation["pollUrl"], **token)["status"] == "completed"
    assert call(f"{process}/_sim/disk?instance_id={web1}") == {"/etc/motd": "web1 before the upgrade"}
    ledger = call(f"{process}/_sim/ledger")
    assert ([entry["instance_id"] for entry in ledger["restores"]], ledger["writes"]) == ([web1], 1)
    (record,) = call(f"{process}/_sim/requests?method=POST")
    assert (record["status"], record["provider"]) == (202, "hostup")


def test_making_things_in_a_process(process: str) -> None:
    call(f"{process}/_sim/reset", "POST", {"seed": False, "switches": {"barrack_lists": "data"}})
    vm = call(f"{process}/_sim/instances", "POST", {"provider": "barrack", "name": "gpu9", "disk": {"/a": "1"}})
    snapshot = call(f"{process}/_sim/snapshots", "POST", {"instance_id": vm["id"], "name": "s", "age": 60})
    token = {"X-API-Key": "sim-barrack-token"}
    assert [entry["id"] for entry in call(f"{process}/api/snapshots/", **token)["data"]] == [snapshot["id"]]
    call(f"{process}/_sim/switches", "POST", {"barrack_lists": "bare"})
    assert [entry["vm_name"] for entry in call(f"{process}/api/instances/", **token)] == ["gpu9"]
    call(f"{process}/_sim/ledger", "DELETE")
    assert call(f"{process}/_sim/requests") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("switches", {"nothing": 1}),
        ("durations", {"restore": -1}),
        ("faults", [{"kind": "explode"}]),
        ("disk", {"instance_id": "no", "path": "/a", "content": ""}),
        ("instances", {"provider": "nocloud", "name": "x"}),
        ("clock", []),
    ],
)
def test_control_explains_mistakes(world: World, path: str, body: Any) -> None:
    answer = world.hostup.send("POST", f"/_sim/{path}", body)
    assert answer.status == 400
    assert answer.body["error"]


def test_help_names_every_switch_fault_and_route() -> None:
    command = [sys.executable, str(DIRECTORY), "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for word in (
        "barrack_provenance",
        "cut_mid_body",
        "false_result",
        "/_sim/clock",
        "sim-hostup-token",
        "BRK-500001S",
    ):
        assert word in text


@pytest.mark.parametrize("option", ["--switch=nothing=1", "--switch=x", "--speed=0", "--restore-seconds=-1"])
def test_mistakes_on_the_command_line(option: str) -> None:
    answer = subprocess.run([sys.executable, str(DIRECTORY), option], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr


def test_a_seed_file(tmp_path: Path) -> None:
    snapshot = {"name": "s", "age": 60}
    vm = {"provider": "hostup", "id": "vps_mine", "name": "mine", "disk": {"/a": "1"}, "disk_now": {"/a": "2"}}
    file = tmp_path / "seed.json"
    file.write_text(json.dumps({"instances": [vm | {"snapshots": [snapshot]}]}), encoding="utf-8")
    command = [sys.executable, str(DIRECTORY), "--seed-file", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = running.stdout.readline().strip()
        (found,) = call(f"{url}/_sim/state")["instances"]
        running.send_signal(signal.SIGINT)
    assert (found["id"], found["disk"], found["snapshots"][0]["disk"]) == ("vps_mine", {"/a": "2"}, {"/a": "1"})

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger, and the simulator as a process that is controlled over HTTP."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

from .conftest import MakeWorld, World

DIRECTORY = Path(__file__).resolve().parents[2] / "simulator"


class TestLedger:
    def test_restore_happens_when_its_work_ends(self, world: World) -> None:
        cloud = world.simulator.cloud
        vm = cloud.add_instance("hostup", name="web1", power="stopped", disk={"/a": "1"})
        cloud.add_snapshot(vm.id, name="s")
        cloud.write(vm.id, "/a", "2")
        for discarded in (True, False):
            world.hostup.post(f"/api/v2/vps/{vm.id}/snapshots/s/actions/restore")
            world.clock.advance(29.9)
            assert cloud.disk(vm.id) == {"/a": "2" if discarded else "1"}
            world.clock.advance(0.1)
            assert cloud.disk(vm.id) == {"/a": "1"}
            entry = world.simulator.ledger.restores(vm.id)[-1]
            assert (entry.discarded, entry.time - entry.begun) == (discarded, 30.0)

    def test_overlapping_restores_are_counted(self, world: World) -> None:
        vm = world.simulator.cloud.add_instance("onetsolutions", name="web1", power="stopped")
        snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s")
        for count in (0, 1):
            world.onet.post(f"/instances/{vm.id}/snapshots/{snapshot.id}/restore", {"force": True})
            assert world.simulator.ledger.concurrent_restores == count

    def test_power_changes_when_its_work_ends(self, world: World) -> None:
        vm = world.simulator.cloud.add_instance("hostup", name="web1")
        world.hostup.post(f"/api/v2/vps/{vm.id}/actions/shutdown")
        assert world.simulator.cloud.power(vm.id) == "running"
        world.clock.advance(10)
        assert world.simulator.cloud.power(vm.id) == "stopped"
        assert [item.verb for item in world.simulator.ledger.power_cycles(vm.id)] == ["shutdown"]

    def test_snapshot_holds_the_disk_of_the_moment_it_is_done(self, world: World) -> None:
        vm = world.simulator.cloud.add_instance("hostup", name="web1", disk={"/a": "1"})
        world.hostup.post(f"/api/v2/vps/{vm.id}/snapshots", {"name": "safety"})
        world.simulator.cloud.write(vm.id, "/a", "2")
        world.clock.advance(20)
        assert [item.disk for item in world.simulator.cloud.snapshots(vm.id)] == [{"/a": "2"}]

    def test_new_instance_leaves_its_source_alone(self, world: World) -> None:
        cloud = world.simulator.cloud
        source = cloud.add_instance("barrack", name="gpu1", disk={"/a": "old"})
        snapshot = cloud.add_snapshot(source.id, name="s")
        cloud.write(source.id, "/a", "new")
        world.barrack.post(f"/api/snapshots/{snapshot.id}/restore/", {"new_vm_name": "copy"})
        (billed,) = world.simulator.ledger.vms_billed()
        assert (cloud.disk(billed.instance_id), cloud.disk(source.id)) == ({"/a": "old"}, {"/a": "new"})

    def test_requests_are_recorded_without_the_token(self, world: World) -> None:
        world.hostup.get(f"/api/v2/vps?token={world.simulator.tokens['hostup']}")
        (record,) = world.simulator.ledger.requests()
        assert record.path == "/api/v2/vps?token=***"


def test_reset_brings_back_the_start(make_world: MakeWorld) -> None:
    world = make_world({"seed": True}, onet_lists="bare")
    simulator = world.simulator
    web1 = simulator.cloud.instances("hostup")[0]
    simulator.cloud.write(web1.id, "/etc/motd", "changed")
    simulator.switch(hostup_restore_code=200)
    simulator.faults.add("cut_before")
    simulator.reset()
    assert simulator.cloud.disk(web1.id) == {"/etc/motd": "web1 after the upgrade"}
    assert (simulator.switches.onet_lists, simulator.switches.hostup_restore_code) == ("bare", 202)
    assert world.hostup.send("GET", "/api/v2/vps").status == 200


def test_instance_takes_at_most_four_kilobytes(world: World) -> None:
    cloud = world.simulator.cloud
    tracemalloc.start()
    for number in range(100):
        cloud.add_snapshot(cloud.add_instance("hostup", name=f"vm{number}").id, name="s", age=10)
    used, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 400_000


def test_connections_end_with_the_simulator() -> None:
    with Simulator() as simulator:
        connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/_sim/ledger")
        connection.getresponse().read()
    assert connection.sock.recv(1) == b"", "closed by the other side"


def call(url: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
    answer = requests.request(method, url, json=body, headers=headers, timeout=10)
    answer.raise_for_status()
    return answer.json()


@contextmanager
def process(*options: str) -> Iterator[str]:
    """The address of a simulator that runs by path, on a clock moved by hand."""
    command = [sys.executable, str(DIRECTORY), "--port", "0", "--manual-clock", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == 0


def test_process_is_controlled_over_http() -> None:
    token = {"Authorization": "Bearer sim-hostup-token"}
    with process("--switch", "hostup_job_envelope=top") as url:
        call(f"{url}/_sim/reset", "POST", {"seed": False})
        vm = call(f"{url}/_sim/instances", "POST", {"provider": "hostup", "name": "web1", "disk": {"/a": "1"}})["id"]
        call(f"{url}/_sim/snapshots", "POST", {"instance_id": vm, "name": "s", "age": 60})
        call(f"{url}/_sim/disk", "POST", {"instance_id": vm, "path": "/a", "content": "2"})
        call(f"{url}/_sim/durations", "POST", {"restore": 5})
        call(f"{url}/_sim/faults", "POST", [{"job": "unknown_word", "word": "hm"}])
        operation = call(f"{url}/api/v2/vps/{vm}/snapshots/s/actions/restore", "POST", **token)["operation"]
        assert call(url + operation["pollUrl"], **token)["status"] == "hm"
        call(f"{url}/_sim/clock", "POST", {"advance": 5})
        assert call(url + operation["pollUrl"], **token)["status"] == "completed"
        assert call(f"{url}/_sim/disk?instance_id={vm}") == {"/a": "1"}
        assert [item["instance_id"] for item in call(f"{url}/_sim/ledger")["restores"]] == [vm]
        assert [item["status"] for item in call(f"{url}/_sim/requests?method=POST")] == [202]
        call(f"{url}/_sim/ledger", "DELETE")
        assert call(f"{url}/_sim/requests") == []


def test_process_reads_a_seed_file(tmp_path: Path) -> None:
    snapshot = {"name": "s", "age": 60}
    vm = {"provider": "hostup", "id": "vps_mine", "name": "mine", "disk": {"/a": "1"}, "disk_now": {"/a": "2"}}
    file = tmp_path / "seed.json"
    file.write_text(json.dumps({"instances": [vm | {"snapshots": [snapshot]}]}), encoding="utf-8")
    with process("--seed-file", str(file)) as url:
        (found,) = call(f"{url}/_sim/state")["instances"]
    assert (found["id"], found["disk"], found["snapshots"][0]["disk"]) == ("vps_mine", {"/a": "2"}, {"/a": "1"})


@pytest.mark.parametrize(
    ("path", "body"), [("switches", {"nothing": 1}), ("faults", [{"kind": "explode"}]), ("clock", [])]
)
def test_wrong_control_request_is_explained(world: World, path: str, body: Any) -> None:
    answer = world.hostup.send("POST", f"/_sim/{path}", body)
    assert (answer.status, bool(answer.body["error"])) == (400, True)


@pytest.mark.parametrize("option", ["--switch=nothing=1", "--speed=0", "--restore-seconds=-1"])
def test_wrong_command_line_is_explained(option: str) -> None:
    answer = subprocess.run([sys.executable, str(DIRECTORY), option], capture_output=True, text=True, check=False)
    assert (answer.returncode, "Traceback" in answer.stderr) == (2, False)

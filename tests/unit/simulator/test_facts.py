# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fact sheets say of the providers, and each switch for what they leave open."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.switches import Switches

from .conftest import MakeWorld, World

VPS = "/api/v2/vps"


def hostup(world: World, power: str = "stopped", **extra: Any) -> str:
    """The path of a VPS with a snapshot "s"."""
    vm = world.simulator.cloud.add_instance("hostup", name="web1", power=power, disk={"/a": "1"}, **extra)
    world.simulator.cloud.add_snapshot(vm.id, name="s", age=600.0)
    return f"{VPS}/{vm.id}"


def onet(world: World, **extra: Any) -> tuple[str, str]:
    """The paths of a stopped instance and of its snapshot."""
    vm = world.simulator.cloud.add_instance("onetsolutions", name="web1", power="stopped", **extra)
    snapshot = world.simulator.cloud.add_snapshot(vm.id, name="s")
    return f"/instances/{vm.id}", f"/instances/{vm.id}/snapshots/{snapshot.id}"


def barrack(world: World) -> str:
    """The path of the restore of a snapshot."""
    vm = world.simulator.cloud.add_instance("barrack", name="gpu1", disk={"/a": "1"})
    return f"/api/snapshots/{world.simulator.cloud.add_snapshot(vm.id, name='s').id}/restore/"


def restore(world: World, path: str) -> Any:
    return world.hostup.post(f"{path}/snapshots/s/actions/restore")


class TestShared:
    def test_every_route_names_its_source(self, world: World) -> None:
        for provider in world.simulator.providers:
            for route in provider.routes():
                assert route.source.startswith(("https://", "assumed: ")), route

    def test_documented_routes_alone(self, make_world: MakeWorld) -> None:
        world = make_world(documented_only=True)
        instance, snapshot = onet(world)
        assert world.onet.send("GET", instance).status == 404
        assert world.onet.send("PUT", instance, {}).status == 400
        assert world.onet.post(f"{snapshot}/restore").status == 202
        assert world.barrack.send("GET", "/api/instances/").status == 404
        assert world.barrack.post(barrack(world), {"new_vm_name": "x"}).status == 200

    @pytest.mark.parametrize(
        ("choice", "before", "after"),
        [("stopped", "running", "stopped"), ("running", "stopped", "running"), ("previous", "running", "running")],
    )
    def test_power_after_a_restore(self, make_world: MakeWorld, choice: str, before: str, after: str) -> None:
        world = make_world(power_after_restore=choice)
        path = hostup(world, power=before)
        restore(world, path)
        world.clock.advance(30)
        assert world.hostup.get(f"{path}/status")["powerState"] == after
        assert world.simulator.ledger.power_cycles() == []

    def test_each_variant_turns_one_switch(self) -> None:
        for name, switches, _provider in Switches.all_variants()[1:]:
            ((switch, value),) = switches.items()
            assert getattr(Switches().changed(switches), switch) == value != getattr(Switches(), switch)
            assert name.startswith(f"{switch}=")

    @pytest.mark.parametrize(("name", "value"), [("onet_colour", "blue"), ("onet_lists", "sorted")])
    def test_unknown_switch_is_an_error(self, name: str, value: str) -> None:
        with pytest.raises(ValueError, match=name):
            Switches().changed({name: value})


class TestHostUp:
    def test_errors_are_problems_by_rfc_9457(self, world: World) -> None:
        answer = world.hostup.send("GET", VPS, Authorization="Bearer wrong")
        assert (answer.status, answer.body["code"]) == (401, "unauthorized")
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_lists_have_a_cursor(self, world: World) -> None:
        for number in range(5):
            world.simulator.cloud.add_instance("hostup", name=f"vm{number}")
        first = world.hostup.get(f"{VPS}?limit=3")
        rest = world.hostup.get(f"{VPS}?limit=3&cursor={first['nextCursor']}")
        assert [entry["name"] for entry in first["data"] + rest["data"]] == [f"vm{number}" for number in range(5)]
        assert (first["hasMore"], rest["hasMore"]) == (True, False)

    def test_gates_close_while_a_restore_runs(self, world: World) -> None:
        path = hostup(world)
        restore(world, path)
        actions = world.hostup.get(f"{path}/snapshots")["actions"]
        assert (actions["canRestore"]["allowed"], actions["canCreate"]["allowed"]) == (False, False)
        again = restore(world, path)
        assert (again.status, again.body["code"]) == (409, "vps_not_ready")
        world.clock.advance(30)
        assert world.hostup.get(f"{path}/snapshots")["actions"]["canRestore"]["allowed"]

    @pytest.mark.parametrize("envelope", ["legacy", "operation", "top"])
    def test_job_envelope(self, make_world: MakeWorld, envelope: str) -> None:
        world = make_world(hostup_job_envelope=envelope)
        url = restore(world, hostup(world)).body["operation"]["pollUrl"]
        world.clock.advance(30)
        body = world.hostup.get(url)
        job = {"legacy": body.get("data"), "operation": body.get("operation"), "top": body}[envelope]
        assert (job["status"], job["result"]["success"]) == ("completed", True)

    def test_finished_job_may_vanish(self, make_world: MakeWorld) -> None:
        world = make_world(hostup_job_vanishes=True)
        url = restore(world, hostup(world)).body["operation"]["pollUrl"]
        assert world.hostup.send("GET", url).status == 200
        world.clock.advance(30)
        assert world.hostup.send("GET", url).status == 404

    def test_poll_url_and_status_of_the_restore(self, make_world: MakeWorld) -> None:
        world = make_world(hostup_poll_url="null", hostup_restore_code=200)
        answer = restore(world, hostup(world))
        assert (answer.status, answer.body["operation"]["pollUrl"]) == (200, None)

    @pytest.mark.parametrize(("choice", "status"), [("allowed", 202), ("refused", 409)])
    def test_restore_of_a_running_vps(self, make_world: MakeWorld, choice: str, status: int) -> None:
        world = make_world(hostup_running_restore=choice)
        assert restore(world, hostup(world, power="running")).status == status

    @pytest.mark.parametrize(("choice", "left"), [("kept", 2), ("lost", 1), ("refused", 2)])
    def test_newer_snapshots(self, make_world: MakeWorld, choice: str, left: int) -> None:
        world = make_world(hostup_newer_snapshots=choice)
        path = hostup(world)
        world.simulator.cloud.add_snapshot(path.rpartition("/")[2], name="newer", age=60.0)
        assert restore(world, path).status == (409 if choice == "refused" else 202)
        world.clock.advance(30)
        assert len(world.hostup.get(f"{path}/snapshots")["data"]) == left

    def test_list_may_have_an_entry_for_the_present(self, make_world: MakeWorld) -> None:
        world = make_world(hostup_current_entry=True)
        last = world.hostup.get(f"{hostup(world)}/snapshots")["data"][-1]
        assert (last["name"], last["createdAt"], last["parentName"]) == ("current", None, "s")

    def test_snapshots_expire_after_a_day(self, world: World) -> None:
        path = hostup(world)
        world.clock.advance(24 * 3600.0)
        assert world.hostup.get(f"{path}/snapshots")["data"] == []

    def test_snapshots_are_limited(self, world: World) -> None:
        path = hostup(world)
        for number in range(4):
            world.simulator.cloud.add_snapshot(path.rpartition("/")[2], name=f"s{number}")
        assert world.hostup.post(f"{path}/snapshots", {"name": "one-more"}).body["code"] == "vps_not_ready"

    @pytest.mark.parametrize(("asked", "hours"), [(3, 4), (6.9, 6), (24, 24), (99, 24)])
    def test_interval_of_a_schedule_is_floored_and_clamped(self, world: World, asked: float, hours: int) -> None:
        path = f"{hostup(world)}/snapshot-schedules"
        assert world.hostup.get(path)["schedule"] is None
        answer = world.hostup.post(path, {"enabled": True, "intervalHours": asked})
        assert answer.body == world.hostup.get(path)
        assert answer.body["schedule"]["intervalHours"] == hours

    @pytest.mark.parametrize("body", [{"enabled": True}, {"enabled": 1, "intervalHours": 6}, {"intervalHours": 6}])
    def test_schedule_needs_both_fields(self, world: World, body: dict[str, Any]) -> None:
        answer = world.hostup.post(f"{hostup(world)}/snapshot-schedules", body)
        assert (answer.status, answer.body["code"]) == (400, "invalid_request")

    @pytest.mark.parametrize("hostname", ["-bad", "a" * 254, 7])
    def test_hostname_is_checked(self, world: World, hostname: Any) -> None:
        answer = world.hostup.send("PUT", f"{hostup(world)}/hostname", {"hostname": hostname})
        assert answer.body["code"] == "invalid_request"


class TestOnetSolutions:
    def test_restore_needs_a_stopped_instance(self, world: World) -> None:
        instance, snapshot = onet(world)
        world.onet.post(f"{instance}/start")
        world.clock.advance(10)
        assert world.onet.post(f"{snapshot}/restore", {"force": True}).status == 409
        world.simulator.switch(onet_force_overrides_409=True)
        assert world.onet.post(f"{snapshot}/restore", {"force": True}).status == 202

    @pytest.mark.parametrize(("form", "way"), [("task", ["id"]), ("task_id", ["task_id"]), ("nested", ["task", "id"])])
    def test_answer_to_the_restore(self, make_world: MakeWorld, form: str, way: list[str]) -> None:
        world = make_world(onet_restore_answer=form)
        instance, snapshot = onet(world)
        found = world.onet.post(f"{snapshot}/restore").body
        for key in way:
            found = found[key]
        assert [task["id"] for task in world.onet.get(f"{instance}/tasks")["results"]] == [found]

    def test_words_of_a_task(self, make_world: MakeWorld) -> None:
        world = make_world(onet_task_words="other", onet_restore_answer="task_id")
        task = world.onet.post(f"{onet(world)[1]}/restore").body["task_id"]
        words = []
        for seconds in (0, 10, 20):
            world.clock.advance(seconds)
            words.append(world.onet.get(f"/tasks/{task}")["status"])
        assert words == ["queued", "processing", "success"]

    def test_snapshot_work_may_be_no_task(self, make_world: MakeWorld) -> None:
        world = make_world(onet_snapshot_tasks=False)
        instance, snapshot = onet(world)
        world.onet.post(f"{snapshot}/restore")
        assert world.onet.get(f"{instance}/tasks")["results"] == []

    def test_lists_have_pages(self, world: World) -> None:
        for number in range(7):
            world.simulator.cloud.add_instance("onetsolutions", name=f"vm{number}")
        page = world.onet.get("/instances?page=2&page_size=3")
        assert [entry["name"] for entry in page["results"]] == ["vm3", "vm4", "vm5"]
        assert (page["count"], page["next"][-19:]) == (7, "?page=3&page_size=3")

    def test_lists_may_be_bare(self, make_world: MakeWorld) -> None:
        world = make_world(onet_lists="bare")
        onet(world)
        assert [entry["name"] for entry in world.onet.get("/instances")] == ["web1"]

    @pytest.mark.parametrize(("form", "kind"), [("list", list), ("map", dict), ("null", type(None))])
    def test_form_of_tags(self, make_world: MakeWorld, form: str, kind: type) -> None:
        world = make_world(onet_tags=form)
        assert isinstance(world.onet.get(onet(world)[0])["tags"], kind)

    def test_power_state_may_lag(self, make_world: MakeWorld) -> None:
        world = make_world(onet_sync_lag=20)
        vm = world.simulator.cloud.add_instance("onetsolutions", name="web1")
        world.onet.post(f"/instances/{vm.id}/shutdown")
        world.clock.advance(25)
        state = world.onet.get(f"/instances/{vm.id}")["state_sync"]
        assert (state["vm_status"], state["last_synced_at"]) == ("running", "2026-01-01T00:00:05Z")

    def test_put_replaces_the_instance(self, world: World) -> None:
        path, _snapshot = onet(world)
        before = world.onet.get(path)
        ids = {f"{name}_id": before[name]["id"] for name in ("size", "location", "image")}
        world.clock.advance(5)
        answer = world.onet.send("PUT", path, {**ids, "name": "renamed", "os_name": before["os_name"]})
        assert answer.status == 200
        assert {name for name in before if before[name] != answer.body[name]} - {"state_sync"} == {"name", "modified"}
        assert set(world.onet.send("PUT", path, {}).body) == {"name", "os_name", *ids}

    def test_rate_limit(self, make_world: MakeWorld) -> None:
        world = make_world({"rate_limit": True})
        statuses = [world.onet.send("GET", "/tasks").status for dummy in range(101)]
        assert statuses == [200] * 100 + [429]

    def test_rate_limit_is_a_sliding_window(self, make_world: MakeWorld) -> None:
        world = make_world({"rate_limit": (5, 3), "limited": ("onetsolutions", "hostup")})
        for number, sent in enumerate((world.onet.send, world.hostup.send)):
            path = ("/tasks", "/api/v2/vps")[number]
            seen = []
            for seconds in (0.0, 0.0, 0.6, 0.3, 0.2, 0.1, 10.0, 48.0, 1.0):
                world.clock.advance(seconds)
                seen.append(sent("GET", path).status)
            assert seen == [200, 200, 200, 429, 200, 200, 429, 429, 200]


class TestBarrack:
    @pytest.mark.parametrize(
        ("switch", "header", "status"),
        [("any", "X-API-Key", 200), ("bearer", "X-API-Key", 403), ("x-api-key", "X-API-Key", 200)],
    )
    def test_credential(self, make_world: MakeWorld, switch: str, header: str, status: int) -> None:
        world = make_world(barrack_auth=switch)
        world.barrack.headers = {}
        assert world.barrack.send("POST", "/api/pricing/", **{header: "sim-barrack-token"}).status == status

    def test_restore_answers_when_the_instance_is_active(self, world: World) -> None:
        answer = world.barrack.post(barrack(world), {"new_vm_name": "copy"})
        assert list(answer.body) == ["success", "message", "request_id", "timestamp", "data", "snapshot", "tier"]
        assert (answer.body["data"]["status"], answer.body["timestamp"]) == ("ACTIVE", "2026-01-01T00:00:30Z")

    def test_restore_may_answer_at_once(self, make_world: MakeWorld) -> None:
        world = make_world(barrack_restore="async")
        made = world.barrack.post(barrack(world), {"new_vm_name": "copy"}).body["data"]["instance_id"]
        states = []
        for seconds in (0, 10, 20):
            world.clock.advance(seconds)
            states.append(world.barrack.get(f"/api/instances/{made}/")["data"]["status"])
        assert states == ["CREATING", "BUILD", "ACTIVE"]

    @pytest.mark.parametrize(("choice", "bills"), [("refused", 1), ("allowed", 2)])
    def test_name_that_is_taken(self, make_world: MakeWorld, choice: str, bills: int) -> None:
        world = make_world(barrack_duplicate_name=choice)
        path = barrack(world)
        for dummy in range(2):
            world.barrack.post(path, {"new_vm_name": "copy"})
        assert len(world.simulator.ledger.vms_billed()) == bills

    def test_forms_of_lists(self, world: World) -> None:
        for number in range(4):
            world.simulator.cloud.add_instance("barrack", name=f"vm{number}")
        assert len(world.barrack.get("/api/instances/")) == 4
        world.simulator.switch(barrack_lists="data")
        assert len(world.barrack.get("/api/instances/")["data"]) == 4
        world.simulator.switch(barrack_lists="paginated")
        page = world.barrack.get("/api/instances/?page=2")
        assert (len(page["data"]), page["pagination"]["total"]) == (1, 4)

    def test_names_of_fields(self, make_world: MakeWorld) -> None:
        world = make_world(barrack_names="short")
        barrack(world)
        (entry,) = world.barrack.get("/api/instances/")
        assert entry["name"] == "gpu1"
        assert "vm_name" not in entry

    def test_origin_of_an_instance(self, world: World) -> None:
        made = world.barrack.post(barrack(world), {"new_vm_name": "copy"}).body
        path = f"/api/instances/{made['data']['instance_id']}/"
        assert not {"boot_source", "snapshot"} & world.barrack.get(path)["data"].keys()
        world.simulator.switch(barrack_provenance="boot_source")
        assert world.barrack.get(path)["data"]["boot_source"] == "snapshot"
        world.simulator.switch(barrack_provenance="snapshot")
        assert world.barrack.get(path)["data"]["snapshot"] == made["snapshot"]

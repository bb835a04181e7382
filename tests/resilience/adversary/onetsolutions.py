# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OnetSolutions as its published pages have it; what they leave open is a setting."""

from __future__ import annotations

import json
import re
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import Cloud, filler
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import (
    START,
    VM,
    NoRoute,
    Refuse,
    Reply,
    Request,
    Snap,
    Work,
)

ORGANIZATION = "0e700000-0000-4000-8000-00000000000a"
PROJECT = "0e700000-0000-4000-8000-00000000000b"
BASE = f"/v1/organizations/{ORGANIZATION}/projects/{PROJECT}/compute"
ID = r"([0-9a-fA-F-]{36})"
ROUTES = [
    (method, re.compile(BASE + path), kind)
    for method, path, kind in (
        ("GET", "/instances", "list"),
        ("GET", f"/instances/{ID}", "instance"),
        ("PUT", f"/instances/{ID}", "put"),
        ("POST", f"/instances/{ID}/(start|stop|shutdown|reboot)", "power"),
        ("GET", f"/instances/{ID}/snapshots", "snapshots"),
        ("POST", f"/instances/{ID}/snapshots", "snapshot"),
        ("DELETE", f"/instances/{ID}/snapshots/{ID}", "delete"),
        ("POST", f"/instances/{ID}/snapshots/{ID}/restore", "restore"),
        ("GET", f"/tasks/{ID}", "task"),
        ("GET", f"/instances/{ID}/tasks/{ID}", "task"),
        ("GET", f"/instances/{ID}/tasks", "tasks"),
    )
]
SIZE, LOCATION, IMAGE, VPC = (f"0e700000-0000-4000-8000-0000000000{digits}" for digits in ("51", "52", "53", "54"))
# the readable task types.
TYPES = {"start": "start_vps", "stop": "stop_vps", "shutdown": "shutdown_vps", "restart": "reboot_vps"}
TAGS = {
    "list": '["prod"]',
    "map": '{"owner": "ops"}',
    "null": "null",
    # an untyped JSON field; sample <unknown>.
    "numbers": '{"ratio": 1.10, "big": 123456789012345678901234567890.5, "e": 1E2}',
    "surrogate": '{"note": "disk \\ud83d"}',
}


class Number(str):
    """A number as it was written."""


def exact(text: str) -> Any:
    """JSON in which numbers keep their text."""
    return json.loads(text, parse_float=Number, parse_int=Number)


class OnetSolutions(Cloud):
    provider = "onetsolutions"
    web_id = "0e700000-0000-4000-8000-000000000001"
    other_id = "0e700000-0000-4000-8000-000000000002"

    def seed(self) -> VM:
        web = super().seed()
        web.extra = {"os_name": "Debian 12", "hostname": "web1.example.net", "billing_cycle": "monthly", "vpc": VPC}
        web.extra["tags"] = TAGS[self.settings.onet_tags]
        return web

    def snapshot_id(self, name: str, number: int) -> str:
        return f"5a900000-0000-4000-8000-{number:012d}"

    def job_id(self) -> str:
        return f"7a500000-0000-4000-8000-{next(self.numbers):012d}"

    def classify(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        for verb, pattern, kind in ROUTES:
            if verb == method and (match := pattern.fullmatch(path)):
                if kind == "tasks" and self.settings.onet_tasks == "missing":
                    break
                return kind, match.groups()
        raise NoRoute

    def answered(self, request: Request, status: int) -> None:
        """It keeps no log of requests."""

    def refusal(self, exc: Refuse) -> Reply:
        # {"detail": "text"} is the default of the framework.
        return Reply(exc.status, {"detail": exc.text})

    def answer(self, request: Request) -> Reply:
        if request.kind == "list":
            alive = [vm for vm in self.vms if vm.alive]
            return self._list(request, alive)
        if request.kind == "task":
            return self._task_reply(request)
        vm = self.find_vm(request.ids[0].lower())
        answer: dict[str, Any] = {
            "instance": self._get,
            "put": self._put,
            "power": self._power,
            "snapshots": self._snapshots,
            "snapshot": self._snapshot,
            "delete": self._delete,
            "restore": self._restore,
            "tasks": self._tasks,
        }
        reply: Reply = answer[request.kind](vm, request)
        return reply

    # Instances.

    def _instance(self, vm: VM) -> str:
        lag = self.now - self.settings.onet_sync_lag
        shown = {
            "id": vm.id,
            "legacy_id": 71,
            "organization_id": ORGANIZATION,
            "project_id": PROJECT,
            "name": vm.name,
            "hostname": vm.extra.get("hostname", ""),
            "status": "active",
            "size": {"id": SIZE, "name": "Small"},
            "location": {"id": LOCATION, "name": "Paris"},
            "image": {"id": IMAGE, "name": "Debian"},
            "vpc": {"id": vm.extra["vpc"], "name": "default"} if vm.extra.get("vpc") else None,
            "os_name": vm.extra.get("os_name", "Debian 12"),
            "primary_ipv4": None,
            "ip_addresses": [],
            "billing_cycle": vm.extra.get("billing_cycle", "monthly"),
            "bandwidth_used_gb": "1.00",
            "is_active": True,
            "state_sync": {"vm_status": vm.power_at(lag), "last_synced_at": self.stamp(lag), "uptime": 100},
            "created": self.stamp(vm.made),
            "modified": self.stamp(vm.modified),
        }
        return json.dumps(shown)[:-1] + f', "tags": {vm.extra.get("tags", "[]")}}}'

    def _list(self, request: Request, alive: list[VM]) -> Reply:
        items, short = [self._instance(vm) for vm in alive], self.settings.short_list
        readings = tuple(self._seen(vm) for vm in alive)
        if self.settings.endless:
            page = int(request.query.get("page", "1"))
            shown = json.dumps(filler(json.loads(items[0]), page))
            following = f"https://api.onetsolutions.net{request.path}?page={page + 1}"
            return Reply(200, text=f'{{"count": 1000000000, "next": "{following}", "results": [{shown}]}}')
        if len(items) < 2 or short == "no":
            return Reply(200, text=self._page(request, items), readings=readings)
        if short == "null_item":
            items[-1] = "null"
        elif short == "nameless":
            items[-1] = items[-1].replace(f'"name": "{alive[-1].name}"', '"name": ""', 1)
        else:
            del items[-1]
        shown = self._page(request, items)
        if short == "total_larger":
            shown = shown.replace(f'"count": {len(items)}', f'"count": {len(items) + 1}', 1)
        # A bare array has no count.
        whole = short == "total_larger" and self.settings.onet_lists == "bare"
        return self._list_whole(request, alive) if whole else Reply(200, text=shown, readings=readings[: len(items)])

    def _list_whole(self, request: Request, alive: list[VM]) -> Reply:
        shown = self._page(request, [self._instance(vm) for vm in alive])
        return Reply(200, text=shown, readings=tuple(self._seen(vm) for vm in alive))

    def _seen(self, vm: VM) -> Any:
        return self.reading(vm, self.now - self.settings.onet_sync_lag)

    def _get(self, vm: VM, request: Request) -> Reply:
        return Reply(200, text=self._instance(vm), readings=(self._seen(vm),))

    def _put(self, vm: VM, request: Request) -> Reply:
        body = exact(request.text)
        missing = [name for name in ("name", "os_name", "size_id", "location_id", "image_id") if not body.get(name)]
        if missing:
            raise Refuse(400, f"{missing[0]}: This field is required.")
        before = vm.extra.get("tags")
        vm.name = body["name"]
        for name in ("os_name", "hostname", "billing_cycle"):
            if name in body:
                vm.extra[name] = body[name]
        if "vpc_id" in body:
            vm.extra["vpc"] = body["vpc_id"]
        if "tags" in body:
            vm.extra["tags"] = tags_text(request.text)
        vm.modified = self.now
        if request.late and before != vm.extra.get("tags"):
            # It arrived long after its sender had given it up.
            self.notes_lost = self.now
        return Reply(200, text=self._instance(vm))

    def _power(self, vm: VM, request: Request) -> Reply:
        action = {"reboot": "restart"}.get(request.ids[1], request.ids[1])
        work = self.begin_power(vm, action, request)
        if work is not None:
            work.word = TYPES[action]
        return self._accepted(work)

    def _accepted(self, work: Work | None) -> Reply:
        form = self.settings.onet_answer
        if work is None or form == "empty":
            return Reply(202)
        if form == "task_id":
            return Reply(202, {"task_id": work.id})
        return Reply(202, self._task(work) if form == "task" else {"task": self._task(work)})

    # Snapshots.

    def _snapshots(self, vm: VM, request: Request) -> Reply:
        shown = [
            {
                "id": item.id,
                "name": item.name,
                "instance_id": vm.id,
                "description": item.description or "",
                "created": self.stamp(item.created),
                "status": "available" if item.ready <= self.now else "creating",
            }
            for item in self.live_snapshots(vm)
        ]
        return Reply(200, text=self._page(request, [json.dumps(item) for item in shown]))

    def _snapshot(self, vm: VM, request: Request) -> Reply:
        if self.restoring(vm):
            raise Refuse(409, "Other work is running.")
        body = json.loads(request.text)
        seconds = self.settings.snapshot_seconds
        snap = self.add_snapshot(vm, body["name"], self.now, seconds, request.run)
        snap.description = body.get("description")
        work = self.begin(vm, "snapshot", seconds, word="create_snapshot", snap=snap, by=request.run)
        work.parameters = {"snapshot_id": snap.id}
        return self._accepted(work)

    def _delete(self, vm: VM, request: Request) -> Reply:
        snap = self.find_snap(vm, request.ids[1].lower())
        work = self.begin(vm, "delete_snapshot", 1.0, word="delete_snapshot", snap=snap, by=request.run)
        work.parameters = {"snapshot_id": snap.id}
        return self._accepted(work)

    def _restore(self, vm: VM, request: Request) -> Reply:
        attempt = request.attempt
        assert attempt is not None
        snap = self.find_snap(vm, request.ids[1].lower())
        # 409, the instance must be stopped first.
        if vm.power != "stopped":
            raise Refuse(409, "The instance must be stopped first.")
        work = self.begin_restore(vm, snap, attempt, word=self.settings.onet_task_kind, fails=request.fails)
        work.parameters = {"snapshot_id": snap.id} if self.settings.onet_task_names else {}
        work.listed_from = self.now + self.settings.onet_task_delay
        if self.settings.onet_tasks == "no_restores":
            work.listed_from = float("inf")
        elif self.settings.onet_lock_task:
            lock = self.begin(vm, "other", 3.0, word="lock_snapshot", parameters={"snapshot_id": snap.id})
            lock.listed_from = work.listed_from
        attempt.status = 202
        return self._accepted(work)

    # Tasks.

    def _task(self, work: Work) -> dict[str, Any]:
        created = self.stamp(work.begins if work.created is None else work.created)
        over = work.done
        word = "pending"
        if over:
            word = "failed" if work.fails or work.cancelled else self.settings.onet_task_word
        elif self.now - work.begins > 1.0:
            word = "running"
        return {
            "id": work.id,
            "instance_id": work.owner or work.vm.id,
            "instance": {"id": work.owner or work.vm.id, "name": work.vm.name},
            "task_type": work.word,
            "status": word,
            "result": {"error": "no space"} if over and work.fails else {},
            "started_at": created,
            "completed_at": self.stamp(work.ends) if over else None,
            "retry_count": 0,
            "created": created,
            "modified": created,
            "created_by": None,
            "parameters": work.parameters,
        }

    def _task_reply(self, request: Request) -> Reply:
        for vm in self.vms:
            for work in vm.work:
                if work.id == request.ids[-1].lower():
                    return Reply(200, self._task(work))
        raise Refuse(404, "Not found.")

    def _tasks(self, vm: VM, request: Request) -> Reply:
        shown = [work for work in vm.work if work.listed_from <= self.now < work.listed_to]
        if self.settings.onet_order == "newest":
            shown.reverse()
        return Reply(200, text=self._page(request, [json.dumps(self._task(work)) for work in shown]))

    def _page(self, request: Request, items: list[str]) -> str:
        """paginated results, and one bare array."""
        if self.settings.onet_lists == "bare":
            return "[" + ", ".join(items) + "]"
        size = min(int(request.query.get("page_size", "20")), 100)
        page = int(request.query.get("page", "1"))
        if (page - 1) * size >= max(1, len(items)):
            raise Refuse(404, "Invalid page.")
        more = page * size < len(items)
        following = f'"https://api.onetsolutions.net{request.path}?page={page + 1}"' if more else "null"
        shown = ", ".join(items[(page - 1) * size : page * size])
        return f'{{"count": {len(items)}, "next": {following}, "previous": null, "results": [{shown}]}}'


def tags_text(body: str) -> str:
    """The tags of a PUT as they were written: parsed with the text of their numbers, and written with it again."""
    return written(exact(body)["tags"])


def written(value: Any) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(item) for item in value) + "]"
    return json.dumps(value)


def other_work(cloud: OnetSolutions, kind: str) -> None:
    """Tasks that are no restore of ours: of a published kind, of another instance, of another snapshot, or older.

    the list's filters are unknown, created_by can be anybody, types go on after the ninth.
    """
    web: VM = cloud.web
    snap: Snap = web.snapshots[1]
    makes: dict[str, dict[str, Any]] = {
        # A published kind, now.
        "resize_vps": {"word": "resize_vps", "parameters": {}},
        "change_hostname": {"word": "change_hostname", "parameters": None},
        # Of another instance.
        "other_instance": {
            "word": "restore_snapshot",
            "parameters": {"snapshot_id": snap.id},
            "owner": OnetSolutions.other_id,
        },
        # Names another snapshot.
        "other_snapshot": {
            "word": "restore_snapshot",
            "parameters": {"snapshot_id": cloud.snapshot_id("another", 999)},
        },
        # There before any later request of ours.
        "old_failed": {
            "word": "restore_snapshot",
            "parameters": {"snapshot_id": snap.id},
            "fails": True,
            "created": cloud.now - 3.0,
        },
        "old_done": {"word": "lock_snapshot", "parameters": {"snapshot_id": snap.id}, "created": cloud.now - 3.0},
    }
    work = cloud.begin(web, "other", 0.0, begins=cloud.now, **makes[kind])
    work.done = True
    if work.fails:
        work.ends = cloud.now


__all__ = ["BASE", "ORGANIZATION", "PROJECT", "START", "TAGS", "OnetSolutions", "exact", "other_work", "written"]

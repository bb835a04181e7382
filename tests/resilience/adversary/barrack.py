# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Barrack as its published pages have it; what they leave open is a setting."""

from __future__ import annotations

import json
import re
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import Cloud, filler
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import (
    START,
    VM,
    Attempt,
    NoRoute,
    Refuse,
    Reply,
    Request,
    Snap,
    Work,
)

ID = "(BRK-[A-Za-z0-9]+)"
ROUTES = [
    (method, re.compile("/api" + path), kind)
    for method, path, kind in (
        ("GET", "/instances/", "list"),
        ("GET", f"/instances/{ID}/", "instance"),
        ("POST", f"/instances/{ID}/(start|stop|reboot)/", "power"),
        ("GET", "/snapshots/", "snapshots"),
        ("POST", "/snapshots/", "snapshot"),
        ("GET", f"/snapshots/{ID}/", "snapshot_get"),
        ("DELETE", f"/snapshots/{ID}/", "delete"),
        ("POST", f"/snapshots/{ID}/restore/", "restore"),
        ("GET", "/pricing/", "price"),
        ("POST", "/pricing/", "price"),
    )
]
WORDS = {"running": "ACTIVE", "stopped": "SHUTOFF", "starting": "STARTING", "stopping": "STOPPING"}


class Barrack(Cloud):
    provider = "barrack"
    web_id = "BRK-100001D"
    other_id = "BRK-100002D"

    def seed(self) -> VM:
        web = super().seed()
        self.deleted: list[VM] = []
        if self.settings.short_list == "total_larger" or self.settings.barrack_lists == "pages":
            for number in range(7):
                self.add_vm(f"BRK-20000{number}D", f"worker{number}", "running", START - 86400.0)
        return web

    def snapshot_id(self, name: str, number: int) -> str:
        return f"BRK-{500000 + number}S"

    def job_id(self) -> str:
        return f"job-{next(self.numbers)}"

    def classify(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        for verb, pattern, kind in ROUTES:
            if verb == method and (match := pattern.fullmatch(path)):
                if kind == "list" and self.settings.barrack_list == "missing":
                    break
                return kind, match.groups()
        raise NoRoute

    def answered(self, request: Request, status: int) -> None:
        """It keeps no log of requests."""

    def refusal(self, exc: Refuse) -> Reply:
        # expect success: false, message, request_id.
        return Reply(exc.status, {"success": False, "message": exc.text, "request_id": "a1b2c3d4"})

    def answer(self, request: Request) -> Reply:
        kind = request.kind
        if kind == "list":
            return self._list(request)
        if kind == "snapshots":
            return Reply(200, self._wrap(request, self._snapshots(), "snapshots"))
        if kind == "price":
            return Reply(200, PRICES)
        if kind == "snapshot":
            return self._snapshot(request)
        if kind in ("restore", "snapshot_get", "delete"):
            snap = self.find_snap(None, request.ids[0])
            if kind == "restore":
                return self._restore(snap, request)
            if kind == "delete":
                snap.gone = True
            return Reply(200, {"success": True, "data": self._snap(snap)})
        vm = self.find_vm(request.ids[0])
        if kind == "power":
            self.begin_power(vm, {"reboot": "restart"}.get(request.ids[1], request.ids[1]), request)
            return Reply(200, {"success": True, "message": "ok", "request_id": "a1b2c3d4"})
        return Reply(200, {"success": True, "data": self._instance(vm)}, readings=(self.reading(vm),))

    def _word(self, vm: VM) -> str:
        if not vm.alive:
            return "DELETED"
        if vm.origin is not None and vm.origin.failed:
            return "ERROR"
        return "BUILD" if vm.building else WORDS[vm.power]

    def _instance(self, vm: VM) -> dict[str, Any]:
        short = self.settings.barrack_names == "short"
        shown: dict[str, Any] = {
            ("id" if short else "instance_id"): vm.id,
            ("name" if short else "vm_name"): vm.name,
            "status": self._word(vm),
            "ip_address": "192.168.1.100",
            "created_at": self.stamp(vm.made),
        }
        if self.settings.barrack_provenance != "none":
            shown["boot_source"] = "snapshot" if vm.from_snapshot else "image"
        if self.settings.barrack_provenance == "snapshot" and vm.from_snapshot:
            shown["snapshot"] = {"id": vm.from_snapshot.id, "name": vm.from_snapshot.name}
        return shown

    def _list(self, request: Request) -> Reply:
        # New ones last: the order is not documented.
        vms = [vm for vm in self.vms if vm.alive]
        items: list[Any] = [self._instance(vm) for vm in vms]
        short = self.settings.short_list
        name = "name" if self.settings.barrack_names == "short" else "vm_name"
        if short == "null_item":
            # The newest is shown as null.
            items[-1] = None
        elif short == "nameless":
            items[-1] = {key: value for key, value in items[-1].items() if key != name}
        readings = tuple(map(self.reading, vms))
        if self.settings.endless:
            page = int(request.query.get("page", "1"))
            info = {"page": page, "page_size": 5, "total": 10**9, "total_pages": 10**9}
            payload = {"success": True, "instances": [filler(self._instance(vms[0]), page)], "pagination": info}
            return Reply(200, payload)
        if short == "total_larger":
            # Paging is not documented; the page parameter is ignored.
            return Reply(200, {"success": True, "data": items[:5], "total": len(items)}, readings=readings[:5])
        return Reply(200, self._wrap(request, items, "instances"), readings=readings)

    def _wrap(self, request: Request, items: list[Any], name: str) -> Any:
        form = self.settings.barrack_lists
        if form == "bare":
            return items
        if form == "data":
            return {"success": True, "data": items}
        page, size = int(request.query.get("page", "1")), 5
        pages = max(1, -(-len(items) // size))
        info = {"page": page, "page_size": size, "total": len(items), "total_pages": pages}
        return {"success": True, name: items[(page - 1) * size : page * size], "pagination": info}

    def _snapshots(self) -> list[dict[str, Any]]:
        return [self._snap(item) for vm in self.vms for item in self.live_snapshots(vm)]

    def _snap(self, snap: Snap) -> dict[str, Any]:
        return {
            "id": snap.id,
            "name": snap.name,
            "status": "SUCCESS" if snap.ready <= self.now else "CREATING",
            "instance_id": snap.vm.id,
            "created_at": self.stamp(snap.created),
            "gpu_type": "L40",
            "gpu_count": 1,
        }

    def _snapshot(self, request: Request) -> Reply:
        body = json.loads(request.text)
        vm = self.find_vm(body["instance_id"])
        snap = self.add_snapshot(vm, body["name"], self.now, self.settings.snapshot_seconds, request.run)
        return Reply(200, {"success": True, "data": self._snap(snap)})

    def _restore(self, snap: Snap, request: Request) -> Reply:
        attempt = request.attempt
        assert attempt is not None
        name = json.loads(request.text)["new_vm_name"]
        taken = any(vm.name == name and vm.alive for vm in self.vms)
        if taken and self.settings.barrack_duplicate == "refused":
            raise Refuse(400, "The name is taken.")
        # billing begins immediately.
        vm = self.add_vm(f"BRK-{900000 + next(self.numbers)}D", name, "stopped", self.now)
        vm.from_snapshot, vm.origin, vm.building = snap, attempt, True
        vm.extra["duplicate"] = taken
        self.billed.append(vm)
        attempt.vm, attempt.snap, attempt.begun, attempt.made = vm, snap, self.now, vm
        attempt.status = 200
        work = self.begin(vm, "restore", self.settings.restore_seconds, snap=snap, attempt=attempt, fails=request.fails)
        seconds = self.settings.restore_seconds if self.settings.barrack_answer == "sync" else 0.0
        data = {
            "instance_id": vm.id,
            "vm_name": name,
            "ip_address": "192.168.1.100",
            "ip_status": "assigned",
            "billing": {"hourly_rate": 2.49, "currency": "USD"},
            "specs": {"gpu_type": "L40", "gpu_count": 1},
            # the example's status is ACTIVE already; whether it is so is undecided.
            "status": "ACTIVE",
            "boot_source": "snapshot",
            "created_at": self.stamp(self.now),
        }
        payload = {
            "success": True,
            "message": "Snapshot restored successfully",
            "request_id": "o1p2q3r4",
            "timestamp": self.stamp(self.now),
            "data": data,
            "snapshot": {"id": snap.id, "name": snap.name},
            "tier": "legacy",
        }
        assert work is not None
        return Reply(200, payload, seconds=seconds)

    def _finish_restore(self, work: Work, when: float) -> None:
        attempt, vm = work.attempt, work.vm
        assert isinstance(attempt, Attempt)
        assert work.snap is not None
        attempt.ended = when
        vm.building = False
        if work.fails:
            attempt.failed = True
            return
        attempt.effective = when
        vm.disk = sorted(work.snap.disk)
        self.set_power(vm, "running", when, "restore")


PRICES = {
    "success": True,
    "message": "ok",
    "request_id": "a1b2c3d4",
    "pricing_data": {
        "gpus": {"pricing": {"legacy": {"L40": {"prices": {"USD": 1.0}, "max_count": 8, "unit": "per GPU per hour"}}}}
    },
}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostUp as its published pages have it; what they leave open is a setting."""

from __future__ import annotations

import json
import re
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import DAY, Cloud, filler
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import (
    VM,
    NoRoute,
    Refuse,
    Reply,
    Request,
    Snap,
    Work,
)

ID = "(vps_[A-Za-z0-9]+)"
NAME = "([A-Za-z0-9_%-]+)"
ROUTES = [
    (method, re.compile(path), kind)
    for method, path, kind in (
        ("GET", "/api/v2/vps", "list"),
        ("GET", f"/api/v2/vps/{ID}", "instance"),
        ("GET", f"/api/v2/vps/{ID}/status", "status"),
        ("GET", f"/api/v2/vps/{ID}/details", "details"),
        ("GET", f"/api/v2/vps/{ID}/hostname", "hostname"),
        ("PUT", f"/api/v2/vps/{ID}/hostname", "put"),
        ("GET", f"/api/v2/vps/{ID}/snapshots", "snapshots"),
        ("POST", f"/api/v2/vps/{ID}/snapshots", "snapshot"),
        ("DELETE", f"/api/v2/vps/{ID}/snapshots/{NAME}", "delete"),
        ("POST", f"/api/v2/vps/{ID}/snapshots/{NAME}/actions/restore", "restore"),
        ("POST", f"/api/v2/vps/{ID}/actions/(start|stop|shutdown|restart|reset)", "power"),
        ("GET", "/api/jobs/([A-Za-z0-9_-]+)", "task"),
        ("GET", "/api/v2/audit-log", "audit"),
    )
]
AUDIT_DELAY = 90.0


class HostUp(Cloud):
    provider = "hostup"
    web_id = "vps_01hxa3b4c5d6e7f80000000001"
    other_id = "vps_01hxa3b4c5d6e7f80000000002"

    def seed(self) -> VM:
        self.audit: list[dict[str, Any]] = []
        web = super().seed()
        web.extra = {"hostname": "web1.example.net"}
        return web

    def snapshot_id(self, name: str, number: int) -> str:
        # {snapshotId} is the snapshot's name.
        return name

    def add_snapshot(self, vm: VM, name: str, created: float, seconds: float = 0.0, by: Any = None) -> Snap:
        snap = super().add_snapshot(vm, name, created, seconds, by)
        # kept about 24 hours, removed automatically.
        snap.expires = created + DAY
        return snap

    def job_id(self) -> str:
        return f"job_01hxa3b4c5{next(self.numbers):012d}"

    def classify(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        for verb, pattern, kind in ROUTES:
            if verb == method and (match := pattern.fullmatch(path)):
                absent = kind == "power" and match.group(2) == "stop" and not self.settings.hostup_stop_route
                if absent or (kind == "audit" and self.settings.hostup_audit == "missing"):
                    break
                return kind, match.groups()
        raise NoRoute

    def refusal(self, exc: Refuse) -> Reply:
        return Reply(exc.status, problem(exc.status, exc.code or "not_found", exc.text, self.stamp(self.now)))

    def log(self, request: Request, status: int | None) -> None:
        """Items carry method, path, userAgent, statusCode, authMethod, actorType, requestId."""
        self.audit.append(
            {
                "id": f"aud_{next(self.numbers)}",
                "method": request.method,
                "path": request.path,
                "userAgent": request.headers.get("User-Agent", ""),
                "statusCode": status,
                "authMethod": "api_key",
                "actorType": "api",
                "requestId": f"req_{next(self.numbers):012d}",
                "createdAt": self.stamp(self.now),
                "at": self.now,
            }
        )

    def answered(self, request: Request, status: int) -> None:
        if request.kind == "restore":
            self.log(request, status)

    def answer(self, request: Request) -> Reply:
        if request.kind == "list":
            return self._list(request)
        if request.kind == "task":
            return self._job_reply(request)
        if request.kind == "audit":
            return self._audit(request)
        vm = self.find_vm(request.ids[0])
        answer: dict[str, Any] = {
            "instance": self._get,
            "status": self._status,
            "details": self._details,
            "hostname": self._hostname,
            "put": self._put,
            "power": self._power,
            "snapshots": self._snapshots,
            "snapshot": self._snapshot,
            "delete": self._delete,
            "restore": self._restore,
        }
        reply: Reply = answer[request.kind](vm, request)
        return reply

    # Instances.

    def _instance(self, vm: VM) -> dict[str, Any]:
        return {
            "id": vm.id,
            "name": vm.name,
            "primaryIp": "198.19.0.2",
            "serviceStatus": "active",
            "powerState": vm.power,
            "operatingSystem": {"displayName": "Debian 12"},
            "billing": {"amount": 89, "currencyCode": "SEK", "isPayg": False},
            "resources": {"cpuCores": 2, "memoryGb": 4, "storageGb": 50},
            "tags": [],
            "createdAt": self.stamp(vm.made),
        }

    def _list(self, request: Request) -> Reply:
        wanted = request.query.get("name")
        # name is exact and case-insensitive.
        found = [vm for vm in self.vms if vm.alive and wanted in (None, vm.name.lower(), vm.name)]
        items: list[Any] = [self._instance(vm) for vm in found]
        readings, short = tuple(map(self.reading, found)), self.settings.short_list
        if self.settings.endless:
            page = int(request.query.get("cursor", "0")) + 1
            shown = filler(self._instance(self.web), page)
            return Reply(200, {"data": [shown], "hasMore": True, "nextCursor": str(page)})
        more = False
        if short == "null_item" and len(items) > 1:
            items[-1] = None
        elif short == "nameless" and len(items) > 1:
            items[-1]["name"] = None
        elif short == "total_larger" and len(items) > 1:
            del items[-1]
            more = True
        return Reply(200, {"data": items, "hasMore": more, "nextCursor": None}, readings=readings[: len(items)])

    def _get(self, vm: VM, request: Request) -> Reply:
        return Reply(200, self._instance(vm), readings=(self.reading(vm),))

    def _status(self, vm: VM, request: Request) -> Reply:
        up = vm.power == "running"
        payload = {
            "id": vm.id,
            "powerState": vm.power,
            "uptimeSeconds": int(self.now - vm.history[-1][0]) if up else None,
            "cpuUsagePercent": 3.5 if up else 0,
            "pendingTasks": [],
        }
        return Reply(200, payload, readings=(self.reading(vm),))

    def _details(self, vm: VM, request: Request) -> Reply:
        payload = {"id": vm.id, "productName": "VPS M", "hostname": vm.extra.get("hostname"), "powerState": vm.power}
        return Reply(200, payload, readings=(self.reading(vm),))

    def _hostname_json(self, vm: VM) -> dict[str, Any]:
        return {
            "hostname": vm.extra.get("hostname"),
            "reloadRecommended": False,
            "accountInactive": False,
            "accountStatus": "Active",
            "cacheCleared": False,
            "actions": {"canChange": gate(True)},
            "validationRules": {"maxLengthChars": 253, "pattern": ".*", "patternDescription": "labels"},
        }

    def _hostname(self, vm: VM, request: Request) -> Reply:
        return Reply(200, self._hostname_json(vm))

    def _put(self, vm: VM, request: Request) -> Reply:
        vm.extra["hostname"] = json.loads(request.text)["hostname"].lower()
        more = {"hostnameNormalized": False, "serviceRecordSynced": True, "reverseDnsProtection": None}
        return Reply(200, {**self._hostname_json(vm), **more})

    def _power(self, vm: VM, request: Request) -> Reply:
        action = {"reset": "restart"}.get(request.ids[1], request.ids[1])
        return self._operation(self.begin_power(vm, action, request), None, 202)

    # Jobs.

    def _operation(self, work: Work | None, result: Any, status: int) -> Reply:
        form = self.settings.hostup_operation
        if work is None or form == "none":
            return Reply(status, {"requestId": "req_1"})
        url = None if form == "no_poll" else f"/api/jobs/{work.id}"
        shown = {"status": "queued", "jobId": work.id, "pollUrl": url, "result": result}
        return Reply(status, {"operation": shown})

    def _job_reply(self, request: Request) -> Reply:
        for vm in self.vms:
            for work in vm.work:
                if work.id == request.ids[0] and not (work.done and self.settings.hostup_job_vanishes):
                    return Reply(200, self._envelope(self._job(work)))
        raise Refuse(404, "There is no such job.", "not_found")

    def _job(self, work: Work) -> dict[str, Any]:
        over = work.done
        bad = work.fails or work.cancelled
        word = ("failed" if bad else "completed") if over else "in_progress"
        return {
            "jobId": work.id,
            "type": work.word or work.kind,
            "state": word,
            "status": word,
            "progress": 100 if over else 50,
            "result": {"success": True} if over and not bad else None,
            **({"error": "no space"} if over and bad else {}),
            "isCompleted": over and not bad,
            "isFailed": over and bad,
            "isRunning": not over,
            "createdAt": self.stamp(work.begins if work.created is None else work.created),
            "finishedAt": self.stamp(work.ends) if over else None,
            "vmId": work.owner or work.vm.id,
            **(work.parameters or {}),
        }

    def _envelope(self, job: dict[str, Any]) -> dict[str, Any]:
        form = self.settings.hostup_envelope
        if form == "legacy":
            return {"success": True, "timestamp": self.stamp(self.now), "requestId": "x", "data": job}
        return {"operation": job} if form == "operation" else job

    # Snapshots.

    def _snapshots(self, vm: VM, request: Request) -> Reply:
        found = [item for item in self.live_snapshots(vm) if item.ready <= self.now]
        shown: list[dict[str, Any]] = [
            {
                "displayId": f"snap-{item.number}",
                "name": item.name,
                "description": item.description,
                "createdAt": self.stamp(item.created) if self.settings.hostup_created == "shown" else None,
                "expiresAt": None if item.expires is None else self.stamp(item.expires),
                "includesMemoryState": False,
                "parentName": None,
            }
            for item in found
        ]
        if self.settings.hostup_current:
            shown.append({"displayId": "current", "name": "current", "description": "You are here!", "createdAt": None,
                          "expiresAt": None, "includesMemoryState": False, "parentName": None})  # fmt: skip
        slots, free = self.settings.hostup_slots, self.settings.hostup_available
        payload: dict[str, Any] = {"data": shown, "available": free, "reason": None if free else "No capacity."}
        if slots >= 0:
            payload["limits"] = {"totalSnapshots": slots}
        if self.settings.hostup_gates != "none":
            idle = self.settings.hostup_gates == "open" or not vm.busy()
            payload["actions"] = {"canCreate": gate(idle), "canRestore": gate(idle)}
        return Reply(200, payload)

    def _snapshot(self, vm: VM, request: Request) -> Reply:
        if self.restoring(vm):
            raise Refuse(409, "The VPS is not ready.", "vps_not_ready")
        body = json.loads(request.text)
        slots = self.settings.hostup_slots
        if not self.settings.hostup_available or 0 <= slots <= len(self.live_snapshots(vm)):
            raise Refuse(403, "No capacity.", "forbidden")
        if any(item.name == body["name"] for item in self.live_snapshots(vm)):
            raise Refuse(409, "The name is taken.", "vps_not_ready")
        seconds = self.settings.snapshot_seconds
        snap = self.add_snapshot(vm, body["name"], self.now, seconds, request.run)
        snap.description = body.get("description")
        work = self.begin(vm, "snapshot", seconds, snap=snap, by=request.run, word="snapshot_create")
        return self._operation(work, None, 202)

    def _delete(self, vm: VM, request: Request) -> Reply:
        snap = self.find_snap(vm, request.ids[1])
        work = self.begin(vm, "delete_snapshot", 1.0, snap=snap, by=request.run, word="snapshot_delete")
        return self._operation(work, None, 202)

    def _restore(self, vm: VM, request: Request) -> Reply:
        attempt = request.attempt
        assert attempt is not None
        snap = self.find_snap(vm, request.ids[1])
        if vm.power != "stopped" and (self.settings.hostup_running == "refused" or vm.power != "running"):
            raise Refuse(409, "The VPS is not ready.", "vps_not_ready")
        if self.settings.hostup_newer == "refused" and any(
            item.created > snap.created for item in self.live_snapshots(vm)
        ):
            raise Refuse(409, "There are newer snapshots.", "vps_not_ready")
        work = self.begin_restore(vm, snap, attempt, word="snapshot_rollback", fails=request.fails)
        attempt.status = self.settings.hostup_status
        return self._operation(work, {"snapshotName": snap.name}, self.settings.hostup_status)

    # The audit log.

    def _audit(self, request: Request) -> Reply:
        form = self.settings.hostup_audit
        if form == "forbidden":
            raise Refuse(403, "The key lacks the scope audit:read.", "forbidden")
        until = self.now - (AUDIT_DELAY if form == "delayed" else 0.0)
        shown = [
            {name: value for name, value in item.items() if name != "at"}
            for item in reversed(self.audit)
            if self.now - DAY / 2 <= item["at"] <= until
        ]
        return Reply(200, {"data": shown, "hasMore": False, "nextCursor": None})


def gate(allowed: bool) -> dict[str, Any]:
    return {"allowed": allowed, "reason": None if allowed else "Other work is running.", "code": None}


def problem(status: int, code: str, detail: str, when: str) -> dict[str, Any]:
    """RFC 7807."""
    return {
        "type": f"https://developer.hostup.se/errors/{code}",
        "title": "Error",
        "status": status,
        "detail": detail,
        "code": code,
        "instance": "/api/v2/vps",
        "requestId": "req_01hxa3b4c5d6e7f8",
        "timestamp": when,
    }

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostUp, API v2 and the legacy jobs route. Pages are below https://developer.hostup.se/endpoints."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from ..messages import NOTHING, Later, NotJson, Refused, Request, Response
from ..model import CREATING, RUNNING, Call, Instance, Job, Snapshot
from . import hostup_json as show
from .base import Provider, Route, bearer, whole_number
from .hostup_audit import event_json, shown_calls
from .hostup_gates import BUSY, create_gate, hostname_gate, restore_gate, schedule_gate
from .hostup_jobs import job_json, operation_json
from .hostup_problems import problem_json

PAGES = "https://developer.hostup.se/endpoints"
VPS = "/api/v2/vps/{id}"
SNAPSHOT = VPS + "/snapshots/{snapshot}"
SCHEDULE = VPS + "/snapshot-schedules"
SNAPSHOT_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
HOSTNAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*")
POWER = {"start": "start", "shutdown": "stop", "stop": "stop", "restart": "restart", "reset": "restart"}


class HostUp(Provider):
    name = "hostup"
    prefixes = ("/api/v2/", "/api/jobs/")

    def routes(self) -> list[Route]:
        page = f"{PAGES}/vps-services/"
        guide = f"{page}get-v2-vps-id-status.md"
        return [
            Route("POST", SNAPSHOT + "/actions/restore", self.restore, page),
            Route("GET", "/api/v2/vps", self.list_vps, f"{page}get-v2-vps"),
            Route("GET", VPS, self.get_vps, f"{page}get-v2-vps-id"),
            Route("GET", VPS + "/status", self.get_status, guide),
            Route("GET", VPS + "/details", self.get_details, f"{page}get-v2-vps-id-details"),
            Route("GET", VPS + "/hostname", self.get_hostname, f"{page}get-v2-vps-id-hostname"),
            Route("PUT", VPS + "/hostname", self.put_hostname, f"{page}put-v2-vps-id-hostname"),
            Route("GET", VPS + "/snapshots", self.list_snapshots, f"{page}get-v2-vps-id-snapshots"),
            Route("POST", VPS + "/snapshots", self.create_snapshot, f"{page}post-v2-vps-id-snapshots"),
            Route("DELETE", SNAPSHOT, self.delete_snapshot, f"{page}get-v2-vps-id-snapshots.md"),
            Route("GET", SCHEDULE, self.get_schedule, f"{page}get-v2-vps-id-snapshot-schedules"),
            Route("POST", SCHEDULE, self.set_schedule, f"{page}post-v2-vps-id-snapshot-schedules"),
            Route("DELETE", SCHEDULE, self.delete_schedule, f"{page}get-v2-vps-id-snapshot-schedules"),
            Route("GET", "/api/v2/audit-log", self.audit_log, f"{PAGES}/account/get-v2-audit-log"),
            Route("GET", "/api/jobs/{job}", self.get_job, f"{PAGES}/domain-services/get-jobs-jobid"),
            Route("POST", VPS + "/actions/restart", self._power("restart"), f"{page}post-v2-vps-id-actions-restart"),
            Route("POST", VPS + "/actions/reset", self._power("reset"), f"{page}post-v2-vps-id-actions-reset.md"),
            Route("POST", VPS + "/actions/start", self._power("start"), guide),
            Route("POST", VPS + "/actions/shutdown", self._power("shutdown"), guide),
            Route("POST", VPS + "/actions/stop", self._power("stop"), "assumed: named in a guide, path by pattern"),
        ]

    # the audit log

    def handle(self, request: Request) -> Response | Later:
        answer = super().handle(request)
        if isinstance(answer, Response) and answer.status != 401:
            agent, calls = request.headers.get("user-agent"), self.cloud.calls
            calls.append(Call(len(calls) + 1, self.clock.now(), request.method, request.path, agent, answer.status))
        return answer

    def audit_log(self, request: Request) -> Response:
        switch = self.cloud.switches.hostup_audit_log
        if switch == "forbidden":
            raise Refused(self.problem(403, "The key lacks the scope audit:read.", request))
        try:
            found = shown_calls(self.cloud.calls, request.query, self.clock.now(), switch == "late")
        except ValueError:
            raise self._invalid("/startAt", "`startAt` and `endAt` must be ISO 8601.", request) from None
        return self._paged(found, self._limit(request), event_json, request)

    # credentials and errors

    def authorize(self, request: Request) -> None:
        if self.token not in (bearer(request), request.headers.get("x-api-key")):
            raise Refused(self.error(401, "Missing or invalid credentials.", request))

    def error(self, status: int, message: str, request: Request) -> Response:
        return self.problem(status, message, request)

    def problem(
        self, status: int, detail: str, request: Request, code: str | None = None, errors: list[Any] | None = None
    ) -> Response:
        body = problem_json(status, detail, request.path, self.clock.now(), code, errors)
        return Response(status, body, content_type="application/problem+json")

    def _invalid(self, pointer: str, detail: str, request: Request) -> Refused:
        errors = [{"pointer": pointer, "detail": detail, "code": "invalid"}]
        return Refused(self.problem(400, "The request failed validation.", request, errors=errors))

    def throttled(self, retry_after: str | None, request: Request) -> Response:
        answer = self.error(429, "Too many requests.", request)
        seconds = int(retry_after) if retry_after and retry_after.isdecimal() else 5
        reset = show.stamp(self.clock.now() + min(seconds, 86400))
        answer.headers = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        if retry_after is not None:
            answer.headers["Retry-After"] = retry_after
        return answer

    # look-ups

    def _vps(self, request: Request) -> Instance:
        instance = self.find(request.params["id"])
        if instance is None:
            raise Refused(self.problem(404, "There is no VPS with this ID.", request, "vps_not_found"))
        return instance

    def _idle_vps(self, request: Request) -> Instance:
        instance = self._vps(request)
        if instance.jobs:
            raise Refused(self.problem(409, BUSY, request))
        return instance

    def _snapshot(self, instance: Instance, request: Request) -> Snapshot:
        snapshot = self.cloud.find_snapshot(self.name, request.params["snapshot"], instance)
        if snapshot is None or snapshot.status == CREATING:
            raise Refused(self.problem(404, "There is no such snapshot.", request))
        return snapshot

    def _body(self, request: Request, *known: str) -> dict[str, Any]:
        """Only documented members may be sent (assumed for these routes, documented for one other)."""
        try:
            body = request.json()
        except NotJson as broken:
            raise self._invalid("", f"The body is not JSON: {broken}", request) from None
        if body is NOTHING:
            return {}
        if not isinstance(body, dict):
            raise self._invalid("", "The body must be an object.", request)
        for name in body:
            if name not in known:
                raise self._invalid(f"/{name}", f"`{name}` is not known here.", request)
        return body

    # instances

    def list_vps(self, request: Request) -> Response:
        query = request.query
        limit = self._limit(request)
        found = self.cloud.instances(self.name)
        if "name" in query:
            found = [one for one in found if one.name.lower() == query["name"].lower()]
        if "primaryIp" in query:
            found = [one for one in found if show.vps_json(one)["primaryIp"] == query["primaryIp"]]
        return self._paged(found, limit, show.vps_json, request)

    def _paged(self, found: list[Any], limit: int, shown: Callable[[Any], Any], request: Request) -> Response:
        start = self._offset(request)
        more = start + limit < len(found)
        return Response(
            200,
            {
                "data": [shown(one) for one in found[start : start + limit]],
                "hasMore": more,
                "nextCursor": base64.urlsafe_b64encode(b"after:%d" % (start + limit)).decode() if more else None,
            },
        )

    def _limit(self, request: Request) -> int:
        limit = whole_number(request.query.get("limit"), 20)
        if limit is None or not 1 <= limit <= 100:
            raise self._invalid("/limit", "`limit` must be 1 to 100.", request)
        return limit

    def _offset(self, request: Request) -> int:
        if "cursor" not in request.query:
            return 0
        try:
            word, __, number = base64.urlsafe_b64decode(request.query["cursor"]).partition(b":")
            if word == b"after":
                return int(number)
        except ValueError:
            pass
        raise Refused(self.problem(400, "The cursor is not valid.", request, "invalid_cursor"))

    def get_vps(self, request: Request) -> Response:
        return Response(200, show.vps_json(self._vps(request)))

    def get_status(self, request: Request) -> Response:
        return Response(200, show.status_json(self._vps(request), self.clock.now()))

    def get_details(self, request: Request) -> Response:
        return Response(200, show.details_json(self._vps(request)))

    def get_hostname(self, request: Request) -> Response:
        return Response(200, show.hostname_json(self._vps(request)))

    def put_hostname(self, request: Request) -> Response:
        instance = self._vps(request)
        wanted = self._body(request, "hostname").get("hostname")
        if not isinstance(wanted, str) or HOSTNAME.fullmatch(wanted) is None:
            raise self._invalid("/hostname", "`hostname` must be a valid host name.", request)
        self._pass(hostname_gate(instance), request)
        instance.extra["hostname"] = wanted.lower()
        more = {
            "hostnameNormalized": wanted != wanted.lower(),
            "serviceRecordSynced": True,
            "reverseDnsProtection": None,
        }
        return Response(200, show.hostname_json(instance) | {"reloadRecommended": True, "cacheCleared": True} | more)

    def _power(self, verb: str) -> Callable[[Request], Response]:
        def act(request: Request) -> Response:
            instance = self._idle_vps(request)
            self._body(request, "force")
            if (instance.power == RUNNING) == (verb == "start"):
                raise Refused(self.problem(409, f"The VPS is {instance.power}.", request))
            return self._accepted(self.cloud.begin(instance, POWER[verb], verb))

        return act

    # snapshots

    def list_snapshots(self, request: Request) -> Response:
        instance, switches = self._vps(request), self.cloud.switches
        self.cloud.snapshots(instance.id)  # drops those that have expired
        running_allowed = switches.hostup_running_restore == "allowed"
        return Response(200, show.snapshots_json(instance, running_allowed, switches.hostup_current_entry))

    def create_snapshot(self, request: Request) -> Response:
        instance = self._vps(request)
        body = self._body(request, "name", "description")
        name, description = body.get("name"), body.get("description")
        if not isinstance(name, str) or SNAPSHOT_NAME.fullmatch(name) is None:
            raise self._invalid("/name", "`name` must be 1 to 40 letters, digits, _ or -.", request)
        if description is not None and not isinstance(description, str):
            raise self._invalid("/description", "`description` must be text or null.", request)
        if any(snapshot.name == name for snapshot in self.cloud.snapshots(instance.id)):
            raise Refused(self.problem(409, "There is a snapshot of this name.", request, "upstream_failed"))
        self._pass(create_gate(instance), request)
        return self._accepted(self.cloud.begin_snapshot(instance, name, "snapshot_create", description=description))

    def delete_snapshot(self, request: Request) -> Response:
        instance = self._idle_vps(request)
        snapshot = self._snapshot(instance, request)
        return self._accepted(self.cloud.begin(instance, "delete_snapshot", "snapshot_delete", snapshot))

    def restore(self, request: Request) -> Response:
        instance, switches = self._vps(request), self.cloud.switches
        self._body(request)
        snapshot = self._snapshot(instance, request)
        self._pass(restore_gate(instance, switches.hostup_running_restore == "allowed"), request)
        if switches.hostup_newer_snapshots == "refused" and self.cloud.newer_snapshots(snapshot):
            raise Refused(self.problem(409, "Newer snapshots exist.", request, "upstream_failed"))
        job = self.cloud.begin(instance, "restore", "snapshot_rollback", snapshot)
        return self._accepted(job, switches.hostup_restore_code)

    def _pass(self, gate: dict[str, Any], request: Request) -> None:
        if not gate["allowed"]:
            raise Refused(self.problem(409, gate["reason"] or "Not allowed now.", request))

    # the schedule of snapshots, one for each VPS; what it takes is not simulated

    def get_schedule(self, request: Request) -> Response:
        instance = self._vps(request)
        return Response(200, show.schedule_json(instance, self.cloud.switches.hostup_schedule_fields))

    def set_schedule(self, request: Request) -> Response:
        instance = self._vps(request)
        body = self._body(request, "enabled", "intervalHours")
        enabled, hours = body.get("enabled"), body.get("intervalHours")
        if not isinstance(enabled, bool):
            raise self._invalid("/enabled", "`enabled` must be true or false.", request)
        if isinstance(hours, bool) or not isinstance(hours, (int, float)):
            raise self._invalid("/intervalHours", "`intervalHours` must be a number.", request)
        self._pass(schedule_gate(instance), request)
        instance.extra["schedule"] = {"enabled": enabled, "hours": min(24, max(4, int(hours // 1)))}
        return self.get_schedule(request)

    def delete_schedule(self, request: Request) -> Response:
        instance, switches = self._vps(request), self.cloud.switches
        instance.extra["schedule"] = {"enabled": False, "hours": 24} if switches.hostup_schedule_kept else None
        return Response(204) if switches.hostup_schedule_delete_code == 204 else self.get_schedule(request)

    # jobs

    def _accepted(self, job: Job, status: int = 202) -> Response:
        return Response(status, operation_json(job, self.clock.now(), self.cloud.switches.hostup_poll_url))

    def get_job(self, request: Request) -> Response:
        job, switches, now = (
            self.cloud.find_job(self.name, request.params["job"]),
            self.cloud.switches,
            self.clock.now(),
        )
        legacy = {"timestamp": show.stamp(now), "requestId": "0e700000-0000-4000-8000-0000000000ff"}
        if job is None or (switches.hostup_job_vanishes and job.finished is not None):
            return Response(404, {"error": "Not Found", "message": "Job not found", "code": "NOT_FOUND"} | legacy)
        data = job_json(job, now)
        if switches.hostup_job_envelope == "operation":
            operation = operation_json(job, now, switches.hostup_poll_url)
            if "error" in data:
                operation["operation"]["error"] = data["error"]
            return Response(200, operation)
        if switches.hostup_job_envelope == "top":
            return Response(
                200, {name: data[name] for name in ("jobId", "status", "progress", "result", "error") if name in data}
            )
        return Response(200, {"success": True} | legacy | {"data": data})

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .._api.errors import NOT_APPLIED, AnswerUnreadable, CloudError
from .._api.models import (
    Accepted,
    Gate,
    Instance,
    InstanceList,
    Operation,
    OperationStatus,
    PowerState,
    Schedule,
    ScheduleReading,
    Snapshot,
    SnapshotList,
    iso,
)
from . import fields
from .answers import ErrorFormat
from .base import (
    Capabilities,
    LoggedRequest,
    Metadata,
    MetadataField,
    NameRule,
    Provider,
    ProviderSpec,
    RestoreRequest,
    Route,
)
from .pages import Page, read_pages

if TYPE_CHECKING:
    from .._api.transport import Transport

PAGES = "https://developer.hostup.se/endpoints"
VPS = "/api/v2/vps/{instance_id}"
JOBS = "/api/jobs/"
POLL_PATH = re.compile(JOBS + r"[A-Za-z0-9._:~/-]{1,200}")

ROUTES: Mapping[str, Route] = {
    "instance_list": Route("GET", "/api/v2/vps", f"{PAGES}/vps-services/get-v2-vps"),
    "instance_get": Route("GET", VPS, f"{PAGES}/vps-services/get-v2-vps-id"),
    "instance_status": Route("GET", VPS + "/status", f"{PAGES}/vps-services/get-v2-vps-id-status"),
    "instance_details": Route("GET", VPS + "/details", f"{PAGES}/vps-services/get-v2-vps-id-details"),
    "instance_start": Route("POST", VPS + "/actions/start", f"{PAGES}/vps-services/get-v2-vps-id-status"),
    "instance_shutdown": Route("POST", VPS + "/actions/shutdown", f"{PAGES}/vps-services/get-v2-vps-id-status"),
    "instance_restart": Route("POST", VPS + "/actions/restart", f"{PAGES}/vps-services/post-v2-vps-id-actions-restart"),
    "instance_stop": Route("POST", VPS + "/actions/stop", note="the pattern of the published power actions"),
    "hostname_get": Route("GET", VPS + "/hostname", f"{PAGES}/vps-services/get-v2-vps-id-hostname"),
    "hostname_replace": Route("PUT", VPS + "/hostname", f"{PAGES}/vps-services/put-v2-vps-id-hostname"),
    "snapshot_list": Route("GET", VPS + "/snapshots", f"{PAGES}/vps-services/get-v2-vps-id-snapshots"),
    "snapshot_create": Route("POST", VPS + "/snapshots", f"{PAGES}/vps-services/post-v2-vps-id-snapshots"),
    "snapshot_delete": Route(
        "DELETE", VPS + "/snapshots/{snapshot_id}", f"{PAGES}/vps-services/get-v2-vps-id-snapshots"
    ),
    "snapshot_restore": Route(
        "POST",
        VPS + "/snapshots/{snapshot_id}/actions/restore",
        f"{PAGES}/vps-services/post-v2-vps-id-snapshots-snapshotid-actions-restore",
    ),
    "schedule_get": Route("GET", VPS + "/snapshot-schedules", f"{PAGES}/vps-services/get-v2-vps-id-snapshot-schedules"),
    "schedule_replace": Route(
        "POST", VPS + "/snapshot-schedules", f"{PAGES}/vps-services/post-v2-vps-id-snapshot-schedules"
    ),
    "schedule_delete": Route(
        "DELETE", VPS + "/snapshot-schedules", f"{PAGES}/vps-services/get-v2-vps-id-snapshot-schedules"
    ),
    "audit_log": Route("GET", "/api/v2/audit-log", f"{PAGES}/account/get-v2-audit-log"),
    "operation_get": Route("GET", JOBS + "{operation_id}", f"{PAGES}/domain-services/get-jobs-jobid"),
}
LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOSTNAME = NameRule(
    rf"(?:{LABEL}\.)*{LABEL}",
    253,
    "up to 253 characters in labels of 1 to 63 letters, digits and inner hyphens, with dots between them",
)
VPS_ID = re.compile(r"vps_[A-Za-z0-9]+")
ATTEMPT = re.compile(r" attempt/([0-9a-f]+)(?!\S)")
LOG_PAGES = 10
"""Pages of the audit log to read at most. The log proves nothing by what it does not show, so it need not be whole."""
POWER_ROUTES = {
    "start": "instance_start",
    "stop": "instance_stop",
    "shutdown": "instance_shutdown",
    "restart": "instance_restart",
}
# Six of the eight published values of powerState. The others, paused and unknown, count as unknown.
POWER_WORDS = {
    "running": PowerState.RUNNING,
    "stopped": PowerState.STOPPED,
    "starting": PowerState.STARTING,
    "stopping": PowerState.STOPPING,
    "provisioning": PowerState.CHANGING,
    "error": PowerState.ERROR,
}
# Published for operation.status: pending, queued, in_progress, completed, failed. Nothing is published for a job.
JOB_WORDS = {
    "pending": OperationStatus.PENDING,
    "queued": OperationStatus.PENDING,
    "waiting": OperationStatus.PENDING,
    "in_progress": OperationStatus.RUNNING,
    "running": OperationStatus.RUNNING,
    "active": OperationStatus.RUNNING,
    "completed": OperationStatus.SUCCEEDED,
    "failed": OperationStatus.FAILED,
}


class HostUp(Provider):
    """HostUp: restores in place with a job. The id of a snapshot is its name. Snapshots live about 24 hours.

    Source: https://developer.hostup.se, with jobs on the legacy path to which ``pollUrl`` links.
    """

    spec = ProviderSpec(
        name="hostup",
        label="HostUp",
        default_url="https://cloud.hostup.se",
        env_prefix="HOSTUP",
        auth_header="Authorization",
        auth_scheme="Bearer",
        auth_documented=f"{PAGES}/vps-services/post-v2-vps-id-snapshots-snapshotid-actions-restore",
        routes=ROUTES,
        error_format=ErrorFormat(
            "https://developer.hostup.se/errors",
            keys=frozenset({"type", "title", "detail", "code", "error", "message"}),
            undecided_codes=("upstream_", "external_provider_"),
        ),
        capabilities=Capabilities(
            creates_instance=False,
            must_be_stopped=None,
            bills_restore=None,
            stopped_is_billed=None,
            snapshot_ids_reused=True,
            snapshot_names_unique=True,
            reports_job=True,
            lists_operations=False,
            logs_requests=True,
            has_restore_gate=True,
            restore_answers_late=False,
            takes_provider_force=False,
            graceful_stop=True,
            id_pattern=VPS_ID.pattern,
            record_place="snapshot",
            snapshot_name=NameRule(r"[A-Za-z0-9_-]+", 40, "1 to 40 letters, digits, underscores or hyphens"),
            keeps_descriptions=True,
            snapshot_lifetime_hours=24.0,
            schedule_hours=(4, 24),
            # Assumed: only snapshot_rollback is known, from the legacy ids of jobs.
            other_work=("snapshot_create", "snapshot_delete", "backup", "start", "stop", "shutdown", "restart"),
            metadata_fields={"hostname": MetadataField("hostname", HOSTNAME, ignores_case=True)},
            live_fields=("accountStatus", "cacheCleared", "reloadRecommended", "actions", "validationRules"),
        ),
        # An ISO time: https://developer.hostup.se/errors/rate_limited
        reset_header="X-RateLimit-Reset",
        token_scopes={
            "read:vm": "all reading",
            "backup:vm": "restores, and creating snapshots",
            "power:vm": "changing the power state",
            "write:vm": "changing the hostname, and setting a snapshot schedule",
            "audit:read": "optional: finding out whether a restore was accepted or refused if its answer was lost",
        },
        unconfirmed=(
            "The scope of the token for reading a job, and for deleting a snapshot.",
            "How long after a request the audit log shows it.",
            "Whether an instance should be stopped before a restore, and whether it is on or off afterwards.",
            "The words a job uses for its state, and for how long a job can be read.",
            "Whether newer snapshots survive a restore to an older one.",
            "The forced power-off (stop): its path is assumed.",
            "The names of the fields of a snapshot schedule, and the answer to its deletion and its scope.",
        ),
    )

    def __init__(self, transport: Transport, scope: Mapping[str, str], overrides: Mapping[str, str]) -> None:
        super().__init__(transport, scope, overrides)
        self._actions: dict[str, dict[str, Any]] = {}

    def get_instance(self, instance_id: str) -> Instance:
        data = self.call("instance_get", instance_id=instance_id).object()
        self._keep_gates(instance_id, data)
        return self._of(_instance(data), instance_id)

    def power_gate(self, instance_id: str, action: str) -> Gate:
        # The pages disagree on where gates are and name canRestart only. The others follow its pattern, so they count
        # where they are shown, and are not looked for.
        name = f"can{action.capitalize()}"
        if action == "restart" and name not in self._actions.get(instance_id, {}):
            with suppress(CloudError):
                self._keep_gates(instance_id, self.call("instance_details", instance_id=instance_id).object())
        return _gate(self._actions.get(instance_id, {}).get(name))

    def _keep_gates(self, instance_id: str, data: Mapping[str, Any]) -> None:
        if fields.text(data, "id") in (None, instance_id):
            self._actions.setdefault(instance_id, {}).update(fields.obj(data, "actions"))

    def read_power(self, instance_id: str) -> Instance:
        data = self.call("instance_status", instance_id=instance_id).object()
        self._keep_gates(instance_id, data)
        return self._of(_instance({**data, "id": fields.text(data, "id") or instance_id}), instance_id)

    def list_instances(self, name: str | None = None) -> InstanceList:
        params = {} if name is None else {"name": name}
        items, complete = read_pages(lambda cursor: self._page("instance_list", params, cursor))
        return InstanceList(tuple(_instance(item) for item in items), complete)

    def _page(self, name: str, params: Mapping[str, str], cursor: str | None) -> Page:
        mark = {} if cursor is None else {"cursor": cursor}
        answer = self.call(name, params={"limit": "100", **params, **mark})
        payload = answer.object()
        if not isinstance(payload.get("data"), list):
            raise AnswerUnreadable(f"GET {name} answered without data")
        next_cursor = fields.text(payload, "nextCursor") if payload.get("hasMore") is not False else None
        if payload.get("hasMore") is True and next_cursor is None:
            raise AnswerUnreadable(f"GET {name} has another page, and no nextCursor")
        return Page(payload["data"], next_cursor, size=answer.size)

    def list_snapshots(self, instance_id: str | None) -> SnapshotList:
        payload = self.call("snapshot_list", instance_id=instance_id or "").object()
        if not isinstance(payload.get("data"), list):
            raise AnswerUnreadable("GET snapshot_list answered without data")
        items = fields.objects(payload["data"])
        snapshots = tuple(_snapshot(item, instance_id) for item in items if _is_real(item))
        limit = fields.number(fields.obj(payload, "limits"), "totalSnapshots")
        actions = fields.obj(payload, "actions")
        return SnapshotList(
            snapshots,
            can_restore=_gate(actions.get("canRestore")),
            can_create=_plan_gate(payload, "canCreate"),
            limit=None if limit is None else int(limit),
            complete=len(items) == len(payload["data"]) and all(fields.text(item, "name") for item in items),
        )

    def restore_gate(self, instance_id: str) -> Gate:
        return self.list_snapshots(instance_id).can_restore

    def restore(self, request: RestoreRequest) -> Accepted:
        answer = self.call(
            "snapshot_restore",
            instance_id=request.instance_id,
            snapshot_id=request.snapshot_id,
            once=True,
            applied=self.spec.error_format.applied,
            attempt=request.attempt,
        )
        if answer.status == 202 and answer.payload is None and not answer.unreadable:
            # operation is optional in the schema, so 202 alone means accepted.
            return Accepted()
        payload = answer.object()
        if payload.get("success") is False:
            raise AnswerUnreadable("HostUp answered the restore with success: false and a status of success")
        return Accepted(self._operation(payload), request_id=fields.line(payload, "requestId"))

    def logged_restores(
        self, instance_id: str, attempts: tuple[str, ...], since: datetime, until: datetime
    ) -> tuple[LoggedRequest, ...]:
        # Without startAt the log begins 12 hours ago.
        params = {
            "startAt": iso(since) or "",
            "endAt": iso(until) or "",
            "hideGet": "true",
            "includeDnsEvents": "false",
        }
        found: list[LoggedRequest] = []
        cursor = None
        for dummy in range(LOG_PAGES):
            page = self._page("audit_log", params, cursor)
            logged = (_logged(item, instance_id) for item in fields.objects(page.items))
            found.extend(item for item in logged if item is not None and item.attempt.startswith(attempts))
            cursor = page.following
            if cursor is None:
                break
        return tuple(found)

    def create_snapshot(self, instance_id: str, name: str, description: str | None) -> Operation | None:
        body = {"name": name, "description": description}
        payload = self.call("snapshot_create", instance_id=instance_id, body=body).object()
        return self._operation(payload)

    def delete_snapshot(self, instance_id: str, snapshot_id: str) -> Operation | None:
        answer = self.call("snapshot_delete", instance_id=instance_id, snapshot_id=snapshot_id)
        return self._operation(answer.payload) if isinstance(answer.payload, dict) else None

    def read_schedule(self, instance_id: str) -> ScheduleReading:
        payload = self.call("schedule_get", instance_id=instance_id).object()
        if "schedule" not in payload:
            raise AnswerUnreadable("GET schedule_get answered without schedule")
        limit = fields.number(fields.obj(payload, "limits"), "totalSnapshots")
        return ScheduleReading(
            _schedule(payload), _plan_gate(payload, "canEnable"), limit=None if limit is None else int(limit)
        )

    def write_schedule(self, instance_id: str, interval_hours: int) -> None:
        body = {"enabled": True, "intervalHours": interval_hours}
        self.call("schedule_replace", instance_id=instance_id, body=body)

    def delete_schedule(self, instance_id: str) -> None:
        self.call("schedule_delete", instance_id=instance_id)

    def get_operation(self, operation: Operation, instance_id: str) -> Operation:
        link = self._poll_path(operation.poll_path)
        payload = self.call("operation_get", operation_id=operation.id, link=link).object()
        # Three forms are in use: legacy {data: ...}, v2 {operation: ...}, and the bare job.
        inner = (item for item in (payload.get("data"), payload.get("operation")) if isinstance(item, dict) and item)
        return _job(next(inner, payload), operation)

    def set_power(self, instance_id: str, action: str) -> Operation | None:
        answer = self.call(POWER_ROUTES[action], instance_id=instance_id)
        return self._operation(answer.payload) if isinstance(answer.payload, dict) else None

    def read_metadata(self, instance_id: str) -> Metadata:
        data = self.call("hostname_get", instance_id=instance_id).object()
        rules = fields.obj(data, "validationRules")
        longest = fields.number(rules, "maxLengthChars")
        description = fields.line(rules, "patternDescription") or HOSTNAME.description
        hostname = fields.text(data, "hostname")
        return Metadata(
            Instance(instance_id, "", hostname=hostname),
            {"hostname": hostname},
            data,
            can_change=_gate(fields.obj(data, "actions").get("canChange")),
            rules={"hostname": HOSTNAME._replace(longest=int(longest or HOSTNAME.longest), description=description)},
        )

    def write_metadata(self, instance_id: str, current: Metadata, changes: Mapping[str, Any]) -> list[str]:
        body = {"hostname": changes["hostname"]}
        answer = self.call("hostname_replace", instance_id=instance_id, body=body).payload
        details = answer if isinstance(answer, dict) else {}
        warnings = []
        if details.get("reloadRecommended") is True:
            warnings.append("HostUp answered reloadRecommended: true; its pages do not say what should be reloaded.")
        protection = fields.text(fields.obj(details, "reverseDnsProtection"), "status")
        if protection == "partial_failure":
            warnings.append("HostUp could not restore all reverse DNS entries after the hostname changed.")
        return warnings

    def _operation(self, payload: Mapping[str, Any]) -> Operation | None:
        """The operation in an answer. It is optional in the schema, and ``pollUrl`` may be null once it has ended."""
        data = fields.obj(payload, "operation")
        job_id = fields.operation_id(data, "jobId")
        path = self._poll_path(fields.text(data, "pollUrl"))
        if job_id is None and path:
            job_id = fields.operation_id({"jobId": path.removeprefix(JOBS)}, "jobId")
        if job_id is None:
            return _job(data, Operation(id="")) if data.get("status") in ("completed", "failed") else None
        if path and _differ(job_id, path.removeprefix(JOBS)):
            path = None
        return _job(data, Operation(id=job_id, poll_path=path))

    def _poll_path(self, link: str | None) -> str | None:
        """The path of ``pollUrl``, if it may be followed. A record at the provider may hold a changed one."""
        path = self.transport.connection.api_url.local_path(link, JOBS) if link else None
        return path if path and POLL_PATH.fullmatch(path) else None


def _differ(job_id: str, other: str | None) -> bool:
    """Whether two ids of jobs contradict. The ids of the legacy API have other forms."""
    return other is not None and other.startswith("job_") and job_id.startswith("job_") and other != job_id


def _instance(data: dict[str, Any]) -> Instance:
    word = fields.text(data, "powerState")
    instance_id = fields.text(data, "id")
    if instance_id is None:
        raise AnswerUnreadable("HostUp sent an instance without an id")
    system = fields.obj(data, "operatingSystem")
    address = fields.text(data, "primaryIp")
    return Instance(
        id=instance_id,
        name=fields.text(data, "name") or "",
        power_state=POWER_WORDS.get((word or "").lower(), PowerState.UNKNOWN),
        power_state_raw=word,
        uptime=fields.number(data, "uptimeSeconds"),
        status=fields.text(data, "serviceStatus"),
        hostname=fields.text(data, "hostname"),
        ipv4=address,
        addresses=() if address is None else (address,),
        tags=data.get("tags"),
        image=fields.text(system, "displayName"),
        created_at=fields.when(data, "createdAt"),
    )


def _is_real(item: dict[str, Any]) -> bool:
    # The legacy list carries Proxmox's pseudo-entry "You are here!"; v2 does not say whether it filters it out.
    return bool(fields.text(item, "name")) and not (item.get("name") == "current" and not item.get("createdAt"))


def _snapshot(item: dict[str, Any], instance_id: str | None) -> Snapshot:
    name = fields.text(item, "name") or ""
    return Snapshot(
        id=name,
        name=name,
        instance_id=instance_id,
        created_at=fields.when(item, "createdAt"),
        expires_at=fields.when(item, "expiresAt"),
        description=fields.text(item, "description"),
        includes_memory=fields.flag(item, "includesMemoryState"),
        parent=fields.text(item, "parentName"),
        extra={"display_id": fields.text(item, "displayId")},
    )


def _logged(item: dict[str, Any], instance_id: str) -> LoggedRequest | None:
    """An entry of the audit log, if it is a restore request of ours that was answered."""
    attempt = ATTEMPT.search(fields.text(item, "userAgent") or "")
    status, success = item.get("statusCode"), fields.flag(item, "success")
    named = VPS_ID.findall(fields.text(item, "path") or "")
    if attempt is None or not isinstance(status, int) or fields.text(item, "method") != "POST":
        return None
    if (named and instance_id not in named) or success not in (None, 200 <= status < 300):
        return None
    return LoggedRequest(attempt.group(1), status, fields.line(item, "requestId"))


def _gate(value: Any) -> Gate:
    """``{allowed, reason, code}`` (https://developer.hostup.se/endpoints/vps-services/get-v2-vps-id-backups)."""
    if not isinstance(value, dict):
        return Gate()
    return Gate(fields.flag(value, "allowed"), fields.line(value, "reason"), fields.line(value, "code"))


def _schedule(payload: Mapping[str, Any]) -> Schedule | None:
    """The page of the schedule does not show its fields: these are those of the request, and of the legacy API."""
    data = payload.get("schedule")
    if not isinstance(data, dict):
        return None
    return Schedule(
        fields.flag(data, "enabled"),
        fields.number(data, "intervalHours", "interval_hours"),
        fields.number(data, "retentionDays", "retention_days"),
        fields.when(data, "lastRun", "last_run"),
        fields.when(data, "nextRun", "next_run"),
    )


def _plan_gate(payload: Mapping[str, Any], name: str) -> Gate:
    """Without capacity on the plan ``available`` is false.

    https://developer.hostup.se/endpoints/vps-services/get-v2-vps-id-snapshots
    """
    if payload.get("available") is False:
        return Gate(False, fields.line(payload, "reason") or "the plan has no capacity for snapshots")
    return _gate(fields.obj(payload, "actions").get(name))


def _job(data: Mapping[str, Any], known: Operation) -> Operation:
    answered = fields.text(data, "jobId")
    if _differ(known.id, answered):
        raise AnswerUnreadable(f"HostUp answered a request for job {known.id} with {answered}", applied=NOT_APPLIED)
    word = fields.line(data, "status", "state")
    status = JOB_WORDS.get((word or "").lower(), OperationStatus.UNKNOWN)
    failed = "failed" in (data.get("status"), data.get("state"))
    if data.get("isFailed") is True or failed or (status == OperationStatus.SUCCEEDED and data.get("error")):
        status = OperationStatus.FAILED
    elif data.get("isCompleted") is True and status != OperationStatus.FAILED:
        status = OperationStatus.SUCCEEDED
    if status == OperationStatus.SUCCEEDED and (data.get("success") is False or _says_false(data.get("result"))):
        status = OperationStatus.FAILED
    details = fields.obj(data, "progressDetails")
    message = fields.line(data, "error", "failedReason") or fields.line(fields.obj(data, "error"), "message", "detail")
    message = (
        message or fields.line(fields.obj(data, "result"), "error", "message") or fields.line(data, "progressMessage")
    )
    # Legacy jobs name the VM by a number, which cannot be compared.
    vm = fields.text(data, "vmId")
    return Operation(
        id=known.id,
        kind=fields.line(data, "type", "jobName") or known.kind,
        status=status,
        status_raw=word,
        ended=status in (OperationStatus.SUCCEEDED, OperationStatus.FAILED) or bool(data.get("finishedAt")),
        progress=fields.number(data, "progress") or fields.number(details, "percentage"),
        message=message,
        poll_path=known.poll_path,
        created_at=fields.when(data, "createdAt"),
        finished_at=fields.when(data, "finishedAt"),
        instance_id=vm if vm and vm.startswith("vps_") else None,
        snapshot_id=fields.text(fields.obj(data, "result"), "snapshotName"),
    )


def _says_false(result: Any, depth: int = 0) -> bool:
    """Whether a completed job failed: ``success: false`` at any depth, or a result of false."""
    if not isinstance(result, dict) or depth > 3:
        return result is False
    return result.get("success") is False or _says_false(result.get("result"), depth + 1)

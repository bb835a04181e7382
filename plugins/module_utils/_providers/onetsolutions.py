# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .._api.answer import Answer, is_exact
from .._api.errors import AnswerUnreadable, CloudError, ProviderError
from .._api.models import (
    Accepted,
    Candidate,
    Instance,
    InstanceList,
    Operation,
    OperationStatus,
    PowerState,
    Snapshot,
    SnapshotList,
)
from . import fields
from .answers import ErrorFormat
from .base import (
    Capabilities,
    Metadata,
    MetadataField,
    NameRule,
    Provider,
    ProviderSpec,
    RateLimit,
    RestoreRequest,
    Route,
)
from .pages import Page, page_of_link, read_pages

PAGES = "https://help.onetsolutions.net/api-reference"
RESTORE_PAGE = f"{PAGES}/compute/%5Bsnapshots%5D-restore-an-instance-from-a-snapshot"
REPLACE_PAGE = f"{PAGES}/compute/%5Binstances%5D-replace-compute-instance-metadata"
COMPUTE = "/v1/organizations/{organization_id}/projects/{project_id}/compute"
INSTANCE = COMPUTE + "/instances/{instance_id}"
SAME_PATH_AS_PUT = "the published PUT has this path"
ACTION_STYLE = "named after the published POST .../snapshots/{id}/restore and the task types start_vps, stop_vps, ..."

UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

ROUTES: Mapping[str, Route] = {
    "instance_list": Route("GET", COMPUTE + "/instances", note="the collection of the published instance path"),
    "instance_get": Route("GET", INSTANCE, note=SAME_PATH_AS_PUT),
    "instance_replace": Route("PUT", INSTANCE, REPLACE_PAGE),
    "instance_start": Route("POST", INSTANCE + "/start", note=ACTION_STYLE),
    "instance_stop": Route("POST", INSTANCE + "/stop", note=ACTION_STYLE),
    "instance_shutdown": Route("POST", INSTANCE + "/shutdown", note=ACTION_STYLE),
    "instance_restart": Route("POST", INSTANCE + "/reboot", note=ACTION_STYLE),
    "snapshot_list": Route("GET", INSTANCE + "/snapshots", note="the parent of the published restore path"),
    "snapshot_create": Route("POST", INSTANCE + "/snapshots", note="the parent of the published restore path"),
    "snapshot_delete": Route(
        "DELETE", INSTANCE + "/snapshots/{snapshot_id}", note="part of the published restore path"
    ),
    "snapshot_restore": Route("POST", INSTANCE + "/snapshots/{snapshot_id}/restore", RESTORE_PAGE),
    "operation_get": Route("GET", COMPUTE + "/tasks/{operation_id}", f"{PAGES}/compute/get-instance-task"),
    "instance_operation_get": Route(
        "GET", INSTANCE + "/tasks/{operation_id}", f"{PAGES}/compute/%5Btasks%5D-get-instance-task-nested.md"
    ),
    "operation_list": Route("GET", INSTANCE + "/tasks", note="the collection of the published nested task path"),
}
POWER_ROUTES = {
    "start": "instance_start",
    "stop": "instance_stop",
    "shutdown": "instance_shutdown",
    "restart": "instance_restart",
}
# Only running and stopped are published. The others are usual words of hypervisors.
POWER_WORDS = {
    "running": PowerState.RUNNING,
    "stopped": PowerState.STOPPED,
    "starting": PowerState.STARTING,
    "stopping": PowerState.STOPPING,
}
# Only pending is published. A task has ended when completed_at is set, whatever its word.
DONE_WORDS = {"completed", "complete", "success", "succeeded", "successful", "done", "finished", "ok"}
FAILED_WORDS = {"failed", "failure", "error", "errored", "cancelled", "canceled", "aborted", "timeout"}

# The published types are create_vps, delete_vps, start_vps, stop_vps, reboot_vps, shutdown_vps, reset_vps, resize_vps,
# change_hostname, and one that begins with rei; the list breaks off there.
OTHER_WORK = ("create", "delete", "start", "stop", "reboot", "shutdown", "reset", "resize", "change", "rei")
# A type that contains one of these words is a restore.
RESTORE_WORDS = ("restore", "rollback", "revert")
# The states of a snapshot are not published. These are the published ones of a volume that is not usable, and failed.
UNFIT_WORDS = {"pending", "creating", "deleting", "deleted", "error", "failed"}


PLAIN_FIELDS = ("name", "hostname", "os_name", "billing_cycle", "tags")
# The lengths and values of the page of replace_instance.
METADATA: Mapping[str, MetadataField] = {
    "name": MetadataField("name", NameRule(".+", 255, "1 to 255 characters")),
    "hostname": MetadataField("hostname", NameRule(".+", 255, "1 to 255 characters")),
    "os_name": MetadataField("os_name", NameRule(".+", 100, "1 to 100 characters")),
    "billing_cycle": MetadataField(
        "billing_cycle",
        choices=(
            *("free", "one_time", "hourly", "monthly", "quarterly"),
            *("semi_annually", "annually", "biennially", "triennially"),
        ),
    ),
    "vpc": MetadataField("vpc", NameRule(UUID, 36, "the id of a VPC (a UUID)"), can_be_cleared=True, ignores_case=True),
    "tags": MetadataField("tags", can_be_cleared=True),
}
LIVE_COUNTERS = (
    *("uptime", "cpu_usage", "memory_usage_mb", "disk_usage_gb"),
    *("network_in_bytes", "network_out_bytes", "last_synced_at", "sync_source"),
)


class OnetSolutions(Provider):
    """OnetSolutions: restores in place, on a stopped instance, and promises no task.

    Source: the pages of restoring a snapshot, of replacing the metadata of an instance, and of a task.
    """

    spec = ProviderSpec(
        name="onetsolutions",
        label="OnetSolutions",
        default_url="https://api.onetsolutions.net",
        env_prefix="ONETSOLUTIONS",
        auth_header="Authorization",
        auth_scheme="Bearer",
        auth_documented=RESTORE_PAGE,
        routes=ROUTES,
        scope={"organization_id": "organization", "project_id": "project"},
        error_format=ErrorFormat(RESTORE_PAGE, bodiless=frozenset({401, 403, 404, 409})),
        capabilities=Capabilities(
            creates_instance=False,
            must_be_stopped=True,
            bills_restore=None,
            stopped_is_billed=None,
            snapshot_ids_reused=False,
            reports_job=False,
            lists_operations=True,
            logs_requests=False,
            has_restore_gate=None,
            restore_answers_late=False,
            takes_provider_force=True,
            graceful_stop=True,
            id_pattern=UUID,
            ids_ignore_case=True,
            record_place="tags",
            rate_limits=(RateLimit(1000, 60.0, RESTORE_PAGE), RateLimit(100, 1.0, RESTORE_PAGE)),
            metadata_fields=METADATA,
            live_fields=("modified", "bandwidth_used_gb", *(f"state_sync.{name}" for name in LIVE_COUNTERS)),
            change_stamp="modified",
            metadata_names_instance=True,
            other_work=OTHER_WORK,
        ),
        unconfirmed=(
            "How the end of a restore is reported: the 202 has no body schema and promises no task.",
            "Reading and listing instances and snapshots, power actions and the task list: no page is published.",
            "The states of a task other than pending: those of an ended one are guessed, and other words are unknown.",
            "Whether a restore leaves the instance on or off.",
            "What force means in the body of a restore.",
        ),
    )

    _nested_tasks = False

    def get_instance(self, instance_id: str) -> Instance:
        return self._of(_instance(self.call("instance_get", instance_id=instance_id).object()), instance_id)

    def list_instances(self, name: str | None = None) -> InstanceList:
        items, complete = self._list("instance_list")
        return InstanceList(tuple(_instance(item) for item in items), complete)

    def list_snapshots(self, instance_id: str | None) -> SnapshotList:
        items, complete = self._list("snapshot_list", instance_id or "")
        return SnapshotList(tuple(_snapshot(item, instance_id) for item in items), complete=complete)

    def restore(self, request: RestoreRequest) -> Accepted:
        # The schema's default of force is true. It is sent explicitly, since its meaning is not published.
        force = True if request.force is None else request.force
        answer = self.call(
            "snapshot_restore",
            instance_id=request.instance_id,
            snapshot_id=request.snapshot_id,
            body={"force": force},
            once=True,
            applied=self.spec.error_format.applied,
        )
        if answer.unreadable:
            # A page of a web firewall, for example.
            answer.json()
        # 202 is the published success and has no body schema, so any body, or none, is accepted.
        return Accepted(_started_task(answer.payload))

    def get_operation(self, operation: Operation, instance_id: str) -> Operation:
        return self._of(_operation(self._task(operation.id, instance_id).object()), operation.id)

    def _task(self, task_id: str, instance_id: str) -> Answer:
        """Two paths are published; the second one is used from when only that one answers."""
        if not self._nested_tasks:
            try:
                return self.call("operation_get", operation_id=task_id)
            except ProviderError as exc:
                if exc.status not in (404, 405, 410) or not instance_id:
                    raise
                missing = exc
            try:
                answer = self.call("instance_operation_get", instance_id=instance_id, operation_id=task_id)
            except CloudError:
                raise missing from None
            self._nested_tasks = True
            return answer
        return self.call("instance_operation_get", instance_id=instance_id, operation_id=task_id)

    def restores_since(self, instance_id: str, snapshot_id: str, since: datetime) -> tuple[Candidate, ...]:
        candidates = (self._candidate(task, instance_id, snapshot_id, since) for task in self._operations(instance_id))
        return tuple(item for item in candidates if item is not None)

    def recent_operations(self, instance_id: str, since: datetime) -> tuple[str, ...]:
        tasks = self._operations(instance_id)
        return tuple(item.id for item in tasks if item.created_at is None or item.created_at >= since)

    def _operations(self, instance_id: str) -> list[Operation]:
        items, dummy = self._list("operation_list", instance_id)
        return [_operation(item) for item in items if fields.operation_id(item, "id")]

    def _candidate(self, operation: Operation, instance_id: str, snapshot_id: str, since: datetime) -> Candidate | None:
        """A task that may be our restore. Its type is not published, so published other work is ruled out."""
        over = operation.finished_at is not None and operation.finished_at < since
        if operation.created_at is None or over or self.other_work(operation, instance_id, snapshot_id, since):
            return None
        named = any(word in (operation.kind or "").lower() for word in RESTORE_WORDS)
        return Candidate(operation, certain=named or operation.snapshot_id is not None, named_restore=named)

    def create_snapshot(self, instance_id: str, name: str, description: str | None) -> Operation | None:
        # The body is not published. Name and description follow the style of other bodies.
        body = {"name": name} if description is None else {"name": name, "description": description}
        answer = self.call("snapshot_create", instance_id=instance_id, body=body)
        return _started_task(answer.payload)

    def delete_snapshot(self, instance_id: str, snapshot_id: str) -> Operation | None:
        return _started_task(self.call("snapshot_delete", instance_id=instance_id, snapshot_id=snapshot_id).payload)

    def set_power(self, instance_id: str, action: str) -> Operation | None:
        answer = self.call(POWER_ROUTES[action], instance_id=instance_id)
        return _started_task(answer.payload)

    def read_metadata(self, instance_id: str) -> Metadata:
        answer = self.call("instance_get", instance_id=instance_id)
        data = answer.object()
        values = {name: data.get(name) for name in PLAIN_FIELDS}
        instance = self._of(_instance(data), instance_id)
        return Metadata(instance, {**values, "vpc": _reference(data, "vpc")}, answer.exact or data)

    def require_writable_metadata(self, current: Metadata) -> None:
        _replacement(current.raw, {})

    def write_metadata(self, instance_id: str, current: Metadata, changes: Mapping[str, Any]) -> list[str]:
        body = _replacement(current.raw, changes)
        self.call("instance_replace", instance_id=instance_id, body=body, once=True)
        return []

    def _list(self, route: str, instance_id: str = "") -> tuple[list[dict[str, Any]], bool]:
        """Read a bare array (published for organizations) or pages with ``count/next/previous/results``."""

        def read(page: str | None) -> Page:
            params = {"page_size": "100"} if page is None else {"page_size": "100", "page": page}
            answer = self.call(route, params=params, instance_id=instance_id)
            payload = answer.json()
            if isinstance(payload, list):
                return Page(payload, size=answer.size)
            if isinstance(payload, dict) and isinstance(payload.get("results"), list):
                following = page_of_link(payload.get("next"), "page")
                return Page(payload["results"], following, fields.number(payload, "count"), answer.size)
            raise AnswerUnreadable(f"{self.spec.routes[route].method} {route} answered neither a list nor results")

        return read_pages(read)


def _instance(data: dict[str, Any]) -> Instance:
    sync = fields.obj(data, "state_sync")
    word = fields.text(sync, "vm_status")
    return Instance(
        id=_required_id(data),
        name=fields.text(data, "name") or "",
        power_state=POWER_WORDS.get((word or "").lower(), PowerState.UNKNOWN),
        power_state_raw=word,
        power_state_at=fields.when(sync, "last_synced_at"),
        uptime=fields.number(sync, "uptime"),
        status=fields.text(data, "status"),
        hostname=fields.text(data, "hostname"),
        ipv4=_address(data, "ipv4"),
        ipv6=_address(data, "ipv6"),
        addresses=tuple(filter(None, (fields.text(item, "address") for item in _addresses(data)))),
        tags=data.get("tags"),
        location=fields.text(fields.obj(data, "location"), "slug", "name"),
        size=fields.text(fields.obj(data, "size"), "slug", "name"),
        image=fields.text(fields.obj(data, "image"), "slug", "name"),
        created_at=fields.when(data, "created"),
    )


def _reference(data: Mapping[str, Any], name: str) -> str | None:
    """The id of a part of the instance, published as an object with an id; a bare id is accepted too."""
    part = data.get(name)
    part_id = part.get("id") if isinstance(part, dict) else part
    return part_id if isinstance(part_id, str) and part_id else None


def _replacement(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the PUT, which replaces the whole object: everything as it was read, except the changes.

    The schema requires name, os_name, size_id, location_id and image_id, and does not say what happens if other fields
    are missing, so all of them are sent. Raises CloudError ``metadata_unsafe`` if a required one was not read.
    """
    body = {name: data[name] for name in PLAIN_FIELDS if data.get(name) is not None}
    body.update({f"{part}_id": _reference(data, part) for part in ("size", "location", "image", "vpc") if part in data})
    missing = [name for name in ("name", "os_name", "size_id", "location_id", "image_id") if not body.get(name)]
    if data.get("vpc") is not None and body.get("vpc_id") is None:
        # A null would detach the instance from its VPC.
        missing.append("vpc_id")
    if missing:
        raise CloudError(
            f"the instance was read without {', '.join(missing)}, which its PUT must repeat; nothing was written",
            error_code="metadata_unsafe",
            next_steps=("Check that the token may read the whole instance.",),
        )
    if "tags" in data:
        body["tags"] = data["tags"]
    inexact = [name for name, value in body.items() if not is_exact(value)]
    if inexact:
        raise CloudError(
            f"{', '.join(inexact)} of the instance cannot be written back byte for byte; nothing was written",
            error_code="metadata_unsafe",
            next_steps=(
                "Remove repeated keys, halves of characters, and numbers such as 1.10 or -0 in the provider's console.",
            ),
        )
    return {**body, **{"vpc_id" if name == "vpc" else name: value for name, value in changes.items()}}


def _addresses(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return fields.objects(data.get("ip_addresses"))


def _address(data: dict[str, Any], kind: str) -> str | None:
    """The primary address. ``primary_ipv4`` has the type uuid, so it is the id of an entry of ``ip_addresses``."""
    addresses = [item for item in _addresses(data) if item.get("ip_type") == kind]
    primary = data.get(f"primary_{kind}")
    for wanted in (lambda item: primary and item.get("id") == primary, lambda item: item.get("is_primary") is True):
        for item in addresses:
            if wanted(item):
                return fields.text(item, "address")
    return None


def _snapshot(data: dict[str, Any], instance_id: str | None) -> Snapshot:
    """The fields of a snapshot are not published. These follow the style of other objects."""
    owner = fields.text(data, "instance_id") or _reference(data, "instance")
    status = fields.text(data, "status")
    return Snapshot(
        id=_required_id(data),
        name=fields.text(data, "name") or "",
        instance_id=owner or instance_id,
        created_at=fields.when(data, "created", "created_at"),
        expires_at=fields.when(data, "expires_at"),
        status=status,
        restorable=False if (status or "").lower() in UNFIT_WORDS else None,
        description=fields.text(data, "description"),
        size_gb=fields.number(data, "size_gb"),
    )


def _started_task(payload: Any) -> Operation | None:
    """The task in an answer without a schema: the task itself, ``task_id`` or ``task``."""
    if not isinstance(payload, dict):
        return None
    task = payload.get("task")
    if isinstance(task, dict) and fields.operation_id(task, "id"):
        return _operation(task)
    named = fields.operation_id(payload, "task", "task_id")
    if named is not None:
        return Operation(id=named)
    return _operation(payload) if fields.operation_id(payload, "id") and "task_type" in payload else None


def _operation(data: dict[str, Any]) -> Operation:
    """A task has ended when ``completed_at`` is set. Before that, a failure may be followed by a retry."""
    word = fields.line(data, "status")
    ended = bool(data.get("completed_at"))
    lowered = (word or "").lower()
    if not ended:
        status = OperationStatus.PENDING if lowered == "pending" else OperationStatus.RUNNING
    elif lowered in DONE_WORDS:
        status = OperationStatus.SUCCEEDED
    else:
        status = OperationStatus.FAILED if lowered in FAILED_WORDS else OperationStatus.UNKNOWN
    result = data.get("result")
    if ended and isinstance(result, dict) and result.get("success") is False:
        status = OperationStatus.FAILED
    message = fields.line(result if isinstance(result, dict) else {"message": result}, "error", "message", "detail")
    return Operation(
        id=_required_id(data),
        kind=fields.line(data, "task_type"),
        status=status,
        status_raw=word,
        ended=ended,
        message=message,
        created_at=fields.when(data, "created"),
        finished_at=fields.when(data, "completed_at"),
        instance_id=fields.text(data, "instance_id") or _reference(data, "instance"),
        snapshot_id=fields.text(fields.obj(data, "parameters"), "snapshot_id", "snapshot"),
    )


def _required_id(data: dict[str, Any]) -> str:
    object_id = fields.text(data, "id")
    if object_id is None:
        raise AnswerUnreadable("OnetSolutions sent an object without an id")
    return object_id

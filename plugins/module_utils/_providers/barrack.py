# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._api.errors import MAYBE_APPLIED, NOT_APPLIED, AnswerUnreadable, Applied, ProviderError
from .._api.models import Accepted, Instance, InstanceList, Operation, PowerState, Snapshot, SnapshotList
from . import fields
from .answers import ErrorFormat
from .base import Capabilities, NameRule, Provider, ProviderSpec, RestoreRequest, Route
from .pages import Page, first_list, read_pages

if TYPE_CHECKING:
    from .._api.redact import Redactor

RESTORE_PAGE = "https://docs.barrack.ai/restore-snapshot-25396656e0"
PRICING_PAGE = "https://docs.barrack.ai/get-pricing-information-25396643e0"
STEM = "follows the published /snapshots/{snapshot_id}/restore/"
INSTANCE = "/instances/{instance_id}/"
NAME = NameRule(
    # No spaces at the ends: whether the API trims names is not published, and a restore is found again by its name.
    r"[A-Za-z0-9._-](?:[A-Za-z0-9 ._-]*[A-Za-z0-9._-])?",
    50,
    "1 to 50 letters, digits, hyphens, underscores, dots, and spaces between them",
)

ROUTES: Mapping[str, Route] = {
    "instance_list": Route("GET", "/instances/", note="the operation is published, its path is a guess"),
    "instance_get": Route("GET", INSTANCE, note="the operation is published, its path is a guess"),
    "instance_start": Route("POST", INSTANCE + "start/", note="the operation is published, its path is a guess"),
    "instance_stop": Route("POST", INSTANCE + "stop/", note="the operation is published, its path is a guess"),
    "instance_restart": Route("POST", INSTANCE + "reboot/", note="the operation is published, its path is a guess"),
    "instance_delete": Route(
        "DELETE", INSTANCE, note="the operation and its method are published, its path is a guess"
    ),
    "snapshot_list": Route("GET", "/snapshots/", note=STEM),
    "snapshot_get": Route("GET", "/snapshots/{snapshot_id}/", note=STEM),
    "snapshot_create": Route("POST", "/snapshots/", note=STEM + "; its body is not published"),
    "snapshot_delete": Route("DELETE", "/snapshots/{snapshot_id}/", note=STEM),
    "snapshot_restore": Route("POST", "/snapshots/{snapshot_id}/restore/", RESTORE_PAGE),
    "pricing": Route("POST", "/pricing/", PRICING_PAGE, query=True),
}
POWER_ROUTES = {"start": "instance_start", "stop": "instance_stop", "restart": "instance_restart"}
# From the dashboard guide. For the API, only ACTIVE is confirmed.
POWER_WORDS = {
    "active": PowerState.RUNNING,
    "shutoff": PowerState.STOPPED,
    "stopped": PowerState.STOPPED,
    "hibernated": PowerState.STOPPED,
    "starting": PowerState.STARTING,
    "rebooting": PowerState.STARTING,
    "stopping": PowerState.STOPPING,
    "hibernating": PowerState.STOPPING,
    "creating": PowerState.CHANGING,
    "build": PowerState.CHANGING,
    "restoring": PowerState.CHANGING,
    "deleting": PowerState.CHANGING,
    "deleted": PowerState.DELETED,
    "error": PowerState.ERROR,
}
RESTORABLE = {"success", "available", "complete", "completed"}


class Barrack(Provider):
    """Barrack: a restore creates a new, billed instance. Its name is unique in the account and so identifies it.

    Source: the restore page and the pricing page. Every other path is assumed.
    """

    spec = ProviderSpec(
        name="barrack",
        label="Barrack",
        default_url="https://barrack.ai/api",
        env_prefix="BARRACK",
        auth_header="Authorization",
        auth_scheme="Bearer",
        auth_documented=None,
        routes=ROUTES,
        error_format=ErrorFormat(RESTORE_PAGE),
        capabilities=Capabilities(
            creates_instance=True,
            must_be_stopped=False,
            bills_restore=True,
            stopped_is_billed=True,
            snapshot_ids_reused=False,
            snapshot_names_unique=True,
            snapshot_needs_running=True,
            reports_job=False,
            lists_operations=False,
            logs_requests=False,
            has_restore_gate=None,
            restore_answers_late=True,
            takes_provider_force=False,
            graceful_stop=None,
            id_pattern=r"BRK-[A-Za-z0-9]+",
            lists_account_snapshots=True,
            new_instance_name=NAME,
            snapshot_name=NAME,
            cannot_start={
                "hibernated": (
                    "instance_hibernated",
                    "Resume it from hibernation in the provider's console, then run again.",
                )
            },
        ),
        unconfirmed=(
            "The header and scheme of the API key. Set api_auth_header and api_auth_scheme if requests are refused.",
            "All paths except those of restoring a snapshot and of pricing.",
            "Whether a restore answers when the new instance is active or before.",
            "Whether hourly_rate in the answer is for one GPU or for the instance.",
        ),
    )

    def get_instance(self, instance_id: str) -> Instance:
        payload = self.call("instance_get", instance_id=instance_id).object()
        _check_success(payload, self.transport.redactor)
        inner = next(
            (payload[key] for key in ("data", "instance", "vm") if isinstance(payload.get(key), dict)), payload
        )
        nested = next((inner[key] for key in ("instance", "vm") if isinstance(inner.get(key), dict)), inner)
        return self._of(_instance(nested, nested.get("snapshot") or payload.get("snapshot")), instance_id)

    def list_instances(self, name: str | None = None) -> InstanceList:
        items, complete = self._list("instance_list", ("instances", "vms", "data", "results", "items"))
        return InstanceList(tuple(_instance(item, item.get("snapshot")) for item in items), complete)

    def list_snapshots(self, instance_id: str | None) -> SnapshotList:
        items, complete = self._list("snapshot_list", ("snapshots", "data", "results", "items"))
        # A list may not say whose a snapshot is.
        owners = (None, instance_id)
        snapshots = [item for item in map(_snapshot, items) if instance_id is None or item.instance_id in owners]
        return SnapshotList(tuple(snapshots), complete=complete)

    def restore(self, request: RestoreRequest) -> Accepted:
        payload = self.call(
            "snapshot_restore",
            snapshot_id=request.snapshot_id,
            body={"new_vm_name": request.new_instance_name},
            timeout=request.timeout,
            once=True,
            applied=self.spec.error_format.applied,
        ).object()
        # Whether an instance was created all the same is not published, so the outcome is unknown.
        _check_success(payload, self.transport.redactor, applied=MAYBE_APPLIED)
        return Accepted(
            instance=_instance(fields.obj(payload, "data"), payload.get("snapshot")),
            request_id=fields.text(payload, "request_id"),
        )

    def create_snapshot(self, instance_id: str, name: str, description: str | None) -> Operation | None:
        # The body is not published. These fields follow the names in the answer to a restore.
        body = {"instance_id": instance_id, "name": name, "description": description or ""}
        answer = self.call("snapshot_create", body=body)
        if isinstance(answer.payload, dict):
            _check_success(answer.payload, self.transport.redactor)
        return None

    def delete_snapshot(self, instance_id: str, snapshot_id: str) -> Operation | None:
        answer = self.call("snapshot_delete", snapshot_id=snapshot_id)
        if isinstance(answer.payload, dict):
            _check_success(answer.payload, self.transport.redactor)
        return None

    def set_power(self, instance_id: str, action: str) -> Operation | None:
        if action not in POWER_ROUTES:
            raise self._lacks(f"{action} of an instance")
        answer = self.call(POWER_ROUTES[action], instance_id=instance_id)
        if isinstance(answer.payload, dict):
            _check_success(answer.payload, self.transport.redactor)
        return None

    def delete_instance(self, instance_id: str) -> None:
        answer = self.call("instance_delete", instance_id=instance_id)
        if isinstance(answer.payload, dict):
            _check_success(answer.payload, self.transport.redactor)

    def hourly_price(self, snapshot: Snapshot) -> tuple[float, str] | None:
        """GPU price per hour in US dollars (pricing page: ``unit: per GPU per hour``), without storage."""
        gpu, count = snapshot.extra.get("gpu_type"), snapshot.extra.get("gpu_count")
        if gpu is None or count is None:
            return None
        # The published query is a POST that changes nothing, so check mode sends it too.
        wanted = {"tier": "legacy", "currency": "USD", "resource_type": "gpus", "gpu_model": gpu}
        payload = self.call("pricing", body={**wanted, "gpu_count": count}).object()
        gpus = fields.obj(fields.obj(payload, "pricing_data"), "gpus")
        model = fields.obj(fields.obj(fields.obj(gpus, "pricing"), "legacy"), gpu)
        price = fields.number(fields.obj(model, "prices"), "USD")
        return None if price is None else (price * count, "USD")

    def _list(self, route: str, names: tuple[str, ...]) -> tuple[list[dict[str, Any]], bool]:
        """Read a list whose structure and pagination are not published."""

        def read(page: str | None) -> Page:
            answer = self.call(route, params=None if page is None else {"page": page})
            payload = answer.json()
            if isinstance(payload, dict):
                _check_success(payload, self.transport.redactor)
            items = first_list(payload, names)
            if items is None:
                raise AnswerUnreadable(f"GET {route} answered without a list")
            total = fields.number(_paging(payload), "total", "count", "total_count", "total_items")
            return Page(items, _next_page(payload, int(page or "1")), total, answer.size)

        return read_pages(read)


def _next_page(payload: Any, page: int) -> str | None:
    """The page after this one, from any usual pagination fields; without them there is one page."""
    info = _paging(payload)
    more = fields.flag(info, "has_next", "has_more", "hasMore", "hasNext")
    if more is None:
        pages = fields.number(info, "total_pages", "pages", "totalPages", "last_page", "num_pages")
        if pages is None:
            total = fields.number(info, "total", "count", "total_count", "total_items")
            size = fields.number(info, "page_size", "per_page", "pageSize", "limit")
            pages = None if total is None or not size else total / size
        if pages is None:
            link = info.get("next") or info.get("next_page")
            return str(page + 1) if link else None
        more = page < pages
    return str(page + 1) if more else None


def _paging(payload: Any) -> Mapping[str, Any]:
    """What a list says of its pages, at any of the places that are in use."""
    if not isinstance(payload, dict):
        return {}
    data = fields.obj(payload, "data")
    return fields.obj(payload, "pagination") or fields.obj(data, "pagination") or {**data, **payload}


def _check_success(payload: Mapping[str, Any], redactor: Redactor, *, applied: Applied = NOT_APPLIED) -> None:
    """Raise ProviderError for ``success: false``, whatever the HTTP status."""
    if payload.get("success") is False:
        from .._api.problem import read_problem  # Needed for errors only.

        problem = read_problem(redactor.value(payload), "")
        mark = f" [request {problem.request_id}]" if problem.request_id else ""
        raise ProviderError(
            f"Barrack answered success: false{mark}: {problem.text or 'no message'}",
            status=400,
            provider_code=problem.code,
            request_id=problem.request_id,
            applied=applied,
        )


def _instance(data: Mapping[str, Any], snapshot: Any) -> Instance:
    """The fields of the published answer to a restore, or ``id`` and ``name``, which other answers may use."""
    instance_id = fields.text(data, "instance_id", "id", "vm_id")
    if instance_id is None:
        raise AnswerUnreadable("Barrack sent an instance without an id")
    word = fields.text(data, "status", "vm_status", "state")
    specs = fields.obj(data, "specs")
    billing = fields.obj(data, "billing")
    source = fields.text(data, "boot_source")
    return Instance(
        id=instance_id,
        name=fields.text(data, "vm_name", "name", "instance_name") or "",
        power_state=POWER_WORDS.get((word or "").lower(), PowerState.UNKNOWN),
        power_state_raw=word,
        status=word,
        ipv4=fields.text(data, "ip_address", "floating_ip"),
        addresses=tuple(filter(None, (fields.text(data, name) for name in ("ip_address", "floating_ip")))),
        tags=data.get("tags"),
        location=fields.text(data, "region"),
        size=fields.text(specs, "gpu_type"),
        hourly_rate=fields.number(billing, "hourly_rate"),
        currency=fields.text(billing, "currency"),
        created_at=fields.when(data, "created_at"),
        from_snapshot=None if source is None else source.lower() == "snapshot",
        origin=fields.text(snapshot, "id") if isinstance(snapshot, dict) else fields.text(data, "snapshot_id"),
    )


def _snapshot(item: Mapping[str, Any]) -> Snapshot:
    """Only ``id`` and ``name`` are published. Other fields are read if they exist."""
    snapshot_id = fields.text(item, "id", "snapshot_id")
    if snapshot_id is None:
        raise AnswerUnreadable("Barrack sent a snapshot without an id")
    status = fields.text(item, "status")
    specs = fields.obj(item, "specs")
    count = fields.number({**specs, **item}, "gpu_count")
    owner = fields.text(item, "instance_id", "vm_id", "source_instance_id")
    return Snapshot(
        id=snapshot_id,
        name=fields.text(item, "name", "snapshot_name") or "",
        instance_id=owner or fields.text(fields.obj(item, "instance"), "id", "instance_id"),
        created_at=fields.when(item, "created_at", "created"),
        status=status,
        restorable=None if status is None else status.lower() in RESTORABLE,
        description=fields.text(item, "description"),
        size_gb=fields.number(item, "size", "size_gb"),
        extra={
            "gpu_type": fields.text({**specs, **item}, "gpu_type"),
            "gpu_count": None if count is None else int(count),
        },
    )

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Barrack. Two operations have a published path, body and answer: restore and pricing. The paths of the others are
assumed by the pattern of the restore's (their existence and methods are published in the pages' navigation)."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Any

from ..cloud import Cloud
from ..messages import NOTHING, Later, Refused, Request, Response
from ..model import RUNNING, Instance, Job, Snapshot
from .barrack_json import SPECS, instance_json, pricing_json, restored_json, snapshot_json, stamp, state
from .base import Provider, Route, bearer, whole_number

RESTORE_PAGE = "https://docs.barrack.ai/restore-snapshot-25396656e0"
PRICING_PAGE = "https://docs.barrack.ai/get-pricing-information-25396643e0"
NAME = re.compile(r"[A-Za-z0-9 ._-]{1,50}")  # https://docs.barrack.ai/backup/restoring-snapshots
PAGE_SIZE = 3  # assumed, and small so that tests meet several pages
POWER = {"start": "start", "stop": "stop", "reboot": "restart"}


class Barrack(Provider):
    name = "barrack"
    prefixes = ("/api/",)
    base = "/api"

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._requests = count(1)

    def routes(self) -> list[Route]:
        path = "assumed: the pattern of the published restore"
        return [
            Route("POST", "/api/snapshots/{snapshot}/restore/", self.restore, RESTORE_PAGE),
            Route("POST", "/api/pricing/", self.pricing, PRICING_PAGE),
            Route("GET", "/api/pricing/", self.pricing, "assumed: the path of the published POST"),
            Route("GET", "/api/instances/", self.list_instances, path),
            Route("GET", "/api/instances/{id}/", self.get_instance, path),
            Route("DELETE", "/api/instances/{id}/", self.delete_instance, path),
            *(Route("POST", f"/api/instances/{{id}}/{verb}/", self._power(verb), path) for verb in POWER),
            Route("GET", "/api/snapshots/", self.list_snapshots, path),
            Route("POST", "/api/snapshots/", self.create_snapshot, path),
            Route("GET", "/api/snapshots/{snapshot}/", self.get_snapshot, path),
            Route("DELETE", "/api/snapshots/{snapshot}/", self.delete_snapshot, path),
        ]

    # credentials, errors and envelopes

    def authorize(self, request: Request) -> None:
        """No page names the header, hence the switch. A bad key answers 403 (assumed: restore lists no 401)."""
        key = request.headers.get("x-api-key")
        word = request.headers.get("authorization", "").rpartition(" ")[2]
        accepted = {
            "any": (key, word, request.headers.get("api_key"), request.headers.get("api-key")),
            "bearer": (bearer(request),),
            "x-api-key": (key,),
        }
        if self.token not in accepted[self.cloud.switches.barrack_auth]:
            raise Refused(self.error(403, "Invalid or missing API key", request))

    def _envelope(self, success: bool, message: str) -> dict[str, Any]:
        return {"success": success, "message": message, "request_id": f"r{next(self._requests):07d}"}

    def error(self, status: int, message: str, request: Request) -> Response:
        return Response(status, self._envelope(False, message))

    def throttled(self, retry_after: str | None, request: Request) -> Response:
        answer = self.error(429, "Too many requests", request)
        if retry_after is not None:
            answer.headers["Retry-After"] = retry_after
        return answer

    def _done(self, message: str, **more: Any) -> Response:
        return Response(200, self._envelope(True, message) | more)

    def _body(self, request: Request) -> dict[str, Any]:
        body = request.json()
        if body is NOTHING:
            return {}
        if not isinstance(body, dict):
            raise Refused(self.error(400, "The body must be an object", request))
        return body

    def _name(self, name: Any, field: str, request: Request) -> str:
        if not isinstance(name, str) or NAME.fullmatch(name) is None:
            text = f"{field} must be 1 to 50 letters, digits, spaces, '-', '_' or '.'"
            raise Refused(self.error(400, text, request))
        return name

    # instances

    def _shown(self, instance: Instance) -> dict[str, Any]:
        switches = self.cloud.switches
        return instance_json(instance, self.clock.now(), switches.barrack_names, switches.barrack_provenance)

    def _visible(self, instance: Instance | None) -> bool:
        build = instance.job("restore") if instance else None
        return instance is not None and not (build is not None and build.hidden)

    def _instance(self, instance_id: Any, request: Request) -> Instance:
        instance = self.find(instance_id) if isinstance(instance_id, str) else None
        if instance is None or not self._visible(instance):
            raise Refused(self.error(404, "Instance not found", request))
        return instance

    def list_instances(self, request: Request) -> Response:
        instances = [one for one in self.cloud.instances(self.name) if self._visible(one)]
        return self._list(request, instances, self._shown, "Instances retrieved successfully")

    def get_instance(self, request: Request) -> Response:
        instance = self._instance(request.params["id"], request)
        return self._done("Instance retrieved successfully", data=self._shown(instance))

    def delete_instance(self, request: Request) -> Response:
        """Published are the operation, its method, and that it ends the charges; what is answered is assumed."""
        instance, switches = self._instance(request.params["id"], request), self.cloud.switches
        if instance.deleted:
            raise Refused(self.error(404, "Instance not found", request))
        if instance.job("restore") and switches.barrack_delete_while_building == "refused":
            raise Refused(self.error(400, "Cannot delete an instance that is BUILD", request))
        if switches.barrack_delete == "deleting":
            if not instance.job("delete_instance"):
                self.cloud.begin(instance, "delete_instance", "delete")
        else:
            stays_listed = switches.barrack_delete == "listed"
            self.cloud.delete_instance(instance, self.clock.now(), stays_listed=stays_listed)
        return self._done("Instance deleted successfully")

    def _power(self, verb: str) -> Callable[[Request], Response]:
        def act(request: Request) -> Response:
            instance = self._instance(request.params["id"], request)
            now_in = state(instance, self.clock.now())
            if now_in != ("SHUTOFF" if verb == "start" else "ACTIVE"):
                raise Refused(self.error(400, f"Cannot {verb} an instance that is {now_in}", request))
            self.cloud.begin(instance, POWER[verb], verb)
            return self._done(f"Instance {verb} initiated", data=self._shown(instance))

        return act

    # snapshots

    def _snapshot(self, request: Request) -> Snapshot:
        snapshot = self.cloud.find_snapshot(self.name, request.params["snapshot"])
        if snapshot is None:
            raise Refused(self.error(404, "Snapshot not found", request))
        return snapshot

    def _snapshot_shown(self, snapshot: Snapshot) -> dict[str, Any]:
        return snapshot_json(snapshot, self.find(snapshot.instance_id))

    def list_snapshots(self, request: Request) -> Response:
        snapshots = self.cloud.account_snapshots(self.name)
        return self._list(request, snapshots, self._snapshot_shown, "Snapshots retrieved successfully")

    def get_snapshot(self, request: Request) -> Response:
        data = self._snapshot_shown(self._snapshot(request))
        return self._done("Snapshot retrieved successfully", data=data)

    def create_snapshot(self, request: Request) -> Response:
        body = self._body(request)
        name = self._name(body.get("name"), "name", request)
        instance = self._instance(body.get("instance_id"), request)
        if instance.power != RUNNING or instance.jobs:
            raise Refused(self.error(400, "The instance must be ACTIVE", request))
        if any(one.name == name for one in self.cloud.account_snapshots(self.name)):
            raise Refused(self.error(400, "A snapshot of this name exists", request))
        description = str(body.get("description") or "")
        job = self.cloud.begin_snapshot(instance, name, "snapshot", description=description)
        assert job.snapshot is not None
        return self._done("Snapshot creation initiated", data=self._snapshot_shown(job.snapshot))

    def delete_snapshot(self, request: Request) -> Response:
        self.cloud.remove_snapshot(self._snapshot(request))
        return self._done("Snapshot deleted successfully")

    # restore

    def restore(self, request: Request) -> Response | Later:
        snapshot, body, switches = self._snapshot(request), self._body(request), self.cloud.switches
        name = self._name(body.get("new_vm_name"), "new_vm_name", request)
        if not snapshot.restorable:
            raise Refused(self.error(400, "The snapshot is not ready", request))
        taken = any(one.name == name and not one.deleted for one in self.cloud.instances(self.name))
        if taken and switches.barrack_duplicate_name == "refused":
            raise Refused(self.error(400, "An instance of this name exists", request))
        source = self.find(snapshot.instance_id)
        specs = source.extra.get("specs", SPECS) if source else SPECS
        origin = {"id": snapshot.id, "name": snapshot.name}
        job = self.cloud.begin_new_vm(snapshot, name, specs=specs, source=origin)
        if switches.barrack_restore == "async":
            return self._restored(job, "ACTIVE")
        seconds = self.cloud.durations.restore if job.ends == float("inf") else job.ends - job.created
        return Later(seconds, lambda: self._built(job, request))

    def _built(self, job: Job, request: Request) -> Response:
        self.cloud.settle()
        if job.finished is None:  # stuck: whatever stands before the API gives up
            return Response(504, raw=b"<html><h1>504 Gateway Time-out</h1></html>", content_type="text/html")
        if job.error:
            return self.error(500, job.error, request)
        answer = self._restored(job, state(job.instance, self.clock.now()))
        if job.false_result:
            answer.payload["success"] = False
        return answer

    def _restored(self, job: Job, status: str) -> Response:
        return self._done(
            "Snapshot restored successfully",
            timestamp=stamp(self.clock.now()),
            data=restored_json(job.instance, status),
            snapshot=job.instance.extra["source"],
            tier="legacy",
        )

    # pricing and lists

    def pricing(self, request: Request) -> Response:
        return self._done("Pricing information retrieved successfully", pricing_data=pricing_json(self.clock.now()))

    def _list(
        self, request: Request, items: list[Any], show: Callable[[Any], dict[str, Any]], message: str
    ) -> Response:
        form = self.cloud.switches.barrack_lists
        if form == "bare":
            return Response(200, [show(item) for item in items])
        if form == "data":
            return self._done(message, data=[show(item) for item in items])
        page = whole_number(request.query.get("page"), 1) or 1
        pages = max(1, -(-len(items) // PAGE_SIZE))
        shown = [show(item) for item in items[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]]
        pagination = {"page": page, "page_size": PAGE_SIZE, "total": len(items), "total_pages": pages}
        return self._done(message, data=shown, pagination=pagination)

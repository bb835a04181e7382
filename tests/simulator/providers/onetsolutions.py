# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""OnetSolutions. Errors, pages of lists and the validation of PUT follow Django REST framework's defaults
(assumed: the published schema bears the marks of that framework, and says nothing else about them)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from ..identity import ORGANIZATION_ID, PROJECT_ID
from ..messages import NOTHING, Refused, Request, Response
from ..model import RUNNING, Instance, Job, Snapshot
from .base import Provider, Route, bearer, whole_number
from .onetsolutions_catalog import DATES
from .onetsolutions_json import instance_json, snapshot_json, task_json
from .onetsolutions_put import apply_put

PAGES = "https://help.onetsolutions.net/api-reference"
RESTORE_PAGE = "%5Bsnapshots%5D-restore-an-instance-from-a-snapshot"
REPLACE_PAGE = "%5Binstances%5D-replace-compute-instance-metadata"
COMPUTE = "/v1/organizations/{org}/projects/{project}/compute"
INSTANCE = COMPUTE + "/instances/{id}"
SNAPSHOT = INSTANCE + "/snapshots/{snapshot}"
PAGE_SIZE, LARGEST_PAGE = 20, 50  # assumed: no page gives them
POWER = {"start": "start", "stop": "stop", "shutdown": "stop", "reboot": "restart", "reset": "restart"}


class OnetSolutions(Provider):
    name = "onetsolutions"
    prefixes = ("/v1/",)

    def routes(self) -> list[Route]:
        sibling = "assumed: beside the documented PUT"
        above = "assumed: the path above the documented restore"
        verb = "assumed: the style of the documented …/instances/{id}/unsuspend"
        return [
            Route("POST", SNAPSHOT + "/restore", self.restore, f"{PAGES}/compute/{RESTORE_PAGE}"),
            Route("PUT", INSTANCE, self.put_instance, f"{PAGES}/compute/{REPLACE_PAGE}"),
            Route("GET", COMPUTE + "/tasks/{task}", self.get_task, f"{PAGES}/compute/get-instance-task"),
            Route(
                "GET",
                INSTANCE + "/tasks/{task}",
                self.get_task,
                f"{PAGES}/compute/%5Btasks%5D-get-instance-task-nested.md",
            ),
            Route(
                "GET",
                "/v1/organizations",
                self.list_organizations,
                f"{PAGES}/organizations/[organizations]-list-accessible-organizations",
            ),
            Route("GET", COMPUTE + "/instances", self.list_instances, sibling),
            Route("GET", INSTANCE, self.get_instance, sibling),
            Route("GET", COMPUTE + "/tasks", self.list_tasks, "assumed: the list of the documented task"),
            Route("GET", INSTANCE + "/tasks", self.list_tasks, "assumed: the list of the documented task"),
            Route("GET", INSTANCE + "/snapshots", self.list_snapshots, above),
            Route("POST", INSTANCE + "/snapshots", self.create_snapshot, above),
            Route("GET", SNAPSHOT, self.get_snapshot, above),
            Route("DELETE", SNAPSHOT, self.delete_snapshot, above),
            *(Route("POST", f"{INSTANCE}/{word}", self._power(word), verb) for word in POWER),
        ]

    # credentials and errors

    def authorize(self, request: Request) -> None:
        given = bearer(request)
        if given != self.token:
            text = "Invalid token." if given else "Authentication credentials were not provided."
            answer = self.error(401, text, request)
            answer.headers["WWW-Authenticate"] = 'Bearer realm="api"'
            raise Refused(answer)

    def error(self, status: int, message: str, request: Request) -> Response:
        return Response(status, {"detail": message})

    def throttled(self, retry_after: str | None, request: Request) -> Response:
        answer = self.error(429, "Request was throttled.", request)
        if retry_after is not None:
            answer.headers["Retry-After"] = retry_after
        return answer

    # look-ups

    def _project(self, request: Request) -> None:
        if (request.params["org"], request.params["project"]) != (ORGANIZATION_ID, PROJECT_ID):
            raise Refused(self.error(404, "Not found.", request))

    def _instance(self, request: Request) -> Instance:
        self._project(request)
        instance = self.find(request.params["id"])
        if instance is None:
            raise Refused(self.error(404, "No Instance matches the given query.", request))
        return instance

    def _snapshot(self, request: Request) -> tuple[Instance, Snapshot]:
        instance = self._instance(request)
        snapshot = self.cloud.find_snapshot(self.name, request.params["snapshot"], instance)
        if snapshot is None:
            raise Refused(self.error(404, "No InstanceSnapshot matches the given query.", request))
        return instance, snapshot

    def _demand_idle(self, instance: Instance, request: Request) -> None:
        if instance.jobs:
            raise Refused(self.error(409, "Another operation is in progress on this instance.", request))

    def _body(self, request: Request) -> dict[str, Any]:
        body = request.json()
        if body is NOTHING:
            return {}
        if not isinstance(body, dict):
            text = f"Invalid data. Expected a dictionary, but got {type(body).__name__}."
            raise Refused(Response(400, {"non_field_errors": [text]}))
        return body

    # instances

    def _shown(self, instance: Instance) -> dict[str, Any]:
        switches = self.cloud.switches
        return instance_json(instance, self.clock.now(), switches.onet_sync_lag, switches.onet_tags)

    def get_instance(self, request: Request) -> Response:
        return Response(200, self._shown(self._instance(request)))

    def list_instances(self, request: Request) -> Response:
        self._project(request)
        return self._list(request, self.cloud.instances(self.name), self._shown)

    def put_instance(self, request: Request) -> Response:
        instance = self._instance(request)
        errors = apply_put(instance, self._body(request), self.clock.now())
        return Response(400, errors) if errors else Response(200, self._shown(instance))

    def _power(self, verb: str) -> Callable[[Request], Response]:
        def act(request: Request) -> Response:
            instance = self._instance(request)
            if (instance.power == RUNNING) == (verb == "start"):
                raise Refused(self.error(409, f"Instance is {instance.power}.", request))
            self._demand_idle(instance, request)
            return self._accepted(self.cloud.begin(instance, POWER[verb], verb))

        return act

    # snapshots

    def list_snapshots(self, request: Request) -> Response:
        return self._list(request, self.cloud.snapshots(self._instance(request).id), snapshot_json)

    def get_snapshot(self, request: Request) -> Response:
        return Response(200, snapshot_json(self._snapshot(request)[1]))

    def create_snapshot(self, request: Request) -> Response:
        instance, body = self._instance(request), self._body(request)
        name = body.get("name")
        if not isinstance(name, str) or not 1 <= len(name) <= 255:
            raise Refused(Response(400, {"name": ["This field is required, as text of 1 to 255 characters."]}))
        self._demand_idle(instance, request)
        job = self.cloud.begin_snapshot(instance, name, "snapshot", description=str(body.get("description", "")))
        job.announced = self.cloud.switches.onet_snapshot_tasks
        assert job.snapshot is not None
        return Response(201, snapshot_json(job.snapshot))

    def delete_snapshot(self, request: Request) -> Response:
        self.cloud.remove_snapshot(self._snapshot(request)[1])
        return Response(204)

    def restore(self, request: Request) -> Response:
        instance, snapshot = self._snapshot(request)
        force = self._body(request).get("force", True)
        if not isinstance(force, bool):
            raise Refused(Response(400, {"force": ["Must be a valid boolean."]}))
        overridden = force and self.cloud.switches.onet_force_overrides_409
        up = instance.power == RUNNING or instance.job("start") is not None
        if up and not overridden:
            raise Refused(self.error(409, "Instance must be stopped before restoration.", request))
        if not snapshot.restorable:
            raise Refused(self.error(409, "Snapshot is not available.", request))
        job = self.cloud.begin(instance, "restore", "restore", snapshot)
        job.announced = self.cloud.switches.onet_snapshot_tasks
        return self._accepted(job)

    # tasks

    def _task(self, job: Job) -> dict[str, Any]:
        return task_json(job, self.clock.now(), self.cloud.switches.onet_task_words)

    def _accepted(self, job: Job) -> Response:
        task = self._task(job)
        bodies = {"empty": NOTHING, "task": task, "task_id": {"task_id": job.id}, "nested": {"task": {"id": job.id}}}
        return Response(202, bodies[self.cloud.switches.onet_restore_answer])

    def get_task(self, request: Request) -> Response:
        self._project(request)
        job = self.cloud.find_job(self.name, request.params["task"])
        if job is None or request.params.get("id", job.instance.id) != job.instance.id:
            raise Refused(self.error(404, "No InstanceTask matches the given query.", request))
        return Response(200, self._task(job))

    def list_tasks(self, request: Request) -> Response:
        """Newest first."""
        self._project(request)
        instance_id = self._instance(request).id if "id" in request.params else None
        return self._list(request, self.cloud.jobs(self.name, instance_id)[::-1], self._task)

    # lists

    def list_organizations(self, request: Request) -> Response:
        organization = {
            "id": ORGANIZATION_ID,
            "legacy_id": 1,
            "name": "Simulated Organization",
            "project_count": 1,
            "modules": ["compute"],
            "organization_type": "professional",
            "support_plan": "basic",
            "is_active": True,
        }
        return Response(200, [organization | DATES])

    def _list(self, request: Request, items: list[Any], show: Callable[[Any], dict[str, Any]]) -> Response:
        if self.cloud.switches.onet_lists == "bare":
            return Response(200, [show(item) for item in items])
        page = whole_number(request.query.get("page"), 1)
        size = min(whole_number(request.query.get("page_size"), PAGE_SIZE) or PAGE_SIZE, LARGEST_PAGE)
        if not page or (page > 1 and (page - 1) * size >= len(items)):
            raise Refused(self.error(404, "Invalid page.", request))
        shown = [show(item) for item in items[(page - 1) * size : page * size]]
        before = self._page_url(request, page - 1) if page > 1 else None
        after = self._page_url(request, page + 1) if page * size < len(items) else None
        return Response(200, {"count": len(items), "next": after, "previous": before, "results": shown})

    def _page_url(self, request: Request, page: int) -> str:
        query = urlencode(request.query | {"page": str(page)})
        return f"http://{request.headers.get('host', 'localhost')}{request.path}?{query}"

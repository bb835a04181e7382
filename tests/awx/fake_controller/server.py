# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of AWX's API that the modules of awx.awx need to set up restores, over HTTP on the loopback interface."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.indiecloud.compute.tests.awx.fake_controller import survey
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.fields import KINDS, UNIFIED
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.store import Object, Refused, Store

TOKEN = "token-of-the-fake-controller"
HEADERS = {"Content-Type": "application/json", "X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
Answer = tuple[int, Any]
LIST = re.compile(r"/api/v2/(\w+)/")
ONE = re.compile(r"/api/v2/(\w+)/(\d+)/")
SUB = re.compile(r"/api/v2/(\w+)/(\d+)/(\w+)/")


class Controller:
    """A controller that runs until the end of the ``with`` block; ``writes`` are the requests other than GET."""

    def __init__(self, project: Path) -> None:
        self.store = Store(project)
        self.writes: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Controller:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str, body: Any) -> Answer:
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        with self._lock:
            if method != "GET":
                self.writes.append((method, path))
            try:
                return self._route(method, path, query, body)
            except Refused as refused:
                return 400, {"__all__": [str(refused)], "error": str(refused)}

    def _route(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if found := SUB.fullmatch(path):
            kind, number, name = found[1], int(found[2]), found[3]
            if number not in self.store.objects.get(kind, {}):
                return 404, {"detail": "Not found."}
            return self._sub(method, kind, number, name, body)
        if found := ONE.fullmatch(path):
            return self._one(method, found[1], int(found[2]), body)
        if (found := LIST.fullmatch(path)) and (found[1] in KINDS or found[1] == "unified_job_templates"):
            if method == "GET":
                return 200, self._page(found[1], query)
            if method == "POST" and found[1] not in ("unified_job_templates", "workflow_approval_templates"):
                return 201, self._made(found[1], self.store.add(found[1], body))
            return 405, {"detail": f'Method "{method}" not allowed.'}
        return 404, {"detail": "Not found."}

    def _one(self, method: str, kind: str, number: int, body: Any) -> Answer:
        if kind == "project_updates":
            return 200, {"id": number, "status": "successful", "type": "project_update"}
        if number not in self.store.objects.get(kind, {}):
            return 404, {"detail": "Not found."}
        if method == "PATCH":
            return 200, self._seen(kind, self.store.change(kind, number, body))
        if method == "GET":
            return 200, self._seen(kind, self.store.objects[kind][number])
        return 405, {"detail": f'Method "{method}" not allowed.'}

    def _sub(self, method: str, kind: str, number: int, name: str, body: Any) -> Answer:
        if name == "survey_spec" and kind in ("job_templates", "workflow_job_templates"):
            if method == "GET":
                return 200, self.store.surveys.get((kind, number), {})
            if wrong := list(survey.problems(body)):
                return 400, {"error": " ".join(wrong)}
            self.store.surveys[kind, number] = body
            return 200, {}
        if name == "create_approval_template" and kind == "workflow_job_template_nodes" and method == "POST":
            made = self.store.add("workflow_approval_templates", body)
            self.store.objects[kind][number]["unified_job_template"] = made["id"]
            return 201, self._seen("workflow_approval_templates", made)
        if name in KINDS[kind].associations:
            if method == "GET":
                return 200, _listed([{"id": one} for one in self.store.lists.get((kind, number, name), [])])
            if body.get("disassociate"):
                self.store.lists[kind, number, name].remove(body["id"])
            else:
                self.store.associate(kind, number, name, body["id"])
            return 204, None
        return 404, {"detail": "Not found."}

    def _page(self, kind: str, query: dict[str, str]) -> Object:
        kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
        fields = {"id", "type", *(name for one in kinds for name in KINDS[one].fields)}
        for name in query:
            if name.removeprefix("or__") not in fields:
                raise Refused(f"{kind} has no field named {name!r}")
        found = [
            self._seen(one, item)
            for one in kinds
            for item in self.store.objects[one].values()
            if all(str(item.get(name)) == value for name, value in query.items())
        ]
        return _listed(found)

    def _made(self, kind: str, item: Object) -> Object:
        """The API's answer about a new object: a project is checked out at once."""
        fetching = {"current_update": {"id": item["id"]}} if kind == "projects" and item["scm_type"] else {}
        return {**self._seen(kind, item), "summary_fields": fetching}

    def _seen(self, kind: str, item: Object) -> Object:
        related = {}
        if kind in ("job_templates", "workflow_job_templates"):
            related["survey_spec"] = f"{item['url']}survey_spec/"
        runs = item.get("unified_job_template")
        if runs and (found := self.store.find("unified_job_templates", runs)):
            related["unified_job_template"] = found["url"]
        more = {"scm_revision": "0" * 40, "status": "successful"} if kind == "projects" else {}
        return {**item, **more, "related": related, "summary_fields": {}}


def _listed(found: list[Object]) -> Object:
    return {"count": len(found), "next": None, "previous": None, "results": found}


def _handler(controller: Controller) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length)
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, body = 401, {"detail": "Authentication credentials were not provided."}
            else:
                status, body = controller.answer(self.command, self.path, json.loads(text) if text else {})
            sent = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**HEADERS, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_GET = serve
        do_POST = serve
        do_PATCH = serve
        do_DELETE = serve

        def log_message(self, *_words: object) -> None:
            """Log nothing."""

    return Handler

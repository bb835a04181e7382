# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the guide that tell somebody: what a web server, and the module for mail, receive."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.fleet import Fleet
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import blocks

# In place of community.general, with the options of its module that the guide uses.
MAIL = """
import json
from ansible.module_utils.basic import AnsibleModule
spec = dict(host=dict(default="localhost"), port=dict(type="int", default=25), subject=dict(required=True), body={},
            to=dict(type="list", elements="str", default=["root"]), sender=dict(aliases=["from"], default="root"))
module = AnsibleModule(spec)
with open(%r, "w") as file:
    json.dump(module.params, file)
module.exit_json()
"""


@contextmanager
def web_server(status: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server on the loopback address that keeps what is posted to it."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook/s3cret", received
        server.shutdown()


def put(fleet: Fleet, name: str) -> None:
    (block,) = (one for one in blocks("yaml") if one.page == "docs/role.md" and one.text.startswith(f"# {name}\n"))
    (fleet.folder / name).write_text(block.text, encoding="utf-8")


def test_webhook(fleet: Fleet) -> None:
    web = fleet.add_one("web", "hostup")
    put(fleet, "notify_webhook.yml")
    given = ["-e", "restore_notify_tasks=notify_webhook.yml", "-e"]
    with web_server(500) as (url, refused):
        played = fleet.play(*given, f"webhook_url={url}")
    assert (played.code, len(refused), fleet.restores(web)) == (0, 1, 1), played.output
    assert "restore_notify_tasks failed in Send the report to a webhook" in played.output
    assert "s3cret" not in played.output
    with web_server(204) as (url, received):
        assert fleet.play(*given, f"webhook_url={url}", "-e", "restore_id=two").code == 0
        # Nothing is done any more, so nobody is told.
        assert fleet.play(*given, f"webhook_url={url}", "-e", "restore_id=two").code == 0
    (told,) = received
    assert [(row["host"], row["restore_id"], row["status"]) for row in told["restores"]] == [("web", "two", "restored")]
    assert fleet.sim.tokens["hostup"] not in json.dumps(told)


def test_mail(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.add("hostup", 2)
    fleet.extra["hostup-01"] = {"restore_snapshot": "no-such-snapshot"}
    put(fleet, "notify_mail.yml")
    modules = fleet.folder / "ansible_collections/community/general/plugins/modules"
    modules.mkdir(parents=True)
    (modules / "mail.py").write_text(MAIL % str(fleet.folder / "sent.json"), encoding="utf-8")
    known = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", os.pathsep.join(filter(None, (known, str(fleet.folder)))))
    words = ["-e", "smtp_host=mail.example.com", "-e", "on_call=night@example.com", "-e", "restore_report_title=CHG-1"]
    played = fleet.play("-e", "restore_notify_tasks=notify_mail.yml", *words)
    assert played.code == 2
    sent = json.loads((fleet.folder / "sent.json").read_text(encoding="utf-8"))
    assert (sent["subject"], sent["to"], sent["port"]) == ("CHG-1: FAILED", ["night@example.com"], 25)
    assert [line.split()[0] for line in sent["body"].splitlines()[2:4]] == ["hostup-00", "hostup-01"]

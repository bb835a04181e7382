# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent, over which connections, and what is learnt from answers; over real sockets, in no real time."""

from __future__ import annotations

import builtins
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api import transport as sending
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import MissingLibrary
from ansible_collections.indiecloud.compute.tests.unit.module_utils._api.asking import OK, failure
from ansible_collections.indiecloud.compute.tests.unit.module_utils.conftest import Connect
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import TOKEN, FakeTime
from ansible_collections.indiecloud.compute.tests.unit.module_utils.peer import (
    RawServer,
    answer,
    message,
    raw,
    then_hang_up,
)


class TestWhatIsSent:
    def test_request_line_headers_and_body(self, connect: Connect) -> None:
        with RawServer(OK) as server:
            found = connect(server.url + "/base").request("POST", "/a/b", params={"page": "2"}, body={"x": "ü"})
        assert found.json() == {"ok": True}
        head, sent = server.requests[0].decode().split("\r\n\r\n")
        lines = head.split("\r\n")
        assert lines[0] == "POST /base/a/b?page=2 HTTP/1.1"
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["accept"] == headers["content-type"] == "application/json"
        assert headers["accept-encoding"] == "gzip"
        assert headers["user-agent"] == sending.USER_AGENT
        assert json.loads(sent) == {"x": "ü"}

    def test_user_agent_has_the_version_of_the_collection(self) -> None:
        assert re.fullmatch(rf"indiecloud\.compute/{re.escape(collection_version())} \(.+\)", sending.USER_AGENT)

    def test_a_write_without_a_body_sends_none(self, connect: Connect) -> None:
        with RawServer(OK) as server:
            connect(server.url).request("POST", "/x")
        assert server.requests[0].endswith(b"\r\n\r\n")
        assert b"content-length: 0" in server.requests[0].lower()

    def test_requests_are_counted_and_reported(self, connect: Connect) -> None:
        lines: list[str] = []
        with RawServer(answer(503), answer(200, b'{"four": 4}'), OK) as server:
            transport = connect(server.url)
            transport.on_request = lines.append
            transport.request("GET", "/x")
            transport.request("POST", "/y")
        assert transport.calls == {"GET": 2, "POST": 1}
        assert lines == [
            "GET /x -> 503 in 0 ms, 0 bytes",
            "GET /x -> 200 in 0 ms, 11 bytes",
            "POST /y -> 200 in 0 ms, 12 bytes",
        ]


def collection_version() -> str:
    """As galaxy.yml says in a checkout, and MANIFEST.json in an installed collection."""
    root = next(folder for folder in Path(__file__).parents if (folder / "plugins").is_dir())
    if (root / "galaxy.yml").exists():
        found = re.search(r"^version: (\S+)$", (root / "galaxy.yml").read_text(), re.MULTILINE)
        assert found
        return found.group(1)
    return str(json.loads((root / "MANIFEST.json").read_text())["collection_info"]["version"])


class TestConnections:
    def test_one_connection_serves_a_whole_run(self, connect: Connect) -> None:
        steps = [OK, answer(202), answer(204), answer(404, {"detail": "no"}), answer(302, Location="/y"), OK]
        with RawServer(*steps) as server:
            transport = connect(server.url)
            for dummy in range(3):
                transport.request("GET", "/x")
            for status in (404, 302):
                assert failure(transport, "POST").args == failure_args(status, transport)
            transport.request("GET", "/x")
        assert (server.connections, len(server.requests)) == (1, 6)

    def test_chunked_and_packed_answers_keep_the_connection(self, connect: Connect) -> None:
        import gzip

        packed = gzip.compress(b'{"n": 1}')
        chunked = message(200, b"8\r\n" + b'{"n": 2}' + b"\r\n0\r\n\r\n", Transfer_Encoding="chunked")
        with RawServer(answer(200, packed, Content_Encoding="gzip"), raw(chunked), OK) as server:
            transport = connect(server.url)
            assert [transport.request("GET", "/x").json() for dummy in range(3)] == [{"n": 1}, {"n": 2}, {"ok": True}]
        assert server.connections == 1

    def test_a_write_after_a_pause_uses_a_new_connection(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(OK) as server:
            transport = connect(server.url)
            transport.request("GET", "/x")
            time.seconds += 2.0
            transport.request("POST", "/x")
        assert server.connections == 2

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_connection_closed_while_idle_does_no_harm(self, connect: Connect, method: str) -> None:
        with RawServer(then_hang_up(OK), OK) as server:
            transport = connect(server.url)
            transport.request("GET", "/x")
            assert server.hung_up.wait(10)
            assert transport.request(method, "/x").json() == {"ok": True}
        assert (server.connections, len(server.requests)) == (2, 2)


def failure_args(status: int, transport: sending.Transport) -> tuple[str]:
    if status == 404:
        return ("POST /x answered 404: no",)
    return ("POST /x answered 302: a redirect, which is not followed since it would get the token",)


class TestClocks:
    def test_the_time_of_the_provider_is_learnt_from_its_answers(self, connect: Connect) -> None:
        with RawServer(answer(200, {}, Date="Thu, 01 Jan 2026 00:05:00 GMT")) as server:
            transport = connect(server.url)
            transport.request("GET", "/x")
        assert transport.provider_now().isoformat() == "2026-01-01T00:05:00+00:00"

    @pytest.mark.parametrize("date", ["", "yesterday", "Fri, 31 Dec 9999 23:59:59 GMT", "1 Jan 1600 00:00:00 GMT"])
    def test_an_absurd_date_is_ignored(self, connect: Connect, time: FakeTime, date: str) -> None:
        with RawServer(answer(200, {}, Date=date)) as server:
            transport = connect(server.url)
            transport.request("GET", "/x")
        time.seconds += 100.0
        assert transport.provider_now().isoformat() == "2026-01-01T00:01:40+00:00"


def test_missing_requests_is_reported_as_such(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without_requests(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "requests":
            raise ImportError("No module named 'requests'")
        return original(name, *arguments, **options)

    monkeypatch.delitem(sys.modules, "requests", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_requests)
    exc = failure(connect("https://api.example.com"))
    assert isinstance(exc, MissingLibrary)
    assert (exc.package, exc.error_code) == ("requests", "missing_library")
    assert "No module named 'requests'" in exc.trace

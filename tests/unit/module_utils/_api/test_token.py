# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token goes to the origin of api_url and nowhere else, and comes back in no error."""

from __future__ import annotations

import json
import socket
import traceback
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api import transport as sending
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    MAYBE_APPLIED,
    AnswerLost,
    AnswerUnreadable,
    CloudError,
    NotSent,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._api.asking import OK, drip, failure
from ansible_collections.indiecloud.compute.tests.unit.module_utils.conftest import Connect
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import TOKEN, FakeTime
from ansible_collections.indiecloud.compute.tests.unit.module_utils.peer import (
    RawServer,
    answer,
    hang_up,
    raw,
    reset,
    then_hang_up,
)


class TestToken:
    def test_a_redirect_is_not_followed(self, connect: Connect) -> None:
        with RawServer(OK) as thief, RawServer(answer(307, Location=thief.url + "/steal")) as server:
            exc = failure(connect(server.url), "POST", body={"x": 1})
            assert exc.error_code == "redirect_refused"
            assert thief.connections == 0

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:1", "https://127.0.0.1", "http://localhost", "http://u@127.0.0.1"]
    )
    def test_no_other_origin_gets_it(self, connect: Connect, url: str) -> None:
        requests = sending.load_requests()
        transport = connect("http://127.0.0.1:8080")
        prepared = requests.Request("GET", url, auth=transport._authorize).prepare()
        assert TOKEN not in str(dict(prepared.headers))
        own = requests.Request("GET", "http://127.0.0.1:8080/x", auth=transport._authorize).prepare()
        assert own.headers["Authorization"] == f"Bearer {TOKEN}"

    def test_netrc_does_not_take_its_place(self, connect: Connect, tmp_path: Path) -> None:
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login intruder password b\ndefault login a password b\n")
        with RawServer(OK) as server:
            connect(server.url).request("GET", "/x")
        assert f"authorization: bearer {TOKEN}".lower().encode() in server.requests[0].lower()
        assert server.requests[0].lower().count(b"authorization:") == 1

    @pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
    def test_what_is_for_this_machine_stays_on_it(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        with RawServer(OK) as proxy, RawServer(OK) as server:
            monkeypatch.setenv(name, proxy.url)
            for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
                connect(url).request("GET", "/x")
            assert proxy.connections == 0

    def test_proxy_of_the_environment_is_used_for_other_machines(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with RawServer(OK) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            connect("http://api.example.com", allow_http=True).request("GET", "/x")
        assert proxy.requests[0].startswith(b"GET http://api.example.com/x HTTP/1.1\r\n")

    @pytest.mark.parametrize("exempt", ["api.example.com", ".example.com", "10.0.0.0/8,example.com", "*"])
    def test_no_proxy_names_who_needs_none(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, exempt: str
    ) -> None:
        """ansible/ansible#40827: the proxy was used for hosts that no_proxy lists."""
        with RawServer(OK) as proxy, RawServer(OK) as server:
            address = server.url.removeprefix("http://").split(":")
            resolve = socket.getaddrinfo
            monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: resolve(address[0], *rest, **more))
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.setenv("no_proxy", exempt)
            connect(f"http://api.example.com:{address[1]}", allow_http=True).request("GET", "/x")
        assert (proxy.connections, server.connections) == (0, 1)

    def test_a_proxy_of_https_sees_a_name_and_no_token(self, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
        with RawServer(answer(407)) as proxy:
            monkeypatch.setenv("https_proxy", proxy.url)
            exc = failure(connect("https://api.example.com"), "POST")
            assert isinstance(exc, NotSent)
            assert "407" in exc.message
        assert len(proxy.requests) == 4
        assert all(request.startswith(b"CONNECT api.example.com:443 HTTP/1.") for request in proxy.requests)
        assert TOKEN.encode() not in b"".join(proxy.requests)

    @pytest.mark.parametrize(
        "proxy",
        ["http://", "http://:3128", "http://user:pw@", "http://:@:", "://x", "user:pw@", "http://user:pw@h:99999"]
        # Such a password ends the host, and what is left of it must not be shown either.
        + [f"http://user:pw{mark}rest@127.0.0.1:1" for mark in "/?#"],
    )
    def test_a_proxy_without_a_host_is_a_clear_error(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        monkeypatch.setenv("https_proxy", proxy)
        exc = failure(connect("https://api.example.com"), "POST")
        assert isinstance(exc, NotSent)
        assert "https_proxy" in "".join(exc.next_steps)
        assert "pw" not in exc.message

    @pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_a_ca_bundle_that_is_missing_is_named(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv(name, "/nowhere.pem")
        exc = failure(connect("https://api.example.com"), "POST")
        assert isinstance(exc, NotSent)
        assert name in exc.message

    def test_a_proxy_that_drips_its_answer_is_cut(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, time: FakeTime
    ) -> None:
        with RawServer(drip(time, b"HTTP/1.1 200 OK\r\n", b"X-Slow: aaaaa"), answer(407)) as proxy:
            monkeypatch.setenv("https_proxy", proxy.url)
            assert isinstance(failure(connect("https://api.example.com"), "POST"), NotSent)

    @pytest.mark.parametrize("break_off", [hang_up, reset])
    def test_a_write_that_a_proxy_may_have_passed_on_is_not_sent_again(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, break_off: Any
    ) -> None:
        """urllib3 1.26 calls each error of a socket behind a proxy a failure to reach the proxy."""
        with RawServer(break_off, OK) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            exc = failure(connect("http://api.example.com", allow_http=True), "POST")
        assert isinstance(exc, AnswerLost)
        assert exc.applied == MAYBE_APPLIED
        assert len(proxy.requests) == 1

    @pytest.mark.parametrize(
        "echo",
        [
            lambda token: {"detail": f"bad token {token}"},
            lambda token: {"detail": "x" * 380 + token},
            lambda token: {"code": token, "requestId": token, "title": "t"},
            lambda token: {"code": "c" * 90 + token, "requestId": "r" * 95 + token},
            lambda token: {token: ["wrong"], "headers": {"Authorization": token}},
            lambda token: [token, {"x": token}],
            lambda token: f"<html><title>{token}</title>{token}</html>".encode(),
            lambda token: b"<p>" + b" " * 7980 + token.encode(),
            lambda token: b"not json: " + json.dumps({"t": token}).encode() + b"\xff",
            lambda token: b"not json: " + json.dumps({"t": token}).replace("/", "\\/").encode(),
            lambda token: b"/login?next=" + http_quote(token),
            lambda token: b"/login?next=" + http_quote(token).lower().replace(b"tok-s3", b"tok-S3"),
        ],
    )
    @pytest.mark.parametrize("status", [400, 401, 429, 500])
    def test_it_is_in_no_error_that_echoes_it(self, connect: Connect, echo: Any, status: int) -> None:
        with RawServer(answer(status, echo(TOKEN), X_Request_Id=TOKEN)) as server:
            no_trace_of_the_token(connect(server.url, seconds=3.0))

    @pytest.mark.parametrize(
        "said",
        [
            f"HTTP/1.1 500 {TOKEN}\r\n{TOKEN}\r\n\r\n".encode(),
            f"{'x' * 195}{TOKEN}\r\n\r\n".encode(),
            f"HTTP/1.1 302 X\r\nLocation: http://{TOKEN}@[::\r\nContent-Length: 0\r\n\r\n".encode(),
            f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{TOKEN}\r\n".encode(),
            f"HTTP/1.1 200 OK\r\nContent-Encoding: {TOKEN}\r\nContent-Length: 1\r\n\r\n1".encode(),
        ],
    )
    def test_it_is_in_no_error_of_the_network(
        self, connect: Connect, said: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        with RawServer(then_hang_up(raw(said))) as server:
            no_trace_of_the_token(connect(server.url, seconds=3.0))
        assert "S3cr3t" not in caplog.text

    def test_it_is_in_no_error_of_a_body_that_is_not_json(self, connect: Connect) -> None:
        with RawServer(answer(200, TOKEN.encode())) as server:
            found = connect(server.url).request("GET", f"/{TOKEN}")
        with pytest.raises(AnswerUnreadable) as caught:
            found.json()
        assert_hidden(caught.value)

    def test_it_is_in_no_representation_of_the_connection(self, connect: Connect) -> None:
        transport = connect("https://api.example.com")
        assert "tok-S3" not in repr(transport) + str(transport.connection)


def http_quote(token: str) -> bytes:
    from urllib.parse import quote

    return quote(token, safe="").encode()


def no_trace_of_the_token(transport: sending.Transport) -> None:
    for method in ("GET", "POST"):
        lines: list[str] = []
        transport.on_request = lines.append
        assert_hidden(failure(transport, method, f"/{TOKEN}"))
        assert lines
        assert "S3cr3t" not in "".join(lines)


def assert_hidden(exc: CloudError) -> None:
    seen = "".join(traceback.format_exception(type(exc), exc, exc.__traceback__))
    seen += repr(exc) + str(exc) + repr(vars(exc)) + repr(exc.next_steps)
    assert "tok-S3" not in seen
    assert "tok-s3" not in seen

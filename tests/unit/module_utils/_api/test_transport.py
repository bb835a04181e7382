# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent, how often, and what becomes of each way an answer can fail; over real sockets, in no real time."""

from __future__ import annotations

import builtins
import json
import re
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api import transport as sending
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    MAYBE_APPLIED,
    NOT_APPLIED,
    AnswerLost,
    AnswerUnreadable,
    CloudError,
    MissingLibrary,
    NotSent,
    OutOfTime,
    ProviderError,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.conftest import Connect
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import TOKEN, FakeTime
from ansible_collections.indiecloud.compute.tests.unit.module_utils.peer import (
    Peer,
    RawServer,
    answer,
    hang_up,
    message,
    raw,
    reset,
    then_hang_up,
)

OK = answer(200, {"ok": True})


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def failure(transport: sending.Transport, method: str = "GET", path: str = "/x", **send: Any) -> CloudError:
    with pytest.raises(CloudError) as caught:
        transport.request(method, path, **send)
    return caught.value


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
    return ("POST /x answered 302: a redirect, which is not followed so that the token stays at its origin",)


class TestWhenToSendAgain:
    """GET again after anything that may pass; a write only when nothing of it can have had an effect."""

    def test_get_is_sent_four_times_with_growing_pauses(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(answer(503)) as server:
            assert failure(connect(server.url)).error_code == "provider_unavailable"
        assert len(server.requests) == 4
        assert time.pauses == [2.0, 4.0, 8.0]

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599])
    def test_get_is_sent_again_after_5xx(self, connect: Connect, status: int) -> None:
        with RawServer(answer(status, b"<html>"), OK) as server:
            assert connect(server.url).request("GET", "/x").json() == {"ok": True}

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    @pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
    def test_a_write_is_never_sent_again_after_a_status_that_may_hide_an_effect(
        self, connect: Connect, time: FakeTime, method: str, status: int
    ) -> None:
        with RawServer(answer(status), OK) as server:
            assert failure(connect(server.url), method).applied == MAYBE_APPLIED
        assert (len(server.requests), time.pauses) == (1, [])

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 301, 302, 303, 307, 308])
    def test_nothing_is_sent_again_after_a_refusal(
        self, connect: Connect, time: FakeTime, method: str, status: int
    ) -> None:
        with RawServer(answer(status, {"detail": "no"}, Location="/y"), OK) as server:
            exc = failure(connect(server.url), method)
        assert isinstance(exc, ProviderError)
        assert exc.status == status
        assert exc.applied == (MAYBE_APPLIED if status in (302, 303) else NOT_APPLIED)
        assert (len(server.requests), time.pauses) == (1, [])

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_429_is_waited_out_as_long_as_the_run_lasts(self, connect: Connect, time: FakeTime, method: str) -> None:
        with RawServer(*[answer(429, Retry_After="7")] * 9, OK) as server:
            connect(server.url).request(method, "/x")
        assert time.pauses == [7.0] * 9

    @pytest.mark.parametrize(
        ("headers", "pause"),
        [
            ({"Retry_After": "3"}, 3.0),
            ({"retry_after": "3"}, 3.0),
            ({"Retry_After": "0"}, 0.5),
            ({"Retry_After": "999999999"}, 60.0),
            ({"Retry_After": "9" * 5000}, 60.0),
            ({"Retry_After": "Thu, 01 Jan 2026 00:00:30 GMT"}, 30.0),
            ({"Retry_After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.5),
            ({"X_RateLimit_Reset": "2026-01-01T00:00:09.000Z"}, 9.0),
            ({"Retry_After": "-5"}, 2.0),
            ({"Retry_After": "soon"}, 2.0),
            ({}, 2.0),
        ],
    )
    def test_the_pause_a_429_asks_for(
        self, connect: Connect, time: FakeTime, headers: dict[str, str], pause: float
    ) -> None:
        with RawServer(answer(429, **headers), OK) as server:
            connect(server.url).request("POST", "/x")
        assert time.pauses == [pause]

    def test_the_pause_a_429_asks_for_in_its_body(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(answer(429, {"error": "slow down", "retryAfter": "11"}), OK) as server:
            connect(server.url).request("GET", "/x")
        assert time.pauses == [11.0]

    def test_no_pause_reaches_beyond_the_run(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(answer(429, Retry_After="30")) as server:
            exc = failure(connect(server.url, seconds=100.0), "POST")
        assert exc.error_code == "rate_limited"
        assert time.pauses == [30.0, 30.0, 30.0]

    def test_nothing_is_sent_after_the_end_of_the_run(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(OK) as server:
            transport = connect(server.url, seconds=5.0)
            time.seconds += 5.0
            assert isinstance(failure(transport), OutOfTime)
        assert server.connections == 0

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_refused_connection_is_tried_again(self, connect: Connect, time: FakeTime, method: str) -> None:
        exc = failure(connect(f"http://127.0.0.1:{free_port()}"), method)
        assert isinstance(exc, NotSent)
        assert exc.applied == NOT_APPLIED
        assert "Connection refused" in exc.message
        assert time.pauses == [2.0, 4.0, 8.0]

    def test_a_name_that_does_not_resolve_is_tried_again(
        self, connect: Connect, time: FakeTime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_name(*dummy: Any, **dummies: Any) -> Any:
            raise socket.gaierror(-3, "Temporary failure in name resolution")

        monkeypatch.setattr(socket, "getaddrinfo", no_name)
        exc = failure(connect("https://api.example.com"), "POST")
        assert isinstance(exc, NotSent)
        assert "name resolution" in exc.message
        assert len(time.pauses) == 3

    @pytest.mark.parametrize("break_off", [hang_up, reset])
    def test_a_connection_cut_before_the_answer(self, connect: Connect, break_off: Any) -> None:
        with RawServer(break_off, OK) as server:
            assert connect(server.url).request("GET", "/x").json() == {"ok": True}
        assert len(server.requests) == 2
        with RawServer(break_off, OK) as server:
            exc = failure(connect(server.url), "POST")
        assert isinstance(exc, AnswerLost)
        assert exc.applied == MAYBE_APPLIED
        assert len(server.requests) == 1

    @pytest.mark.parametrize("break_off", [hang_up, reset])
    def test_a_connection_cut_before_the_request_was_read(self, connect: Connect, break_off: Any) -> None:
        def unread(peer: Peer) -> None:
            # Before its first byte is here, the request may as well not have left: then another try is right.
            peer.sock.recv(1, socket.MSG_PEEK)
            break_off(peer)

        with RawServer(OK, greet=unread) as server:
            exc = failure(connect(server.url), "POST", body={"x": 1})
        assert isinstance(exc, AnswerLost)
        assert exc.applied == MAYBE_APPLIED
        assert (server.connections, server.requests) == (1, [])

    @pytest.mark.parametrize(
        "said",
        [
            b"",
            b"HTTP/1.",
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 99999 X\r\n\r\n",
            message(200, b'{"ok": tr', Content_Length="12"),
            message(200, b"5\r\n{}", Transfer_Encoding="chunked"),
            message(200, b"zz\r\n{}\r\n0\r\n\r\n", Transfer_Encoding="chunked"),
            message(200, b"\x1f\x8b\x08\x00", Content_Encoding="gzip", Content_Length="9"),
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        ],
    )
    def test_an_answer_that_is_cut_off_or_broken(self, connect: Connect, said: bytes) -> None:
        with RawServer(then_hang_up(raw(said)), OK) as server:
            assert connect(server.url).request("GET", "/x").json() == {"ok": True}
        with RawServer(then_hang_up(raw(said)), OK) as server:
            exc = failure(connect(server.url), "POST")
        assert isinstance(exc, AnswerLost)
        assert exc.applied == MAYBE_APPLIED
        assert len(server.requests) == 1

    def test_packed_answer_without_its_end(self, connect: Connect) -> None:
        import gzip

        said = (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b'{"a": 1}')[:-6]
        )
        with RawServer(then_hang_up(raw(said))) as server:
            assert isinstance(failure(connect(server.url), "POST"), AnswerLost)

    @pytest.mark.parametrize(
        ("status", "advice"),
        [
            (401, "the token: it came from the option api_token"),
            (403, "the token from the option api_token is valid"),
            (429, "rate limit outlasts this run"),
            (500, "quote the request id"),
            (302, "Set api_url"),
        ],
    )
    def test_what_to_do_about_an_error(self, connect: Connect, status: int, advice: str) -> None:
        with RawServer(answer(status, Retry_After="50")) as server:
            (step,) = failure(connect(server.url, seconds=10.0), "POST").next_steps
        assert advice in step


class TestTimeLimit:
    """A request ends in time whatever the server does; the alarm is rung by the server's side of the test."""

    @staticmethod
    def drip(time: FakeTime, head: bytes, then: bytes) -> Any:
        def step(peer: Peer) -> None:
            peer.send(head)
            for letter in then[:20]:
                peer.send(bytes([letter]))
            time.alarms.ring()
            peer.wait_for_hang_up()

        return step

    @pytest.mark.parametrize(
        ("head", "then"),
        [
            (b"", b""),
            (b"HTTP/1.1 200 OK\r\n", b"X-Slow: " + b"a" * 12),
            (message(200, b"", Content_Length="100000"), b'{"a": "aaaaaaaaaaaaaaaaaaa'),
            (message(200, b"", Transfer_Encoding="chunked"), b"1\r\n{\r\n1\r\n \r\n1\r\n \r\n"),
            (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b'{"a": 1}            '),
            (b"HTTP/1.1 100 Continue\r\n\r\n" * 5, b"HTTP/1.1 100 Continue"),
        ],
    )
    def test_a_slow_answer_is_cut(self, connect: Connect, time: FakeTime, head: bytes, then: bytes) -> None:
        with RawServer(self.drip(time, head, then)) as server:
            exc = failure(connect(server.url, request_timeout=12.0), "POST")
            assert isinstance(exc, AnswerLost)
            assert exc.message == "POST /x: no whole answer within 12 s"
            assert len(server.requests) == 1

    def test_get_is_sent_again_after_a_cut(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(self.drip(time, b"HTTP/1.1 200 OK\r\n", b"X-Slow: aaaa"), OK) as server:
            assert connect(server.url).request("GET", "/x").json() == {"ok": True}

    def test_an_error_with_a_slow_body_is_still_that_error(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(self.drip(time, message(409, b"", Content_Length="1000"), b'{"detail": "stop it')) as server:
            exc = failure(connect(server.url), "POST")
        assert isinstance(exc, ProviderError)
        assert (exc.status, exc.applied) == (409, NOT_APPLIED)

    def test_a_cut_before_anything_was_sent_is_no_lost_answer(self, connect: Connect, time: FakeTime) -> None:
        """As when the time is over by the time a slow handshake is done."""
        with RawServer(OK) as server:
            transport = connect(server.url)
            transport._open(sending.load_requests(), fresh=False)
            tower = transport._tower
            original = time.alarms

            def at_once(seconds: float, action: Any) -> Any:
                action()
                return original

            transport.runtime = transport.runtime._replace(alarm=at_once)
            exc = failure(transport, "POST")
            assert isinstance(exc, NotSent)
            assert not tower.flight.sent
            assert server.requests == []

    @pytest.mark.parametrize(
        ("seconds", "request_timeout", "timeout", "limit"),
        [
            (1000.0, 30.0, None, 30.0),
            (1000.0, 30.0, 600.0, 600.0),
            (10.0, 30.0, 600.0, 10.0),
            (0.2, 30.0, None, 1.0),
            (1e300, 1e300, None, 86400.0),
        ],
    )
    def test_the_limit_is_the_time_for_a_request_or_what_is_left_of_the_run(
        self, connect: Connect, time: FakeTime, seconds: float, request_timeout: float, timeout: Any, limit: float
    ) -> None:
        with RawServer(OK) as server:
            connect(server.url, seconds=seconds, request_timeout=request_timeout).request("GET", "/", timeout=timeout)
        assert time.alarms.seconds == [limit]

    def test_an_alarm_after_the_end_does_no_harm(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(OK) as server:
            transport = connect(server.url)
            transport.request("GET", "/x")
            transport._tower.flight.cut()
            assert transport.request("POST", "/x").json() == {"ok": True}
        assert server.connections == 1


class TestBodies:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_huge_body_is_not_read_to_its_end(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, method: str
    ) -> None:
        monkeypatch.setattr(
            "ansible_collections.indiecloud.compute.plugins.module_utils._api.body.LARGEST_BODY", 1 << 20
        )

        def pour(peer: Peer) -> None:
            peer.send(message(200, b"", Content_Length=str(1 << 40)))
            while True:
                peer.send(b" " * 65536)

        with RawServer(pour) as server:
            exc = failure(connect(server.url), method)
        assert isinstance(exc, AnswerUnreadable)
        assert exc.error_code == "answer_too_large"
        assert exc.message == f"{method} /x answered 200 with more than 1 MiB"
        assert len(server.requests) == 1

    @pytest.mark.parametrize("status", [200, 500, 302])
    def test_a_small_body_that_unpacks_to_gigabytes(self, connect: Connect, status: int) -> None:
        import tracemalloc
        import zlib

        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(bytes(1 << 20)) for dummy in range(256)) + packer.flush()
        with RawServer(answer(status, bomb, Content_Encoding="gzip", Location="/y")) as server:
            tracemalloc.start()
            exc = failure(connect(server.url), "POST")
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert exc.error_code == {200: "answer_too_large", 500: "provider_unavailable", 302: "redirect_refused"}[status]
        assert peak < 100 << 20

    def test_a_packing_that_was_not_asked_for(self, connect: Connect) -> None:
        """Layers of packing multiply."""
        with RawServer(answer(200, b"x", Content_Encoding="gzip, gzip, gzip")) as server:
            exc = failure(connect(server.url), "POST")
        assert isinstance(exc, AnswerUnreadable)
        assert exc.applied == MAYBE_APPLIED

    def test_damaged_packing(self, connect: Connect) -> None:
        with RawServer(answer(200, b"not gzip at all", Content_Encoding="gzip")) as server:
            assert isinstance(failure(connect(server.url), "POST"), AnswerUnreadable)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"<html><title>Just a moment</title>", "an HTML page"),
            (b"ok", "a body that is not JSON"),
            (b"\xff\xfe\x00", "a body that is not JSON"),
            (b'{"a": NaN}', "a body that is not JSON"),
            (b"[" * 100_000, "JSON nested too deeply"),
            (b"[" * 65 + b"]" * 65, "JSON nested too deeply"),
            (b"9" * 5000, "a body that is not JSON"),
        ],
    )
    def test_a_success_that_cannot_be_read(self, connect: Connect, content: bytes, said: str) -> None:
        with RawServer(answer(200, content)) as server:
            found = connect(server.url).request("POST", "/x")
        with pytest.raises(AnswerUnreadable, match=f"POST /x answered 200 with {said}") as caught:
            found.json()
        assert caught.value.applied == MAYBE_APPLIED

    def test_an_error_whose_body_breaks_off_is_still_that_error(self, connect: Connect) -> None:
        with RawServer(then_hang_up(raw(message(404, b'{"detail": "gone', Content_Length="500")))) as server:
            exc = failure(connect(server.url), "POST")
        assert isinstance(exc, ProviderError)
        assert (exc.status, exc.applied) == (404, NOT_APPLIED)
        assert len(server.requests) == 1

    def test_an_error_with_a_megabyte_of_text(self, connect: Connect) -> None:
        with RawServer(answer(400, {"detail": "x\n" * 500_000}, X_Request_Id="req_1")) as server:
            exc = failure(connect(server.url), "POST")
        assert exc.message.startswith("POST /x answered 400 [request req_1]: x x x")
        assert len(exc.message) <= 500
        assert exc.message.isprintable()

    def test_ids_of_requests_in_headers_are_cleaned(self, connect: Connect) -> None:
        with RawServer(answer(502, b"<html>bad</html>", CF_Ray="8f\x1b[31m" + "z" * 900)) as server:
            exc = failure(connect(server.url), "POST")
        assert exc.message.startswith("POST /x answered 502 [request 8f [31mzzz")
        assert exc.message.isprintable()
        assert len(exc.message) <= 500


class TestToken:
    """It goes to the origin of api_url and nowhere else, and comes back in no error."""

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

    def test_a_proxy_of_https_sees_a_name_and_no_token(self, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
        with RawServer(answer(407)) as proxy:
            monkeypatch.setenv("https_proxy", proxy.url)
            exc = failure(connect("https://api.example.com"), "POST")
            assert isinstance(exc, NotSent)
            assert "407" in exc.message
        assert len(proxy.requests) == 4
        assert all(request.startswith(b"CONNECT api.example.com:443 HTTP/1.") for request in proxy.requests)
        assert TOKEN.encode() not in b"".join(proxy.requests)

    def test_a_proxy_that_drips_its_answer_is_cut(
        self, connect: Connect, monkeypatch: pytest.MonkeyPatch, time: FakeTime
    ) -> None:
        with RawServer(TestTimeLimit.drip(time, b"HTTP/1.1 200 OK\r\n", b"X-Slow: aaaaa"), answer(407)) as proxy:
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
    seen = "".join(traceback.format_exception(exc))
    seen += repr(exc) + str(exc) + repr(vars(exc)) + repr(exc.next_steps)
    assert "tok-S3" not in seen
    assert "tok-s3" not in seen


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

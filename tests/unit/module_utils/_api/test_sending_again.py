# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""GET again after anything that may pass; a write only when nothing of it can have had an effect."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    MAYBE_APPLIED,
    NOT_APPLIED,
    AnswerLost,
    NotSent,
    OutOfTime,
    ProviderError,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._api.asking import OK, failure
from ansible_collections.indiecloud.compute.tests.unit.module_utils.conftest import Connect
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime
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


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


class TestWhenToSendAgain:
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
            (429, "rate limit lasts longer than this run"),
            (500, "quote the request id"),
            (302, "Set api_url"),
        ],
    )
    def test_what_to_do_about_an_error(self, connect: Connect, status: int, advice: str) -> None:
        with RawServer(answer(status, Retry_After="50")) as server:
            (step,) = failure(connect(server.url, seconds=10.0), "POST").next_steps
        assert advice in step

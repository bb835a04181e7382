# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request ends in time whatever the server does; the alarm is rung by the server's side of the test."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    NOT_APPLIED,
    AnswerLost,
    NotSent,
    ProviderError,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._api.asking import OK, drip, failure
from ansible_collections.indiecloud.compute.tests.unit.module_utils.conftest import Connect
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime
from ansible_collections.indiecloud.compute.tests.unit.module_utils.peer import RawServer, message


class TestTimeLimit:
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
        with RawServer(drip(time, head, then)) as server:
            exc = failure(connect(server.url, request_timeout=12.0), "POST")
            assert isinstance(exc, AnswerLost)
            assert exc.message == "POST /x: no whole answer within 12 s"
            assert len(server.requests) == 1

    def test_get_is_sent_again_after_a_cut(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(drip(time, b"HTTP/1.1 200 OK\r\n", b"X-Slow: aaaa"), OK) as server:
            assert connect(server.url).request("GET", "/x").json() == {"ok": True}

    def test_an_error_with_a_slow_body_is_still_that_error(self, connect: Connect, time: FakeTime) -> None:
        with RawServer(drip(time, message(409, b"", Content_Length="1000"), b'{"detail": "stop it')) as server:
            exc = failure(connect(server.url), "POST")
        assert isinstance(exc, ProviderError)
        assert (exc.status, exc.applied) == (409, NOT_APPLIED)

    def test_a_cut_before_anything_was_sent_is_no_lost_answer(self, connect: Connect, time: FakeTime) -> None:
        """As when the time is over by the time a slow handshake is done."""
        with RawServer(OK) as server:
            transport = connect(server.url)
            held = transport._open()
            transport.sessions.give_back(held)
            watcher = held.watcher
            original = time.alarms

            def at_once(seconds: float, action: Any) -> Any:
                action()
                return original

            transport.runtime = transport.runtime._replace(alarm=at_once)
            exc = failure(transport, "POST")
            assert isinstance(exc, NotSent)
            assert not watcher.current.sent
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
            held = transport.sessions.take(transport._open)
            held.watcher.current.cut()
            transport.sessions.give_back(held)
            assert transport.request("POST", "/x").json() == {"ok": True}
        assert server.connections == 1

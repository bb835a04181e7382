# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network in memory: a session that our transport takes for one of requests, or a socket below the real one.

Transport, retries, limiter and parsing are the real code. The session costs some twenty microseconds a request, the
socket, on which requests, urllib3 and http.client run unchanged, a millisecond.
"""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from urllib3.util import connection as urllib3_connection

from ansible_collections.indiecloud.compute.plugins.module_utils._api import transport


class Raw(NamedTuple):
    """An answer on the wire. ``cut``: the connection ends too early. ``early``: an answer 103 comes first."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False
    early: bool = False


class Lost(Exception):
    """No answer comes. ``sent``: the request has left. ``slow``: it took too long."""

    def __init__(self, *, sent: bool, slow: bool = False) -> None:
        super().__init__()
        self.sent = sent
        self.slow = slow


class Sent(NamedTuple):
    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    text: str
    timeout: float


Exchange = Callable[[Sent], Raw]
_exchange: list[Exchange] = []
"""The innermost is asked; a run may run inside another."""


class _Connection:
    """What the transport watches to know whether any byte of a request has left."""

    sock: Any = None
    refused = False

    def _new_conn(self) -> Any:
        if self.refused:
            raise ConnectionRefusedError
        return SimpleNamespace()

    def connect(self) -> None:
        self.sock = self._new_conn()

    def send(self, data: bytes) -> None:
        """Nothing is there to be sent."""


class _Pool:
    ConnectionCls = _Connection


class _Body:
    """``response.raw``."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._read = 0
        self.closed = False

    def stream(self, dummy_size: int, decode_content: bool = False) -> Iterator[bytes]:
        body = self._raw.body[: len(self._raw.body) // 2] if self._raw.cut else self._raw.body
        self._read = len(body)
        if body:
            yield body
        self.closed = True

    def tell(self) -> int:
        return self._read

    def release_conn(self) -> None:
        """Nothing is held."""

    def close(self) -> None:
        self.closed = True


class Session:
    """As much of requests.Session as the transport uses."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self._adapter = SimpleNamespace(
            poolmanager=SimpleNamespace(pool_classes_by_scheme={"http": _Pool, "https": _Pool}),
            proxy_manager_for=None,
        )

    def get_adapter(self, dummy_url: str) -> Any:
        return self._adapter

    def mount(self, dummy_prefix: str, dummy_adapter: Any) -> None:
        """The adapter of this session stays."""

    def close(self) -> None:
        """There is nothing to close."""

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,
        **more: Any,
    ) -> Any:
        if params:
            url += "?" + urlencode(params)
        sent = {**self.headers, **(headers or {})}
        text = ""
        if more.get("json") is not None:
            text = json.dumps(more["json"], allow_nan=False)
        elif data is not None:
            text = data if isinstance(data, str) else bytes(data).decode()
        prepared = SimpleNamespace(url=url, headers=sent, method=method, body=text)
        if callable(auth):
            prepared = auth(prepared)
        parts = urlsplit(url)
        seconds = timeout[1] if isinstance(timeout, tuple) else float(timeout or 30.0)
        pool = self._adapter.poolmanager.pool_classes_by_scheme["http"]
        request = Sent(method, parts.netloc, parts.path, dict(parse_qsl(parts.query)), prepared.headers, text, seconds)
        try:
            raw = _exchange[-1](request)
        except Lost as exc:
            if not exc.sent:
                connection = pool.ConnectionCls()
                connection.refused = True
                with suppress(ConnectionRefusedError):
                    connection.connect()
                raise requests.exceptions.ConnectionError("connection refused") from None
            pool.ConnectionCls().send(b"")
            kind = requests.exceptions.ReadTimeout if exc.slow else requests.exceptions.ConnectionError
            raise kind("no answer") from None
        pool.ConnectionCls().send(b"")
        shown = requests.structures.CaseInsensitiveDict(raw.headers)
        shown["Content-Length"] = str(len(raw.body))
        return SimpleNamespace(status_code=raw.status, headers=shown, raw=_Body(raw), close=lambda: None)


class _Library(ModuleType):
    """requests with another Session."""

    def __init__(self) -> None:
        super().__init__("requests")
        self.Session = Session

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)


_LIBRARY = _Library()


class _Socket:
    """A socket whose other end answers at once."""

    def __init__(self, host: str, timeout: float) -> None:
        self._host = host
        self._sent = b""
        self._timeout = timeout

    def sendall(self, data: Any) -> None:
        self._sent += bytes(data)

    def settimeout(self, timeout: Any) -> None:
        if isinstance(timeout, (int, float)):
            self._timeout = float(timeout)

    def makefile(self, *dummy_args: Any, **dummy_kwargs: Any) -> io.BytesIO:
        head, dummy, body = self._sent.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, dummy_version = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines)
        parts = urlsplit(target)
        request = Sent(
            method, headers.get("Host", ""), parts.path, dict(parse_qsl(parts.query)), headers, body.decode(),
            self._timeout,
        )  # fmt: skip
        self._sent = b""
        try:
            raw = _exchange[-1](request)
        except Lost as exc:
            if exc.slow:
                raise TimeoutError("timed out") from None
            raise ConnectionResetError("Connection reset by peer") from None
        shown = "".join(f"{name}: {value}\r\n" for name, value in raw.headers.items())
        text = f"HTTP/1.1 {raw.status} X\r\n{shown}Connection: close\r\nContent-Length: {len(raw.body)}\r\n\r\n"
        sent = raw.body[: len(raw.body) // 2] if raw.cut else raw.body
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" if raw.early else b""
        return io.BytesIO(early + text.encode("latin-1") + sent)

    def fileno(self) -> int:
        """Of a connection whose other end is closed: no request goes over a connection that was used before."""
        return _closed().fileno()

    def close(self) -> None:
        """Nothing is open."""

    def setsockopt(self, *dummy: Any) -> None:
        """It has no options."""

    shutdown = setsockopt


@cache
def _closed() -> socket.socket:
    ours, theirs = socket.socketpair()
    theirs.close()
    return ours


def _connect(address: tuple[str, int], timeout: Any = None, *dummy: Any, **dummy_more: Any) -> Any:
    return _Socket(f"{address[0]}:{address[1]}", float(timeout) if isinstance(timeout, (int, float)) else 30.0)


@contextmanager
def installed(kind: str, exchange: Exchange) -> Iterator[None]:
    """Requests of our transport go to ``exchange`` for the time of a block."""
    _exchange.append(exchange)
    library, connect = transport.load_requests, urllib3_connection.create_connection
    if kind == "session":
        transport.load_requests = lambda: _LIBRARY
    else:
        transport.load_requests = lambda: requests
        urllib3_connection.create_connection = _connect
    try:
        yield
    finally:
        transport.load_requests, urllib3_connection.create_connection = library, connect
        _exchange.pop()

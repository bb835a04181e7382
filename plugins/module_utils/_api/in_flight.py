# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request in flight: whether any byte of it may have been sent, and a timeout for the request as a whole.

This leans on classes of urllib3 that a later version may change. So a request counts as unsent only if it was seen on
its way and stopped before the first byte; one that was not seen may have been sent.

Socket timeouts restart with each byte, so a server that sends one byte now and then could hold its client forever.
Here a timer shuts down the socket, which ends every wait on it: for headers, for the body and for a proxy.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

from .clock import Alarm

MOST_INTERIM = 20
LONGEST_LINE = 65536


class InFlight:
    """One request.

    ``seen``: a watched connection carries it, or tried to connect for it. ``sent``: a byte of it may have left.
    ``overdue``: it was cut because it took too long.
    """

    def __init__(self) -> None:
        self.seen = False
        self.sent = False
        self.overdue = False
        self._socket: Any = None
        self._alarm: Alarm | None = None

    @property
    def is_unsent(self) -> bool:
        """Whether certainly no byte of it has left."""
        return self.seen and not self.sent

    def limit(self, seconds: float, alarm: Callable[[float, Callable[[], None]], Alarm]) -> InFlight:
        """Cut the request after ``seconds``, unless the ``with`` block has ended by then."""
        self._alarm = alarm(seconds, self.cut)
        return self

    def __enter__(self) -> InFlight:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._socket = None

    def use(self, sock: Any) -> None:
        """Set the socket that carries the request; raises TimeoutError if the request is already overdue."""
        self._socket, self.seen = sock, True
        if self.overdue:
            raise TimeoutError("the request timed out")

    def connect(self, connect: Callable[[], None]) -> None:
        """Open the connection. The request may be sent from then on, whether or not its sending is seen."""
        self.seen = True
        try:
            connect()
        except BaseException:
            # urllib3 1.26 keeps it open if the certificates cannot be loaded.
            if self._socket is not None:
                self._socket.close()
            raise
        self.sent = not self.overdue

    def cut(self) -> None:
        """Shut down the connection; called from the timer's thread."""
        self.overdue = True
        sock = self._socket
        if sock is not None:
            # Use a duplicate: SSLSocket.shutdown() would drop the SSL state that the other thread is reading with.
            with suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as handle:
                handle.shutdown(socket.SHUT_RDWR)


class ConnectionWatcher:
    """Tracks the current request on the connections of a requests session, which sends one request at a time."""

    def __init__(self) -> None:
        self.current = InFlight()

    def watch(self, adapter: Any) -> None:
        """Watch all connections of a requests HTTPAdapter, direct or through a proxy."""
        direct, by_proxy = adapter.poolmanager, adapter.proxy_manager_for

        def proxy_manager_for(proxy: str, **options: Any) -> Any:
            manager = by_proxy(proxy, **options)
            self._watch_pools(manager)
            return manager

        self._watch_pools(direct)
        adapter.proxy_manager_for = proxy_manager_for

    def _watch_pools(self, manager: Any) -> None:
        # Without this attribute nothing is seen, so a failure counts as a request that may have been sent.
        pools = getattr(manager, "pool_classes_by_scheme", None)
        if pools is not None and not isinstance(pools, _WatchedPools):
            manager.pool_classes_by_scheme = _WatchedPools({name: self._watched_pool(pools[name]) for name in pools})

    def _watched_pool(self, pool: Any) -> Any:
        return type(pool.__name__, (pool,), {"ConnectionCls": self._watched_connection(pool.ConnectionCls)})

    def _watched_connection(self, base: Any) -> Any:
        """A connection class of urllib3 (1.26 or 2) that reports its socket and the first byte of a request."""

        def new_conn(connection: Any) -> Any:
            sock = base._new_conn(connection)
            self.current._socket = sock
            return sock

        def connect(connection: Any) -> None:
            connection.connecting = True
            try:
                self.current.connect(lambda: base.connect(connection))
            finally:
                connection.connecting = False

        def send(connection: Any, data: Any) -> None:
            if connection.sock is None:
                connection.connect()
            self.current.use(connection.sock)
            # Bytes sent while connecting ask a proxy for a tunnel; they are not part of the request.
            self.current.sent = self.current.sent or not connection.connecting
            base.send(connection, data)

        members = {"_new_conn": new_conn, "connect": connect, "send": send, "connecting": False}
        return type(base.__name__, (base,), {**members, "response_class": _final_response()})


def _final_response() -> Any:
    """A response class of http.client that skips every interim answer (1xx), not only 100."""
    from http.client import HTTPResponse

    base: Any = HTTPResponse

    def read_status(response: Any) -> Any:
        for dummy in range(MOST_INTERIM):
            version, status, reason = base._read_status(response)
            if not 100 < status < 200 or status == 101:
                break
            while response.fp.readline(LONGEST_LINE) not in (b"\r\n", b"\n", b""):
                pass
        return version, status, reason

    return type("FinalResponse", (base,), {"_read_status": read_status})


class _WatchedPools(dict[str, Any]):
    """The pool classes of a manager that is already watched."""

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request on its way: whether any of it may have left, and an end to one that takes too long.

The time-outs of sockets count from byte to byte, so that a server which sends a byte now and then holds its client for
ever. Here an alarm shuts the socket down, which wakes whatever waits for it: headers, body, also a proxy's answer.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

from .clock import Alarm


class Flight:
    """One request; ``sent`` once any byte of it may have left, ``overdue`` once it was cut for taking too long."""

    def __init__(self) -> None:
        self.sent = False
        self.overdue = False
        self._socket: Any = None
        self._alarm: Alarm | None = None

    def limit(self, seconds: float, alarm: Callable[[float, Callable[[], None]], Alarm]) -> Flight:
        """Cut the flight after so many seconds, unless it has landed (the end of ``with``)."""
        self._alarm = alarm(seconds, self.cut)
        return self

    def __enter__(self) -> Flight:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._socket = None

    def use(self, sock: Any) -> None:
        """The socket that carries the flight from now on; raises TimeoutError when it is overdue already."""
        self._socket = sock
        if self.overdue:
            raise TimeoutError("the time for the request is over")

    def cut(self) -> None:
        """Shut the connection down from another thread."""
        self.overdue = True
        sock = self._socket
        if sock is not None:
            # By a handle of our own: shutting down an SSLSocket itself would take the ground from under its reader.
            with suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as handle:
                handle.shutdown(socket.SHUT_RDWR)


class Tower:
    """Knows the flight of the moment on the connections of a requests session, which sends one request at a time."""

    def __init__(self) -> None:
        self.flight = Flight()

    def watch(self, adapter: Any) -> None:
        """Make all connections of a requests HTTPAdapter, direct or by a proxy, report to this tower."""
        direct, by_proxy = adapter.poolmanager, adapter.proxy_manager_for

        def proxy_manager_for(proxy: str, **options: Any) -> Any:
            manager = by_proxy(proxy, **options)
            self._watch_pools(manager)
            return manager

        self._watch_pools(direct)
        adapter.proxy_manager_for = proxy_manager_for

    def _watch_pools(self, manager: Any) -> None:
        pools = manager.pool_classes_by_scheme
        if not isinstance(pools, _WatchedPools):
            manager.pool_classes_by_scheme = _WatchedPools({name: self._watched_pool(pools[name]) for name in pools})

    def _watched_pool(self, pool: Any) -> Any:
        return type(pool.__name__, (pool,), {"ConnectionCls": self._watched_connection(pool.ConnectionCls)})

    def _watched_connection(self, base: Any) -> Any:
        """A connection of urllib3 (1.26 or 2) that reports its socket, and the first byte of a request."""

        def new_conn(connection: Any) -> Any:
            sock = base._new_conn(connection)
            self.flight._socket = sock
            return sock

        def connect(connection: Any) -> None:
            connection.dialling = True
            try:
                base.connect(connection)
            finally:
                connection.dialling = False

        def send(connection: Any, data: Any) -> None:
            if connection.sock is None:
                connection.connect()
            self.flight.use(connection.sock)
            # While dialling, what is sent asks a proxy for a tunnel and is no part of the request.
            self.flight.sent = self.flight.sent or not connection.dialling
            base.send(connection, data)

        return type(
            base.__name__, (base,), {"_new_conn": new_conn, "connect": connect, "send": send, "dialling": False}
        )


class _WatchedPools(dict[str, Any]):
    """The pool classes of a manager that is watched already."""

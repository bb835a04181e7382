# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that says whatever bytes a test wants, over real sockets, and remembers what reached it."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass
class Peer:
    """The server's end of one connection."""

    sock: socket.socket
    server: RawServer
    buffered: bytes = b""

    def read_request(self) -> bytes | None:
        """One whole request, or None when the client has hung up."""
        while b"\r\n\r\n" not in self.buffered:
            if not self._more():
                return None
        head, rest = self.buffered.split(b"\r\n\r\n", 1)
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        self.buffered = rest
        while len(self.buffered) < length:
            if not self._more():
                return None
        body, self.buffered = self.buffered[:length], self.buffered[length:]
        return head + b"\r\n\r\n" + body

    def _more(self) -> bool:
        chunk = self.sock.recv(65536)
        self.buffered += chunk
        return bool(chunk)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.server.opened.append(self.sock)

    def hang_up(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        self.server.hung_up.set()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_for_hang_up(self) -> None:
        with suppress(OSError):
            while self.sock.recv(65536):
                pass


# What the server does with a request; the connection lives on unless the step ends it.
Step = Callable[[Peer], None]


class RawServer:
    """Plays one step for each request, in order, over all connections; the last step is for all that follow.

    ``greet`` is played when a connection comes, before anything is read.
    """

    def __init__(self, *steps: Step, greet: Step | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.steps = list(steps)
        self.requests: list[bytes] = []
        self.connections = 0
        self.hung_up = threading.Event()
        self._greet = greet
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.opened: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> RawServer:
        self._spawn(self._accept)
        return self

    def __exit__(self, *dummy: object) -> None:
        # shutdown() wakes accept(), which close() alone does not.
        for sock in (self._listener, *self.opened):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in self._threads)

    def _spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, dummy = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.opened.append(sock)
            self._spawn(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        peer = Peer(sock, self)
        try:
            if self._tls is not None:
                peer.start_tls(self._tls)
            if self._greet is not None:
                self._greet(peer)
            while peer.sock.fileno() >= 0:
                request = peer.read_request()
                if request is None:
                    break
                self._next_step(request)(peer)
        except OSError:
            pass  # the client, or the end of the test, has closed the connection
        finally:
            peer.sock.close()

    def _next_step(self, request: bytes) -> Step:
        with self._lock:
            self.requests.append(request)
            return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


def raw(data: bytes) -> Step:
    """These bytes, and the connection stays open."""
    return lambda peer: peer.send(data)


def answer(status: int = 200, body: Any = b"", **headers: str) -> Step:
    """A whole answer; a body that is not bytes is sent as JSON. Names of headers have ``_`` for ``-``."""
    return raw(message(status, body, **headers))


def message(status: int = 200, body: Any = b"", **headers: str) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in named.items())]
    if "Content-Length" not in named and "Transfer-Encoding" not in named:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content


def then_hang_up(step: Step) -> Step:
    def both(peer: Peer) -> None:
        step(peer)
        peer.hang_up()

    return both


def hang_up(peer: Peer) -> None:
    peer.hang_up()


def reset(peer: Peer) -> None:
    peer.reset()

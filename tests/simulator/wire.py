# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP/1.1 with keep-alive: bytes to requests, responses to bytes."""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .clock import http_date
from .messages import Request, Response

LARGEST_REQUEST = 10_000_000  # bytes


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(
        self,
        address: tuple[str, int],
        answer: Callable[[Request], Response],
        now: Callable[[], float],
        answered: Callable[[Request], None] = lambda request: None,
    ) -> None:
        super().__init__(address, Handler)
        self.answer, self.now, self.answered = answer, now, answered
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """End those kept alive, or still waiting for an answer."""
        for connection in list(self._open):
            with suppress(OSError):  # it may have ended by itself
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that went away is no error
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # the head and the body leave in one piece

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else 0
        if size > LARGEST_REQUEST:
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request.build(self.command, self.path, headers, self.rfile.read(size))
        self._send(self.server.answer(request))
        self.server.answered(request)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _send(self, answer: Response) -> None:
        wire = answer.wire
        if wire.delay:
            time.sleep(wire.delay)
        if wire.cut:
            self.close_connection = True
            return
        body = answer.body()
        self._send_head(answer, len(body) + wire.missing)
        if wire.body_share < 1.0:
            self.wfile.write(body[: int(len(body) * wire.body_share)])
            self._reset()
        elif wire.chunk:
            self._drip(body, wire.chunk, wire.pause)
        else:
            self.wfile.write(body)
        if wire.missing:
            self.close_connection = True

    def _send_head(self, answer: Response, length: int) -> None:
        self.send_response_only(answer.status)
        self.send_header("Server", "indiecloud-simulator")
        self.send_header("Date", http_date(self.server.now()))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            if length:
                self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _drip(self, body: bytes, chunk: int, pause: float) -> None:
        for start in range(0, len(body), chunk):
            self.wfile.write(body[start : start + chunk])
            self.wfile.flush()
            time.sleep(pause)

    def _reset(self) -> None:
        """Send what was written, then a TCP reset."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def log_message(self, *args: Any, **named: Any) -> None:
        """Quiet: the ledger has it all."""

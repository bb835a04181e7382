# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests and responses between the server and the providers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

NOTHING: Any = object()  # a payload that is an empty body, which JSON's null is not


class NotJson(Exception):
    """The body is no JSON; the text says where."""


@dataclass
class Request:
    """`path` is as sent, still quoted; `params` are the unquoted parts that the route names."""

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    params: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        path, __, query = target.partition("?")
        return cls(method, target, path, dict(parse_qsl(query, keep_blank_values=True)), headers, body)

    def json(self) -> Any:
        """The parsed body; NOTHING if it is empty."""
        if not self.body:
            return NOTHING
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise NotJson(str(error)) from None


@dataclass
class Wire:
    """How the bytes of an answer travel."""

    cut: bool = False  # close without an answer
    body_share: float = 1.0  # send this part of the body, then reset the connection
    missing: int = 0  # promise this many bytes more than there are
    chunk: int = 0  # bytes at a time (0: all at once), and
    pause: float = 0.0  # real seconds between them
    delay: float = 0.0  # real seconds before the answer


@dataclass
class Response:
    status: int
    payload: Any = NOTHING
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # instead of the payload
    content_type: str = "application/json"
    wire: Wire = field(default_factory=Wire)

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.payload is NOTHING else json.dumps(self.payload).encode()


@dataclass
class Later:
    """An answer that is ready only after simulated seconds; `finish` makes it then."""

    seconds: float
    finish: Callable[[], Response]


class Refused(Exception):
    """Ends the handling of a request with a response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the providers share: a table of routes, credentials, and errors in a style of their own."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote

from ..cloud import Cloud
from ..identity import TOKENS
from ..limits import Limits
from ..messages import Later, NotJson, Refused, Request, Response
from ..model import Instance

Handler = Callable[[Request], "Response | Later"]


class Route(NamedTuple):
    """`source` is the address of the page the route was read from; or it starts with "assumed"."""

    method: str
    template: str
    handler: Handler
    source: str

    @property
    def documented(self) -> bool:
        return not self.source.startswith("assumed")


class Provider(ABC):
    name: str
    prefixes: tuple[str, ...]  # of its paths
    base: str = ""  # what its api_url ends in

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.clock = cloud.clock
        self.limits = Limits(monotonic=cloud.clock.monotonic)
        self.token = TOKENS[self.name]

    @abstractmethod
    def routes(self) -> list[Route]:
        """What it serves, and the page each route was read from."""

    @abstractmethod
    def authorize(self, request: Request) -> None:
        """Raise Refused unless the request carries the token."""

    @abstractmethod
    def error(self, status: int, message: str, request: Request) -> Response:
        """An error in the provider's style."""

    @abstractmethod
    def throttled(self, retry_after: str | None, request: Request) -> Response:
        """A 429 in the provider's style."""

    def handle(self, request: Request) -> Response | Later:
        try:
            self.authorize(request)
            wait = self.limits.take()
            if wait:
                return self.throttled(str(wait), request)
            route = self._route(request)
            self._check_media_type(request)
            return route.handler(request)
        except Refused as refused:
            return refused.response
        except NotJson as broken:
            return self.error(400, f"JSON parse error - {broken}", request)

    def _check_media_type(self, request: Request) -> None:
        """All three publish application/json for their bodies; that others answer 415 is assumed."""
        given = request.headers.get("content-type", "")
        if request.body and given.partition(";")[0].strip().lower() != "application/json":
            raise Refused(self.error(415, f'Unsupported media type "{given}" in request.', request))

    def _route(self, request: Request) -> Route:
        methods = []
        for pattern, route in self._patterns:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            methods.append(route.method)
            if route.method == request.method:
                if self.cloud.switches.documented_only and not route.documented:
                    break
                request.params = {name: unquote(value) for name, value in match.groupdict().items()}
                return route
        else:
            if methods:
                answer = self.error(405, f'Method "{request.method}" not allowed.', request)
                answer.headers["Allow"] = ", ".join(methods)
                raise Refused(answer)
        raise Refused(self.error(404, "Not found.", request))

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], Route]]:
        return [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route.template)), route) for route in self.routes()]

    def find(self, instance_id: str) -> Instance | None:
        return self.cloud.find_instance(self.name, instance_id)


def bearer(request: Request) -> str | None:
    """The token of an Authorization: Bearer header."""
    scheme, __, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def whole_number(text: str | None, default: int) -> int | None:
    """None if the text is no whole number."""
    if text is None:
        return default
    return int(text) if text.isdecimal() and text.isascii() else None

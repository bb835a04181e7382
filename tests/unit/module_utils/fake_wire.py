# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A provider on a wire that answers from a list, and keeps what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.answer import Answer, parse_body
from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import Applied, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.redact import Redactor
from ansible_collections.indiecloud.compute.plugins.module_utils._api.transport import Connection, Transport
from ansible_collections.indiecloud.compute.plugins.module_utils._api.url import parse_api_url
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Provider
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import TOKEN, FakeTime


@dataclass
class Wire(Transport):
    """Plays (status, payload) pairs, the last one for all that follow; a payload of bytes is parsed as a body."""

    answers: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
        safe: bool = False,
        once: bool = False,
        applied: Callable[[ProviderError], Applied] | None = None,
        attempt: str | None = None,
    ) -> Answer:
        self.asked.append((method, path, body if params is None else dict(params)))
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        status, payload = found if isinstance(found, tuple) else (200, found)
        if status >= 300:
            raise ProviderError(f"{method} {path} answered {status}", status=status)
        payload, unreadable = parse_body(payload) if isinstance(payload, bytes) else (payload, None)
        return Answer(status, {}, payload, unreadable, f"{method} {path}")


def provider(name: str, *answers: Any, routes: Mapping[str, str] | None = None) -> tuple[Provider, Wire]:
    spec = PROVIDERS[name].spec
    runtime = FakeTime().runtime
    connection = Connection(
        parse_api_url(spec.default_url, allow_http=False), spec.auth_header, f"Bearer {TOKEN}", "a test"
    )
    wire = Wire(connection, Deadline(1000.0, runtime), runtime, Redactor([TOKEN]), answers=list(answers))
    return PROVIDERS[name](wire, spec.scope, routes or {}), wire

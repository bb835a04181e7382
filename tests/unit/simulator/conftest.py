# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator on a clock that stands still, and a client that knows nothing but HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

DURATIONS = {"restore": 30.0, "power": 10.0, "create": 20.0}


class Answer(NamedTuple):
    status: int
    body: Any  # parsed JSON, None if there is none
    headers: http.client.HTTPMessage


class Client:
    """Calls with a provider's token; paths are below the provider's own base path."""

    def __init__(self, simulator: Simulator, provider: str) -> None:
        self.simulator, self.provider = simulator, provider
        self.headers = {"Authorization": f"Bearer {simulator.tokens[provider]}", "Content-Type": "application/json"}
        self.base = ""
        if provider == "onetsolutions":
            self.base = f"/v1/organizations/{simulator.organization_id}/projects/{simulator.project_id}/compute"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection(self.simulator.url.removeprefix("http://"), timeout=10)
        try:
            data = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
            connection.request(method, self.base + path, data, self.headers | headers)
            answer = connection.getresponse()
            text = answer.read()
            return Answer(answer.status, json.loads(text) if text else None, answer.headers)
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def post(self, path: str, body: Any = None) -> Answer:
        return self.send("POST", path, body)


class World(NamedTuple):
    simulator: Simulator
    clock: ManualClock
    onet: Client
    hostup: Client
    barrack: Client


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world() -> Iterator[MakeWorld]:
    """Takes switches as keywords, other arguments of the simulator as a dictionary."""
    with ExitStack() as stack:

        def make(options: dict[str, Any] | None = None, **switches: Any) -> World:
            clock = ManualClock()
            arguments: dict[str, Any] = {"clock": clock, "durations": DURATIONS, "switches": switches} | (options or {})
            simulator = stack.enter_context(Simulator(**arguments))
            clients = (Client(simulator, name) for name in ("onetsolutions", "hostup", "barrack"))
            return World(simulator, clock, *clients)

        yield make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()

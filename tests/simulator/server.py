# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator as one object: three clouds, one port, real paths."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Any

from . import seed as seeds
from . import tamper
from .clock import Clock, RealClock
from .cloud import Cloud
from .control import PREFIX, Control
from .faults import Fault, Faults
from .hooks import Hooks
from .identity import ORGANIZATION_ID, PROJECT_ID, TOKENS
from .ledger import Ledger, RequestRecord
from .limits import Limits, Window
from .messages import Later, NotJson, Request, Response, Wire
from .model import Durations
from .providers.barrack import Barrack
from .providers.base import Provider
from .providers.hostup import HostUp
from .providers.onetsolutions import OnetSolutions
from .switches import Switches
from .wire import Server


class Simulator:
    """Listens from its creation on, and answers between start() and stop(), or within `with`."""

    organization_id = ORGANIZATION_ID
    project_id = PROJECT_ID
    tokens: Mapping[str, str] = TOKENS
    ledger: Ledger
    faults: Faults
    cloud: Cloud

    def __init__(
        self,
        port: int = 0,
        clock: Clock | None = None,
        switches: Mapping[str, Any] | None = None,
        durations: Mapping[str, float] | None = None,
        seed: bool = False,
        instances: int = 0,
        latency: float = 0.0,
        rate_limit: bool | tuple[int, int] = False,
        limited: Collection[str] = (OnetSolutions.name,),
    ) -> None:
        self.clock = clock or RealClock()
        self.latency = latency
        self.ledger, self.faults, self.hooks = Ledger(), Faults(), Hooks()
        self._first_switches = Switches().changed(switches or {})
        self._first_durations = Durations().changed(dict(durations or {}))
        self.cloud = Cloud(self.clock, self._first_switches, self._first_durations, self.ledger, self.faults)
        self.providers = self._providers(rate_limit, limited)
        self._control = Control(self)
        self._server = Server(("127.0.0.1", port), self._answer, self.clock.now, self._answered)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.urls = {provider.name: self.url + provider.base for provider in self.providers}
        self._first_seed, self._instances = seed, instances
        self._seed(seed)

    def _providers(self, rate_limit: bool | tuple[int, int], limited: Collection[str]) -> list[Provider]:
        """In the order in which their prefixes are tried. Only OnetSolutions publishes its limits."""
        minute, second = rate_limit if isinstance(rate_limit, tuple) else (1000, 100)
        found: list[Provider] = [OnetSolutions(self.cloud), HostUp(self.cloud), Barrack(self.cloud)]
        for provider in found:
            if rate_limit and provider.name in limited:
                windows = Window(minute, 60), Window(second, 1)
                provider.limits = Limits(*windows, monotonic=self.clock.monotonic)
        return found

    def _seed(self, seed: bool) -> None:
        if seed:
            seeds.add_default_seed(self.cloud)
        seeds.add_many(self.cloud, self._instances)

    # life

    def start(self) -> Simulator:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.ident is not None:  # shutdown() would wait for ever for a server that was not started
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.close_connections()

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # settings

    def connection(self, provider: str) -> dict[str, Any]:
        """The options by which a task reaches a provider; each takes those that it needs."""
        return {
            "provider": provider,
            "api_token": self.tokens[provider],
            "api_url": self.urls[provider],
            "organization_id": self.organization_id,
            "project_id": self.project_id,
        }

    @property
    def switches(self) -> Switches:
        return self.cloud.switches

    @property
    def durations(self) -> Durations:
        return self.cloud.durations

    def switch(self, **changes: Any) -> None:
        """Turn switches, from now on."""
        self.cloud.settle()
        self.cloud.switches = self.cloud.switches.changed(changes)

    def set_durations(self, **changes: float) -> None:
        self.cloud.durations = self.cloud.durations.changed(changes)

    def reset(self, switches: Mapping[str, Any] | None = None, seed: bool | None = None) -> None:
        """Everything as at the start (but the clock), apart from the switches and the seed if they are given."""
        self.cloud.switches = self._first_switches.changed(switches or {})
        self.cloud.durations = self._first_durations
        self.cloud.clear()
        self.ledger.clear()
        self.faults.clear()
        self._seed(self._first_seed if seed is None else seed)

    # requests

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(PREFIX):
            return self._control.handle(request)
        if self.latency:
            time.sleep(self.latency)
        provider = next((one for one in self.providers if request.path.startswith(one.prefixes)), None)
        number = self.ledger.open_request(self._record(request, provider))
        if not self.hooks.arrived(request):
            return Response(0, wire=Wire(cut=True))
        answer = Response(404) if provider is None else self._respond(provider, request)
        self.ledger.close_request(number, None if answer.wire.cut else answer.status)
        return answer

    def _answered(self, request: Request) -> None:
        if not request.path.startswith(PREFIX):
            self.hooks.answered(request)

    def _respond(self, provider: Provider, request: Request) -> Response:
        fault: Fault | None = self.faults.for_request(request.method, request.path)
        if fault is not None and fault.prevents_effect:
            return tamper.instead(fault, provider, request)
        with self.cloud.lock:
            self.cloud.settle()
            answer = self._handled(provider, request)
        self.hooks.worked(request)
        if isinstance(answer, Later):
            self.clock.sleep(answer.seconds)
            with self.cloud.lock:
                answer = answer.finish()
        return answer if fault is None else tamper.change(fault, answer, provider, request)

    def _handled(self, provider: Provider, request: Request) -> Response | Later:
        return provider.handle(request)

    def _record(self, request: Request, provider: Provider | None) -> RequestRecord:
        try:
            body = request.json() if request.body else None
        except NotJson:
            body = None
        path = request.target
        for token in self.tokens.values():
            path = path.replace(token, "***")
        return RequestRecord(self.clock.now(), request.method, path, None, provider.name if provider else None, body)

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes below /_sim/ by which a test drives a simulator that runs as a process. JSON in, JSON out, no credentials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from .messages import NOTHING, NotJson, Request, Response
from .model import Instance, Snapshot

if TYPE_CHECKING:
    from .server import Simulator

PREFIX = "/_sim/"


class ControlRoute(NamedTuple):
    method: str
    path: str
    about: str
    act: Callable[[Simulator, Any, dict[str, str]], Any]  # with the body and the query; None is an empty answer


class Control:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def handle(self, request: Request) -> Response:
        route = next((one for one in ROUTES if (one.method, one.path) == (request.method, request.path)), None)
        if route is None:
            return Response(404, {"error": f"no such control route; there are {[one[:2] for one in ROUTES]}"})
        try:
            body = request.json()
            with self._simulator.cloud.lock:
                result = route.act(self._simulator, {} if body is NOTHING else body, request.query)
        except (NotJson, KeyError, TypeError, ValueError) as error:
            return Response(400, {"error": f"{type(error).__name__}: {error}"})
        return Response(200, {} if result is None else result)


def _requests(simulator: Simulator, body: Any, query: dict[str, str]) -> Any:
    found = simulator.ledger.requests(query.get("method"), query.get("path_contains"))
    return [record._asdict() for record in found]


def _state(simulator: Simulator, body: Any, query: dict[str, str]) -> Any:
    names = [query["provider"]] if "provider" in query else [one.name for one in simulator.providers]
    return {
        "now": simulator.clock.now(),
        "switches": simulator.switches.as_dict(),
        "durations": asdict(simulator.durations),
        "organization_id": simulator.organization_id,
        "project_id": simulator.project_id,
        "instances": [_instance(one) for name in names for one in simulator.cloud.instances(name)],
    }


def _instance(instance: Instance) -> dict[str, Any]:
    return {
        "id": instance.id,
        "provider": instance.provider,
        "name": instance.name,
        "power": instance.power,
        "disk": instance.disk,
        "working_on": [job.work for job in instance.jobs],
        "snapshots": [_snapshot(snapshot) for snapshot in instance.snapshots],
    }


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id,
        "name": snapshot.name,
        "created": snapshot.created,
        "expires": snapshot.expires,
        "status": snapshot.status,
        "disk": snapshot.disk,
    }


def _one(simulator: Simulator, body: Any, query: dict[str, str]) -> Any:
    return _instance(simulator.cloud.instance(query["instance_id"]))


def _reset(simulator: Simulator, body: Any, query: dict[str, str]) -> None:
    simulator.reset(body.get("switches"), body.get("seed"))


def _add_faults(simulator: Simulator, body: Any, query: dict[str, str]) -> None:
    for description in body if isinstance(body, list) else [body]:
        simulator.faults.add_from(description)


def _advance(simulator: Simulator, body: Any, query: dict[str, str]) -> Any:
    simulator.clock.advance(body["advance"])
    return {"now": simulator.clock.now()}


def _write(simulator: Simulator, body: Any, query: dict[str, str]) -> None:
    simulator.cloud.write(body["instance_id"], body["path"], body["content"])


ROUTES = [
    ControlRoute(
        "GET",
        "/_sim/ledger",
        "restores, vms_billed, vms_deleted, power_cycles, concurrent_restores, writes",
        lambda sim, body, query: sim.ledger.as_dict(),
    ),
    ControlRoute("DELETE", "/_sim/ledger", "forget all entries", lambda sim, body, query: sim.ledger.clear()),
    ControlRoute("GET", "/_sim/requests", "every API request; ?method=, ?path_contains=", _requests),
    ControlRoute("GET", "/_sim/state", "clock, switches, durations, instances; ?provider=", _state),
    ControlRoute("POST", "/_sim/reset", '{"switches": {…}, "seed": true|false}, both optional', _reset),
    ControlRoute("POST", "/_sim/switches", "{NAME: VALUE, …}", lambda sim, body, query: sim.switch(**body)),
    ControlRoute(
        "POST", "/_sim/durations", '{"restore": s, "power": s, "create": s}, any of them',
        lambda sim, body, query: sim.set_durations(**body),
    ),
    ControlRoute("POST", "/_sim/faults", '[{"kind": …} or {"job": …}, with their parameters]', _add_faults),
    ControlRoute("DELETE", "/_sim/faults", "remove all faults", lambda sim, body, query: sim.faults.clear()),
    ControlRoute("POST", "/_sim/clock", '{"advance": simulated seconds}', _advance),
    ControlRoute(
        "POST", "/_sim/instances", '{"provider", "name", "power", "disk", "id", provider fields}',
        lambda sim, body, query: _instance(sim.cloud.add_instance(**body)),
    ),
    ControlRoute(
        "POST", "/_sim/snapshots", '{"instance_id", "name", "age", "id", "expires_in", "status"}',
        lambda sim, body, query: _snapshot(sim.cloud.add_snapshot(**body)),
    ),
    ControlRoute("GET", "/_sim/instance", "one instance, as in the state; ?instance_id=", _one),
    ControlRoute("POST", "/_sim/disk", '{"instance_id", "path", "content"}', _write),
    ControlRoute(
        "GET", "/_sim/disk", "the files; ?instance_id=",
        lambda sim, body, query: sim.cloud.disk(query["instance_id"]),
    ),
]  # fmt: skip

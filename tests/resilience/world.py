# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated cloud for one scenario, and the hook that ends a controller at a moment of one of its requests."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.scenarios import ANSWERED, ARRIVED, WORKED, Scenario
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

FILE, SAVED, LOST = "/srv/data", "as of the snapshot", "as of now"
NEW_NAME = "restored"


class Halt(Hooks):
    """Counts requests; at number ``number`` it acts, once, at its moment. With 0 it only counts."""

    def __init__(self, number: int = 0, moment: str = ARRIVED, act: Callable[[], None] = lambda: None) -> None:
        self._number, self._moment, self._act = number, moment, act
        self._lock = threading.Lock()
        self._request: Request | None = None
        self.seen = 0
        self.reached = threading.Event()
        """Set when the controller is dead."""

    def arrived(self, request: Request) -> bool:
        with self._lock:
            self.seen += 1
            if self.seen == self._number:
                self._request = request
        return not self._at(ARRIVED, request)

    def worked(self, request: Request) -> None:
        self._at(WORKED, request)

    def answered(self, request: Request) -> None:
        self._at(ANSWERED, request)

    def _at(self, moment: str, request: Request) -> bool:
        if request is not self._request or moment != self._moment:
            return False
        try:
            self._act()
        finally:
            self.reached.set()
        return True

    @property
    def hit(self) -> bool:
        return self._request is not None


class World:
    """An instance that has changed since its snapshot, and beside it one that nobody may touch."""

    def __init__(self, sim: Simulator, scenario: Scenario) -> None:
        self.sim, self.scenario = sim, scenario
        sim.hooks = Hooks()
        sim.reset(scenario.switches, seed=False)
        self.vm, self.snapshot = self._add("web1", scenario.power)
        self.bystander, _snapshot = self._add("db1", "running")
        sim.ledger.clear()

    def _add(self, name: str, power: str) -> tuple[Any, Any]:
        cloud = self.sim.cloud
        vm = cloud.add_instance(self.scenario.provider, name=name, power=power, disk={FILE: SAVED})
        snapshot = cloud.add_snapshot(vm.id, name=f"before-upgrade-{name}", age=3600.0)
        cloud.write(vm.id, FILE, LOST)
        return vm, snapshot

    @property
    def params(self) -> dict[str, Any]:
        """The options of the restore, as the role passes them."""
        scenario, sim = self.scenario, self.sim
        found = {
            **sim.connection(scenario.provider),
            "snapshot": self.snapshot.id,
            "record": scenario.record,
            **scenario.options,
        }
        if scenario.creates:
            return {**found, "new_vm_name": NEW_NAME, "accept_billing": True}
        return {**found, "instance": self.vm.id, "stop": "always", "power_after": "previous"}

    def route(self, number: int) -> str:
        """Method and template of the request with this number since the ledger was cleared."""
        record = self.sim.ledger.requests()[number - 1]
        path = record.path.partition("?")[0]
        provider = next(one for one in self.sim.providers if one.name == self.scenario.provider)
        for route in provider.routes():
            if route.method == record.method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.template), path):
                return f"{record.method} {_short(route.template)}"
        return f"{record.method} {path}"


def _short(template: str) -> str:
    """Without the organization and the project, which are in every path."""
    return re.sub(r"^/v1/organizations/{\w+}/projects/{\w+}/compute", "…", template)

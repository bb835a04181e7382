# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness of the contract suite: our tasks against the simulator over real HTTP, in simulated time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase, Record
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import Restore
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import Surroundings, restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, Task, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, open_provider
from ansible_collections.indiecloud.compute.tests.simulator.clock import Clock, ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

from .ours import runtime_of
from .validator import CheckedSimulator

HOME = tempfile.TemporaryDirectory(prefix="hypothesis-")
set_hypothesis_home_dir(HOME.name)
settings.register_profile("quiet", database=None, deadline=None)
settings.load_profile("quiet")

IN_PLACE_PROVIDERS = sorted(name for name, spec in SPECS.items() if not spec.capabilities.creates_instance)
NEW_INSTANCE = sorted(set(SPECS) - set(IN_PLACE_PROVIDERS))
IN_PLACE = pytest.mark.parametrize("provider", IN_PLACE_PROVIDERS)
ONET, HOSTUP, BARRACK = (pytest.mark.parametrize("provider", [name]) for name in ("onetsolutions", "hostup", "barrack"))
BOTH_STORES = pytest.mark.parametrize("store", ["file", "provider"])
ROLE: dict[str, Any] = {"stop": "always", "power_after": "previous"}
"""What the role asks for by default."""
IN_PLACE_ONLY = ("stop", "power_after", "safety_snapshot")
ORDER = list(Phase)


class Killed(BaseException):
    """The end of a process."""


@dataclass
class Cloud:
    """One provider of the simulator, with an instance and a snapshot of it, and our side of the wire."""

    sim: Simulator
    clock: Clock
    provider: str
    record: Path
    vm: Any
    snapshot: Any
    always: dict[str, Any] = field(default_factory=dict)
    """Options for every task of a test."""
    task: Task = restore_task
    sleep: Callable[[float], None] | None = None

    @property
    def creates(self) -> bool:
        return SPECS[self.provider].capabilities.creates_instance

    @property
    def runtime(self) -> Runtime:
        return runtime_of(self.clock)._replace(sleep=self.sleep or self.clock.sleep)

    @property
    def connection(self) -> dict[str, Any]:
        """The options by which a task reaches this provider, and its record."""
        return {**self.sim.connection(self.provider), "record_path": str(self.record)}

    def run(self, task: Task, *, check: bool = False, **params: Any) -> Outcome:
        """Run a task with the connection options of this provider; no time passes but simulated time."""
        options = {**self.connection, **self.always, **params}
        return execute(task, Context(options, check, {}, self.runtime, given=frozenset(params)))

    def restore(self, *, check: bool = False, **params: Any) -> Outcome:
        """Restore the snapshot of this cloud with what the provider needs to do so.

        Options that apply only in place are left out where a restore creates an instance, as the role does.
        """
        wanted = {"snapshot": self.snapshot.id, **self.needs, **params}
        if self.creates:
            wanted = {name: value for name, value in wanted.items() if name not in IN_PLACE_ONLY}
        return self.run(self.task, check=check, **{k: v for k, v in wanted.items() if v is not None})

    def killed_in(self, phase: str, **params: Any) -> None:
        """Restore in a process that is killed while it waits in a phase, or before it records a later one."""
        runs: list[Restore] = []

        def begin(restore: Restore) -> None:
            enter = restore.enter

            def enter_or_die(entered: Phase, **changes: object) -> None:
                if ORDER.index(entered) > ORDER.index(phase):
                    raise Killed
                enter(entered, **changes)

            restore.enter = enter_or_die
            runs.append(restore)

        def sleep(seconds: float) -> None:
            if "record" in vars(runs[0]) and runs[0].record.phase == phase:
                raise Killed
            self.clock.sleep(seconds)

        mortal = replace(self, task=partial(restore_task, around=Surroundings(begin=begin)), sleep=sleep)
        with suppress(Killed):
            mortal.restore(**params)

    def set_power(self, power: str) -> None:
        """Have the instance running or stopped, without a trace in the ledger."""
        self.vm.power = power
        self.sim.ledger.clear()

    @property
    def needs(self) -> dict[str, Any]:
        if self.creates:
            return {"new_vm_name": "restored", "accept_billing": True}
        return {"instance": self.vm.id}

    @property
    def recorded(self) -> dict[str, Record]:
        """The records of the local file, by restore_id."""
        records = self._store.all_of(self.provider, "restored" if self.creates else self.vm.id)
        return {item.restore_id: item for item in records}

    def rewrite_record(self, **changes: Any) -> None:
        """Change every record of the local file, as a controller that was killed earlier leaves it."""
        for item in self.recorded.values():
            self._store.save(item._replace(**changes))

    @property
    def _store(self) -> FileRecord:
        context = Context(self.connection, environ={}, runtime=self.runtime)
        return FileRecord(self.record, self.runtime, open_provider(context, 60.0, []).account)

    @property
    def seconds_of_a_restore(self) -> float:
        return float(self.sim.cloud.durations.restore)

    @property
    def restores(self) -> int:
        """Restores that took effect in the cloud, of either kind."""
        self.sim.cloud.instances(self.provider)  # work that is due takes effect when state is read
        if self.creates:
            return len(self.sim.ledger.vms_billed(self.provider))
        return len(self.sim.ledger.restores(self.vm.id))

    @property
    def effective(self) -> int:
        """Restores that changed something: repeated while the instance stays stopped, a restore does not."""
        if self.creates:
            return self.restores
        self.sim.cloud.instances(self.provider)
        return sum(item.discarded for item in self.sim.ledger.restores(self.vm.id))

    @property
    def posts(self) -> int:
        """Requests to restore."""
        sent = self.sim.ledger.requests(method="POST")
        return sum(1 for item in sent if item.path.rstrip("/").endswith("restore"))

    @property
    def writes(self) -> int:
        """Requests that may change something; the one for Barrack's prices is a POST, and does not."""
        sent = [item for item in self.sim.ledger.requests() if item.method != "GET"]
        return sum(1 for item in sent if not item.path.endswith("/pricing/"))


def make_cloud(sim: Simulator, clock: Clock, provider: str, folder: Path, power: str = "stopped") -> Cloud:
    """A VM whose disk has changed since its snapshot was taken an hour ago."""
    vm = sim.cloud.add_instance(provider, name="web1", power=power, disk={"/etc/motd": "before"})
    snapshot = sim.cloud.add_snapshot(vm.id, name="before-upgrade", age=3600.0)
    sim.cloud.write(vm.id, "/etc/motd", "after")
    sim.ledger.clear()
    return Cloud(sim, clock, provider, folder / "record" / "restores.sqlite3", vm, snapshot)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def switches() -> dict[str, Any]:
    """The simulator's switches of a test; parametrized where a suite runs under each of them."""
    return {}


@pytest.fixture
def sim(clock: ManualClock, switches: dict[str, Any]) -> Iterator[CheckedSimulator]:
    """Whatever a test is about: what is sent and answered is as published."""
    with CheckedSimulator(clock=clock, switches=switches) as running:
        yield running
    assert running.wrong == []


@pytest.fixture(params=sorted(SPECS))
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store() -> str:
    """The option ``record``; parametrized where a suite runs with each of them."""
    return "file"


@pytest.fixture
def cloud(sim: Simulator, clock: ManualClock, provider: str, store: str, tmp_path: Path) -> Cloud:
    cloud = make_cloud(sim, clock, provider, tmp_path)
    cloud.always["record"] = store
    return cloud

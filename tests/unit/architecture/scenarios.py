# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module's task run against the simulator in every way it can end: success, check mode, failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, Task, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.contract.ours import runtime_of
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

SUCCESS = "success"
REFUSED = "failure before anything was sent"
ANSWERED = "failure by the provider's answer"

Options = Callable[[Simulator, str, Any, Any], dict[str, Any]]


def _restore(sim: Simulator, provider: str, vm: Any, snapshot: Any) -> dict[str, Any]:
    if SPECS[provider].capabilities.creates_instance:
        return {"snapshot": snapshot.id, "new_vm_name": "restored", "accept_billing": True}
    return {"instance": vm.id, "snapshot": snapshot.id, "stop": "if_required", "power_after": "previous"}


# Where a provider offers nothing of what a module does.
CANNOT = {
    *(("instance", name) for name in ("onetsolutions", "hostup")),
    *(("snapshot_schedule", name) for name in ("onetsolutions", "barrack")),
    ("instance_metadata", "barrack"),
}

# How to run each module so that it does its main job. A new module needs a line here.
OPTIONS: dict[str, Options] = {
    "instance": lambda sim, provider, vm, snapshot: {
        "instance": "copy",
        "expected_instance_name": "copy",
        "restore_id": "CHG-1",
    },
    "instance_info": lambda sim, provider, vm, snapshot: {},
    "instance_metadata": lambda sim, provider, vm, snapshot: {"instance": vm.id, "hostname": "web2.example.com"},
    "instance_power": lambda sim, provider, vm, snapshot: {"instance": vm.id, "state": "stopped"},
    "provider_info": lambda sim, provider, vm, snapshot: {},
    "restore_info": lambda sim, provider, vm, snapshot: {},
    "snapshot": lambda sim, provider, vm, snapshot: {"instance": vm.id, "name": "another", "state": "present"},
    "snapshot_info": lambda sim, provider, vm, snapshot: {"instance": vm.id},
    "snapshot_prune": lambda sim, provider, vm, snapshot: {"instance": vm.id, "keep": 0},
    "snapshot_restore": _restore,
    "snapshot_schedule": lambda sim, provider, vm, snapshot: {"instance": vm.id, "interval_hours": 6},
}
# They send nothing here, so no provider can answer with an error.
SILENT = {"provider_info", "restore_info"}


class Broken(dict[str, Any]):
    """Options that cannot be read, as the last way to fail."""

    def get(self, key: str, default: Any = None) -> Any:
        raise RuntimeError("this test breaks the task")


@dataclass(frozen=True)
class Ending:
    """How a run ended, and what kind of end that is."""

    kind: str
    provider: str
    outcome: Outcome

    @property
    def keys(self) -> set[str]:
        """What the result holds besides the keys that Ansible defines."""
        return set(self.outcome.result) - {"changed", "failed", "msg", "exception"}


def endings(module: str, task: Task, spec: dict[str, dict[str, Any]], folder: Path) -> Iterator[Ending]:
    """Run the task with every provider, each time in a cloud of its own."""
    defaults = {name: option.get("default") for name, option in spec.items()}
    for provider in SPECS:
        cannot = (module, provider) in CANNOT
        for check_mode in (False, True):
            with Simulator(clock=ManualClock()) as sim:
                params = _params(module, sim, provider, defaults, folder)
                yield Ending(REFUSED if cannot else SUCCESS, provider, _run(task, params, sim, check_mode))
        if cannot:
            continue
        if module in SILENT:
            yield Ending(REFUSED, provider, execute(task, Context(Broken())))
            continue
        with Simulator(clock=ManualClock()) as sim:
            params = _params(module, sim, provider, defaults, folder)
            yield Ending(REFUSED, provider, _run(task, {**params, "api_url": "ftp://example.org"}, sim))
            sim.faults.add("status", status=403, times=None)
            yield Ending(ANSWERED, provider, _run(task, params, sim))


def _params(module: str, sim: Simulator, provider: str, defaults: dict[str, Any], folder: Path) -> dict[str, Any]:
    vm = sim.cloud.add_instance(provider, name="web1", power="running", disk={"/etc/motd": "v1"})
    snapshot = sim.cloud.add_snapshot(vm.id, name="before-upgrade", age=3600.0)
    reached = {**sim.connection(provider), **_record(folder)}
    if module == "instance" and (module, provider) not in CANNOT:
        wanted = {"snapshot": snapshot.id, "new_vm_name": "copy", "restore_id": "CHG-1", "accept_billing": True}
        assert not _run(restore_task, {**reached, **wanted}, sim).failed
    return {**defaults, **reached, **OPTIONS[module](sim, provider, vm, snapshot)}


def _record(folder: Path) -> dict[str, Any]:
    number = sum(1 for dummy in folder.iterdir())
    (folder / str(number)).mkdir()
    return {"record_path": str(folder / str(number) / "restores.sqlite3")}


def _run(task: Task, params: dict[str, Any], sim: Simulator, check_mode: bool = False) -> Outcome:
    clock = sim.clock
    assert isinstance(clock, ManualClock)
    given = frozenset(name for name, value in params.items() if value is not None)
    return execute(task, Context(params, check_mode, {}, runtime_of(clock), given=given))

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the same tests against the simulator or real accounts, and print which routes answered."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, Task, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.contract.ours import runtime_of
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

from .accounts import Account, read
from .routes import Routes

VARIABLE = "INDIECLOUD_TEST_ACCOUNTS"
"""The file with the real accounts; without it the simulator is used."""
ROUTES = Routes()


def accounts() -> list[Account]:
    path = os.environ.get(VARIABLE)
    return read(Path(path)) if path else [Account(name, {}) for name in sorted(SPECS)]


@dataclass
class Live:
    """An account, and how to run a task with it. ``lasting`` names what the destructive tests may change."""

    account: Account
    run_with: Callable[..., Outcome]
    lasting: Mapping[str, Any]

    @property
    def creates(self) -> bool:
        return SPECS[self.account.provider].capabilities.creates_instance

    def run(self, task: Task, *, check: bool = False, **params: Any) -> dict[str, Any]:
        """The result of a task; the test fails for every error except a refusal and an unconfirmed route."""
        return self.run_with(task, check, params).result


@pytest.fixture(params=accounts(), ids=lambda account: account.provider)
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    account: Account = request.param
    with ROUTES.watched():
        if os.environ.get(VARIABLE):
            yield _real(account, tmp_path)
        else:
            with Simulator(clock=ManualClock()) as sim:
                yield _simulated(sim, account.provider, tmp_path)


def _real(account: Account, folder: Path) -> Live:
    def run(task: Task, check: bool, params: dict[str, Any]) -> Outcome:
        options = {"record_path": str(folder / "restores.sqlite3"), **account.connection, **params}
        return execute(task, Context(options, check, os.environ, given=frozenset(options)))

    return Live(account, run, account.destructive)


def _simulated(sim: Simulator, provider: str, folder: Path) -> Live:
    vm = sim.cloud.add_instance(provider, name="scratch", power="running", disk={"/etc/motd": "before"})
    snapshot = sim.cloud.add_snapshot(vm.id, name="before-upgrade", age=3600.0)
    clock = sim.clock
    connection = {**sim.connection(provider), "record_path": str(folder / "restores.sqlite3")}
    runtime = runtime_of(clock)

    def run(task: Task, check: bool, params: dict[str, Any]) -> Outcome:
        return execute(task, Context({**connection, **params}, check, {}, runtime, given=frozenset(params)))

    destructive = {"instance": vm.id, "expected_instance_name": "scratch", "snapshot": snapshot.id}
    if SPECS[provider].capabilities.creates_instance:
        destructive.update(new_vm_name="restored", accept_billing=True)
    return Live(Account(provider, connection, vm.id, destructive), run, destructive)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    real = bool(os.environ.get(VARIABLE))
    terminalreporter.section("routes of the account" if real else "routes of the simulator, which confirm nothing")
    for account in accounts():
        for line in ROUTES.lines(account.provider, real=real):
            terminalreporter.write_line(line)

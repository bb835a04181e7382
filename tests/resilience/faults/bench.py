# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process, simulated time: the role's tasks against a simulator in which something goes wrong at a request."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Alarm, Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.resilience.faults.catalogue import Wrong
from ansible_collections.indiecloud.compute.tests.resilience.invariants import CODES, violations
from ansible_collections.indiecloud.compute.tests.resilience.long_run import Finding, outcome_of
from ansible_collections.indiecloud.compute.tests.resilience.scenarios import Scenario
from ansible_collections.indiecloud.compute.tests.resilience.world import World
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import NOTHING, Later, Request, Response
from ansible_collections.indiecloud.compute.tests.simulator.providers.base import Provider
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

TIMEOUT = 300.0
ONE_POLL = 60.0
"""The longest pause of any kind; a task may overrun its time by that much."""
MOST_RUNS = 5
LATER = 130.0
DAY = 86400.0
"""So long a snapshot lives where it does not live for ever."""


@dataclass
class FaultFinding(Finding):
    """What became of one fault; ``first`` is the outcome of the run in which it struck."""

    fault: str = ""
    request: str = ""
    detail: str = ""
    first: str = ""

    @property
    def place(self) -> str:
        return f"{self.scenario}: {self.fault} at {self.request}, {self.detail}"


class FaultySimulator(Simulator):
    """Remembers what it answered, and its ``Date`` may be another than that of its clock."""

    def __init__(self) -> None:
        super().__init__(clock=ManualClock())
        self.payloads: list[Any] = []
        self.date = 0.0
        self._server.now = lambda: self.clock.now() + self.date

    def _handled(self, provider: Provider, request: Request) -> Response | Later:
        answer = super()._handled(provider, request)
        known = isinstance(answer, Response) and answer.payload is not NOTHING
        self.payloads.append(answer.payload if known and isinstance(answer, Response) else None)
        return answer


class Jump(Hooks):
    """Lets the clocks jump as a request arrives."""

    def __init__(self, number: int, act: Callable[[], None]) -> None:
        self._left, self._act = number, act

    def arrived(self, request: Request) -> bool:
        self._left -= 1
        if self._left == 0:
            self._act()
        return True


class Bench:
    """A simulator, used for one fault after the other."""

    def __init__(self) -> None:
        shared = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="fault-matrix-", dir=shared if shared.is_dir() else None))
        self.sim = FaultySimulator()
        self.sim.start()
        self._count = 0

    def close(self) -> None:
        self.sim.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def undisturbed(self, scenario: Scenario) -> tuple[list[str], list[Any], FaultFinding]:
        """The requests of a run in which nothing goes wrong, what they were answered, and how it ended."""
        trial = self._trial(scenario, Wrong("none"), 0, "")
        result = trial.run(faulty=False)
        routes = [trial.world.route(number) for number in range(1, len(self.sim.ledger.requests()) + 1)]
        payloads = list(self.sim.payloads)
        trial.finish(result, *CODES)
        return routes, payloads, trial.finding

    def strike(self, scenario: Scenario, wrong: Wrong, number: int, place: str) -> FaultFinding:
        trial = self._trial(scenario, wrong, number, place)
        result = trial.run(faulty=True)
        trial.finding.first = outcome_of(result)
        trial.heal()
        before = trial.finding.first
        for again in range(MOST_RUNS):
            if not result["failed"]:
                break
            result = trial.run(faulty=False)
            same = before == (before := outcome_of(result))
            if result["failed"] and again > 1 and same:
                break
            if again:
                self.sim.clock.advance(LATER)
        trial.finish(result)
        return trial.finding

    def _trial(self, scenario: Scenario, wrong: Wrong, number: int, place: str) -> Trial:
        self._count += 1
        folder = self.folder / str(self._count)
        shutil.rmtree(self.folder / str(self._count - 1), ignore_errors=True)
        return Trial(self.sim, scenario, wrong, number, place, folder)


class Trial:
    """All runs of one fault."""

    def __init__(
        self, sim: FaultySimulator, scenario: Scenario, wrong: Wrong, number: int, place: str, folder: Path
    ) -> None:
        self.sim, self._wrong, self._number, self._folder = sim, wrong, number, folder
        self.world = World(sim, scenario)
        sim.date, self._wall = 0.0, 0.0
        sim.payloads.clear()
        detail = ", ".join(str(item) for item in wrong.faults)
        self.finding = FaultFinding(
            provider=scenario.provider,
            scenario=scenario.name,
            form="faults",
            fault=wrong.name,
            request=place,
            detail=f"request {number} {detail}"[:300],
        )

    def run(self, *, faulty: bool) -> dict[str, Any]:
        if faulty:
            self._arm()
        self.finding.runs += 1
        record = str(self._folder / "restores.sqlite3")
        params = {"wait_timeout": TIMEOUT, **self.world.params, "record_path": record}
        if self._wrong.slow:
            params["request_timeout"] = 1.0

        return self._task(params)

    def heal(self) -> None:
        self.sim.faults.clear()
        self.sim.hooks = Hooks()

    def finish(self, result: dict[str, Any], *also: str) -> None:
        """Judge by the ledger, after all that was accepted has had its effect."""
        self.sim.clock.advance(LATER)
        self.finding.outcome = outcome_of(result)
        self.finding.why = str(result.get("msg") or "").partition("\n")[0]
        self.finding.wrong += violations(self.world, result, "", *self._lasting(), *also)

    def _lasting(self) -> list[str]:
        """What stays wrong when all else is well again: work without end, a broken new instance, a clock."""
        kind = self._wrong.job["kind"] if self._wrong.job else None
        broken = self.world.scenario.creates and kind in ("fail", "false_result", "stuck")
        expired = self._wrong.date >= DAY
        stuck = kind == "stuck"
        # A gate that work which never ends keeps closed says so before the provider has to.
        gates = dict.fromkeys(("refused", "restore_not_allowed", "snapshot_not_allowed"), stuck)
        told = {"timeout": stuck, "conflict": stuck, "new_vm_name_taken": broken, "snapshot_expired": expired, **gates}
        return [code for code, lasts in told.items() if lasts]

    def _arm(self) -> None:
        wrong, number = self._wrong, self._number
        for item in wrong.faults:
            arguments = dict(item)
            self.sim.faults.add(arguments.pop("kind"), nth=number + arguments.pop("later", 0), **arguments)
        if wrong.job:
            arguments = dict(wrong.job)
            self.sim.faults.add_job(arguments.pop("kind"), self.world.vm.id, **arguments)
        if wrong.switches:
            self.sim.switch(**dict(wrong.switches))
        if wrong.wall or wrong.date:
            self.sim.hooks = Jump(number, self._jump)

    def _jump(self) -> None:
        self._wall += self._wrong.wall
        self.sim.date += self._wrong.date

    def _task(self, params: dict[str, Any]) -> dict[str, Any]:
        clock = self.sim.clock
        runtime = Runtime(
            monotonic=clock.monotonic,
            now=lambda: datetime.fromtimestamp(clock.now() + self._wall, timezone.utc),
            sleep=clock.sleep,
            uniform=lambda low, high: (low + high) / 2,
            alarm=_soon,
        )
        started = clock.monotonic()
        outcome = execute(restore_task, Context(params, False, {}, runtime, given=frozenset(params)))
        self.finding.wrong += self._wrong_with(outcome, clock.monotonic() - started)
        return {"failed": outcome.failed, "warnings": outcome.warnings, **outcome.result}

    def _wrong_with(self, outcome: Outcome, seconds: float) -> list[str]:
        found = []
        if seconds > TIMEOUT + ONE_POLL:
            found.append(f"a task of {TIMEOUT:g} s took {seconds:g} s")
        if self.sim.tokens[self.finding.provider] in repr(outcome):
            found.append("the token is in the outcome")
        if outcome.failed:
            found += unclear(outcome.result)
        return found


def unclear(result: dict[str, Any]) -> list[str]:
    """What is wrong with an error: it has a documented code, says in a line what happened and then what to do."""
    found, text = [], str(result.get("msg"))
    if result.get("error_code") not in CODES or result.get("error_code") == "internal_error":
        found.append(f"error_code {result.get('error_code')}: {text[:300]}")
    first, _line, rest = text.partition("\n")
    if not first.strip() or len(first) > 1500 or "Traceback" in text or "exception" in result:
        found.append(f"the message is not one readable line: {text[:200]!r}")
    if not rest.strip() or not result.get("next_steps"):
        found.append(f"no next step after {result.get('error_code')}: {text[:200]!r}")
    return found


def _soon(seconds: float, action: Callable[[], None]) -> Alarm:
    """Time-outs of the wire pass in real time, five times as fast."""
    timer = threading.Timer(seconds / 5.0, action)
    timer.daemon = True
    timer.start()
    return timer

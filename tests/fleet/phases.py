# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases of the role on a fleet, in one process and in simulated time, so the costs do not depend on the machine.

``make fleet ARGS='--simulated 500 1000 2000 5000'`` prints the requests and the CPU of each instance.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).absolute().parents[5]))

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

FORKS, LATENCY, RESTORE = 5, 0.05, 20.0
PHASES = ("stopping", "accepted", "starting", "done")


class Latency(Hooks):
    """The forks overlap, so a request costs the fleet only its share of the latency."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def arrived(self, request: Any) -> bool:
        self._clock.advance(LATENCY / FORKS)
        return True


@dataclass(frozen=True)
class Cost:
    """The measurements, from the simulator's ledger and the kernel."""

    size: int
    limits: tuple[int, int]
    seconds: float
    times: list[float]
    statuses: Counter[int | None]
    restored: int
    running: int
    cpu: float

    @property
    def requests(self) -> int:
        return len(self.times)

    @property
    def bound(self) -> float:
        return bound(self.requests, self.limits, RESTORE)


def bound(requests: int, limits: tuple[int, int], job: float) -> float:
    """The least possible seconds: the requests of a minute at once, the rest at the limits, and one restore."""
    minute, second = limits
    return max(requests / second, (requests - minute) / (minute / 60)) + job


def restore_fleet(folder: Path, size: int, limits: tuple[int, int] = (1000, 100)) -> Cost:
    """Do what the role does with ``size`` running instances: check all, then run each phase for all."""
    clock = ManualClock()
    with Simulator(clock=clock, durations={"restore": RESTORE}, rate_limit=limits) as sim:
        sim.hooks = Latency(clock)
        machines = [sim.cloud.add_instance("onetsolutions", f"vm-{index:05d}", "running") for index in range(size)]
        wanted = {one.id: sim.cloud.add_snapshot(one.id, "before-upgrade", age=3600).id for one in machines}
        runtime = Runtime(
            monotonic=clock.monotonic,
            now=lambda: datetime.fromtimestamp(clock.now(), timezone.utc),
            sleep=clock.sleep,
            uniform=lambda low, high: (low + high) / 2,
        )
        always = {
            "provider": "onetsolutions",
            "api_token": sim.tokens["onetsolutions"],
            "api_url": sim.urls["onetsolutions"],
            "organization_id": sim.organization_id,
            "project_id": sim.project_id,
            "requests_per_minute": limits[0],
            "record_path": str(folder / "restores.sqlite3"),
            "stop": "always",
            "power_after": "previous",
        }

        def run(params: Mapping[str, Any], *, check: bool = False) -> dict[str, Any]:
            given = {**always, **params}
            context = Context(given, check, {}, runtime, given=frozenset(given), shared_state_dir=folder)
            outcome = execute(restore_task, context)
            assert not outcome.failed, outcome.result
            return outcome.result

        started, before = clock.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
        found = {one: run({"instance": one, "snapshot": snapshot}, check=True) for one, snapshot in wanted.items()}
        for phase in PHASES:
            for one, last in found.items():
                params = {"instance": one, "snapshot": wanted[one], "until": phase}
                if phase != PHASES[0]:
                    params["restore_id"] = last["restore_id"]
                found[one] = run(params) if last["phase"] != "done" else last
        after = resource.getrusage(resource.RUSAGE_SELF)
        sent = sim.ledger.requests()
        return Cost(
            size=size,
            limits=limits,
            seconds=clock.monotonic() - started,
            times=[entry.time for entry in sent],
            statuses=Counter(entry.status for entry in sent),
            restored=sum(len(sim.ledger.restores(one)) == 1 for one in wanted),
            running=sum(sim.cloud.power(one) == "running" for one in wanted),
            cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        )


def main() -> None:
    print("| instances | requests each | 429 | CPU each (ours and the simulator's) | simulated time | to the bound |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as folder:
            cost = restore_fleet(Path(folder), size)
        each = f"{cost.requests / size:.2f} | {cost.statuses[429]} | {cost.cpu / size * 1000:.0f} ms"
        print(f"| {size} | {each} | {cost.seconds:.0f} s | {cost.seconds / cost.bound:.3f} |", flush=True)


if __name__ == "__main__":
    main()

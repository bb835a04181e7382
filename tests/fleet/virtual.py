# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in virtual time, in one process and without a network: the real engine against the simulated clouds.

One thread runs at a time, and time passes only when all of them wait, so a run is the same each time.

``make fleet ARGS='--simulated 500 1000 2000 5000'`` prints the requests and the CPU of each instance.
"""

from __future__ import annotations

import heapq
import resource
import sys
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).absolute().parents[5]))

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._fleet.crew import Crew, Job, Signal
from ansible_collections.indiecloud.compute.plugins.module_utils._fleet.fleet import Fleet, FleetOptions
from ansible_collections.indiecloud.compute.plugins.module_utils._fleet.target import Wanted
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.resilience.adversary import wire
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock, http_date
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

LATENCY, RESTORE, POWER = 0.05, 20.0, 4.0


@dataclass(eq=False)
class VirtualSignal:
    is_set: bool = False
    worker: Worker | None = None
    wake: Callable[[Worker], None] = lambda worker: None

    def set(self) -> None:
        self.is_set = True
        if self.worker is not None:
            self.wake(self.worker)


@dataclass(eq=False)
class Worker:
    """A thread that runs only while it holds the baton."""

    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    parked: int = 0
    """The number of the wait that it is in; 0 while it runs."""
    interruptible: bool = False


class VirtualCrew(Crew):
    """Passes one baton between its threads, and moves the clock on when all of them wait."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self._mine = threading.local()
        self._back = threading.Semaphore(0)
        self._ready: deque[Worker] = deque()
        self._timers: list[tuple[float, int, Worker]] = []
        self._numbers = count(1)
        self._workers: list[Worker] = []
        self.errors: list[BaseException] = []
        self.at: list[tuple[float, Callable[[], None]]] = []
        """What happens at a moment, by the clock of the crew."""

    def signal(self) -> VirtualSignal:
        return VirtualSignal(wake=self._wake)

    def cancel(self) -> None:
        super().cancel()
        for worker in self._workers:
            if worker.interruptible:
                self._wake(worker)

    def _wake(self, worker: Worker) -> None:
        if worker.parked:
            worker.parked = 0
            self._ready.append(worker)

    def _park(self, signal: Signal, seconds: float, *, interruptible: bool) -> bool:
        assert isinstance(signal, VirtualSignal)
        if signal.is_set:
            return True
        worker: Worker = self._mine.worker
        worker.parked, worker.interruptible, signal.worker = next(self._numbers), interruptible, worker
        heapq.heappush(self._timers, (self._clock.monotonic() + max(seconds, 0.0), worker.parked, worker))
        self._back.release()
        worker.turn.acquire()
        signal.worker, worker.interruptible = None, False
        return signal.is_set

    def pass_time(self, seconds: float) -> None:
        """Let time pass for this thread, whatever happens."""
        self._park(self.signal(), seconds, interruptible=False)

    def run(self, jobs: Sequence[Job], at_most: int | None = None) -> None:
        waiting = deque(jobs)
        self._workers = [Worker() for _job in range(min(len(jobs), at_most or len(jobs)))]
        alive = len(self._workers)

        def work(worker: Worker) -> None:
            nonlocal alive
            worker.turn.acquire()
            self._mine.worker = worker
            try:
                while waiting:
                    waiting.popleft()()
            except BaseException as exc:
                self.errors.append(exc)
            alive -= 1
            self._back.release()

        before = threading.stack_size(512 * 1024)
        for worker in self._workers:
            threading.Thread(target=work, args=(worker,), daemon=True).start()
        threading.stack_size(before)
        self._ready.extend(self._workers)
        while alive:
            while not self._ready:
                self._next_timer()
            self._ready.popleft().turn.release()
            self._back.acquire()
        if self.errors:
            raise self.errors[0]

    def _next_timer(self) -> None:
        if self.at and self.at[0][0] <= self._timers[0][0]:
            moment, act = self.at.pop(0)
            self._clock.advance(max(0.0, moment - self._clock.monotonic()))
            act()
            return
        moment, number, worker = heapq.heappop(self._timers)
        if worker.parked == number:
            self._clock.advance(max(0.0, moment - self._clock.monotonic()))
            self._wake(worker)


class VirtualFleet:
    """Instances on the simulated clouds, and the fleet that restores them."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = ManualClock()
        self.crew = VirtualCrew(self.clock)
        durations = {"restore": RESTORE, "power": POWER}
        self.sim = Simulator(clock=self.clock, durations=durations, **settings)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.answered: list[Callable[[Request], None]] = []
        self.runtime = Runtime(
            monotonic=self.clock.monotonic,
            now=lambda: datetime.fromtimestamp(self.clock.now(), timezone.utc),
            sleep=self.crew.sleep,
            uniform=lambda low, high: (low + high) / 2,
            alarm=lambda seconds, action: SimpleNamespace(cancel=lambda: None),
        )
        self.vms: dict[str, Any] = {}
        self.progress: list[tuple[str, str]] = []

    def add(self, name: str, provider: str = "onetsolutions", power: str = "running") -> Any:
        vm = self.sim.cloud.add_instance(provider, name, power, {"/d": "saved"})
        snapshot = self.sim.cloud.add_snapshot(vm.id, "before-upgrade", age=3600)
        self.sim.cloud.write(vm.id, "/d", "lost")
        self.vms[name] = (vm, snapshot)
        return vm

    def add_many(self, number: int, provider: str = "onetsolutions") -> None:
        for index in range(number):
            self.add(f"{provider}-{index:05d}", provider)

    def wanted(self, name: str, order: int = 0, **options: Any) -> Wanted:
        vm, snapshot = self.vms[name]
        params = {
            **self.sim.connection(vm.provider), "instance": vm.id, "snapshot": snapshot.id, "stop": "always",
            "power_after": "previous", "record_path": str(self.folder / "restores.sqlite3"), **options,
        }  # fmt: skip
        given = frozenset(params)
        return Wanted(name, Context(params, False, {}, self.runtime, given=given, shared_state_dir=self.folder), order)

    def run(self, wanted: Sequence[Wanted] | None = None, *, check_only: bool = False, **options: Any) -> Fleet:
        chosen = [self.wanted(name) for name in self.vms] if wanted is None else wanted
        chosen = [one._replace(check_only=check_only) for one in chosen]
        fleet = Fleet(chosen, FleetOptions(**options), self.crew, self.runtime)
        with wire.installed("session", self._exchange):
            fleet.run()
        return fleet

    def again(self) -> None:
        """Another process: nothing is cancelled, and nobody waits."""
        self.crew = VirtualCrew(self.clock)
        self.runtime = self.runtime._replace(sleep=self.crew.sleep)

    def _exchange(self, sent: wire.Sent) -> wire.Raw:
        self.crew.pass_time(LATENCY / 2)
        query = "&".join(f"{name}={value}" for name, value in sent.query.items())
        headers = {name.lower(): value for name, value in sent.headers.items()} | {"host": sent.host}
        if sent.text:
            headers["content-type"] = "application/json"
        target = f"{sent.path}?{query}" if query else sent.path
        request = Request.build(sent.method, target, headers, sent.text.encode())
        answer = self.sim._answer(request)
        for listener in self.answered:
            listener(request)
        self.crew.pass_time(LATENCY / 2)
        if answer.wire.cut:
            raise wire.Lost(sent=True)
        return wire.Raw(answer.status, {"Date": http_date(self.clock.now()), **answer.headers}, answer.body())

    # What became of it.

    def restores(self, name: str) -> int:
        return len(self.sim.ledger.restores(self.vms[name][0].id))

    def power(self, name: str) -> str:
        return str(self.sim.cloud.power(self.vms[name][0].id))

    def requests(self, method: str | None = None) -> list[Any]:
        return self.sim.ledger.requests(method) if method else self.sim.ledger.requests()

    def running(self) -> int:
        return sum(self.power(name) == "running" for name in self.vms)

    def restored_once(self) -> int:
        return sum(self.restores(name) == 1 for name in self.vms)


def outcomes(fleet: Fleet) -> dict[str, str]:
    """By target: the error code, or else the status."""
    results = {one.name: one.outcome.result for one in fleet.targets}
    return {name: str(result.get("error_code") or result["status"]) for name, result in results.items()}


@dataclass(frozen=True)
class Cost:
    """The measurements, from the simulator's ledger and the kernel."""

    size: int
    seconds: float
    times: list[float]
    kinds: Counter[str]
    statuses: Counter[int | None]
    restored: int
    running: int
    cpu: float

    @property
    def requests(self) -> int:
        return len(self.times)


def restore_fleet(
    folder: Path, size: int, limits: tuple[int, int] | bool = (1000, 100), provider: str = "onetsolutions"
) -> Cost:
    """Restore ``size`` running instances."""
    from ansible_collections.indiecloud.compute.tests.fleet.large import kind

    world = VirtualFleet(folder, rate_limit=limits)
    world.add_many(size, provider)
    started, before = world.clock.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    per_minute = limits[0] if isinstance(limits, tuple) else None
    fleet = world.run([world.wanted(name, requests_per_minute=per_minute) for name in world.vms])
    after = resource.getrusage(resource.RUSAGE_SELF)
    sent = world.requests()
    wrong = {name: found for name, found in outcomes(fleet).items() if found != "restored"}
    assert not wrong, wrong
    return Cost(
        size=size,
        seconds=world.clock.monotonic() - started,
        times=[entry.time for entry in sent],
        kinds=Counter(kind({"method": entry.method, "path": entry.path}) for entry in sent),
        statuses=Counter(entry.status for entry in sent),
        restored=world.restored_once(),
        running=world.running(),
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


def main() -> None:
    print("| instances | requests each | 429 | CPU each (ours and the simulator's) | simulated time |")
    print("| --- | --- | --- | --- | --- |")
    for size in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as folder:
            cost = restore_fleet(Path(folder), size)
        each = f"{cost.requests / size:.2f} | {cost.statuses[429]} | {cost.cpu / size * 1000:.0f} ms"
        print(f"| {size} | {each} | {cost.seconds:.0f} s |", flush=True)
        for name, number in cost.kinds.most_common():
            print(f"    {number / size:.3f} {name}")


if __name__ == "__main__":
    main()

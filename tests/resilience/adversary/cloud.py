# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is true at a provider: disks as lists of writes, power, snapshots, work, bills, and the ledger of effects.

Written from the published pages. Nothing in here knows the client. Time is virtual; work takes effect at its end.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from datetime import datetime, timezone
from email.utils import formatdate
from itertools import count
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Settings
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import (
    START,
    VM,
    Attempt,
    Clock,
    Effect,
    Episode,
    PowerRequest,
    Reading,
    Refuse,
    Reply,
    Request,
    Snap,
    Work,
)

DAY = 86400.0


FILLER = "x" * (4 << 20)


def filler(item: dict[str, Any], number: int) -> dict[str, Any]:
    """An object of some megabytes that no list has had yet."""
    names = [name for name in ("id", "instance_id", "name", "vm_name") if name in item]
    return {**item, **{name: f"{item[name][:-6]}{number:06d}" for name in names}, "notes": FILLER}


class Cloud(ABC):
    """One account. Subclasses have the routes and JSON of a provider."""

    provider = ""
    web_id = ""
    other_id = ""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.numbers = count(1)
        self.vms: list[VM] = []
        self.writes: dict[int, tuple[float, Any]] = {}
        """Of each write its time and the episode in which it was made."""
        self.effects: list[Effect] = []
        self.attempts: list[Attempt] = []
        self.power_requests: list[PowerRequest] = []
        self.billed: list[VM] = []
        self.notes_lost: float = 0.0
        """When records that are kept at the provider were last removed, or overwritten by a late request."""
        self._due: list[tuple[float, int, Any]] = []
        self.web = self.seed()

    # Time.

    @property
    def now(self) -> float:
        return self.clock.now

    def at(self, when: float, action: Any) -> None:
        heapq.heappush(self._due, (when, next(self.numbers), action))

    def next_due(self) -> float:
        return self._due[0][0] if self._due else float("inf")

    def settle(self) -> None:
        """Let happen what is due by now; the clock must not have passed several things at once unnoticed."""
        while self._due and self._due[0][0] <= self.clock.now:
            when, dummy, action = heapq.heappop(self._due)
            action(when)

    def stamp(self, when: float) -> str:
        """A time in a body."""
        moment = datetime.fromtimestamp(when + self.settings.date_skew + self.settings.stamp_skew, timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

    def date_headers(self) -> dict[str, str]:
        kind = self.settings.date
        if kind == "missing":
            return {}
        when = self.now + self.settings.date_skew
        if kind == "aged":
            return {"Date": formatdate(when - 50, usegmt=True), "Age": "50"}
        return {"Date": formatdate(when, usegmt=True)}

    # Instances, disks, snapshots.

    def seed(self) -> VM:
        """web1 with two snapshots of which the newer one was taken an hour ago, and another instance."""
        web = self.add_vm(self.web_id, "web1", self.settings.power)
        self.write(web, START - 2 * 3600)
        self.add_snapshot(web, "older", START - 2 * 3600)
        self.write(web, START - 1.5 * 3600)
        self.add_snapshot(web, "before-upgrade", START - 3600)
        self.write(web, START - 1800)
        other = self.add_vm(self.other_id, "db1", "running" if web.power == "stopped" else "stopped")
        self.add_snapshot(other, "nightly", START - 3600)
        return web

    def add_vm(self, vm_id: str, name: str, power: str, made: float = START - 30 * DAY) -> VM:
        vm = VM(vm_id, name, power, made=made, modified=made, history=[(made, power)])
        if power == "running":
            vm.episodes.append(Episode(made, None))
        self.vms.append(vm)
        return vm

    def set_power(self, vm: VM, power: str, when: float, by: Any) -> None:
        if vm.power == power:
            return
        vm.power = power
        vm.history.append((when, power))
        if power in ("running", "starting") and not (vm.episodes and vm.episodes[-1].ends is None):
            vm.episodes.append(Episode(when, by))
        elif power == "stopped" and vm.episodes and vm.episodes[-1].ends is None:
            vm.episodes[-1].ends = when

    def write(self, vm: VM, when: float | None = None) -> None:
        number = next(self.numbers)
        self.writes[number] = (self.now if when is None else when, vm.episodes[-1] if vm.episodes else None)
        vm.disk.append(number)

    @abstractmethod
    def snapshot_id(self, name: str, number: int) -> str:
        """The id of a new snapshot."""

    def add_snapshot(self, vm: VM, name: str, created: float, seconds: float = 0.0, by: Any = None) -> Snap:
        number = next(self.numbers)
        snap = Snap(
            number, self.snapshot_id(name, number), name, vm, created, created + seconds, frozenset(vm.disk), by=by
        )
        vm.snapshots.append(snap)
        return snap

    def live_snapshots(self, vm: VM) -> list[Snap]:
        return [
            item
            for item in vm.snapshots
            if not item.gone and (item.expires is None or item.expires > self.now) and item.created <= self.now
        ]

    def find_vm(self, vm_id: str) -> VM:
        found = next((vm for vm in self.vms if vm.id == vm_id and vm.alive), None)
        if found is None:
            raise Refuse(404, "There is no such instance.", "vps_not_found")
        return found

    def find_snap(self, vm: VM | None, snap_id: str) -> Snap:
        for owner in self.vms if vm is None else [vm]:
            for item in self.live_snapshots(owner):
                if item.id == snap_id and item.ready <= self.now:
                    return item
        raise Refuse(404, "There is no such snapshot.", "not_found")

    # Work.

    @abstractmethod
    def job_id(self) -> str:
        """The id of new work."""

    def begin(self, vm: VM, kind: str, seconds: float, begins: float | None = None, **more: Any) -> Work:
        begins = self.now if begins is None else begins
        work = Work(self.job_id(), kind, vm, begins, begins + seconds, **more)
        work.power_before = vm.power
        vm.work.append(work)
        if seconds != float("inf"):
            self.at(work.ends, lambda when: self.finish(work, when))
        return work

    def finish(self, work: Work, when: float) -> None:
        if work.done:
            return
        work.done = True
        work.ends = when
        if work.cancelled:
            return
        vm, kind = work.vm, work.kind
        if kind == "restore":
            self._finish_restore(work, when)
        elif work.fails:
            if kind in ("start", "stop", "shutdown"):
                self.set_power(vm, work.power_before, when, work.by)
            if work.snap is not None and kind == "snapshot":
                work.snap.failed = work.snap.gone = True
        elif kind in ("start", "restart"):
            self.set_power(vm, "running", when, work.by)
        elif kind in ("stop", "shutdown"):
            self.set_power(vm, "stopped", when, work.by)
            for other in vm.busy():
                # A shutdown that the guest ignored is over when the power is off.
                if other.kind == "shutdown":
                    other.done = other.fails = True
                    other.ends = when
        elif kind == "delete_snapshot" and work.snap is not None:
            work.snap.gone = True

    def _finish_restore(self, work: Work, when: float) -> None:
        attempt, snap, vm = work.attempt, work.snap, work.vm
        assert attempt is not None
        assert snap is not None
        attempt.ended = when
        if work.fails:
            attempt.failed = True
            self.set_power(vm, work.power_before, when, "restore")
            return
        kept: set[int] = set()
        for item in vm.snapshots:
            if item.ready <= when and (item.deleted or item in self.live_snapshots(vm)):
                kept |= item.disk
        running = vm.power in ("running", "starting")
        self.effects.append(Effect(when, attempt, vm, frozenset(vm.disk) - snap.disk, frozenset(kept), running))
        attempt.effective = when
        vm.disk = sorted(snap.disk)
        if self.settings.hostup_newer == "lost" and self.provider == "hostup":
            for item in vm.snapshots:
                item.gone = item.gone or item.created > snap.created
            self.notes_lost = when
        wanted = {"stopped": "stopped", "running": "running", "previous": work.power_before}
        after = wanted[self.settings.power_after]
        self.set_power(vm, "running" if after in ("running", "starting") else "stopped", when, "restore")

    def begin_restore(self, vm: VM, snap: Snap, attempt: Attempt, **more: Any) -> Work:
        running = [item for item in vm.busy() if item.kind == "restore"]
        begins = self.now
        if running:
            if self.settings.second_restore == "refused":
                raise Refuse(409, "Other work is running.", "vps_not_ready")
            begins = max(item.ends for item in running)
        attempt.vm, attempt.snap, attempt.begun = vm, snap, self.now
        fails = more.pop("fails", False)
        work = self.begin(
            vm, "restore", self.settings.restore_seconds, begins, snap=snap, attempt=attempt, fails=fails, **more
        )
        self.set_power(vm, "stopped", self.now, "restore")
        return work

    def restoring(self, vm: VM) -> tuple[Attempt, ...]:
        return tuple(item.attempt for item in vm.busy() if item.kind == "restore" and item.attempt is not None)

    def begin_power(self, vm: VM, action: str, request: Request) -> Work | None:
        """Start, stop, shutdown or restart; None where there is nothing to do. Raises Refuse."""
        restoring = self.restoring(vm)
        asked = PowerRequest(self.now, request.run, vm, action, restoring, vm.power, late=request.late)
        self.power_requests.append(asked)
        try:
            if restoring and (action != "start" or self.settings.start_during == "refused"):
                raise Refuse(409, "Other work is running.", "vps_not_ready")
            changing = [item for item in vm.busy() if item.kind in ("start", "stop", "shutdown", "restart")]
            if changing and not (action == "stop" and all(item.kind == "shutdown" for item in changing)):
                raise Refuse(409, "Other work is running.", "vps_not_ready")
            if action == "start" and vm.power == "running":
                raise Refuse(409, "It is running already.", "vps_not_ready")
            if action in ("stop", "shutdown", "restart") and vm.power == "stopped":
                raise Refuse(409, "It is stopped already.", "vps_not_ready")
        except Refuse:
            asked.refused = True
            raise
        seconds = self.settings.power_seconds
        if action == "shutdown" and self.settings.guest_ignores_shutdown:
            seconds = float("inf")
        work = self.begin(vm, action, seconds, by=request.run)
        transit = {"start": "starting", "stop": "stopping", "shutdown": "stopping", "restart": "starting"}
        if not (action == "shutdown" and self.settings.guest_ignores_shutdown):
            self.set_power(vm, transit[action], self.now, request.run)
        return work

    # The wire.

    @abstractmethod
    def classify(self, method: str, path: str) -> tuple[str, tuple[str, ...]]:
        """The kind of a request and the ids in its path; raises NoRoute."""

    def handle(self, request: Request) -> Reply:
        """Let a request work."""
        self.settle()
        try:
            return self.answer(request)
        except Refuse as exc:
            if request.attempt is not None and request.kind == "restore":
                request.attempt.status = exc.status
            return self.refusal(exc)

    @abstractmethod
    def answered(self, request: Request, status: int) -> None:
        """The provider answered a request with this status, whatever of it arrives."""

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """What the provider answers; raises Refuse."""

    @abstractmethod
    def refusal(self, exc: Refuse) -> Reply:
        """An error in the provider's own format."""

    def power_word(self, vm: VM, when: float | None = None) -> str:
        return vm.power if when is None else vm.power_at(when)

    def reading(self, vm: VM, as_of: float | None = None) -> Reading:
        moment = self.now if as_of is None else as_of
        return Reading(vm, vm.power_at(moment), moment)

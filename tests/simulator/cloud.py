# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the three clouds. Nothing happens in the background: work that is due is finished when state is read."""

from __future__ import annotations

import heapq
import math
import threading
from collections import Counter
from typing import Any

from . import effects
from .clock import Clock
from .faults import Faults, JobFault
from .identity import PROVIDERS, make_id
from .ledger import BilledVm, DeletedVm, Ledger
from .model import CREATING, READY, RUNNING, STOPPED, Call, Durations, Instance, Job, Snapshot
from .switches import Switches

HOSTUP_SNAPSHOT_LIFE = 24 * 3600.0  # seconds


class Cloud:
    """Callers that read and then change hold `lock`; the simulator holds it for each request."""

    def __init__(self, clock: Clock, switches: Switches, durations: Durations, ledger: Ledger, faults: Faults) -> None:
        self.clock, self.switches, self.durations, self.ledger, self.faults = clock, switches, durations, ledger, faults
        self.lock = threading.RLock()
        self.clear()
        ledger.settle = self.settle

    def clear(self) -> None:
        with self.lock:
            self._instances: dict[str, dict[str, Instance]] = {provider: {} for provider in PROVIDERS}
            self._snapshots: dict[str, dict[str, Snapshot]] = {provider: {} for provider in PROVIDERS}
            self._jobs: dict[str, Job] = {}
            self._jobs_of: dict[str, list[Job]] = {}
            self._due: list[tuple[float, int, Job]] = []
            self._counts: Counter[tuple[str, str]] = Counter()
            self.calls: list[Call] = []

    def _number(self, provider: str, kind: str) -> int:
        self._counts[provider, kind] += 1
        return self._counts[provider, kind]

    # instances

    def add_instance(
        self,
        provider: str,
        name: str,
        power: str = RUNNING,
        disk: dict[str, str] | None = None,
        age: float = 30 * 86400.0,
        **extra: Any,
    ) -> Instance:
        """Made `age` seconds ago. `extra` may name an `id`, and provider fields as its JSON has them, e.g. tags=[…]."""
        if provider not in PROVIDERS or power not in (RUNNING, STOPPED):
            raise ValueError(f"no provider {provider!r} or no power state {power!r}")
        with self.lock:
            number = self._number(provider, "instance")
            made = self.clock.now() - age
            instance_id = extra.pop("id", None) or make_id(provider, "instance", number)
            if self._find(instance_id) is not None:
                raise ValueError(f"there already is an instance {instance_id}")
            instance = Instance(instance_id, name, provider, number, made, made, power, dict(disk or {}), extra)
            self._instances[provider][instance_id] = instance
            return instance

    def _find(self, instance_id: str) -> Instance | None:
        found = (instances.get(instance_id) for instances in self._instances.values())
        return next((instance for instance in found if instance is not None), None)

    def instance(self, instance_id: str) -> Instance:
        """KeyError if there is none."""
        with self.lock:
            self.settle()
            instance = self._find(instance_id)
            if instance is None:
                raise KeyError(instance_id)
            return instance

    def instances(self, provider: str) -> list[Instance]:
        with self.lock:
            self.settle()
            return list(self._instances[provider].values())

    def find_instance(self, provider: str, instance_id: str) -> Instance | None:
        self.settle()
        return self._instances[provider].get(instance_id)

    def write(self, instance_id: str, path: str, content: str) -> None:
        with self.lock:
            self.instance(instance_id).disk[path] = content

    def disk(self, instance_id: str) -> dict[str, str]:
        with self.lock:
            return dict(self.instance(instance_id).disk)

    def power(self, instance_id: str) -> str:
        return self.instance(instance_id).power

    # snapshots

    def add_snapshot(
        self,
        instance_id: str,
        name: str,
        age: float = 0.0,
        expires_in: float | None = None,
        status: str = READY,
        **extra: Any,
    ) -> Snapshot:
        """A snapshot of the disk as it is now, made `age` seconds ago. `expires_in` counts from now."""
        with self.lock:
            instance = self.instance(instance_id)
            provider, now = instance.provider, self.clock.now()
            number = self._number(provider, "snapshot")
            made_up = name if provider == "hostup" else make_id(provider, "snapshot", number)
            snapshot_id = extra.pop("id", None) or made_up
            key = self._key(provider, instance_id, snapshot_id)
            if key in self._snapshots[provider]:
                raise ValueError(f"there already is a snapshot {snapshot_id}")
            expires = now - age + HOSTUP_SNAPSHOT_LIFE if provider == "hostup" else None
            if expires_in is not None:
                expires = now + expires_in
            parent = instance.snapshots[-1].name if instance.snapshots else None
            snapshot = Snapshot(
                snapshot_id, name, provider, instance_id, number, now - age, expires, dict(instance.disk),
                status, parent, extra,
            )  # fmt: skip
            instance.snapshots.append(snapshot)
            self._snapshots[provider][key] = snapshot
            return snapshot

    @staticmethod
    def _key(provider: str, instance_id: str, snapshot_id: str) -> str:
        return f"{instance_id}/{snapshot_id}" if provider == "hostup" else snapshot_id

    def snapshots(self, instance_id: str) -> list[Snapshot]:
        with self.lock:
            instance = self.instance(instance_id)
            self._expire(instance)
            return list(instance.snapshots)

    def account_snapshots(self, provider: str) -> list[Snapshot]:
        self.settle()
        return list(self._snapshots[provider].values())

    def find_snapshot(self, provider: str, snapshot_id: str, instance: Instance | None = None) -> Snapshot | None:
        """With `instance`, only one of that instance."""
        self.settle()
        if instance is not None:
            self._expire(instance)
        snapshot = self._snapshots[provider].get(self._key(provider, instance.id if instance else "", snapshot_id))
        return snapshot if snapshot is None or instance is None or snapshot.instance_id == instance.id else None

    def newer_snapshots(self, snapshot: Snapshot) -> list[Snapshot]:
        return [other for other in self.snapshots(snapshot.instance_id) if other.created > snapshot.created]

    def remove_snapshot(self, snapshot: Snapshot) -> None:
        found = self._snapshots[snapshot.provider].pop(
            self._key(snapshot.provider, snapshot.instance_id, snapshot.id), None
        )
        if found is not None:
            instance = self._find(snapshot.instance_id)
            if instance is not None:
                instance.snapshots.remove(found)

    def _expire(self, instance: Instance) -> None:
        now = self.clock.now()
        for snapshot in [one for one in instance.snapshots if one.expires is not None and one.expires <= now]:
            self.remove_snapshot(snapshot)

    # work

    def begin(self, instance: Instance, work: str, verb: str, snapshot: Snapshot | None = None) -> Job:
        """Start work on an instance; it ends by itself when the clock has moved on."""
        with self.lock:
            if work == "restore" and instance.job("restore"):
                self.ledger.concurrent_restores += 1
            now = self.clock.now()
            job_id = make_id(instance.provider, "job", self._number(instance.provider, "job"))
            job = Job(job_id, instance.provider, instance, work, verb, now, now + self.durations.of(work), snapshot)
            source = snapshot.instance_id if snapshot else instance.id
            fault = self.faults.for_job(work, (instance.id, source))
            if fault is not None:
                _spoil(job, fault)
            instance.jobs.append(job)
            self._jobs[job.id] = job
            self._jobs_of.setdefault(instance.id, []).append(job)
            heapq.heappush(self._due, (job.ends, self._number("", "due"), job))
            return job

    def begin_snapshot(self, instance: Instance, name: str, verb: str, **extra: Any) -> Job:
        snapshot = self.add_snapshot(instance.id, name, status=CREATING, **extra)
        return self.begin(instance, "snapshot", verb, snapshot)

    def begin_new_vm(self, snapshot: Snapshot, name: str, **extra: Any) -> Job:
        """A restore that makes a VM; it exists, and is billed, from now on."""
        instance = self.add_instance(snapshot.provider, name, disk=snapshot.disk, age=0.0, **extra)
        now = self.clock.now()
        self.ledger.add_billed_vm(BilledVm(now, snapshot.provider, instance.id, name, snapshot.id))
        return self.begin(instance, "restore", "restore", snapshot)

    def delete_instance(self, instance: Instance, when: float, *, stays_listed: bool) -> None:
        """End its bill. Its snapshots stay (assumed: no page says what becomes of them)."""
        with self.lock:
            if not instance.deleted:
                instance.deleted = True
                self.ledger.add_deleted_vm(DeletedVm(when, instance.provider, instance.id, instance.name))
            if not stays_listed:
                self._instances[instance.provider].pop(instance.id, None)

    def find_job(self, provider: str, job_id: str) -> Job | None:
        self.settle()
        job = self._jobs.get(job_id)
        return job if job is not None and job.provider == provider and not job.hidden else None

    def jobs(self, provider: str, instance_id: str | None = None) -> list[Job]:
        """Those that show up in lists, oldest first, finished ones too."""
        self.settle()
        jobs = self._jobs.values() if instance_id is None else self._jobs_of.get(instance_id, [])
        return [job for job in jobs if job.provider == provider and job.announced and not job.hidden]

    def settle(self) -> None:
        """Finish the work that is due, in the order of its ends."""
        with self.lock:
            now = self.clock.now()
            while self._due and self._due[0][0] <= now:
                effects.finish(self, heapq.heappop(self._due)[2])


def _spoil(job: Job, fault: JobFault) -> None:
    if fault.kind == "fail":
        job.error = fault.params["message"]
    elif fault.kind == "vanish":
        job.hidden = True
    elif fault.kind == "stuck":
        job.ends = math.inf
    elif fault.kind == "false_result":
        job.false_result = True
    elif fault.kind == "unknown_word":
        job.word = fault.params["word"]
    else:
        job.ends = job.created + (job.ends - job.created) * fault.params["factor"]

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was asked of the clouds and what really happened to them. Times are simulated epoch seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple


class Restore(NamedTuple):
    """An in-place restore that was applied; `discarded` tells whether the disk was different before."""

    time: float
    provider: str
    instance_id: str
    snapshot_id: str
    snapshot_name: str
    discarded: bool
    begun: float


class BilledVm(NamedTuple):
    """A VM that a restore created."""

    time: float
    provider: str
    instance_id: str
    name: str
    snapshot_id: str


class DeletedVm(NamedTuple):
    """A VM that was deleted on request; a bill for it ends here."""

    time: float
    provider: str
    instance_id: str
    name: str


class PowerCycle(NamedTuple):
    """An applied start, stop or restart; `verb` is the provider's own word."""

    time: float
    provider: str
    instance_id: str
    action: str
    verb: str


class RequestRecord(NamedTuple):
    """`path` has the query; `status` is None while the request is worked on, and if it is never answered."""

    time: float
    method: str
    path: str
    status: int | None
    provider: str | None
    body: Any


class Ledger:
    """Reading it first lets the work end that is due: `settle` is set by the cloud it belongs to."""

    def __init__(self) -> None:
        self.settle: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._numbers = count()
        self.clear()

    def clear(self) -> None:
        self.settle()
        with self._lock:
            self._restores: list[Restore] = []
            self._billed: list[BilledVm] = []
            self._deleted: list[DeletedVm] = []
            self._power: list[PowerCycle] = []
            self._requests: dict[int, RequestRecord] = {}
            self.concurrent_restores = 0

    # what tests read

    def restores(self, instance_id: str | None = None) -> list[Restore]:
        self.settle()
        return [entry for entry in self._restores if instance_id in (None, entry.instance_id)]

    def vms_billed(self, provider: str = "barrack") -> list[BilledVm]:
        self.settle()
        return [entry for entry in self._billed if entry.provider == provider]

    def vms_deleted(self, provider: str = "barrack") -> list[DeletedVm]:
        self.settle()
        return [entry for entry in self._deleted if entry.provider == provider]

    def bills_running(self, provider: str = "barrack") -> list[BilledVm]:
        """The VMs that restores created and nobody deleted since."""
        gone = {entry.instance_id for entry in self.vms_deleted(provider)}
        return [entry for entry in self.vms_billed(provider) if entry.instance_id not in gone]

    def power_cycles(self, instance_id: str | None = None) -> list[PowerCycle]:
        self.settle()
        return [entry for entry in self._power if instance_id in (None, entry.instance_id)]

    def requests(self, method: str | None = None, path_contains: str | None = None) -> list[RequestRecord]:
        with self._lock:
            entries = list(self._requests.values())
        return [
            entry
            for entry in entries
            if method in (None, entry.method) and (path_contains is None or path_contains in entry.path)
        ]

    @property
    def writes(self) -> int:
        """Requests that may change something; the one for Barrack's prices is a POST, and does not."""
        return sum(entry.method != "GET" and not entry.path.endswith("/pricing/") for entry in self.requests())

    def as_dict(self) -> dict[str, Any]:
        """Everything but the requests, whose number is given."""
        self.settle()
        return {
            "restores": [entry._asdict() for entry in self._restores],
            "vms_billed": [entry._asdict() for entry in self._billed],
            "vms_deleted": [entry._asdict() for entry in self._deleted],
            "power_cycles": [entry._asdict() for entry in self._power],
            "concurrent_restores": self.concurrent_restores,
            "requests": len(self._requests),
            "writes": self.writes,
        }

    # what the simulator writes

    def open_request(self, record: RequestRecord) -> int:
        with self._lock:
            number = next(self._numbers)
            self._requests[number] = record
            return number

    def close_request(self, number: int, status: int | None) -> None:
        with self._lock:
            if number in self._requests:  # the ledger may have been cleared meanwhile
                self._requests[number] = self._requests[number]._replace(status=status)

    def add_restore(self, entry: Restore) -> None:
        self._restores.append(entry)

    def add_billed_vm(self, entry: BilledVm) -> None:
        self._billed.append(entry)

    def add_deleted_vm(self, entry: DeletedVm) -> None:
        self._deleted.append(entry)

    def add_power_cycle(self, entry: PowerCycle) -> None:
        self._power.append(entry)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud in memory whose answers a test writes down, for what the simulator cannot be brought to do to the second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import ProviderError, RouteUnconfirmed
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Accepted,
    Candidate,
    Gate,
    Instance,
    InstanceList,
    Operation,
    OperationStatus,
    Snapshot,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.redact import Redactor
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import (
    Metadata,
    Provider,
    RestoreRequest,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Record, RecordStore
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.context import Run
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import RestoreOptions
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import restore
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.result import Report
from ansible_collections.indiecloud.compute.plugins.module_utils._task.refusal import Refused
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Progress
from ansible_collections.indiecloud.compute.plugins.module_utils._task.waiting import Patience
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.words import anew
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START, FakeTime

Answered = TypeVar("Answered")
IDS = {"barrack": "BRK-1", "hostup": "vps_1", "onetsolutions": "123e4567-e89b-12d3-a456-426614174000"}
TAKEN = START - timedelta(hours=2)


class Scripted(Provider):
    """One instance with one snapshot. ``sent`` has each writing request, with the second at which it came, ``told`` the
    progress of restores.

    ``say`` has what a method answers instead, one answer after the other, the last one for ever: a value, an error to
    raise, or a function of the arguments.
    """

    def __init__(
        self, name: str = "onetsolutions", *, power: str = "stopped", seconds: float = 1800.0, **changed: Any
    ) -> None:
        self.time = FakeTime()
        deadline = Deadline(seconds, self.time.runtime)
        wire: Any = SimpleNamespace(
            deadline=deadline,
            runtime=self.time.runtime,
            redactor=Redactor(["S3cr3t-token"]),
            writes=0,
            asked_pause=None,
            provider_now=self.time.runtime.now,
        )
        super().__init__(wire, {}, {})
        spec = SPECS[name]
        # Its own, where a real provider shares that of its class.
        vars(self)["spec"] = spec._replace(capabilities=anew(spec.capabilities._replace(**changed)))
        self.instance = Instance(IDS[name], "web1", power_state=power, power_state_raw=power)
        self.snapshots = [Snapshot("snap-1", "before", self.instance.id, created_at=TAKEN, restorable=True)]
        self.instances: list[Instance] = [self.instance]
        self.say: dict[str, list[Any]] = {}
        self.sent: list[tuple[Any, ...]] = []
        self.asked: list[tuple[float, str]] = []
        self.told: list[Progress] = []

    @property
    def restores(self) -> list[float]:
        """The seconds at which a restore was sent."""
        return [item[0] for item in self.sent if item[1] == "restore"]

    @property
    def actions(self) -> list[str]:
        return [str(item[2]) for item in self.sent if item[1] == "power"]

    def answers(self, method: str, *values: Any) -> Scripted:
        self.say[method] = list(values)
        return self

    def _say(self, method: str, usual: Callable[..., Answered], *arguments: Any) -> Answered:
        self.asked.append((self.time.seconds, method))
        values = self.say.get(method)
        value: Any = (values.pop(0) if len(values) > 1 else values[0]) if values else usual
        if isinstance(value, Exception):
            raise value
        return anew(cast("Answered", value(*arguments) if callable(value) else value))

    def _send(self, *what: Any) -> None:
        self.sent.append((self.time.seconds, *what))
        self.transport.writes += 1

    def get_instance(self, instance_id: str) -> Instance:
        usual = next((item for item in self.instances if item.id == instance_id), self.instance)
        return self._say("get_instance", lambda _id: usual, instance_id)

    def read_power(self, instance_id: str) -> Instance:
        return self._say("read_power", lambda _id: self.instances[0], instance_id)

    def list_instances(self, name: str | None = None, *, first_page: bool = False) -> InstanceList:
        return self._say("list_instances", lambda: InstanceList(tuple(self.instances)))

    def list_snapshots(self, instance_id: str | None) -> SnapshotList:
        return self._say("list_snapshots", lambda: SnapshotList(tuple(self.snapshots)))

    def restore(self, request: RestoreRequest) -> Accepted:
        self._send("restore", request)
        return self._say("restore", lambda _request: Accepted(), request)

    def get_operation(self, operation: Operation, instance_id: str) -> Operation:
        return self._say("get_operation", lambda asked: ended(asked.id), operation)

    def restores_since(self, instance_id: str, snapshot_id: str, since: datetime) -> tuple[Candidate, ...]:
        return self._say("restores_since", lambda _since: (), since)

    def set_power(self, instance_id: str, action: str) -> Operation | None:
        self._send("power", action)

        def usual(action: str) -> None:
            self.put(power_state="stopped" if action in ("stop", "shutdown") else "running")

        return self._say("set_power", usual, action)

    def create_snapshot(self, instance_id: str, name: str, description: str | None) -> Operation | None:
        self._send("snapshot", name, description)

        def usual(name: str) -> None:
            made = Snapshot(name, name, instance_id, created_at=self.time.runtime.now(), description=description)
            self.snapshots.append(made)

        return self._say("create_snapshot", usual, name)

    def delete_snapshot(self, instance_id: str, snapshot_id: str) -> Operation | None:
        self._send("delete", snapshot_id)

        def usual(snapshot_id: str) -> None:
            self.snapshots = [item for item in self.snapshots if item.id != snapshot_id]

        return self._say("delete_snapshot", usual, snapshot_id)

    def hourly_price(self, snapshot: Snapshot, *, read_only: bool) -> tuple[float, str] | None:
        return self._say("hourly_price", lambda _read_only: None, read_only)

    def restore_gate(self, instance_id: str) -> Gate:
        return self._say("restore_gate", lambda: Gate(True))

    def read_metadata(self, instance_id: str) -> Metadata:
        return self._say("read_metadata", lambda: Metadata(self.instance, {}, {}))

    def write_metadata(self, instance_id: str, found: Metadata, changes: Mapping[str, Any]) -> list[str]:
        self._send("metadata", dict(changes))
        return self._say("write_metadata", lambda _changes: list[str](), changes)

    def put(self, **changes: Any) -> Instance:
        """Change the instance as it is read from now on."""
        if "power_state" in changes:
            changes.setdefault("power_state_raw", changes["power_state"])
        self.instance = self.instances[0] = self.instances[0]._replace(**changes)
        return self.instance

    @property
    def patience(self) -> Patience:
        return Patience(self.transport.deadline, self.time.runtime, 2.0)


class Kept(RecordStore):
    """Records in memory; ``phases`` are those that were written, in order."""

    def __init__(self, *records: Record) -> None:
        self.records = list(records)
        self.phases: list[str] = []

    def all_of(self, provider: str, target: str) -> list[Record]:
        found = [anew(item) for item in self.records if (item.provider, item.target) == (provider, target)]
        return sorted(found, key=lambda item: item.updated_at, reverse=True)

    def save(self, record: Record) -> Record:
        self.records = [item for item in self.records if item.restore_id != record.restore_id]
        self.records.append(record)
        self.phases.append(record.phase)
        return anew(record)

    @property
    def last(self) -> Record:
        return self.records[-1]


def ended(operation_id: str = "op", status: str = OperationStatus.SUCCEEDED, **more: Any) -> Operation:
    return Operation(operation_id, **{"kind": "restore", "status": status, "status_raw": status, "ended": True, **more})


def run_of(cloud: Scripted, store: RecordStore | None = None, **options: Any) -> Run:
    """A run on this cloud; the instance and the snapshot are those it has."""
    if cloud.capabilities.creates_instance:
        options = {"new_vm_name": "copy", "accept_billing": True, **options}
    else:
        options = {"instance": cloud.instance.id, **options}
    wanted = anew(RestoreOptions(**{"snapshot": "snap-1", **options}))
    report = Report(cloud.time.runtime.monotonic)
    return Run(cloud, wanted, store or Kept(), cloud.time.runtime, cloud.transport.deadline, report, cloud.told.append)


def restored(cloud: Scripted, store: RecordStore | None = None, *, check: bool = False, **options: Any) -> Run:
    """The run after a restore."""
    run = run_of(cloud, store, **options)
    restore(run, check_mode=check)
    return run


def status(number: int, **more: Any) -> ProviderError:
    return ProviderError("No.", status=number, **more)


def no_route() -> RouteUnconfirmed:
    return RouteUnconfirmed("No route.", status=404)


def proving(name: str = "onetsolutions", **options: Any) -> Scripted:
    """A cloud that says how a restore ended."""
    cloud = Scripted(name, **options)
    if cloud.capabilities.creates_instance:
        made = Instance("BRK-9", "copy", power_state="running", origin="snap-1")
        cloud.answers("get_instance", made)
        return cloud.answers("restore", Accepted(instance=made))
    return cloud.answers("restore", Accepted(ended()))


def record_of(cloud: Scripted, **changes: Any) -> Record:
    wanted = {
        "provider": cloud.spec.name,
        "target": "copy" if cloud.capabilities.creates_instance else cloud.instance.id,
        "restore_id": "r-1",
        "snapshot_id": "snap-1",
        "snapshot_name": "before",
        "snapshot_created_at": "2025-12-31T22:00:00Z",
        "default_id": False,
        "phase": "sent",
        "claimed_at": "2025-12-31T23:59:00Z",
        "updated_at": "2025-12-31T23:59:00Z",
        **changes,
    }
    return anew(Record(**wanted))


def refusals(cloud: Scripted, store: RecordStore | None = None, **options: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        restored(cloud, store, **options)
    return [item.code for item in caught.value.refusals]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Literal, NamedTuple

from .._api.models import Gate, Instance, PowerState, Snapshot, SnapshotList, Word


class Until(Word):
    """Where a run of the role's own tasks ends (option ``until``, internal)."""

    STOPPING = "stopping"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    STARTING = "starting"
    DONE = "done"


class RestoreOptions(NamedTuple):
    """What the user asked for; times in seconds. The names are those of the options of ``snapshot_restore``."""

    snapshot: str
    instance: str | None = None
    new_vm_name: str | None = None
    restore_id: str | None = None
    record: str = "file"
    force: bool = False
    on_unknown: str = "fail"
    stop: Literal["never", "if_required", "always"] = "never"
    power_after: Literal["leave", "previous", "started", "stopped"] = "leave"
    expected_instance_name: str | None = None
    max_snapshot_age: float | None = None
    allow_unverified: bool = False
    accept_billing: bool = False
    max_hourly_rate: float | None = None
    provider_force: bool | None = None
    safety_snapshot: str = "never"
    until: str = "done"
    wait_timeout: float = 1800.0


class Facts(NamedTuple):
    """What the preflight read. ``target`` is what the record is kept under: the instance's id, or the new name.

    ``listed`` are the snapshots among which the wanted one was looked for, ``existing`` is the instance that has the
    new name already, ``hourly_price`` an amount and a currency.
    """

    target: str
    snapshot_id: str
    snapshot_ids_reused: bool
    instance_id: str = ""
    instance: Instance | None = None
    snapshot: Snapshot | None = None
    existing: Instance | None = None
    listed: SnapshotList | None = None
    hourly_price: tuple[float, str] | None = None
    unverified: tuple[str, ...] = ()
    name_unverified: str | None = None

    @property
    def can_restore(self) -> Gate:
        return self.listed.can_restore if self.listed else Gate()

    @property
    def power_state(self) -> PowerState | None:
        return self.instance.power_state if self.instance else None

    @property
    def former_power_state(self) -> PowerState | None:
        """``running`` or ``stopped`` where the instance is clearly one of them."""
        return self.power_state if self.power_state in (PowerState.RUNNING, PowerState.STOPPED) else None

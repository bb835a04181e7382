# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from .._api.models import exact


class Drill(NamedTuple):
    """The drill that a restore belongs to: its id, the host, the controller, and the end of its time."""

    id: str
    host: str
    controller: str
    until: str


class RestoreOptions(NamedTuple):
    """What the user asked for, by the option names of ``snapshot_restore``; durations in seconds.

    ``snapshot`` is empty if ``snapshot_as_of`` or ``undo_of`` is given. ``undo_of``: restore the safety snapshot of the
    restore with this restore_id (of the playbook ``undo``). ``drill``: the drill of the role ``rehearse`` that it
    belongs to. Neither is an option of the module.
    """

    snapshot: str
    instance: str | None = None
    new_vm_name: str | None = None
    restore_id: str | None = None
    record: Literal["file", "provider", "none"] = "file"
    force: bool = False
    on_unknown: Literal["fail", "restore", "accept"] = "fail"
    stop: Literal["never", "if_required", "always"] = "never"
    power_after: Literal["leave", "previous", "started", "stopped"] = "leave"
    safety_snapshot: Literal["never", "auto", "required"] = "never"
    expected_instance_name: str | None = None
    max_snapshot_age: float | None = None
    allow_unverified: bool = False
    accept_billing: bool = False
    max_hourly_rate: float | None = None
    provider_force: bool | None = None
    snapshot_as_of: datetime | None = None
    undo_of: str | None = None
    drill: Drill | None = None
    wait: bool = True
    wait_timeout: float = 1800.0

    @property
    def description(self) -> str | None:
        """What the snapshot is, if the options do not name it."""
        if self.undo_of is not None:
            return f"the safety snapshot of restore {self.undo_of}"
        return None if self.snapshot_as_of is None else f"the newest as of {exact(self.snapshot_as_of)}"

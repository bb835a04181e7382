# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostUp's gates: what may be done with a VPS now, and if not, why.

https://developer.hostup.se/endpoints/vps-services/get-v2-vps-id-backups shows their form."""

from __future__ import annotations

from typing import Any

from ..model import RUNNING, Instance

SNAPSHOT_SLOTS = 5
BUSY = "Another operation is in progress on this VPS."

Gate = dict[str, Any]


def gate(allowed: bool, reason: str | None = None, code: str | None = None) -> Gate:
    return {"allowed": allowed, "reason": None if allowed else reason, "code": None if allowed else code}


def given_gate(instance: Instance, name: str) -> Gate | None:
    """What a test has put into extra["gates"]."""
    gates: dict[str, Gate] = instance.extra.get("gates", {})
    return gates.get(name)


def restore_gate(instance: Instance, running_allowed: bool) -> Gate:
    """Closed by work in progress, or by power if the switch says so."""
    given = given_gate(instance, "canRestore")
    if given is not None:
        return given
    if instance.jobs:
        return gate(False, BUSY)
    if instance.power == RUNNING and not running_allowed:
        return gate(False, "The VPS must be stopped before a snapshot is restored.")
    return gate(True)


def create_gate(instance: Instance) -> Gate:
    given = given_gate(instance, "canCreate")
    if given is not None:
        return given
    if instance.jobs:
        return gate(False, BUSY)
    return gate(len(instance.snapshots) < SNAPSHOT_SLOTS, "All snapshot slots of this VPS are used.")


def power_gates(instance: Instance) -> dict[str, Gate]:
    """canRestart and canReset are named by the pages of these actions; the other names are assumed."""
    up, idle = instance.power == RUNNING, not instance.jobs
    start = gate(idle and not up, BUSY if not idle else "The VPS is running.")
    others = gate(idle and up, BUSY if not idle else "The VPS is stopped.")
    gates = {"canStart": start, "canShutdown": others, "canRestart": others, "canReset": others}
    return {name: given_gate(instance, name) or usual for name, usual in gates.items()}


def hostname_gate(instance: Instance) -> Gate:
    return given_gate(instance, "canChange") or gate(True)


def schedule_gate(instance: Instance) -> Gate:
    return given_gate(instance, "canEnable") or gate(True)

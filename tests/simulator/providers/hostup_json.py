# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostUp's objects as JSON. The pages are below https://developer.hostup.se/endpoints; names that their readable
parts do not show are marked assumed."""

from __future__ import annotations

from typing import Any

from ..clock import iso
from ..model import CREATING, RUNNING, Instance, Snapshot
from .hostup_gates import SNAPSHOT_SLOTS, create_gate, hostname_gate, power_gates, restore_gate, schedule_gate


def stamp(when: float) -> str:
    return iso(when, 3)


def power_state(instance: Instance) -> str:
    if instance.job("start"):
        return "starting"
    if instance.job("stop"):
        return "stopping"
    return instance.power


def vps_json(instance: Instance) -> dict[str, Any]:
    """…/vps-services/get-v2-vps-id; tags and createdAt are named in its prose only."""
    shown = {
        "id": instance.id,
        "name": instance.name,
        "primaryIp": f"198.19.{instance.number // 250 % 256}.{instance.number % 250 + 2}",
        "serviceStatus": "active",
        "powerState": power_state(instance),
        "operatingSystem": {"displayName": "Debian 12", "family": "debian", "version": "12", "variant": None},
        "billing": {
            "amount": 89,
            "currencyCode": "SEK",
            "billingCycle": "monthly",
            "isPayg": False,
            "periodYears": None,
        },
        "resources": {"cpuCores": 2, "memoryGb": 4, "storageGb": 50},
        "tags": [],
        "createdAt": stamp(instance.created),
    }
    return shown | {name: value for name, value in instance.extra.items() if name in shown}


def status_json(instance: Instance, now: float) -> dict[str, Any]:
    """…/vps-services/get-v2-vps-id-status.md; the shape of pendingTasks is assumed."""
    up = instance.power == RUNNING
    return {
        "id": instance.id,
        "powerState": power_state(instance),
        "uptimeSeconds": max(0, int(now - instance.created)) if up else None,
        "cpuUsagePercent": 3.5 if up else 0,
        "cpuCores": 2,
        "memory": {"usedGb": 1.2 if up else 0, "totalGb": 4, "usagePercent": 30 if up else 0},
        "storage": {"usedGb": 11, "totalGb": 50, "usagePercent": 22},
        "network": {"inboundGb": 1.5, "outboundGb": 2.5, "totalGb": 4},
        "pendingTasks": [{"jobId": job.id, "type": job.verb} for job in instance.jobs if not job.hidden],
    }


def details_json(instance: Instance) -> dict[str, Any]:
    """…/vps-services/get-v2-vps-id-details; from primaryIp on, names are assumed."""
    vps = vps_json(instance)
    return {
        "id": instance.id,
        "productName": "VPS M",
        "hostname": hostname(instance),
        "serviceStatus": vps["serviceStatus"],
        "createdAt": stamp(instance.created),
        "nextDueAt": stamp(instance.created + 30 * 86400),
        "billing": vps["billing"],
        "cpuCores": 2,
        "memoryGb": 4,
        "storageGb": 50,
        "backupsIncluded": False,
        "bandwidth": {"usedGb": 4, "limitGb": 1000, "inboundGb": 1.5, "outboundGb": 2.5, "usagePercent": 0.4},
        "primaryIp": vps["primaryIp"],
        "powerState": vps["powerState"],
        "actions": power_gates(instance),
    }


def hostname(instance: Instance) -> str | None:
    name: str | None = instance.extra.get("hostname", f"{instance.name.lower()}.example.net")
    return name


def hostname_json(instance: Instance) -> dict[str, Any]:
    """…/vps-services/get-v2-vps-id-hostname"""
    return {
        "hostname": hostname(instance),
        "reloadRecommended": False,
        "accountInactive": False,
        "accountStatus": "Active",
        "cacheCleared": False,
        "actions": {"canChange": hostname_gate(instance)},
        "validationRules": {
            "maxLengthChars": 253,
            "pattern": "^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$",
            "patternDescription": "Labels of 1 to 63 letters, digits and hyphens, joined by dots.",
        },
    }


def snapshots_json(instance: Instance, running_allowed: bool, with_current: bool) -> dict[str, Any]:
    """…/vps-services/get-v2-vps-id-snapshots"""
    snapshots = [snapshot for snapshot in instance.snapshots if snapshot.status != CREATING]
    shown = [_snapshot(snapshot) for snapshot in snapshots]
    if with_current:
        shown.append(
            {
                "displayId": "current",
                "name": "current",
                "description": "You are here!",
                "createdAt": None,
                "expiresAt": None,
                "includesMemoryState": False,
                "parentName": snapshots[-1].name if snapshots else None,
            }
        )
    return {
        "data": shown,
        "limits": {"totalSnapshots": SNAPSHOT_SLOTS},
        "available": True,
        "reason": None,
        "actions": {"canCreate": create_gate(instance), "canRestore": restore_gate(instance, running_allowed)},
    }


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    shown = {
        "displayId": f"snap-{snapshot.number}",
        "name": snapshot.name,
        "description": None,
        "createdAt": stamp(snapshot.created),
        "expiresAt": None if snapshot.expires is None else stamp(snapshot.expires),
        "includesMemoryState": False,
        "parentName": snapshot.parent,
    }
    return shown | snapshot.extra


SCHEDULE_FIELDS = {
    "camel": ("enabled", "intervalHours"),
    "snake": ("enabled", "interval_hours"),
    "other": ("active", "everyHours"),
}
"""Names of the fields of a schedule: those of the request, those of the legacy API, and others."""


def schedule_json(instance: Instance, names: str) -> dict[str, Any]:
    """…/vps-services/get-v2-vps-id-snapshot-schedules; its readable part does not show the fields of the schedule."""
    kept = instance.extra.get("schedule")
    return {
        "schedule": kept and dict(zip(SCHEDULE_FIELDS[names], (kept["enabled"], kept["hours"]))),
        "limits": {"totalSnapshots": SNAPSHOT_SLOTS},
        "available": True,
        "reason": None,
        "actions": {"canEnable": schedule_gate(instance)},
    }

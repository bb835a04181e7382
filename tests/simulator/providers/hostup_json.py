# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostUp's objects as JSON. The pages are below https://developer.hostup.se/endpoints; names that their readable
parts do not show are marked assumed."""

from __future__ import annotations

from typing import Any

from ..clock import iso
from ..model import CREATING, RUNNING, Instance, Job, Snapshot

SNAPSHOT_SLOTS = 5
STATUS = {"waiting": "queued", "running": "in_progress", "done": "completed", "failed": "failed"}
QUEUE_STATE = {"waiting": "waiting", "running": "active", "done": "completed", "failed": "failed"}  # assumed
BUSY = "Another operation is in progress on this VPS."


def stamp(when: float) -> str:
    return iso(when, 3)


def power_state(instance: Instance) -> str:
    if instance.job("start"):
        return "starting"
    if instance.job("stop"):
        return "stopping"
    return instance.power


def gate(allowed: bool, reason: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"allowed": allowed, "reason": None if allowed else reason, "code": None if allowed else code}


def restore_gate(instance: Instance, running_allowed: bool) -> dict[str, Any]:
    """Closed by work in progress, by power if the switch says so, or by extra["gates"] of the instance."""
    given = instance.extra.get("gates", {}).get("canRestore")
    if given is not None:
        return dict(given)
    if instance.jobs:
        return gate(False, BUSY)
    if instance.power == RUNNING and not running_allowed:
        return gate(False, "The VPS must be stopped before a snapshot is restored.")
    return gate(True)


def create_gate(instance: Instance) -> dict[str, Any]:
    given = instance.extra.get("gates", {}).get("canCreate")
    if given is not None:
        return dict(given)
    if instance.jobs:
        return gate(False, BUSY)
    return gate(len(instance.snapshots) < SNAPSHOT_SLOTS, "All snapshot slots of this VPS are used.")


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
    up, idle = instance.power == RUNNING, not instance.jobs
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
        "actions": {
            "canStart": gate(idle and not up, BUSY if not idle else "The VPS is running."),
            "canShutdown": gate(idle and up, BUSY if not idle else "The VPS is stopped."),
            "canRestart": gate(idle and up, BUSY if not idle else "The VPS is stopped."),
            "canReset": gate(idle and up, BUSY if not idle else "The VPS is stopped."),
        },
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
        "actions": {"canChange": instance.extra.get("gates", {}).get("canChange") or gate(True)},
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


def result_json(job: Job) -> dict[str, Any] | None:
    result: dict[str, Any] = {} if job.snapshot is None else {"snapshotName": job.snapshot.name}
    if job.finished is not None:
        result["success"] = job.works
    return result or None


def operation_json(job: Job, now: float, poll_url: str) -> dict[str, Any]:
    """The answer to accepted work; with poll_url "null" the client has to make the address from jobId."""
    address = f"/api/jobs/{job.id}" if poll_url == "relative" else None
    return {
        "operation": {
            "status": status_word(job, now),
            "jobId": job.id,
            "pollUrl": address,
            "result": result_json(job),
        }
    }


def status_word(job: Job, now: float) -> str:
    return job.word if job.word and job.finished is None else STATUS[job.phase(now)]


def job_json(job: Job, now: float) -> dict[str, Any]:
    """`data` of https://developer.hostup.se/endpoints/domain-services/get-jobs-jobid; error is from a user's script."""
    phase, percent = job.phase(now), round(job.progress(now) * 100)
    data: dict[str, Any] = {
        "jobId": job.id,
        "queueType": "vps",
        "type": job.verb,
        "jobName": job.verb,
        "state": QUEUE_STATE[phase],
        "status": status_word(job, now),
        "statusKey": f"jobs.status.{phase}",
        "progress": percent,
        "progressTextKey": f"jobs.progress.{phase}",
        "progressMessage": f"{job.verb}: {percent} %",
        "progressDetails": {"percentage": percent, "message": job.verb, "current": percent, "total": 100},
        "result": result_json(job),
        "isCompleted": phase == "done",
        "isFailed": phase == "failed",
        "isRunning": phase == "running",
        "isWaiting": phase == "waiting",
        "createdAt": stamp(job.created),
        "finishedAt": None if job.finished is None else stamp(job.finished),
        "vmId": str(job.instance.number),
        "hostbillAccountId": str(7000 + job.instance.number),
        "isScheduled": False,
        "delay": "0",
    }
    if phase == "failed":
        data["error"] = job.error
    return data

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""OnetSolutions' objects as JSON.

The instance and what is nested in it follow the published schema of
https://help.onetsolutions.net/api-reference/compute/%5Binstances%5D-replace-compute-instance-metadata;
the task follows https://help.onetsolutions.net/api-reference/compute/get-instance-task;
the snapshot is assumed, as no page shows one.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from ..clock import iso
from ..identity import ORGANIZATION_ID, PROJECT_ID
from ..model import CREATING, FAILED, READY, RUNNING, Instance, Job, Snapshot
from .onetsolutions_catalog import IMAGES, LOCATIONS, SIZES, VPCS

TAGS: dict[str, Any] = {"list": ["web", "production"], "map": {"role": "web", "stage": "production"}, "null": None}
TASK_WORDS = {
    "plain": {"waiting": "pending", "running": "running", "done": "completed", "failed": "failed"},
    "other": {"waiting": "queued", "running": "processing", "done": "success", "failed": "error"},
}
# The page of the task shows the types of power work; those of snapshot work are assumed.
TASK_TYPES = {
    "start": "start_vps",
    "stop": "stop_vps",
    "reboot": "reboot_vps",
    "shutdown": "shutdown_vps",
    "reset": "reset_vps",
    "restore": "restore_snapshot",
    "snapshot": "create_snapshot",
}
SNAPSHOT_WORDS = {READY: "available", CREATING: "creating", FAILED: "error"}


def stamp(when: float) -> str:
    """As Django REST framework writes times: microseconds only if there are any."""
    return iso(when, 0 if when == int(when) else 6)


def part_id(instance: Instance, part: str) -> str:
    """The id of something that belongs to the instance."""
    try:
        return str(uuid5(UUID(instance.id), part))
    except ValueError:  # a test gave an id that is no UUID
        return str(uuid5(NAMESPACE_URL, f"{instance.id}/{part}"))


def instance_json(instance: Instance, now: float, lag: float, tags: str) -> dict[str, Any]:
    """`lag`: seconds the state is behind; `tags`: the form of tags where none were given."""
    extra = instance.extra
    created = stamp(instance.created)
    shown: dict[str, Any] = {
        "id": instance.id,
        "legacy_id": 4000 + instance.number,
        "organization_id": ORGANIZATION_ID,
        "project_id": PROJECT_ID,
        "name": instance.name,
        "hostname": f"vm{instance.number}.example.net",
        "status": "active",
        "size": SIZES[extra.get("size_id", next(iter(SIZES)))],
        "location": LOCATIONS[extra.get("location_id", next(iter(LOCATIONS)))],
        "vpc": VPCS.get(extra.get("vpc_id", next(iter(VPCS)))),
        "image": IMAGES[extra.get("image_id", next(iter(IMAGES)))],
        "os_name": "Ubuntu 22.04 LTS",
        "primary_ipv4": part_id(instance, "ipv4"),
        "primary_ipv6": None,
        "ip_addresses": [_address(instance, created)],
        "volumes": [_volume(instance, created)],
        "billing_cycle": "monthly",
        "billing_start_date": created,
        "billing_end_date": None,
        "next_billing_date": stamp(instance.created + 30 * 86400),
        "cancellation_requested_at": None,
        "cancellation_reason": "",
        "bandwidth_used_gb": "12.34",
        "tags": TAGS[tags],
        "is_active": True,
        "is_installed": True,
        "state_sync": _state(instance, now - lag),
        "created": created,
        "modified": stamp(instance.modified),
    }
    return shown | {name: value for name, value in extra.items() if not name.endswith("_id")}


def _state(instance: Instance, synced_at: float) -> dict[str, Any]:
    power = instance.power_at(synced_at)
    up = power == RUNNING
    return {
        "id": part_id(instance, "state"),
        "vm_status": power,
        "uptime": max(0, int(synced_at - instance.created)) if up else 0,
        "cpu_usage": "7.50" if up else "0.00",
        "memory_usage_mb": 812 if up else 0,
        "disk_usage_gb": "9.75",
        "network_in_bytes": 1_048_576,
        "network_out_bytes": 524_288,
        "last_synced_at": stamp(synced_at),
        "sync_source": "worker-1",
    }


def _address(instance: Instance, created: str) -> dict[str, Any]:
    high, low = divmod(instance.number, 250)
    return {
        "id": part_id(instance, "ipv4"),
        "address": f"198.18.{high % 256}.{low + 2}",
        "ip_type": "ipv4",
        "interface": 0,
        "netmask": "255.255.255.0",
        "gateway": f"198.18.{high % 256}.1",
        "network_id": None,
        "vlan": None,
        "mac_address": f"02:00:00:{instance.number >> 16 & 255:02x}:{instance.number >> 8 & 255:02x}"
        f":{instance.number & 255:02x}",
        "is_primary": True,
        "reverse_dns": f"vm{instance.number}.example.net",
        "created": created,
        "modified": created,
    }


def _volume(instance: Instance, created: str) -> dict[str, Any]:
    return {
        "id": part_id(instance, "volume"),
        "name": f"vm{instance.number}-root",
        "size_gb": 40,
        "status": "attached",
        "disk_name": "scsi0",
        "location": next(iter(LOCATIONS.values())),
        "price_monthly": "4.00",
        "is_active": True,
        "created": created,
    }


def task_json(job: Job, now: float, words: str) -> dict[str, Any]:
    phase = job.phase(now)
    running = job.word is not None and job.finished is None
    result: Any = None
    if phase == "failed":
        result = {"success": False, "error": job.error}
    elif phase == "done":
        result = {"success": not job.false_result}
    started = None if phase == "waiting" else stamp(job.created)
    return {
        "id": job.id,
        "instance_id": job.instance.id,
        "instance": {"id": job.instance.id, "name": job.instance.name},
        "task_type": TASK_TYPES[job.verb],
        "status": job.word if running else TASK_WORDS[words][phase],
        "result": result,
        "started_at": started,
        "completed_at": None if job.finished is None else stamp(job.finished),
        "retry_count": 0,
        "created": stamp(job.created),
        "modified": stamp(job.finished or job.created),
        "created_by": {
            "id": "0e700000-0000-4000-8000-00000000000c",
            "email": "ops@example.net",
            "first_name": "Sim",
            "last_name": "Ulator",
        },
        "parameters": {} if job.snapshot is None else {"snapshot_id": job.snapshot.id},
        "max_retries": 0,
    }


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    shown = {
        "id": snapshot.id,
        "name": snapshot.name,
        "description": "",
        "instance_id": snapshot.instance_id,
        "status": SNAPSHOT_WORDS.get(snapshot.status, snapshot.status),
        "size_gb": 40,
        "created": stamp(snapshot.created),
        "modified": stamp(snapshot.created),
    }
    return shown | snapshot.extra

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Barrack's objects as JSON. Published are the answers of
https://docs.barrack.ai/restore-snapshot-25396656e0 and https://docs.barrack.ai/get-pricing-information-25396643e0;
the fields of instances elsewhere, of snapshots and of lists are assumed from them."""

from __future__ import annotations

from typing import Any

from ..clock import iso
from ..model import CREATING, FAILED, READY, RUNNING, Instance, Snapshot

SPECS = {"gpu_type": "H100-PCIe-NVLink-80GB", "gpu_count": 2, "ram_gb": 256, "vcpus": 32, "storage_gb": 500}
BILLING = {"hourly_rate": 2.49, "currency": "USD"}
WORK_WORDS = {"start": "STARTING", "stop": "STOPPING", "restart": "REBOOTING", "delete_instance": "DELETING"}
SNAPSHOT_WORDS = {READY: "SUCCESS", CREATING: "CREATING", FAILED: "ERROR"}


def stamp(when: float) -> str:
    return iso(when)


def state(instance: Instance, now: float) -> str:
    """The words of https://docs.barrack.ai/vm/states-billing"""
    if instance.deleted:
        return "DELETED"
    if instance.job("delete_instance"):
        return "DELETING"
    if instance.broken:
        return "ERROR"
    build = instance.job("restore")
    if build is not None:
        return build.word or ("CREATING" if build.phase(now) == "waiting" else "BUILD")
    if instance.jobs and instance.jobs[0].work in WORK_WORDS:
        return WORK_WORDS[instance.jobs[0].work]
    return "ACTIVE" if instance.power == RUNNING else "SHUTOFF"


def restored_json(instance: Instance, status: str) -> dict[str, Any]:
    """`data` of the restore's answer."""
    return {
        "instance_id": instance.id,
        "vm_name": instance.name,
        "ip_address": ip_address(instance),
        "ip_status": "assigned",
        "billing": instance.extra.get("billing", BILLING),
        "specs": instance.extra.get("specs", SPECS),
        "status": status,
        "boot_source": "snapshot",
        "created_at": stamp(instance.created),
    }


def instance_json(instance: Instance, now: float, names: str, provenance: str) -> dict[str, Any]:
    shown = {
        "instance_id": instance.id,
        "vm_name": instance.name,
        "status": state(instance, now),
        "ip_address": ip_address(instance),
        "ip_status": "assigned",
        "region": "NORWAY-1",
        "billing": BILLING,
        "specs": SPECS,
        "created_at": stamp(instance.created),
        "tier": "legacy",
    } | {name: value for name, value in instance.extra.items() if name != "source"}
    source = instance.extra.get("source")
    if provenance != "none":
        shown["boot_source"] = "snapshot" if source else "image"
    if provenance == "snapshot" and source:
        shown["snapshot"] = source
    if names == "short":
        shown = {"id": shown.pop("instance_id"), "name": shown.pop("vm_name")} | shown
    return shown


def ip_address(instance: Instance) -> str:
    return f"192.168.{instance.number // 250 % 256}.{instance.number % 250 + 2}"


def snapshot_json(snapshot: Snapshot, source: Instance | None) -> dict[str, Any]:
    specs = source.extra.get("specs", SPECS) if source else SPECS
    shown = {
        "id": snapshot.id,
        "name": snapshot.name,
        "description": "",
        "instance_id": snapshot.instance_id,
        "vm_name": source.name if source else None,
        "status": SNAPSHOT_WORDS.get(snapshot.status, snapshot.status),
        "region": "NORWAY-1",
        "size_gb": 100,
        "gpu_type": specs["gpu_type"],
        "gpu_count": specs["gpu_count"],
        "is_image": False,
        "tier": "legacy",
        "created_at": stamp(snapshot.created),
    }
    return shown | snapshot.extra


def _price(usd: float, unit: str, **more: Any) -> dict[str, Any]:
    """EUR and INR follow USD at the published ratio of the snapshot price (1 : 1 : 100)."""
    return {"prices": {"USD": usd, "EUR": usd, "INR": round(usd * 100, 2)}, **more, "unit": unit}


def pricing_json(now: float) -> dict[str, Any]:
    terabyte, gpu = "per TB per hour", "per GPU per hour"
    return {
        "volumes": {
            "pricing": {
                "legacy": {"SSD": _price(0.10, terabyte)},
                "advanced": {"HDD": _price(0.08, terabyte), "NVMe": _price(0.30, terabyte)},
            },
            "minimum_size_gb": 100,
            "description": "Volume storage",
        },
        "snapshots": {
            "pricing": {"legacy": _price(0.1, "per hour (fixed 100GB)", fixed_size_gb=100)},
            "description": "Fixed 100GB per snapshot, legacy tier only",
        },
        "gpus": {
            "pricing": {
                "legacy": {
                    "H100-PCIe-NVLink-80GB": _price(2.29, gpu, max_count=8),
                    "RTX-A6000": _price(0.69, gpu, max_count=4),
                },
                "advanced": {
                    "B300-262GB": _price(5.79, gpu, max_count=8),
                    "H100-SXM5-80GB": _price(2.49, gpu, max_count=8),
                },
            },
            "description": "GPU pricing",
        },
        "metadata": {
            "supported_currencies": ["USD", "EUR", "INR"],
            "supported_tiers": ["legacy", "advanced"],
            "volume_minimum_size_gb": 100,
            "authenticated_user": "my_api_key",
            "authentication_type": "api_key",
            "timestamp": int(now),
        },
    }

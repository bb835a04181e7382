# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What OnetSolutions sells, by id: sizes, locations, images and VPCs, in the published schema's form."""

from __future__ import annotations

from typing import Any

SINCE = "2024-01-01T00:00:00Z"
DATES = {"created": SINCE, "modified": SINCE}


def _id(kind: int, number: int) -> str:
    return f"c{kind}000000-0000-4000-8000-{number:012d}"


def _by_id(*entries: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in entries}


def _addon(number: int) -> dict[str, Any]:
    prices = [{"id": _id(7, number), "billing_cycle": "monthly", "price": "2.0000", "is_active": True}]
    addon = {
        "id": _id(6, 1),
        "slug": "snapshots",
        "name": "Snapshots",
        "name_fr": "Instantanés",
        "description": "Snapshots of the disk",
        "description_fr": "Instantanés du disque",
        "billing_type": "recurring",
        "is_active": True,
    }
    rest = {"pricing_options": prices, "is_included": True, "is_default": True, "is_active": True}
    return {"id": _id(5, number), "addon": addon} | rest


def _size(number: int, slug: str, vcpu: int, ram_mb: int, price: str) -> dict[str, Any]:
    volume = {"id": _id(2, number), "volume_type": "nvme", "disk_gb": 40, "is_default": True, "is_active": True}
    pricing = {
        "id": _id(3, number),
        "billing_cycle": "monthly",
        "price": price,
        "discount_percent": "0.00",
        "is_default": True,
        "is_active": True,
    }
    return {
        "id": _id(1, number),
        "name": slug.upper(),
        "slug": slug,
        "cpu_model": "epyc-7443",
        "vcpu": vcpu,
        "ram_mb": ram_mb,
        "bandwidth_mbps": 1000,
        "is_active": True,
        "description": f"{vcpu} vCPU, {ram_mb} MB",
        "available_volumes": [volume],
        "pricing_options": [pricing],
        "available_addons": [_addon(number)],
    } | DATES


def _location(number: int, name: str, slug: str, country: str) -> dict[str, Any]:
    return {"id": _id(4, number), "name": name, "slug": slug, "country_code": country, "is_active": True} | DATES


def _image(number: int, name: str, slug: str, os_name: str, os_version: str) -> dict[str, Any]:
    return {
        "id": _id(8, number),
        "organization_id": None,
        "name": name,
        "slug": slug,
        "description": name,
        "visibility": "public",
        "os_name": os_name,
        "os_version": os_version,
        "os_architecture": "x86_64",
        "language": "en",
        "is_active": True,
        "is_featured": False,
        "is_windows": False,
        "requires_license_addon": False,
        "min_disk_gb": 10,
        "min_ram_mb": 512,
    } | DATES


def _vpc(number: int, name: str, cidr: str) -> dict[str, Any]:
    location = next(iter(LOCATIONS.values()))
    return {"id": _id(9, number), "name": name, "cidr_block": cidr, "location": location, "is_active": True} | DATES


SIZES = _by_id(_size(1, "vps-s", 2, 4096, "9.9000"), _size(2, "vps-m", 4, 8192, "19.9000"))
LOCATIONS = _by_id(_location(1, "Paris DC1", "paris-dc1", "FR"), _location(2, "Frankfurt DC2", "frankfurt-dc2", "DE"))
IMAGES = _by_id(
    _image(1, "Ubuntu 22.04 LTS", "ubuntu-22-04", "Ubuntu", "22.04"),
    _image(2, "Debian 12", "debian-12", "Debian", "12"),
)
VPCS = _by_id(_vpc(1, "default", "10.0.0.0/16"), _vpc(2, "backend", "10.1.0.0/16"))

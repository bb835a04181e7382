# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OnetSolutions publishes of the two requests that it documents, as JSON Schema.

Source: the operations ``replace_instance`` and ``restore_snapshot`` of the pages below
https://help.onetsolutions.net/api-reference/compute, as of 2026:
names, types, formats, lengths, patterns, enumerations, and what is required or may be null; nothing else. What it marks
as read-only is of the answer, what it marks as write-only of the request. ``tags`` has no type there: any JSON will do.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _text(longest: int | None = None, pattern: str | None = None) -> Schema:
    rules = {"maxLength": longest, "pattern": pattern}
    return {"type": "string", **{name: value for name, value in rules.items() if value is not None}}


def _words(text: str) -> Schema:
    return {"type": "string", "enum": text.split()}


def _decimal(whole: int, places: int) -> Schema:
    return _text(pattern=rf"^-?\d{{0,{whole}}}(?:\.\d{{0,{places}}})?$")


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(properties: dict[str, Schema], optional: str = "") -> Schema:
    """An object; all that is not named in ``optional`` is required."""
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties.keys() - set(optional.split())),
    }


ANY: Schema = {}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 4294967295}
TRAFFIC: Schema = {"type": "integer", "minimum": -(2**63), "maximum": 2**63}
UUID: Schema = {"type": "string", "format": "uuid"}
WHEN: Schema = {"type": "string", "format": "date-time"}
SLUG = _text(50, r"^[-a-zA-Z0-9_]+$")
DATES: dict[str, Schema] = {"created": WHEN, "modified": WHEN}
CYCLES = "hourly monthly quarterly semi_annually annually biennially triennially"
CYCLE = _words(CYCLES)
ANY_CYCLE = _words(f"free one_time {CYCLES}")

VOLUME_OF_SIZE = _object(
    {"id": UUID, "volume_type": _words("ssd nvme"), "disk_gb": COUNT, "is_default": FLAG, "is_active": FLAG},
    "is_default is_active",
)
PRICE = _object(
    {
        "id": UUID,
        "billing_cycle": CYCLE,
        "price": _decimal(6, 4),
        "discount_percent": _decimal(3, 2),
        "is_default": FLAG,
        "is_active": FLAG,
    },
    "discount_percent is_default is_active",
)
PRICE_OF_ADDON = _object({"id": UUID, "billing_cycle": CYCLE, "price": _decimal(6, 4), "is_active": FLAG}, "is_active")
ADDON = _object(
    {
        "id": UUID,
        "slug": SLUG,
        "name": _text(100),
        "name_fr": _text(100),
        "description": _text(),
        "description_fr": _text(),
        "billing_type": _words("recurring one_time"),
        "is_active": FLAG,
    },
    "name_fr description description_fr billing_type is_active",
)
ADDON_OF_SIZE = _object(
    {
        "id": UUID,
        "addon": ADDON,
        "pricing_options": _list(PRICE_OF_ADDON),
        "is_included": FLAG,
        "is_default": FLAG,
        "is_active": FLAG,
    },
    "is_included is_default is_active",
)
SIZE = _object(
    {
        "id": UUID,
        "name": _text(100),
        "slug": SLUG,
        "cpu_model": _words("e5-2680-v4 epyc-7443 epyc-9554"),
        "vcpu": COUNT,
        "ram_mb": COUNT,
        "bandwidth_mbps": COUNT,
        "is_active": FLAG,
        "description": _text(),
        "available_volumes": _list(VOLUME_OF_SIZE),
        "pricing_options": _list(PRICE),
        "available_addons": _list(ADDON_OF_SIZE),
        **DATES,
    },
    "cpu_model is_active description",
)
LOCATION = _object(
    {"id": UUID, "name": _text(100), "slug": SLUG, "country_code": _text(2), "is_active": FLAG, **DATES}, "is_active"
)
VPC = _object(
    {"id": UUID, "name": _text(255), "cidr_block": _text(50), "location": LOCATION, "is_active": FLAG, **DATES},
    "is_active",
)
IMAGE = _object(
    {
        "id": UUID,
        "organization_id": _or_null(UUID),
        "name": _text(255),
        "slug": SLUG,
        "description": _text(),
        "visibility": _words("public private"),
        "os_name": _text(100),
        "os_version": _text(50),
        "os_architecture": _text(20),
        "language": _text(),
        "is_active": FLAG,
        "is_featured": FLAG,
        "is_windows": FLAG,
        "requires_license_addon": FLAG,
        "min_disk_gb": COUNT,
        "min_ram_mb": COUNT,
        **DATES,
    },
    "description visibility os_architecture is_active is_featured min_disk_gb min_ram_mb",
)
ADDRESS = _object(
    {
        "id": UUID,
        "address": _text(),
        "ip_type": _words("ipv4 ipv6"),
        "interface": WHOLE,
        "netmask": _or_null(_text()),
        "gateway": _text(),
        "network_id": _or_null(UUID),
        "vlan": _or_null(WHOLE),
        "mac_address": _text(),
        "is_primary": FLAG,
        "reverse_dns": _text(255),
        **DATES,
    },
    "reverse_dns",
)
VOLUME = _object(
    {
        "id": UUID,
        "name": _text(),
        "size_gb": WHOLE,
        "disk_name": _text(),
        "location": LOCATION,
        "status": _words("pending creating available attached detached deleting deleted error"),
        "price_monthly": _decimal(8, 2),
        "is_active": FLAG,
        "created": WHEN,
    }
)
STATE = _object(
    {
        "id": UUID,
        "vm_status": _text(20),
        "uptime": COUNT,
        "cpu_usage": _decimal(3, 2),
        "memory_usage_mb": COUNT,
        "disk_usage_gb": _decimal(8, 2),
        "network_in_bytes": TRAFFIC,
        "network_out_bytes": TRAFFIC,
        "last_synced_at": WHEN,
        "sync_source": _text(100),
    },
    "uptime cpu_usage memory_usage_mb disk_usage_gb network_in_bytes network_out_bytes sync_source",
)

BOTH_WAYS: dict[str, Schema] = {
    "name": _text(255),
    "hostname": _text(255),
    "os_name": _text(100),
    "billing_cycle": ANY_CYCLE,
    "tags": ANY,
}
INSTANCE = _object(
    {
        "id": UUID,
        "legacy_id": WHOLE,
        "organization_id": UUID,
        "project_id": UUID,
        **BOTH_WAYS,
        "status": _words("pending provisioning active suspended terminated cancelled"),
        # The schema does not let vpc be null, but vpc_id, and says nothing of an instance without one.
        "size": SIZE,
        "location": LOCATION,
        "vpc": _or_null(VPC),
        "image": IMAGE,
        "primary_ipv4": _or_null(UUID),
        "primary_ipv6": _or_null(UUID),
        "ip_addresses": _list(ADDRESS),
        "volumes": _list(VOLUME),
        "billing_start_date": WHEN,
        "billing_end_date": _or_null(WHEN),
        "next_billing_date": _or_null(WHEN),
        "cancellation_requested_at": _or_null(WHEN),
        "cancellation_reason": _text(),
        "bandwidth_used_gb": _decimal(13, 2),
        "is_active": FLAG,
        "is_installed": FLAG,
        "state_sync": STATE,
        **DATES,
    },
    "hostname billing_cycle tags",
)
"""The answer."""

REPLACE_INSTANCE = {
    **_object(
        {**BOTH_WAYS, "size_id": UUID, "location_id": UUID, "image_id": UUID, "vpc_id": _or_null(UUID)},
        "hostname billing_cycle tags vpc_id",
    ),
    "additionalProperties": False,
}
"""The request. That nothing else may be sent is our own rule: the rest is read-only."""

RESTORE_SNAPSHOT = {**_object({"force": FLAG}, "force"), "additionalProperties": False}

COMMON = {200, 201, 400, 401, 403, 404, 429}
"""The statuses of the chapter on errors, which leaves out 202 and 409."""

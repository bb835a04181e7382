# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PUT of an OnetSolutions instance:
https://help.onetsolutions.net/api-reference/compute/%5Binstances%5D-replace-compute-instance-metadata

Required, types and lengths are the schema's. Assumed, as nothing is published: read-only and unknown fields are
ignored; optional fields left out keep their value; another size, location or image is refused ("hardware
configuration changes require the resize endpoint")."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ..model import Instance
from .onetsolutions_catalog import IMAGES, LOCATIONS, SIZES, VPCS

BILLING_CYCLES = (
    "free", "one_time", "hourly", "monthly", "quarterly", "semi_annually", "annually", "biennially", "triennially",
)  # fmt: skip
TEXTS = {"name": (255, True), "os_name": (100, True), "hostname": (255, False)}  # longest, required
HARDWARE = {"size_id": SIZES, "location_id": LOCATIONS, "image_id": IMAGES}

Errors = dict[str, list[str]]


def apply_put(instance: Instance, body: dict[str, Any], now: float) -> Errors:
    """Change the instance, or return what is wrong with the body, by field."""
    errors: Errors = {}
    for name, (longest, required) in TEXTS.items():
        _check_text(errors, body, name, longest, required)
    for name, known in HARDWARE.items():
        _check_hardware(errors, body, name, known, instance)
    if body.get("vpc_id") is not None:
        _check_uuid(errors, "vpc_id", body["vpc_id"], VPCS)
    if "billing_cycle" in body and body["billing_cycle"] not in BILLING_CYCLES:
        errors["billing_cycle"] = [f'"{body["billing_cycle"]}" is not a valid choice.']
    if not errors:
        instance.name = body["name"]
        kept = ("os_name", "hostname", "vpc_id", "billing_cycle", "tags")
        instance.extra |= {name: body[name] for name in kept if name in body}
        instance.modified = now
    return errors


def _check_text(errors: Errors, body: dict[str, Any], name: str, longest: int, required: bool) -> None:
    value = body.get(name)
    if name not in body:
        if required:
            errors[name] = ["This field is required."]
    elif value is None:
        errors[name] = ["This field may not be null."]
    elif not isinstance(value, str):
        errors[name] = ["Not a valid string."]
    elif required and not value:
        errors[name] = ["This field may not be blank."]
    elif len(value) > longest:
        errors[name] = [f"Ensure this field has no more than {longest} characters."]


def _check_hardware(errors: Errors, body: dict[str, Any], name: str, known: dict[str, Any], instance: Instance) -> None:
    if name not in body:
        errors[name] = ["This field is required."]
    elif body[name] is None:
        errors[name] = ["This field may not be null."]
    elif _check_uuid(errors, name, body[name], known):
        present = instance.extra.get(name, next(iter(known)))
        if str(UUID(body[name])) != present:
            errors[name] = ["Cannot be changed here; use the resize endpoint."]


def _check_uuid(errors: Errors, name: str, value: Any, known: dict[str, Any]) -> bool:
    try:
        text = str(UUID(value)) if isinstance(value, str) else ""
    except ValueError:
        text = ""
    if not text:
        errors[name] = ["Must be a valid UUID."]
    elif text not in known:
        errors[name] = [f'Invalid pk "{value}" - object does not exist.']
    return name not in errors

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads fields of JSON that may be missing, null or of another type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .._api.text import one_line

LONGEST_LINE = 300
_OPERATION_ID = re.compile(r"[A-Za-z0-9._:~-]{1,200}")
# Before Python 3.11, fractions of a second must have three or six digits.
_FRACTION = re.compile(r"\.(\d+)")


def text(data: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that holds a string or number, as a string."""
    for name in names:
        value = data.get(name)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != "":
            return str(value)
    return None


def operation_id(data: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that holds a valid id of an operation."""
    for name in names:
        value = text(data, name)
        if value is not None and _OPERATION_ID.fullmatch(value) and value.strip("."):
            return value
    return None


def line(data: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that holds text, as one line that is safe to print."""
    value = text(data, *names)
    return None if value is None else one_line(value, LONGEST_LINE)


def number(data: Mapping[str, Any], *names: str) -> float | None:
    """The first of these fields that holds a number, also as a decimal string."""
    for name in names:
        value = data.get(name)
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            try:
                converted = float(value)
            except (ValueError, OverflowError):
                continue
            if math.isfinite(converted):
                return converted
    return None


def flag(data: Mapping[str, Any], *names: str) -> bool | None:
    for name in names:
        if isinstance(data.get(name), bool):
            return bool(data[name])
    return None


def obj(data: Any, name: str) -> dict[str, Any]:
    """The object in this field, or an empty one."""
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; other items are dropped."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def when(data: Mapping[str, Any], *names: str) -> datetime | None:
    """The first of these fields that holds an ISO 8601 time; a time without a zone is UTC."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str):
            try:
                time = datetime.fromisoformat(_FRACTION.sub(_six_digits, value).replace("Z", "+00:00"))
                return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
            except (ValueError, OverflowError):
                continue
    return None


def _six_digits(match: re.Match[str]) -> str:
    return "." + match.group(1)[:6].ljust(6, "0")

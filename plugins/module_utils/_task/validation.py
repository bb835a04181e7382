# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of option values without a request. Each problem is a sentence that names the option."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from typing import Any

from .._api.text import quoted
from .._providers.base import NameRule

LONGEST = 255
LONGEST_AGE = 100 * 365 * 86400.0
LARGEST = 1e7
"""Far above any sensible timeout or price, and far below what dates and timers can hold."""
# Includes halves of surrogate pairs, which bytes that are not UTF-8 become.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN_ID = re.compile(r"[A-Za-z0-9._~-]+")
_AGE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([smhdw]?)")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,6})\d*)? ?(?:([Zz])|([+-]\d\d):?(\d\d))?")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def line(option: str, value: str, longest: int = LONGEST) -> list[str]:
    """Problems of a value that must be one line of text, such as a name or an id.

    A name may hold a slash: names are compared with lists, and only ids become part of a path.
    """
    if not value.strip():
        return [f"{option} must not be empty"]
    if len(value) > longest:
        return [f"{option} has {len(value)} characters, at most {longest} are allowed"]
    if _CONTROL.search(value):
        return [f"{option} contains a newline or another control character"]
    return []


def plain_id(option: str, value: str) -> list[str]:
    """Problems of an id that is part of every path."""
    problems = line(option, value)
    if not problems and (not _PLAIN_ID.fullmatch(value) or value in (".", "..")):
        problems.append(f"{option} {value!r} may contain letters, digits, dots, hyphens, underscores and tildes only")
    return problems


def named(option: str, value: str, rule: NameRule) -> list[str]:
    """Problems of a new name under a provider's rule."""
    return (
        []
        if rule.accepts(value)
        else [f"{option} {quoted(value)} is not valid: the provider accepts {rule.description}"]
    )


def positive(option: str, value: float) -> list[str]:
    """Problems of a number of seconds or an amount."""
    if math.isfinite(value) and 0 < value <= LARGEST:
        return []
    return [f"{option} must be a number greater than 0 and up to {LARGEST:g}, not {value:g}"]


def seconds(option: str, value: Any) -> tuple[float | None, list[str]]:
    """An age such as ``3600``, ``90m``, ``24h``, ``2d`` or ``1w`` in seconds, and its problems."""
    if value is None:
        return None, []
    match = _AGE.fullmatch(str(value).strip().lower())
    age = float(match.group(1)) * _UNITS[match.group(2)] if match else 0.0
    if 0 < age <= LONGEST_AGE:
        return age, []
    return None, [
        f"{option} {value!r} must be seconds, or a number with s, m, h, d or w, greater than 0 and up to 100 years"
    ]


def moment(option: str, value: Any) -> tuple[datetime | None, list[str]]:
    """A time with its offset such as ``2026-04-27T08:00:00+02:00``, and its problems."""
    match = _TIME.fullmatch(str(value).strip())
    if match is None:
        return None, [f"{option} {quoted(value)} must be a time such as 2026-04-27T08:00:00+02:00"]
    day, minutes, seconds, fraction, utc, hours, rest = match.groups()
    if utc is None and hours is None:
        return None, [
            f"{option} {quoted(value)} has no offset; write for example {day}T{minutes}Z or {day}T{minutes}+02:00"
        ]
    offset = "+00:00" if utc else f"{hours}:{rest}"
    try:
        # Python 3.9 reads neither a Z nor any number of digits.
        when = datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}.{(fraction or '0').ljust(6, '0')}{offset}")
        return when.astimezone(timezone.utc), []
    except (ValueError, OverflowError):
        return None, [f"{option} {quoted(value)} is not a time that exists"]

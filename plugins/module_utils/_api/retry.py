# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

LONGEST_PAUSE = 60.0
SHORTEST_PAUSE = 0.5
TRIES = 4


def backoff(attempt: int, uniform: Callable[[float, float], float], *, base: float = 1.0, cap: float = 20.0) -> float:
    """Seconds to wait before attempt ``attempt + 1``: exponential backoff with full jitter."""
    return uniform(0.0, min(cap, base * 2.0 ** min(attempt, 16)))


def retry_after(
    headers: Mapping[str, str], now: datetime, *, in_body: str = "", reset_header: str = ""
) -> float | None:
    """Seconds the provider asks to wait, limited to 0.5..60, or None if it does not say.

    ``Retry-After`` may be seconds or an HTTP date (RFC 9110, 10.2.3); ``in_body`` is what the body has in its place.
    ``reset_header`` names a header that holds an ISO time.
    """
    text = (headers.get("Retry-After", "") or in_body).strip()
    seconds = _seconds(text)
    if seconds is None:
        when = http_date(text) or _iso_time(headers.get(reset_header, "").strip())
        seconds = None if when is None else (when - now).total_seconds()
    return None if seconds is None else min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE)


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None


def http_date(text: str) -> datetime | None:
    """The time in an HTTP date header, or None if it is not one."""
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)


def _iso_time(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How old a snapshot is by the provider's clock, and whether that is young enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .._api.models import Snapshot, iso
from .._task.refusal import Refusal

CLOCK_ERROR = timedelta(minutes=5)
"""A snapshot that is this far in the future has a wrong time, so its age is unknown."""
ADVICE = "Set replace: true to replace it with a new one, delete it with state: absent, or choose another name."


def hours_since(snapshot: Snapshot, now: datetime) -> float | None:
    """The age in hours at ``now``, which is the provider's time; None if unknown."""
    created = snapshot.created_at
    if created is None or created - now > CLOCK_ERROR:
        return None
    return max(0.0, round((now - created).total_seconds() / 3600, 2))


def with_age(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    """The snapshot as a result, with ``age_hours``."""
    return {**snapshot.to_result(), "age_hours": hours_since(snapshot, now)}


def age_refusal(snapshot: Snapshot, max_age: float, now: datetime) -> Refusal | None:
    """Why the snapshot does not count as new: it is older than ``max_age`` seconds, or its age is unknown."""
    hours = hours_since(snapshot, now)
    if hours is None:
        text = f"snapshot {snapshot.name!r} exists and its age is unknown, so max_age cannot be checked"
        return Refusal("snapshot_age_unknown", text, ADVICE)
    if snapshot.created_at and now - snapshot.created_at > timedelta(seconds=max_age):
        text = (
            f"snapshot {snapshot.name!r} exists and is {hours:.1f} hours old ({iso(snapshot.created_at)}); max_age "
            f"allows {max_age / 3600:.1f}"
        )
        return Refusal("snapshot_too_old", text, ADVICE)
    return None

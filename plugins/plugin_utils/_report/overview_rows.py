# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of an overview: one for each instance, the most urgent first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ...module_utils._record.note_format import is_note
from ...module_utils._restore.undo import CLOCK_ERROR
from .wording import clean

Result = Mapping[str, Any]


class Account(NamedTuple):
    """What the modules ``instance_info``, ``snapshot_info`` and ``restore_info`` returned for one account."""

    provider: str
    instances: Sequence[Result]
    snapshots: Sequence[Result]
    restores: Sequence[Result]


@dataclass(frozen=True)
class OverviewRow:
    """An instance and its newest restorable snapshot, or its newest one if none can be restored.

    ``can_restore`` is None if unknown. ``left_behind`` are the snapshots that restores took and nobody deleted.
    ``problem`` is why the instance breaks the limit. ``instance_id`` is None for snapshots without an instance.
    """

    provider: str
    instance: str
    instance_id: str | None
    snapshot: str | None = None
    created_at: str | None = None
    age_hours: float | None = None
    expires_in_hours: float | None = None
    can_restore: bool | None = False
    reason: str | None = None
    left_behind: tuple[str, ...] = ()
    hourly_rate: float | None = None
    currency: str | None = None
    problem: str | None = None


def overview_rows(accounts: Sequence[Account], max_age: float | None) -> list[OverviewRow]:
    """``max_age``: how old the newest restorable snapshot of an instance may be, in seconds."""
    found = [row for account in accounts for row in _of_account(account, max_age)]
    return sorted(found, key=_urgency)


def _of_account(account: Account, max_age: float | None) -> Iterator[OverviewRow]:
    by_instance: dict[str, list[Result]] = defaultdict(list)
    for item in account.snapshots:
        by_instance[item["instance_id"] or ""].append(item)
    for instance in account.instances:
        snapshots = by_instance.pop(instance["id"], [])
        yield _row(account, instance, instance["id"], snapshots, max_age)
    for instance_id, snapshots in by_instance.items():
        # Snapshots may outlive their instance. There is nothing left that they protect.
        name = snapshots[0]["instance_name"] or instance_id or "(not known)"
        yield _row(account, {"name": name}, None, snapshots, None)


def _row(
    account: Account, instance: Result, instance_id: str | None, snapshots: Sequence[Result], max_age: float | None
) -> OverviewRow:
    best = max(snapshots, key=lambda item: (item["can_restore"] is not False, item["created_at"] or ""), default=None)
    values: dict[str, Any] = {}
    if best is not None:
        values = {name: best[name] for name in ("created_at", "age_hours", "expires_in_hours", "can_restore")}
        values["snapshot"] = clean(best["name"])
    reason = "there is no snapshot" if best is None else best["reason"]
    return OverviewRow(
        provider=account.provider,
        instance=clean(instance["name"] or instance_id or ""),
        instance_id=instance_id and clean(instance_id),
        reason=reason and clean(reason),
        left_behind=tuple(clean(item["name"]) for item in snapshots if _is_left_behind(item, account.restores)),
        hourly_rate=instance.get("hourly_rate"),
        currency=instance.get("currency") and clean(instance["currency"]),
        problem=None if max_age is None else _problem(best, max_age),
        **values,
    )


def _problem(best: Result | None, max_age: float) -> str | None:
    if best is None:
        return "no snapshot"
    if best["can_restore"] is False:
        return "no snapshot that can be restored now"
    if best["age_hours"] is None:
        return "age of the snapshot unknown"
    return "snapshot too old" if best["age_hours"] * 3600.0 > max_age else None


def _urgency(row: OverviewRow) -> tuple[Any, ...]:
    """Instances without a way back, then those that break the limit, then those that lose theirs first."""
    if row.instance_id is None:
        rank = 3
    elif row.can_restore is False:
        rank = 0
    else:
        rank = 2 if row.problem is None else 1
    left = math.inf if row.expires_in_hours is None else row.expires_in_hours
    age = math.inf if row.age_hours is None else row.age_hours
    return rank, row.snapshot is not None, left, -age, row.provider, row.instance


def _is_left_behind(snapshot: Result, restores: Sequence[Result]) -> bool:
    """Whether a restore of ours took it: by our marker, or by the record. Anyone may use the names that we use."""
    return is_note(snapshot["description"]) or any(_is_of(restore, snapshot) for restore in restores)


def _is_of(restore: Result, snapshot: Result) -> bool:
    if (restore["target"], restore["safety_snapshot"]) != (snapshot["instance_id"], snapshot["name"]):
        return False
    begin, end = (
        _time(restore["claimed_at"]),
        _time(restore["repeated_at"] or restore["sent_at"] or restore["updated_at"]),
    )
    when = _time(snapshot["created_at"])
    return (
        begin is not None and end is not None and when is not None and begin - CLOCK_ERROR <= when <= end + CLOCK_ERROR
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None

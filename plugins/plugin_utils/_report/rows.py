# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a report: one for each restore, taken from the ``restore_result`` of the role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ...module_utils._task.run_by import RunBy, from_mapping
from .wording import clean

FAILED = "failed"
NOT_STARTED = "not_started"
WORK = ("stop", "safety_snapshot", "restore", "start", "start_again")
"""Phases in which an instance is changed."""
NOT_CHECKED = "The host failed before its restore was checked; see the output of the play."


@dataclass(frozen=True)
class Bar:
    """A phase of a restore: its start in seconds since 1970, and its duration in seconds."""

    phase: str
    start: float
    seconds: float


@dataclass(frozen=True)
class Row:
    """One restore. Its times are those of the provider's clock.

    ``acted``: this run changed something, or tried to. ``lost_seconds``: the period whose writes are lost, or would be
    lost, with the old disk. ``down_seconds``: how long an instance that ran before and runs again was down; after
    an interruption, since the restore began. ``run_by`` began the restore, maybe in an earlier run.
    """

    host: str
    instance: str
    provider: str
    status: str
    phase: str | None = None
    error_code: str | None = None
    message: str | None = None
    next_steps: tuple[str, ...] = ()
    resumed: bool = False
    acted: bool = False
    restore_id: str | None = None
    operation_id: str | None = None
    instance_id: str | None = None
    address: str | None = None
    in_place: bool = True
    plan: tuple[str, ...] = ()
    cost: str | None = None
    snapshot: str | None = None
    snapshot_created_at: str | None = None
    snapshot_expires_at: str | None = None
    began_at: str | None = None
    restored_at: str | None = None
    ended_at: str | None = None
    run_by: RunBy | None = None
    down_seconds: float | None = None
    lost_seconds: float | None = None
    safety_snapshot: str | None = None
    previous_power_state: str | None = None
    power_state: str | None = None
    seconds: float | None = None
    unverified: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = field(default=(), repr=False)

    @property
    def failed(self) -> bool:
        return self.status == FAILED


def rows(results: Sequence[Any], hosts: Sequence[str], active: Sequence[str]) -> list[Row]:
    """One row for each restore. ``results`` are in the order of ``hosts``, empty for a host that has none.

    ``active`` are the hosts that have not failed.
    """
    return [row for host, result in zip(hosts, results) for row in _of_host(host, result, host in active)]


def _of_host(host: str, result: Any, active: bool) -> Iterator[Row]:
    if isinstance(result, Mapping):
        yield _row(host, result)
    elif isinstance(result, Sequence) and not isinstance(result, str) and result:
        for item in result:
            yield _row(host, item)
    elif active:
        yield Row(clean(host), clean(host), "", NOT_STARTED)
    else:
        yield Row(
            clean(host), clean(host), "", FAILED, phase="preflight", error_code="task_failed", message=NOT_CHECKED
        )


def _row(host: str, result: Mapping[str, Any]) -> Row:
    instance, snapshot = _part(result, "instance"), _part(result, "snapshot")
    bars = tuple(_bars(result))
    failed = bool(result.get("failed"))
    status = FAILED if failed else clean(result.get("status") or "unknown")
    acted = status != "would_restore" and _acted(result, bars)
    sent = moment(result.get("sent_at")) if result.get("restore_sent") in ("accepted", "unknown") else None
    at = sent.timestamp() if sent else None
    if status == "would_restore" and bars:
        at = bars[0].start
    created = _text(snapshot.get("created_at"))
    return Row(
        host=clean(host),
        instance=clean(instance.get("name") or result.get("name") or host),
        provider=clean(result.get("provider") or ""),
        status=status,
        phase=_text(result.get("phase")),
        error_code=_text(result.get("error_code")) if failed else None,
        message=_text(result.get("msg")) if failed else None,
        next_steps=_texts(result.get("next_steps")) if failed else (),
        resumed=bool(result.get("resumed")),
        acted=acted,
        restore_id=_text(result.get("restore_id")),
        operation_id=_text(_part(result, "operation").get("id")),
        instance_id=_text(instance.get("id")),
        address=_text(instance.get("ipv4") or instance.get("ipv6")),
        snapshot=_text(snapshot.get("name")),
        snapshot_created_at=created,
        snapshot_expires_at=_text(snapshot.get("expires_at")),
        in_place=bool(result.get("in_place", True)),
        plan=_texts(result.get("plan")),
        cost=_cost(_part(result, "hourly_price")),
        began_at=_text(result.get("began_at")),
        restored_at=utc(at) if at is not None else None,
        ended_at=_text(result.get("ended_at")),
        run_by=from_mapping(result.get("run_by")),
        down_seconds=_down(result, bars) if acted and result.get("in_place") else None,
        lost_seconds=_lost(created, at) if result.get("in_place") else None,
        safety_snapshot=_text(_part(result, "safety_snapshot").get("name")),
        previous_power_state=_text(result.get("previous_power_state")),
        power_state=_text(result.get("power_state")),
        seconds=round(max(span.start + span.seconds for span in bars) - bars[0].start, 1) if bars else None,
        unverified=_texts(result.get("unverified")),
        bars=bars,
    )


def _part(result: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = result.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return clean(value) if value not in (None, "") else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(clean(item) for item in value) if isinstance(value, (list, tuple)) else ()


def _cost(price: Mapping[str, Any]) -> str | None:
    return f"{price['amount']:g} {clean(price['currency'])} an hour" if price else None


def _bars(result: Mapping[str, Any]) -> Iterator[Bar]:
    for item in result.get("timeline") or ():
        start = moment(item.get("started_at"))
        if start is not None:
            yield Bar(clean(item.get("phase")), start.timestamp(), max(float(item.get("seconds") or 0), 0.0))


def _acted(result: Mapping[str, Any], bars: Sequence[Bar]) -> bool:
    return bool(result.get("changed")) or any(span.phase in WORK for span in bars)


def _down(result: Mapping[str, Any], bars: Sequence[Bar]) -> float | None:
    """From the stop, or the restore of a running instance, until it ran again; None if it did not run before."""
    work = [span for span in bars if span.phase in WORK]
    if not work or (result.get("previous_power_state"), result.get("power_state")) != ("running", "running"):
        return None
    began = moment(result.get("began_at")) if result.get("resumed") else None
    start = began.timestamp() if began else work[0].start
    return round(max(work[-1].start + work[-1].seconds - start, 0.0), 1)


def _lost(created: str | None, sent: float | None) -> float | None:
    taken = moment(created)
    return max(sent - taken.timestamp(), 0.0) if taken and sent is not None else None


def moment(value: object) -> datetime | None:
    """A time of a provider or of the role, in UTC; None if it is not one."""
    try:
        time = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def seconds_between(start: object, end: object) -> float | None:
    """Seconds from one time to another, never negative; None if one of them is unknown."""
    first, last = moment(start), moment(end)
    return max((last - first).total_seconds(), 0.0) if first and last else None


def utc(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=round(seconds))).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which snapshots of an instance to delete, and why the others stay. No request is sent here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from .._api.models import Snapshot
from .._record.note_format import is_note
from .._snapshot.age import hours_since, with_age
from .._snapshot.snapshots import FAILED_WORDS
from .._snapshot.verdict import may_be_restored
from .dated import is_dated
from .ours import Ours

LAST = "it is the last snapshot of the instance that can be restored"
NOT_OURS = "this collection did not make it, as far as its description and the record say"


class Rule(NamedTuple):
    """What the user wants: the number to keep, the age in seconds from which to delete, and the prefix."""

    keep: int | None
    older_than: float | None
    prefix: str | None


class Choice(NamedTuple):
    """A snapshot and why it is deleted or kept."""

    snapshot: Snapshot
    reason: str

    def to_result(self, now: datetime) -> dict[str, Any]:
        return {**with_age(self.snapshot, now), "reason": self.reason}


class Selection(NamedTuple):
    """``delete`` is the oldest first, ``keep`` the newest first. ``ours``: how many snapshots this collection made."""

    delete: tuple[Choice, ...]
    keep: tuple[Choice, ...]
    ours: int


def select(
    listed: Iterable[Snapshot], ours: Ours, needed: Callable[[Snapshot], str | None], rule: Rule, now: datetime
) -> Selection:
    """Apply the rule. ``listed`` is the complete list of one instance, ``now`` the provider's time.

    The last snapshot of the instance that may be restored stays, whoever made it.
    """
    snapshots = _newest_first(listed, now)
    delete: list[Choice] = []
    keep: list[Choice] = []
    newer = 0
    for item in snapshots:
        why = _outside(item, ours, rule, now)
        if why is not None:
            keep.append(Choice(item, why))
            continue
        why = needed(item) or _stays(item, newer, rule, now)
        (delete if why is None else keep).append(Choice(item, why or _beyond(newer, rule)))
        newer += may_be_restored(item, now)
    _leave_one(delete, keep, now)
    order = {item.id: number for number, item in enumerate(snapshots)}
    kept = sorted(keep, key=lambda choice: order[choice.snapshot.id])
    return Selection(tuple(reversed(delete)), tuple(kept), sum(map(ours.include, snapshots)))


def _newest_first(listed: Iterable[Snapshot], now: datetime) -> list[Snapshot]:
    """Each snapshot once, since a list that shifts between pages repeats items; those of unknown age come last."""
    unique = {item.id: item for item in listed}.values()
    known = [item for item in unique if hours_since(item, now) is not None]
    known.sort(key=lambda item: (item.created_at, item.id), reverse=True)
    return known + [item for item in unique if hours_since(item, now) is None]


def _outside(item: Snapshot, ours: Ours, rule: Rule, now: datetime) -> str | None:
    """Why the rule does not apply to a snapshot."""
    if is_note(item.description):
        return "its description is the record of a restore, which keeps the restore from being repeated"
    if not ours.include(item):
        return NOT_OURS
    if rule.prefix is not None and not is_dated(item.name, rule.prefix):
        return f"its name is not the prefix {rule.prefix} and a time"
    return "its age is unknown" if hours_since(item, now) is None else None


def _stays(item: Snapshot, newer: int, rule: Rule, now: datetime) -> str | None:
    """Why the rule keeps a snapshot; ``newer``: how many newer ones of those it applies to may be restored."""
    if item.restorable is False and (item.status or "").lower() not in FAILED_WORDS:
        return f"it is not complete: its status is {item.status}"
    if rule.keep is not None and newer < rule.keep:
        return "it is the newest one" if rule.keep == 1 else f"it is one of the newest {rule.keep}"
    hours = hours_since(item, now) or 0.0
    if rule.older_than is not None and hours * 3600 <= rule.older_than:
        return f"it is {hours:.1f} hours old, and older_than is {rule.older_than / 3600:.1f}"
    return None


def _beyond(newer: int, rule: Rule) -> str:
    counted = f"keep is {rule.keep}, and {newer} newer ones can be restored" if rule.keep is not None else ""
    aged = f"it is older than {(rule.older_than or 0.0) / 3600:.1f} hours" if rule.older_than is not None else ""
    return "; ".join(filter(None, (aged, counted)))


def _leave_one(delete: list[Choice], keep: list[Choice], now: datetime) -> None:
    """Keep the newest one if otherwise no snapshot of the instance could be restored."""
    if any(may_be_restored(choice.snapshot, now) for choice in keep):
        return
    last = next((choice for choice in delete if may_be_restored(choice.snapshot, now)), None)
    if last is not None:
        delete.remove(last)
        keep.append(last._replace(reason=LAST))

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a restore usually takes, from the record of earlier ones."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from .._record.record import Phase, Record

RESTORED = "restored"


def usual_seconds(records: Iterable[Record], target: str) -> float | None:
    """The median duration of the restores of a target, or if it has none of the account; None if there is none."""
    finished = [item for item in records if item.phase == Phase.DONE and item.outcome == RESTORED and not item.change]
    own = [item for item in finished if item.target == target]
    found = [seconds for item in own or finished if (seconds := _seconds(item)) is not None]
    return round(median(found), 1) if found else None


def _seconds(record: Record) -> float | None:
    began, ended = record.claimed_time, record.updated_time
    return None if began is None or ended is None else max(0.0, (ended - began).total_seconds())

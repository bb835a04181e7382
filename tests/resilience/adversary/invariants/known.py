# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a violation is, and what a run can know of others."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import Attempt
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World

QUIET = {"hostup": 900.0, "onetsolutions": 120.0, "barrack": float("inf")}
"""How long a run waits before it sends again (rule 6); a gateway that delivers later than that is no fault of ours."""
TAKEN = ("accepted_unverified", "restored", "already_restored")
"""Statuses that say that a restore was done."""


class Violation(NamedTuple):
    rule: int
    what: str

    def __str__(self) -> str:
        return f"rule {self.rule}: {self.what}"


def knows(later: RunState, earlier: RunState) -> bool:
    """Whether a run can know what an earlier one sent: by its controller's file, or by a record at the provider."""
    if later is earlier:
        return True
    if "none" in (earlier.options.get("record"), later.options.get("record")):
        return False
    if later.move.who == earlier.move.who:
        return True
    both = earlier.options.get("record") == later.options.get("record") == "provider"
    # At Barrack the name is the record, and it needs the list.
    unlisted = later.cloud.provider == "barrack" and later.cloud.settings.barrack_list == "missing"
    if not both or unlisted or read_old(later) or "other" in later.fired:
        return False
    # HostUp keeps snapshots for a day.
    lasts = 20 * 3600.0 if later.cloud.provider == "hostup" else float("inf")
    return earlier.cloud.notes_lost <= earlier.start and later.start - earlier.start < lasts


def read_old(run: RunState) -> bool:
    """Whether a run was shown what had been true before."""
    return not {"cached", "stale"}.isdisjoint(run.fired)


def is_late(attempt: Attempt) -> bool:
    """Delivered after the time that a run waits before it sends again."""
    return attempt.held_until - attempt.sent > QUIET[attempt.run.cloud.provider]


def wanted_again(world: World, run: RunState) -> bool:
    """Whether a person wanted another restore: with this run, or with an earlier one that sent nothing."""
    if run.by_person:
        return True
    before = [item for item in world.runs if item.key == run.key and item.start < run.start]
    forced = [item for item in before if item.options.get("force")]
    return bool(forced) and not any(item.attempts for item in before[before.index(forced[-1]) :])


def same(run: RunState, attempt: Attempt) -> bool:
    """Whether an attempt is one of the restore of this run, whoever sent it."""
    if run.key is None or attempt.run.key is None:
        return False
    # The name of a new instance says which one it is.
    made = attempt.made is not None and attempt.made.alive and attempt.run.key[:2] == run.key[:2]
    return made or attempt.run.key == run.key


def in_doubt(world: World, run: RunState) -> bool:
    """Whether a request of this restore is out of which nobody knows what became of it."""
    if run.options.get("force") and not any(item.told == "unknown" for item in run.attempts):
        return False
    doubt = [
        item
        for item in run.cloud.attempts
        if item.told == "unknown" and item.run.key == run.key and knows(run, item.run) and item.sent <= run.end
    ]
    if not doubt:
        return False
    first = min(item.sent for item in doubt)
    return not any(
        item.key == run.key and item.end > first and item is not run and item.result.get("status") in TAKEN
        for item in world.runs
    )


def looks_like_ours(world: World, run: RunState) -> bool:
    """Whether the task of another restore cannot be told from ours.

    It began just before ours and was listed only later, or another controller sent it, which shares no record with us.
    """
    delay = world.settings.onet_task_delay
    if run.cloud.provider != "onetsolutions" or not run.attempts:
        return False
    sent = run.attempts[-1].sent
    others = [item for item in run.cloud.attempts if item.run is not run and item.begun is not None]
    return any(
        sent - 70.0 - delay < item.begun < sent if delay else item.begun > sent - 70.0 and not knows(run, item.run)
        for item in others
    )

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules 1, 6 and 7: at most once, and nothing is lost that a safety snapshot should hold."""

from __future__ import annotations

from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.known import (
    Violation,
    is_late,
    knows,
    wanted_again,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import Attempt, Effect, Reading
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World


def at_most_once(world: World, effect: Effect) -> list[Violation]:
    """The effect discards what was written since an earlier effect of the same restore."""
    attempt = effect.attempt
    run: RunState = attempt.run
    for other in run.cloud.effects:
        first: Attempt = other.attempt
        if other is effect or other.time >= effect.time or first.run.key != run.key or run.key is None:
            continue
        later = max((attempt, first), key=lambda item: item.sent)
        earlier = first if later is attempt else attempt
        lost = {number for number in effect.lost if run.cloud.writes[number][0] > other.time}
        if not lost or wanted_again(world, later.run) or not knows(later.run, earlier.run) or is_late(attempt):
            continue
        lost = {number for number in lost if not _unseen(world, run, number, earlier, later)}
        if lost:
            text = f"restore {run.key[2]} took effect twice, and {len(lost)} writes in between are gone"
            return [Violation(1 if later.run is not earlier.run else 6, text)]
    return []


def _unseen(world: World, run: RunState, number: int, earlier: Attempt, later: Attempt) -> bool:
    """Rule 6 allows a repeat within an hour of the first request where no run saw the instance running."""
    episode = run.cloud.writes[number][1]
    if episode is None or later.sent - earlier.sent > 3600.0 + 120.0 or episode.by not in ("person", "restore"):
        return False
    if episode.begins < earlier.sent:
        return False
    ends = episode.ends or float("inf")
    # Notes in snapshots cannot be changed, so what another controller saw is not in them.
    alone = run.cloud.provider == "hostup"
    seen = any(
        reading.power != "stopped" and episode.begins <= reading.as_of <= ends
        for item in world.runs
        if knows(later.run, item) and item.start <= later.sent and (not alone or item.move.who == later.run.move.who)
        for reading in item.readings
        if reading.vm is later.vm and reading.shown <= later.sent
    )
    listed = run.cloud.provider == "onetsolutions" and world.settings.onet_tasks != "missing"
    looked = [reading.as_of for reading in later.power_seen if reading.vm is later.vm]
    after_look = bool(looked) and episode.begins > max(looked)
    return not seen and (not listed or bool(later.run.fired) or after_look)


def nothing_lost(world: World, effect: Effect) -> list[Violation]:
    attempt = effect.attempt
    run: RunState = attempt.run
    promised = run.options.get("safety_snapshot")
    if promised not in ("required", "auto") or not run.is_restore:
        return []
    if promised == "auto" and (run.killed or not run.outcome or run.outcome.warnings or run.outcome.failed):
        return []
    lost = {number for number in effect.lost - effect.kept if _should_be_safe(attempt, number)}
    if not lost:
        return []
    return [Violation(7, f"safety_snapshot: {promised}, and {len(lost)} overwritten writes are in no snapshot")]


def _should_be_safe(attempt: Attempt, number: int) -> bool:
    """Whether the write was made before the last look at the power state, or in a time that a look showed."""
    run: RunState = attempt.run
    written, _episode = run.cloud.writes[number]
    if written > attempt.sent:
        return False
    looks = [item for item in attempt.power_seen if item.vm is attempt.vm]
    taken = [snap.ready for snap in attempt.vm.snapshots if snap.by is not None] if attempt.vm else []
    safe = max((when for when in taken if when <= attempt.sent), default=0.0)
    if not looks:
        return True
    last: Reading = looks[-1]
    if written <= max(last.as_of, safe):
        return True
    # It was seen running, or began to run after the last look.
    return last.power != "stopped"


def required_refuses_first(world: World, run: RunState) -> list[Violation]:
    """Where the list says that no snapshot can be taken, ``required`` is refused before anything is touched."""
    if not run.is_restore or run.options.get("safety_snapshot") != "required" or run.cloud.provider != "hostup":
        return []
    if run.fired or run.interrupted or run.slots_left > 0 or run.attempts:
        return []
    if any(item.run is run and item.action in ("stop", "shutdown") for item in run.cloud.power_requests):
        return [Violation(7, "safety_snapshot: required cannot be taken, and web1 was stopped all the same")]
    return []

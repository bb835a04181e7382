# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules 6 and 8: power."""

from __future__ import annotations

from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.known import (
    Violation,
    is_late,
    knows,
    looks_like_ours,
    read_old,
    same,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import PowerRequest
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World


def no_start_while_restoring(world: World, asked: PowerRequest) -> list[Violation]:
    run: RunState = asked.run
    if asked.action not in ("start", "restart") or not run.is_restore or asked.late or looks_like_ours(world, run):
        return []
    outstanding = [
        item for item in asked.restoring if item.run.key == run.key and knows(run, item.run) and not is_late(item)
    ]
    if not outstanding:
        return []
    wished = run.options.get("power_after") == "started" and (
        run.options.get("on_unknown") == "accept"
        or run.killed
        or run.result.get("status") in ("accepted_unverified", "already_restored")
        or run.result.get("phase") == "settled"
    )
    return [] if wished else [Violation(8, "web1 was started while its restore was being written")]


def no_power_against_the_promise(world: World, run: RunState) -> list[Violation]:
    if not run.is_restore:
        return []
    stop, after = run.options.get("stop", "never"), run.options.get("power_after", "leave")
    found = []
    for asked in run.cloud.power_requests:
        if asked.run is not run:
            continue
        starts = asked.action in ("start", "restart")
        sent = [item for item in run.attempts if item.sent <= asked.time]
        ended = [item for item in run.cloud.attempts if same(run, item) and item.effective is not None]
        if starts and after in ("leave", "stopped"):
            found.append(Violation(8, f"power_after: {after}, and web1 was started"))
        elif not starts and stop == "never" and after in ("leave", "started") and asked.action != "start":
            found.append(Violation(8, f"stop: never, power_after: {after}, and web1 was stopped"))
        elif not starts and not sent and ended and max(item.effective or 0.0 for item in ended) < run.start:
            later = [item for item in run.attempts if item.sent > asked.time]
            if not later and run.result.get("status") in ("restored", "accepted_unverified"):
                found.append(Violation(8, "web1 was stopped by a run that did not see how the restore left it"))
    unverified = run.result.get("status") == "accepted_unverified"
    started = any(item.run is run and item.action == "start" for item in run.cloud.power_requests)
    if unverified and after == "previous" and started and not run.killed:
        found.append(Violation(8, "accepted_unverified with power_after: previous, and web1 was started"))
    return found


def power_comes_back(world: World, run: RunState) -> list[Violation]:
    """After ``restored`` the power state is the one that was asked for."""
    result = run.result
    if run.move.check or not run.is_restore or result.get("status") != "restored" or run.cloud.provider == "barrack":
        return []
    if (
        run.outcome is None
        or run.outcome.failed
        or run.interrupted
        or read_old(run)
        or {"held", "other"} & set(run.fired)
    ):
        return []
    if run.options.get("wait") is False or run.target is None:
        return []
    wanted = run.options.get("power_after", "leave")
    first = next(item for item in world.runs if item.key == run.key and item.is_restore and not item.move.check)
    if wanted == "previous":
        touched = any(when >= first.start for when in world.people.power_changes)
        # Another restore may have left it stopped, and one of today is remembered.
        other = any(
            (item.key != run.key or not knows(run, item))
            and item.cloud is run.cloud
            and item.end > first.start - 86400.0
            for item in world.runs
            if item.move.task in ("restore", "power") and not item.move.check
        )
        lag = first.start - world.settings.onet_sync_lag
        stale = run.cloud.provider == "onetsolutions" and run.target.power_at(lag) != first.started_state
        if touched or other or stale or first.started_state not in ("running", "stopped") or not knows(run, first):
            return []
        expected = first.started_state
        if run.options.get("force") and run.target.power_at(run.end) == run.started_state:
            # A person restores it once more, from the state that it has now.
            return []
    elif wanted in ("started", "stopped"):
        expected = {"started": "running", "stopped": "stopped"}[wanted]
    else:
        return []
    if any("held" in item.fired for item in world.runs):
        return []
    power = run.target.power_at(run.end)
    if power == expected or (run.outcome.warnings and wanted != "started"):
        return []
    return [Violation(8, f"restored with power_after: {wanted}, and web1 is {power} instead of {expected}")]


def not_restored_while_running(world: World, run: RunState) -> list[Violation]:
    """A running instance is overwritten only where ``stop: if_required`` lets it."""
    if not run.is_restore or run.options.get("stop") == "if_required" or run.cloud.provider == "barrack":
        return []
    for attempt in run.attempts:
        vm = attempt.vm
        if vm is None or attempt.arrived is None or vm.power_at(attempt.arrived - 0.001) != "running":
            continue
        looks = [item for item in attempt.power_seen if item.vm is vm]
        if looks and looks[-1].power != "stopped":
            return [Violation(6, "web1 was seen running, and its disk was replaced")]
        if not looks and "other" in run.fired:
            return [Violation(10, "web1 ran, and what was read of another instance was taken for it")]
    return []

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules 5 and 10: bills, and which thing is meant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.known import (
    Violation,
    is_late,
    knows,
    read_old,
    wanted_again,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import Attempt
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World

LAST_LOOK = 5.0
"""How long before a request to restore in place the last look may be, in seconds."""


def billed_once(world: World, cloud: Any) -> list[Violation]:
    found = []
    for number, vm in enumerate(cloud.billed):
        for twin in cloud.billed[:number]:
            earlier, later = sorted((vm.origin, twin.origin), key=lambda item: item.sent)
            if later.run.key != earlier.run.key or wanted_again(world, later.run) or earlier.failed:
                continue
            if _knows_bill(later, earlier):
                found.append(Violation(1, f"two instances are billed for restore {later.run.key[2]}"))
        if not found and vm.extra.get("duplicate") and not _may_double(vm.origin.run, vm.origin):
            found.append(Violation(5, f"a second instance named {vm.name!r} is billed"))
    return found


def _knows_bill(later: Attempt, earlier: Attempt) -> bool:
    if later.run is earlier.run:
        return True
    if not knows(later.run, earlier.run):
        return False
    if later.run.move.who == earlier.run.move.who:
        return True
    # At another controller the name is the record: somebody may have deleted the instance, or it came late, or it is
    # missing in a list that says so, which a person allowed.
    allowed = later.run.cloud.settings.short_list != "no" and bool(later.run.options.get("allow_unverified"))
    return not allowed and (earlier.made is not None and earlier.arrived == earlier.sent)


def _may_double(run: RunState, attempt: Attempt) -> bool:
    if run.options.get("allow_unverified") or run.by_person or is_late(attempt) or attempt.held_until:
        return True
    # It was made after the last look at the list, or a cache showed an old one.
    looked = [when for when, dummy, kind in run.requests if kind == "list" and when <= attempt.sent]
    other = [
        vm.made for vm in run.cloud.vms if attempt.made and vm.name == attempt.made.name and vm is not attempt.made
    ]
    if not looked or read_old(run):
        return read_old(run)
    return bool(other) and min(other) > max(looked)


def restores_what_was_meant(world: World, run: RunState) -> list[Violation]:
    found = []
    for attempt in run.attempts:
        if attempt.vm is None or run.cloud.provider == "barrack" or attempt.snap is None:
            continue
        if run.target is not None and attempt.vm is not run.target:
            found.append(Violation(10, "another instance was restored than the one that was meant"))
        looked = [when for when, dummy, kind in run.requests if kind == "snapshots" and when <= attempt.sent]
        replaced = looked and min(looked) <= attempt.snap.created and attempt.snap.by is None
        # Nobody can see what is replaced between the last look and the request.
        if replaced and attempt.snap.created < max(*looked, attempt.sent - LAST_LOOK):
            found.append(Violation(10, "the snapshot was replaced by another one of its name, and that was restored"))
    return found


def time_means_one_snapshot(world: World, run: RunState) -> list[Violation]:
    """``snapshot_as_of`` means one snapshot, created by then, in all runs of a restore."""
    as_of = run.options.get("snapshot_as_of")
    sent = [item for item in run.attempts if as_of and item.snap is not None]
    limit = datetime.fromisoformat(as_of.replace("Z", "+00:00")).timestamp() if sent else 0.0
    newer = [item for item in sent if item.snap.created > limit]
    found = [Violation(10, f"a snapshot was restored that is newer than {as_of}") for dummy in newer]
    before = {
        item.snap.number
        for other in world.runs
        if other.key == run.key and other.options.get("snapshot_as_of") == as_of and knows(run, other)
        for item in other.attempts
        if item.snap is not None
    }
    if sent and len(before) > 1 and not run.options.get("force"):
        found.append(Violation(10, f"two snapshots were restored as the newest of {as_of}"))
    return found


def name_means_one_thing(world: World, run: RunState) -> list[Violation]:
    """An instance that is named must be the only one of its name, also where a list hides another one."""
    name = run.options.get("instance")
    if not run.is_restore or not run.attempts or run.cloud.provider == "barrack" or read_old(run):
        return []
    looked = [when for when, dummy, kind in run.requests if kind == "list" and when <= run.attempts[0].sent]
    named = [vm for vm in run.cloud.vms if vm.name == name and looked and vm.made < max(looked)]
    if len(named) > 1 and run.attempts[0].vm is not None and "rename" not in world.counted:
        return [Violation(5, f"two instances are named {name!r}, and one of them was restored")]
    return []


def nothing_odd(world: World, run: RunState) -> list[Violation]:
    return [Violation(10, text) for text in run.wrong]

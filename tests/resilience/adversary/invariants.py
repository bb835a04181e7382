# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold after each run, on the ledger and on the result. README.md lists the rules by number.

An excuse is given only where nobody could know: a disk that was written after the last look at it, a request that a
gateway delivers after the quiet time, a record that somebody removed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.indiecloud.compute.tests.resilience.adversary import onetsolutions
from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import (
    Attempt,
    Effect,
    PowerRequest,
    Reading,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import (
    MARKER,
    MOST_BYTES,
    Put,
    RunState,
    World,
)

QUIET = {"hostup": 900.0, "onetsolutions": 120.0, "barrack": float("inf")}
"""How long a run waits before it sends again (rule 6); a gateway that delivers later than that is no fault of ours."""
GRACE = 150.0
"""Seconds by which a run may outlast its wait_timeout."""
DEFAULT_SECONDS = {"restore": 1800.0, "power": 300.0, "snapshot": 900.0, "metadata": 120.0}
FOUND_BY_CHECK = frozenset(
    {
        *("record_unavailable", "metadata_unsafe", "invalid_option", "no_snapshot_slot", "snapshot_not_allowed"),
        *("snapshot_name_invalid", "restore_id_conflict", "restore_in_progress", "unsupported", "refused"),
        *("new_vm_name_taken", "name_unverified", "instance_running", "tags_refused", "hostname_invalid"),
    }
)
"""Errors of a real run that a check just before must have found (rule 12)."""


LAST_LOOK = 5.0
"""How long before a request to restore in place the last look may be, in seconds."""

TAKEN = ("accepted_unverified", "restored", "already_restored")
"""Statuses that say that a restore was done."""


class Violation(NamedTuple):
    rule: int
    what: str

    def __str__(self) -> str:
        return f"rule {self.rule}: {self.what}"


Check = Callable[[World, RunState], "list[Violation]"]


def after_run(world: World, run: RunState, counted: Counter[str]) -> list[Violation]:
    found: list[Violation] = []
    for check in CHECKS:
        counted[check.__name__] += 1
        found += check(world, run)
    return found


def at_end(world: World, counted: Counter[str]) -> list[Violation]:
    """When all that is under way has ended: what late requests did."""
    world.advance(2 * 3600.0)
    found: list[Violation] = []
    for cloud in world.clouds.values():
        for effect in cloud.effects:
            counted["at_most_once"] += 1
            found += _at_most_once(world, effect)
            counted["nothing_lost"] += 1
            found += _nothing_lost(world, effect)
        for asked in cloud.power_requests:
            counted["no_start_while_restoring"] += 1
            found += _no_start_while_restoring(asked)
        counted["billed_once"] += 1
        found += _billed_once(world, cloud)
    return found


# Rules 1, 3, 6: at most once.


def knows(later: RunState, earlier: RunState) -> bool:
    """Whether a run can know what an earlier one sent: by its controller's file, or by a record at the provider."""
    if later is earlier:
        return True
    if "none" in (earlier.options.get("record"), later.options.get("record")):
        return False
    if later.move.who == earlier.move.who:
        return True
    both = earlier.options.get("record") == later.options.get("record") == "provider"
    if not both or "cached" in later.fired or "other" in later.fired:
        return False
    # HostUp keeps snapshots for a day.
    lasts = 20 * 3600.0 if later.cloud.provider == "hostup" else float("inf")
    return earlier.cloud.notes_lost <= earlier.start and later.start - earlier.start < lasts


def _is_late(attempt: Attempt) -> bool:
    """Delivered after the time that a run waits before it sends again."""
    return attempt.held_until - attempt.sent > QUIET[attempt.run.cloud.provider]


def _at_most_once(world: World, effect: Effect) -> list[Violation]:
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
        if not lost or later.run.by_person or not knows(later.run, earlier.run) or _is_late(attempt):
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
    if episode.by == "restore" or episode.begins < earlier.sent:
        return False
    ends = episode.ends or float("inf")
    seen = any(
        reading.power != "stopped" and episode.begins <= reading.as_of <= ends
        for item in world.runs
        if knows(later.run, item) and item.start <= later.sent
        for reading in item.readings
        if reading.vm is later.vm and reading.shown <= later.sent
    )
    listed = run.cloud.provider == "onetsolutions" and world.settings.onet_tasks != "missing"
    looked = [reading.as_of for reading in later.power_seen if reading.vm is later.vm]
    after_look = bool(looked) and episode.begins > max(looked)
    return not seen and (not listed or bool(later.run.fired) or after_look)


# Rule 7: nothing is lost that a safety snapshot should hold.


def _nothing_lost(world: World, effect: Effect) -> list[Violation]:
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


# Rule 8: power.


def _no_start_while_restoring(asked: PowerRequest) -> list[Violation]:
    run: RunState = asked.run
    if asked.action not in ("start", "restart") or not run.is_restore or asked.late:
        return []
    outstanding = [
        item for item in asked.restoring if item.run.key == run.key and knows(run, item.run) and not _is_late(item)
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
        ended = [item for item in run.cloud.attempts if _same(run, item) and item.effective is not None]
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
    if run.outcome is None or run.outcome.failed or run.interrupted or {"cached", "held", "other"} & set(run.fired):
        return []
    if run.options.get("until") or run.options.get("wait") is False or run.target is None:
        return []
    wanted = run.options.get("power_after", "leave")
    first = next(item for item in world.runs if item.key == run.key and item.is_restore and not item.move.check)
    if wanted == "previous":
        touched = any(when >= first.start for when in world.person_power)
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
        if run.options.get("force") and run.started_state == "running":
            # A person restores it once more, and it runs.
            expected = "running"
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


# Rules 1 to 4: what a result says.


def _same(run: RunState, attempt: Attempt) -> bool:
    """Whether an attempt is one of the restore of this run, whoever sent it."""
    if run.key is None or attempt.run.key is None:
        return False
    # The name of a new instance says which one it is.
    made = attempt.made is not None and attempt.made.alive and attempt.run.key[:2] == run.key[:2]
    return made or attempt.run.key == run.key


def says_what_happened(world: World, run: RunState) -> list[Violation]:
    if not run.is_restore or run.outcome is None or run.move.check or run.key is None:
        return []
    result = run.result
    status, error = result.get("status"), result.get("error_code")
    ours = [item for item in run.cloud.attempts if _same(run, item) and item.sent <= run.end]
    accepts = run.options.get("on_unknown") == "accept"
    found = []
    hidden = _hidden_before(world, run) or _made_by_hand(run, ours)
    proved = any((item.effective or float("inf")) <= run.end for item in ours) or hidden
    if status == "restored" and not proved:
        found.append(Violation(3, "the status is restored, and no restore of it has taken effect"))
    if (
        status == "restored"
        and not _hidden_before(world, run)
        and any(item.outstanding and not item.held and not _is_late(item) for item in ours)
    ):
        found.append(Violation(3, "the status is restored while a restore of it is being written"))
    accepted = any(item.begun or item.run.options.get("on_unknown") == "accept" for item in ours)
    if status in ("accepted_unverified", "accepted") and not accepts and not accepted:
        found.append(Violation(2, f"the status is {status}, and no restore of it was ever accepted"))
    if status == "already_restored" and not _was_restored(world, run, ours):
        found.append(Violation(10, "the status is already_restored, and no restore of it was ever accepted"))
    if error == "restore_failed" and not any(item.failed for item in ours):
        found.append(Violation(3, "the error is restore_failed, and no restore of it failed"))
    if error == "restore_failed" and any(item.worked for item in run.attempts) and not _hidden_before(world, run):
        found.append(Violation(3, "the error is restore_failed, and the restore works"))
    unclear = result.get("phase") == "sent" and result.get("restore_sent") != "accepted"
    if error and error != "outcome_unknown" and unclear and _in_doubt(world, run):
        found.append(Violation(1, f"the answer to the restore was lost, and the error is {error}"))
    if "restore_sent" in result:
        found += _restore_sent(world, run, str(result["restore_sent"]), ours, hidden)
    return found


def _in_doubt(world: World, run: RunState) -> bool:
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


def _hidden_before(world: World, run: RunState) -> bool:
    """Another restore began just before, and its task was listed only later: that cannot be told from ours."""
    delay = world.settings.onet_task_delay
    if run.cloud.provider != "onetsolutions" or not delay or not run.attempts:
        return False
    sent = run.attempts[-1].sent
    return any(
        item.run is not run and item.begun is not None and sent - 70.0 - delay < item.begun < sent
        for item in run.cloud.attempts
    )


def _made_by_hand(run: RunState, ours: list[Attempt]) -> bool:
    """Somebody made an instance of the name while it was in doubt whether ours was, and nothing tells its origin."""
    if run.cloud.provider != "barrack" or not ours or run.cloud.settings.barrack_provenance != "none":
        return False
    name, first = run.options.get("new_vm_name"), min(item.sent for item in ours)
    return any(vm.name == name and vm.origin is None and vm.made >= first for vm in run.cloud.vms)


def _was_restored(world: World, run: RunState, ours: list[Attempt]) -> bool:
    if any(item.begun is not None and not item.failed for item in ours):
        return True
    accepted = any(
        item.key == run.key and item.result.get("status") in TAKEN and knows(run, item)
        for item in world.runs
        if item is not run
    )
    if accepted or run.cloud.provider != "barrack":
        return accepted
    # An instance of the name is adopted where a person, or the provider, says that it is of this snapshot.
    shown = (run.result.get("instance") or {}).get("id")
    vm = next((item for item in run.cloud.vms if item.id == shown), None)
    told = run.options.get("allow_unverified") or run.options.get("record") == "provider"
    return vm is not None and (vm.from_snapshot is not None or bool(told))


BLIND = ("record_unavailable", "restore_id_conflict", "invalid_option")


def _concluded(world: World, run: RunState) -> bool:
    """Whether an earlier run has said that this restore is done."""
    earlier = [item for item in world.runs if item.key == run.key and item.end <= run.start and knows(run, item)]
    return any(item.result.get("status") in TAKEN for item in earlier)


def _restore_sent(world: World, run: RunState, said: str, ours: list[Attempt], hidden: bool) -> list[Violation]:
    now = [item for item in run.attempts if item.told != "not_sent"]
    worked = [item for item in run.attempts if item.worked]
    # One that cannot read its record knows nothing of earlier ones, and one that is forced gives them up.
    blind = run.options.get("force") or run.result.get("error_code") in BLIND
    mine = [item for item in ours if item.run.key == run.key and knows(run, item.run) and not _concluded(world, run)]
    open_before = [item for item in mine if item.sent < run.start and item.outstanding and not blind]
    if said in ("no", "refused") and (worked or open_before):
        return [Violation(1, f"restore_sent is {said}, and a restore of it is out")]
    clear = bool(run.attempts) and all(item.told in ("accepted", "refused") for item in run.attempts)
    if said == "unknown" and clear and not _in_doubt(world, run):
        return [Violation(2, f"restore_sent is unknown, and the answer was clear: {run.attempts[-1].told}")]
    if said == "refused" and not any(item.told == "refused" for item in ours):
        return [Violation(1, "restore_sent is refused, and none was refused")]
    if said == "no" and now:
        return [Violation(1, "restore_sent is no, and this run has sent one")]
    taken = run.options.get("on_unknown") == "accept" or run.result.get("status") == "already_restored"
    taken = taken or _concluded(world, run)
    if said == "accepted" and not taken and not any(item.begun for item in ours) and not hidden:
        return [Violation(1, "restore_sent is accepted, and none was")]
    return []


# Rules 5 and 10: bills, and which thing is meant.


def _billed_once(world: World, cloud: Any) -> list[Violation]:
    found = []
    for number, vm in enumerate(cloud.billed):
        for twin in cloud.billed[:number]:
            earlier, later = sorted((vm.origin, twin.origin), key=lambda item: item.sent)
            if later.run.key != earlier.run.key or later.run.by_person or earlier.failed:
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
    # At another controller the name is the record: somebody may have deleted the instance, or it came late.
    return later.run.move.who == earlier.run.move.who or (earlier.made is not None and earlier.arrived == earlier.sent)


def _may_double(run: RunState, attempt: Attempt) -> bool:
    if run.options.get("allow_unverified") or run.by_person or _is_late(attempt) or attempt.held_until:
        return True
    # It was made after the last look at the list, or a cache showed an old one.
    looked = [when for when, dummy, kind in run.requests if kind == "list" and when <= attempt.sent]
    other = [
        vm.made for vm in run.cloud.vms if attempt.made and vm.name == attempt.made.name and vm is not attempt.made
    ]
    if not looked or "cached" in run.fired:
        return "cached" in run.fired
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
        if replaced and attempt.snap.created < max(max(looked), attempt.sent - LAST_LOOK):
            found.append(Violation(10, "the snapshot was replaced by another one of its name, and that was restored"))
    return found


def name_means_one_thing(world: World, run: RunState) -> list[Violation]:
    """An instance that is named must be the only one of its name, also where a list hides another one."""
    name = run.options.get("instance")
    if not run.is_restore or not run.attempts or run.cloud.provider == "barrack" or "cached" in run.fired:
        return []
    looked = [when for when, dummy, kind in run.requests if kind == "list" and when <= run.attempts[0].sent]
    named = [vm for vm in run.cloud.vms if vm.name == name and looked and vm.made < max(looked)]
    if len(named) > 1 and run.attempts[0].vm is not None and "rename" not in world.counted:
        return [Violation(5, f"two instances are named {name!r}, and one of them was restored")]
    return []


# Rule 9: who may overrule a record at the provider.


def overrules_only_what_it_sent(world: World, run: RunState) -> list[Violation]:
    if run.options.get("record") != "provider" or not run.notes_written:
        return []
    sent = [item.sent for item in run.attempts if item.told != "not_sent"]
    for other in world.runs:
        if other is run or other.move.who == run.move.who or other.options.get("record") != "provider":
            continue
        if other.cloud is not run.cloud or other.target is not run.target:
            continue
        theirs = [item for item in other.attempts if item.begun is not None and run.start <= item.sent <= run.end]
        for attempt in theirs:
            ends = attempt.ended or float("inf")
            after = [when for when in run.notes_written if attempt.sent < when < ends]
            looked = any(
                attempt.sent < when < min(after, default=0.0)
                for when, dummy, kind in run.requests
                if kind in ("instance", "snapshots")
            )
            if after and looked and not any(when < attempt.sent for when in sent) and "cached" not in run.fired:
                return [Violation(9, "a controller that had not sent wrote over the record of one that had")]
    return []


# Rule 11: what is echoed.


def echoes_exactly(world: World, run: RunState) -> list[Violation]:
    if run.cloud.provider != "onetsolutions":
        return []
    return [item for put in run.puts for item in _echo(run, put)]


def _echo(run: RunState, put: Put) -> list[Violation]:
    if not put.fresh or put.shown is None:
        return [Violation(11, "the whole object was written without reading it just before")]
    shown, sent = onetsolutions.exact(put.shown), onetsolutions.exact(put.body)
    asked = run.options if run.move.task == "metadata" else {}
    expected: dict[str, Any] = {
        name: shown.get(name) for name in ("name", "hostname", "os_name", "billing_cycle", "tags")
    }
    for part in ("size", "location", "image", "vpc"):
        expected[f"{part}_id"] = (shown.get(part) or {}).get("id")
    found = []
    for name, value in expected.items():
        option = {"vpc_id": "vpc"}.get(name, name)
        if option in asked and option != "tags":
            continue
        if name not in sent:
            if value not in (None, "", []):
                found.append(Violation(11, f"{name} was left out of the PUT"))
            continue
        before, after = value, sent[name]
        if name == "tags":
            before, after = _without_marker(before), _without_marker(after)
            if "tags" in asked and asked.get("tags_mode") == "replace":
                continue
            if "tags" in asked:
                before, after = _without_asked(before, asked["tags"]), _without_asked(after, asked["tags"])
        if before != after and not (name == "tags" and before in (None, [], {}) and after in (None, [], {})):
            found.append(Violation(11, f"{name} was {json.dumps(before)} and was written as {json.dumps(after)}"))
    return found


def _without_marker(tags: Any) -> Any:
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if not key.startswith(MARKER)}
    if isinstance(tags, list):
        return [item for item in tags if not (isinstance(item, str) and item.startswith(MARKER))]
    return tags


def _without_asked(tags: Any, asked: Any) -> Any:
    if isinstance(tags, dict) and isinstance(asked, dict):
        return {key: value for key, value in tags.items() if key not in asked}
    if isinstance(tags, list) and isinstance(asked, list):
        return [item for item in tags if item not in asked]
    return tags


# Rule 12: check mode.


def check_mode_only_reads(world: World, run: RunState) -> list[Violation]:
    if not run.move.check:
        return []
    writes = [kind for dummy, method, kind in run.requests if method != "GET" and kind != "price"]
    if writes:
        return [Violation(12, f"check mode sent {writes[0]}")]
    return [Violation(12, "check mode wrote to the record")] if run.record_writes else []


def parity(world: World, before: RunState, run: RunState, counted: Counter[str]) -> list[Violation]:
    """A check and the real run just after it, with nothing in between: the same refusals."""
    if not run.undisturbed or before.outcome is None or run.outcome is None:
        return []
    if world.disks[run.move.who] == "fails" or world.settings.date_skew != world.settings.date_skew:
        return []
    counted["parity"] += 1
    checked, real = _refusals(before), _refusals(run)
    wrote = any(method != "GET" for dummy, method, dummy_kind in run.requests)
    if before.outcome.failed and not run.outcome.failed:
        return [Violation(12, f"the check failed with {before.result.get('error_code')}, and the real run did not")]
    if not before.outcome.failed and run.outcome.failed and (real or run.result.get("error_code") in FOUND_BY_CHECK):
        done = " after it had changed something" if wrote else ""
        return [Violation(12, f"the check passed, and the real run failed with {run.result.get('error_code')}{done}")]
    real |= {str(run.result.get("error_code"))} if not real else set()
    if world.disks[run.move.who] == "unusable" and "record_unavailable" in checked & real:
        return []
    if before.outcome.failed and checked and real != checked:
        return [Violation(12, f"the check refused {sorted(checked)}, the real run {sorted(real)}")]
    return []


def _refusals(run: RunState) -> set[str]:
    return {str(item["code"]) for item in run.result.get("refusals") or []}


# Rule 13: bounds, and one error that says what to do.


def ends_in_time(world: World, run: RunState) -> list[Violation]:
    asked = float(run.options.get("wait_timeout") or DEFAULT_SECONDS[run.move.task])
    limit = min(asked, 1e9) + GRACE + run.others
    lasted = run.end - run.start
    if run.interrupted:
        limit += 200.0 * len(run.move.meanwhile)
        limit += sum(getattr(move, "seconds", 0.0) for dummy, move in run.move.meanwhile)
    return [] if lasted <= limit else [Violation(13, f"a run of {asked:g} s took {lasted:.0f} s")]


def reads_within_bounds(world: World, run: RunState) -> list[Violation]:
    too_much = run.bytes_read > MOST_BYTES
    return [Violation(13, f"a run read more than {MOST_BYTES >> 20} MiB")] if too_much else []


def acts_once(world: World, run: RunState) -> list[Violation]:
    """A restart is asked for once, and a snapshot is made once."""
    if run.move.task == "power":
        asked = [item for item in run.cloud.power_requests if item.run is run and not item.refused and not item.late]
        if run.options.get("state") == "restarted" and sum(item.action == "restart" for item in asked) > 1:
            return [Violation(1, "web1 was restarted twice by one run")]
    if run.move.task == "snapshot":
        made = [snap for vm in run.cloud.vms for snap in vm.snapshots if snap.by is run]
        if len(made) > 1:
            return [Violation(1, "a run made two snapshots")]
    return []


def one_error(world: World, run: RunState) -> list[Violation]:
    if run.outcome is None:
        return []
    result = run.result
    if not run.outcome.failed:
        return [Violation(13, "an error without failure")] if result.get("error_code") else []
    wanting = [name for name in ("msg", "error_code", "next_steps") if not result.get(name)]
    if wanting:
        return [Violation(13, f"an error without {', '.join(wanting)}")]
    if result["error_code"] == "internal_error":
        return [Violation(13, f"internal_error: {str(result['msg'])[:200]}")]
    effective = [item for item in run.attempts if item.begun is not None]
    if effective and not result.get("changed"):
        return [Violation(1, "a restore was accepted, and the failed result says changed: false")]
    return []


def nothing_odd(world: World, run: RunState) -> list[Violation]:
    return [Violation(10, text) for text in run.wrong]


CHECKS: tuple[Check, ...] = (
    no_power_against_the_promise,
    power_comes_back,
    not_restored_while_running,
    required_refuses_first,
    says_what_happened,
    restores_what_was_meant,
    overrules_only_what_it_sent,
    echoes_exactly,
    name_means_one_thing,
    reads_within_bounds,
    acts_once,
    check_mode_only_reads,
    ends_in_time,
    one_error,
    nothing_odd,
)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules 1 to 4: what a result says."""

from __future__ import annotations

from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.known import (
    TAKEN,
    Violation,
    in_doubt,
    is_late,
    knows,
    looks_like_ours,
    same,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import Attempt
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World

BLIND = ("record_unavailable", "restore_id_conflict", "invalid_option")


def says_what_happened(world: World, run: RunState) -> list[Violation]:
    if not run.is_restore or run.outcome is None or run.move.check or run.key is None:
        return []
    result = run.result
    status, error = result.get("status"), result.get("error_code")
    ours = [item for item in run.cloud.attempts if same(run, item) and item.sent <= run.end]
    accepts = run.options.get("on_unknown") == "accept"
    found = []
    hidden = looks_like_ours(world, run) or _made_by_hand(run, ours)
    proved = any((item.effective or float("inf")) <= run.end for item in ours) or hidden
    if status == "restored" and not proved:
        found.append(Violation(3, "the status is restored, and no restore of it has taken effect"))
    if (
        status == "restored"
        and not looks_like_ours(world, run)
        and any(item.outstanding and not item.held and not is_late(item) and knows(run, item.run) for item in ours)
    ):
        found.append(Violation(3, "the status is restored while a restore of it is being written"))
    accepted = any(item.begun or item.run.options.get("on_unknown") == "accept" for item in ours)
    if status in ("accepted_unverified", "accepted") and not accepts and not accepted:
        found.append(Violation(2, f"the status is {status}, and no restore of it was ever accepted"))
    if status == "already_restored" and not _was_restored(world, run, ours):
        found.append(Violation(10, "the status is already_restored, and no restore of it was ever accepted"))
    if error == "restore_failed" and not any(item.failed for item in ours) and not looks_like_ours(world, run):
        found.append(Violation(3, "the error is restore_failed, and no restore of it failed"))
    if error == "restore_failed" and any(item.worked for item in run.attempts) and not looks_like_ours(world, run):
        found.append(Violation(3, "the error is restore_failed, and the restore works"))
    unclear = result.get("phase") == "sent" and result.get("restore_sent") != "accepted"
    if error and error != "outcome_unknown" and unclear and in_doubt(world, run):
        found.append(Violation(1, f"the answer to the restore was lost, and the error is {error}"))
    if "restore_sent" in result:
        found += _restore_sent(world, run, str(result["restore_sent"]), ours, hidden)
    return found


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
    # Whether another controller that claimed the restore sent it is not in notes that cannot be changed.
    clear = clear and not any(
        item.key == run.key and item.move.who != run.move.who and item.start < run.start for item in world.runs
    )
    if said == "unknown" and clear and not in_doubt(world, run):
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

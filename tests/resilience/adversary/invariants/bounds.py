# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules 12 and 13: check mode, bounds, and one error that says what to do."""

from __future__ import annotations

from collections import Counter

from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.known import Violation
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import MOST_BYTES, World

GRACE = 150.0
"""Seconds by which a run may outlast its wait_timeout."""
WAITED = 10.0
"""Seconds after which a run has waited for the claim of another controller."""
DEFAULT_SECONDS = {"restore": 1800.0, "power": 300.0, "snapshot": 900.0, "metadata": 120.0}
FOUND_BY_CHECK = frozenset(
    {
        *("record_unavailable", "metadata_unsafe", "invalid_option", "no_snapshot_slot", "snapshot_not_allowed"),
        *("snapshot_name_invalid", "restore_id_conflict", "restore_in_progress", "unsupported", "refused"),
        *("new_vm_name_taken", "name_unverified", "instance_running", "tags_refused", "hostname_invalid"),
    }
)
"""Errors of a real run that a check just before must have found (rule 12)."""


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
    if world.disks[run.move.who] == "fails":
        return []
    counted["parity"] += 1
    checked, real = _refusals(before), _refusals(run)
    wrote = any(method != "GET" for dummy, method, dummy_kind in run.requests)
    # A check does not wait for the claim of another controller to end.
    waited = before.result.get("error_code") == "restore_in_progress" and run.end - run.start > WAITED
    if before.outcome.failed and not run.outcome.failed and not waited:
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

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold after each run, on the ledger and on the result. README.md lists the rules by number.

An excuse is given only where nobody could know: a disk that was written after the last look at it, a request that a
gateway delivers after the quiet time, a record that somebody removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.bounds import (
    acts_once,
    check_mode_only_reads,
    ends_in_time,
    one_error,
    parity,
    reads_within_bounds,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.disks import (
    at_most_once,
    nothing_lost,
    required_refuses_first,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.identity import (
    billed_once,
    name_means_one_thing,
    nothing_odd,
    restores_what_was_meant,
    time_means_one_snapshot,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.known import Violation
from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.others import does_what_it_reports
from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.power import (
    no_power_against_the_promise,
    no_start_while_restoring,
    not_restored_while_running,
    power_comes_back,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.records import (
    echoes_exactly,
    overrules_only_what_it_sent,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.results import says_what_happened
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World

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
            found += at_most_once(world, effect)
            counted["nothing_lost"] += 1
            found += nothing_lost(world, effect)
        for asked in cloud.power_requests:
            counted["no_start_while_restoring"] += 1
            found += no_start_while_restoring(world, asked)
        counted["billed_once"] += 1
        found += billed_once(world, cloud)
    return found


CHECKS: tuple[Check, ...] = (
    no_power_against_the_promise,
    power_comes_back,
    not_restored_while_running,
    required_refuses_first,
    says_what_happened,
    restores_what_was_meant,
    time_means_one_snapshot,
    overrules_only_what_it_sent,
    echoes_exactly,
    name_means_one_thing,
    reads_within_bounds,
    acts_once,
    does_what_it_reports,
    check_mode_only_reads,
    ends_in_time,
    one_error,
    nothing_odd,
)

__all__ = ["Violation", "after_run", "at_end", "parity"]

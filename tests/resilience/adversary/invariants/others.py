# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other modules report is so: power, snapshots and metadata."""

from __future__ import annotations

from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants.known import Violation, read_old
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import VM
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World


def does_what_it_reports(world: World, run: RunState) -> list[Violation]:
    """A success of the modules instance_power, snapshot and instance_metadata is one, unless somebody interfered."""
    outcome, vm = run.outcome, run.target
    if run.is_restore or run.move.check or outcome is None or outcome.failed or vm is None:
        return []
    if run.interrupted or read_old(run) or "other" in run.fired or any("held" in item.fired for item in world.runs):
        return []
    checks = {"power": _power, "snapshot": _snapshot, "metadata": _metadata}
    text = checks[run.move.task](world, run, vm)
    return [Violation(8 if run.move.task == "power" else 3, text)] if text else []


def _power(world: World, run: RunState, vm: VM) -> str | None:
    wanted = {"started": "running", "restarted": "running", "stopped": "stopped"}[str(run.options["state"])]
    power = vm.power_at(run.end)
    busy = any(item.kind == "restore" for item in vm.busy())
    # The provider shows the state of some time ago, and says so.
    lag = world.settings.onet_sync_lag if run.cloud.provider == "onetsolutions" else 0.0
    asked = any(item.run is run for item in run.cloud.power_requests)
    so_then = not asked and vm.power_at(run.end - lag - 1.0) == wanted
    return (
        None
        if power == wanted or busy or so_then
        else f"instance_power reported {run.options['state']}, and web1 is {power}"
    )


def _snapshot(world: World, run: RunState, vm: VM) -> str | None:
    name = run.options["name"]
    there = any(item.name == name and item.ready <= run.end for item in run.cloud.live_snapshots(vm))
    if there == (run.options.get("state") == "present"):
        return None
    return f"snapshot reported {run.options.get('state')}, and {name} is {'' if there else 'not '}there"


def _metadata(world: World, run: RunState, vm: VM) -> str | None:
    for option in ("name", "hostname"):
        shown = vm.name if option == "name" else vm.extra.get("hostname")
        if option in run.options and shown != run.options[option]:
            return f"instance_metadata reported success, and {option} is {shown!r}"
    return None

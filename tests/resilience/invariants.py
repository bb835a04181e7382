# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true whatever broke, read from the ledger of the clouds and not from what the controller says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.world import FILE, LOST, NEW_NAME, SAVED, World

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "error_codes.md"
CODES = frozenset(re.findall(r"^\| `([a-z_]+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE))
DECIDED = ("outcome_unknown",)
"""What a last run may fail with: a human decides."""
DONE = ("restored", "already_restored", "accepted_unverified")


def violations(world: World, result: dict[str, Any], said: str, *also: str) -> list[str]:
    """Everything that must not be, after the last run; ``said`` is all that the runs have printed.

    ``also`` are codes that a last run may fail with, besides DECIDED.
    """
    found = list(_in_place(world, result) if not world.scenario.creates else _new_instance(world, result))
    found += _bystander(world)
    if world.sim.ledger.concurrent_restores:
        found.append(f"{world.sim.ledger.concurrent_restores} restores ran at once with another")
    code = result.get("error_code")
    if result.get("failed") and code in CODES and code not in (*DECIDED, *also):
        found.append(f"the last run still fails, with {code}: {result.get('msg')}")
    if result.get("failed") and (code not in CODES or code == "internal_error"):
        found.append(f"the error_code is {code}: {result.get('msg')}")
    if not result.get("failed") and result.get("status") not in DONE:
        found.append(f"the last run ended well with the status {result.get('status')}")
    if "Traceback" in said:
        found.append("a traceback was printed")
    if world.sim.tokens[world.scenario.provider] in said:
        found.append("the token was printed")
    return found


def effective_restores(world: World) -> int:
    """Restores that changed something: repeated while the instance stays stopped, another one changes nothing."""
    if world.scenario.creates:
        return len(world.sim.ledger.vms_billed(world.scenario.provider))
    return sum(item.discarded for item in world.sim.ledger.restores(world.vm.id))


def harmless_repeats(world: World) -> int:
    return 0 if world.scenario.creates else len(world.sim.ledger.restores(world.vm.id)) - effective_restores(world)


def _in_place(world: World, result: dict[str, Any]) -> Iterator[str]:
    ledger, vm = world.sim.ledger, world.vm
    restores = ledger.restores(vm.id)
    count = effective_restores(world)
    well = not result.get("failed")
    if count > 1 or (well and count != 1):
        yield f"{count} restores changed the disk"
    if any(item.snapshot_id != world.snapshot.id for item in restores):
        yield "another snapshot was restored"
    if well and world.sim.cloud.disk(vm.id) != {FILE: SAVED}:
        yield "the disk is not that of the snapshot"
    if ledger.vms_billed(world.scenario.provider):
        yield "an instance was made"
    starts = [item for item in ledger.power_cycles(vm.id) if item.action in ("start", "restart")]
    asked = [item for item in ledger.requests("POST", vm.id) if item.path.endswith(("/start", "/restart"))]
    first = restores[0].time if restores else float("inf")
    last = restores[-1].time if restores else float("inf")
    if any(item.time < last for item in starts) or any(item.time < first for item in asked):
        yield "the instance was started before its restore had ended"
    status, power = result.get("status"), world.sim.cloud.power(vm.id)
    if well and status != "accepted_unverified" and not _unproven(result) and power != world.scenario.power:
        yield f"the instance is {power} and was {world.scenario.power}"


def _unproven(result: dict[str, Any]) -> bool:
    """Done once before without proof of its end: it stays stopped."""
    return any("no evidence" in text for text in result.get("unverified", ()))


def _new_instance(world: World, result: dict[str, Any]) -> Iterator[str]:
    ledger, cloud, provider = world.sim.ledger, world.sim.cloud, world.scenario.provider
    billed = ledger.vms_billed(provider)
    well = not result.get("failed")
    if len(billed) > 1 or (well and len(billed) != 1):
        yield f"{len(billed)} instances are billed"
    if any((item.name, item.snapshot_id) != (NEW_NAME, world.snapshot.id) for item in billed):
        yield "an instance of another name or snapshot was made"
    made = [item for item in cloud.instances(provider) if item.name == NEW_NAME]
    if well and [(item.power, item.disk) for item in made] != [("running", {FILE: SAVED})]:
        yield "the new instance does not run with the disk of the snapshot"
    if cloud.power(world.vm.id) != world.scenario.power or cloud.disk(world.vm.id) != {FILE: LOST}:
        yield "the instance of the snapshot was changed"


def _bystander(world: World) -> Iterator[str]:
    ledger, other = world.sim.ledger, world.bystander
    if ledger.restores(other.id) or ledger.power_cycles(other.id) or world.sim.cloud.disk(other.id) != {FILE: LOST}:
        yield "another instance was touched"

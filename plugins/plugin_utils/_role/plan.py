# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the variables of the role into the options of each restore of a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...module_utils._providers.registry import SCOPE_OPTIONS, SPECS
from .spec import validate

# Options of both modules, and those of snapshot_restore only. A key of a target overrides the variable of the host.
ACCOUNT = ("api_url", *SCOPE_OPTIONS)
CONNECTION = (*ACCOUNT, "wait_timeout", "expected_instance_name")
OPTIONS = (
    "instance", "new_vm_name", "accept_billing", "max_hourly_rate", "restore_id", "record", "record_path", "force",
    "on_unknown", "snapshot_as_of", "stop", "power_after", "safety_snapshot", "max_snapshot_age", "allow_unverified",
)  # fmt: skip
WAYS_TO_CHOOSE = ("snapshot", "snapshot_as_of")
REPORTING = ("report_path", "report_title", "notify_tasks")
BATCH = ("max_hosts", "all_or_nothing", "max_parallel", *REPORTING)
"""What is about all hosts of a batch, so it must be equal on them."""


class Plan(NamedTuple):
    """The targets of a host, what is about its batch, and problems with its variables, one sentence each."""

    targets: list[dict[str, Any]]
    batch: dict[str, Any]
    problems: list[str]


def restore_plan(
    targets: Sequence[Mapping[str, Any]] | None, variables: Mapping[str, Any], host: str, *, undo: bool = False
) -> Plan:
    """Turn the variables of the role, and those that the inventory sets, into the options of each restore.

    ``targets`` is the variable ``restore_targets``, or None if the host itself is the target. ``undo``: the restore_id
    names a restore, and what is planned is to put back its safety snapshot.
    """
    values, own_targets, problems = validate(variables, targets)
    if problems:
        return Plan([], {name: values.get(f"restore_{name}") for name in REPORTING}, problems)
    given, inventory = _without_prefix("restore_", values), _without_prefix("indiecloud_", values)
    wanted = [{}] if own_targets is None else own_targets
    problems = _problems(wanted, given, inventory, undo=undo)
    if own_targets is not None and given["verify"] == "reachable":
        problems.append(
            "restore_verify: reachable connects to the host itself and cannot be used with restore_targets; use tasks."
        )
    return Plan(
        [(_undo if undo else dict)(_plan(target, given, inventory, host)) for target in wanted],
        {name: given.get(name) for name in BATCH},
        problems,
    )


def _without_prefix(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name[len(prefix) :]: value for name, value in values.items() if name.startswith(prefix)}


def _plan(
    target: Mapping[str, Any], variables: Mapping[str, Any], inventory: Mapping[str, Any], host: str
) -> dict[str, Any]:
    given: dict[str, Any] = {**variables, **target}
    for one, other in (WAYS_TO_CHOOSE, WAYS_TO_CHOOSE[::-1]):
        if target.get(one) and not target.get(other):
            # What a target chooses replaces what its host chooses.
            given.pop(other, None)
    provider = target.get("provider") or variables.get("provider") or inventory.get("provider") or ""
    if inventory.get("provider") == provider:
        # The account in the inventory belongs to that provider only.
        given = {name: inventory[name] for name in ACCOUNT if name in inventory} | given
    creates_instance = provider in SPECS and SPECS[provider].capabilities.creates_instance
    if "instance" not in given:
        given["instance"] = inventory.get("id", "" if creates_instance else host)
    # The variable is restore_id, the key of a target is id.
    if "id" in given:
        given["restore_id"] = given["id"]
    if creates_instance:
        given = _for_new_instance(given)
    return {
        "provider": provider,
        "in_place": not creates_instance,
        "snapshot": _snapshot(given),
        "name": _name(target, variables, host),
        "order": given["order"],
        "start_again": given["on_failure"] == "start_again" and not creates_instance,
        "options": {"provider": provider, **_non_empty(given, ("snapshot", "api_token", *CONNECTION, *OPTIONS))},
    }


def _for_new_instance(given: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the variables that only apply to a restore in place: their defaults look like set values.

    A required safety snapshot is a demand that cannot be met, so the module refuses it.
    """
    dropped = {"stop", "power_after"} | ({"safety_snapshot"} if given["safety_snapshot"] != "required" else set())
    return {name: value for name, value in given.items() if name not in dropped}


def _undo(planned: dict[str, Any]) -> dict[str, Any]:
    """Put back the safety snapshot of the planned restore, under an identity of its own, instead of carrying it out."""
    undone = str(planned["options"].get("restore_id", ""))
    options = {name: value for name, value in planned["options"].items() if name not in WAYS_TO_CHOOSE}
    options["restore_id"] = f"undo-{undone}"
    return {**planned, "snapshot": f"the safety snapshot of {undone}", "undo_of": undone, "options": options}


def _snapshot(given: Mapping[str, Any]) -> str:
    """The snapshot in messages, before it is looked up."""
    as_of = given.get("snapshot_as_of")
    return str(given.get("snapshot") or (f"the snapshot as of {as_of}" if as_of else ""))


def _name(target: Mapping[str, Any], variables: Mapping[str, Any], host: str) -> str:
    for name in (target.get("new_vm_name"), target.get("instance"), variables.get("new_vm_name")):
        if name is not None:
            return str(name or host)
    return host


def _non_empty(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """An option without a value is left out, so module_defaults and the environment apply."""
    return {name: given[name] for name in names if given.get(name, "") != ""}


def _problems(
    targets: Sequence[Mapping[str, Any]], variables: Mapping[str, Any], inventory: Mapping[str, Any], *, undo: bool
) -> list[str]:
    """What can be refused before anything is sent."""
    listed, provider = inventory.get("provider") or "", variables.get("provider") or inventory.get("provider") or ""
    found = []
    if not provider and any("provider" not in one for one in targets):
        found.append("restore_provider is not set.")
    unnamed = [one for one in targets if "instance" not in one]
    if listed and "instance" not in variables and {one.get("provider", provider) for one in unnamed} - {listed}:
        # Another provider may have an instance of the same name.
        found.append(
            f"The inventory says that this is an instance of {listed}, but restore_provider names another provider: "
            "remove restore_provider, or set restore_instance."
        )
    if undo:
        if not variables.get("id") and any(not one.get("id") for one in targets):
            found.append("restore_id is not set; it names the restore to undo.")
        return found
    chosen = any(variables.get(name) for name in WAYS_TO_CHOOSE)
    if not chosen and any(not any(name in one for name in WAYS_TO_CHOOSE) for one in targets):
        found.append("Neither restore_snapshot nor restore_snapshot_as_of is set.")
    return found

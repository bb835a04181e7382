# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the variables of the role into one plan per target.

This is Python because Ansible compiles each template again for each host and task, which is slow for a large play.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._providers.registry import SCOPE_OPTIONS
from .spec import validate

# Options of both modules, and those of snapshot_restore only. A key of a target overrides the variable of the host.
ACCOUNT = ("api_url", *SCOPE_OPTIONS)
CONNECTION = (*ACCOUNT, "wait_timeout", "expected_instance_name")
OPTIONS = (
    "instance", "new_vm_name", "accept_billing", "max_hourly_rate", "restore_id", "record", "record_path", "force",
    "on_unknown", "stop", "power_after", "safety_snapshot", "max_snapshot_age", "allow_unverified",
)  # fmt: skip
NO_PLAN: dict[str, Any] = {
    "provider": "", "capabilities": {"creates_instance": False}, "snapshot": "", "record": "none", "restore_id": "",
    "force": False, "on_failure": "leave", "restore": {}, "power": {}, "has_followup": False, "max_hosts": None,
}  # fmt: skip


def restore_plan(
    targets: Sequence[Mapping[str, Any]] | None,
    variables: Mapping[str, Any],
    providers: Sequence[Mapping[str, Any]],
    host: str,
) -> list[dict[str, Any]]:
    """The filter ``restore_plan``; its documentation describes arguments and result."""
    creating = {one["name"] for one in providers if one["capabilities"]["creates_instance"]}
    values, own_targets, problems = validate(variables, targets)
    if problems:
        return [{**NO_PLAN, "name": host, "problems": problems}]
    given, inventory = _without_prefix("restore_", values), _without_prefix("indiecloud_", values)
    wanted = [{}] if own_targets is None else own_targets
    problems = _problems(wanted, given, inventory)
    if own_targets is not None and given["verify"] == "reachable":
        problems.append(
            "restore_verify: reachable connects to the host itself and cannot be used with restore_targets; use tasks."
        )
    plans = [_plan(target, given, inventory, creating, host) for target in wanted]
    shared = {
        "problems": problems,
        "has_followup": _has_followup(plans, given),
        "max_hosts": given["max_hosts"],
    }
    return [plan | shared for plan in plans]


def _without_prefix(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name[len(prefix) :]: value for name, value in values.items() if name.startswith(prefix)}


def _has_followup(plans: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> bool:
    """Whether tasks may have to run after the restores have ended."""
    asked = given["verify"] != "none" or given["add_to_inventory"]
    return bool(asked or any(plan["on_failure"] == "start_again" for plan in plans))


def _plan(
    target: Mapping[str, Any], variables: Mapping[str, Any], inventory: Mapping[str, Any], creating: set[str], host: str
) -> dict[str, Any]:
    given: dict[str, Any] = {**variables, **target}
    provider = target.get("provider") or variables.get("provider") or inventory.get("provider") or ""
    if inventory.get("provider") == provider:
        # The account in the inventory belongs to that provider only.
        given = {name: inventory[name] for name in ACCOUNT if name in inventory} | given
    creates_instance = provider in creating
    if "instance" not in given:
        given["instance"] = inventory.get("id", "" if creates_instance else host)
    # The variable is restore_id, the key of a target is id.
    if "id" in given:
        given["restore_id"] = given["id"]
    if creates_instance:
        given = _for_new_instance(given)
    connection = _non_empty(given, CONNECTION)
    return {
        "provider": provider,
        "capabilities": {"creates_instance": creates_instance},
        "snapshot": given.get("snapshot", ""),
        "name": _name(target, variables, host),
        "record": given["record"],
        "restore_id": given.get("restore_id", ""),
        "force": given["force"],
        "on_failure": given["on_failure"],
        "restore": connection | _non_empty(given, OPTIONS),
        "power": connection,
    }


def _for_new_instance(given: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the variables that only apply to a restore in place: their defaults look like set values.

    A required safety snapshot is a demand that cannot be met, so the module refuses it.
    """
    dropped = {"stop", "power_after"} | ({"safety_snapshot"} if given["safety_snapshot"] != "required" else set())
    return {name: value for name, value in given.items() if name not in dropped}


def _name(target: Mapping[str, Any], variables: Mapping[str, Any], host: str) -> str:
    for name in (target.get("new_vm_name"), target.get("instance"), variables.get("new_vm_name")):
        if name is not None:
            return str(name or host)
    return host


def _non_empty(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """An option without a value is left out, so module_defaults and the environment apply."""
    return {name: given[name] for name in names if given.get(name, "") != ""}


def _problems(
    targets: Sequence[Mapping[str, Any]], variables: Mapping[str, Any], inventory: Mapping[str, Any]
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
    if not variables.get("snapshot") and any("snapshot" not in one for one in targets):
        found.append("restore_snapshot is not set.")
    return found

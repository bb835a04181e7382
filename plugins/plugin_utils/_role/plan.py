# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the variables of the role to what its tasks do with each target.

In Python, since Ansible compiles each expression again for each host and task: what is decided here once cost a fleet
more time than its requests did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from .spec import wrong_values

# The options of snapshot_restore that a target takes from its own key, else from the variable of the host.
CONNECTION = ("api_url", "organization_id", "project_id", "wait_timeout", "wait_interval", "expected_instance_name")
OPTIONS = (
    "instance", "new_vm_name", "accept_billing", "max_hourly_rate", "restore_id", "record", "record_path", "force",
    "on_unknown", "safety_snapshot", "expected_snapshot_name", "max_snapshot_age", "allow_unverified",
)  # fmt: skip
START = {"previous": "previous", "started": "always", "stopped": "never"}
NOTHING: dict[str, Any] = {
    "provider": "", "capabilities": {"creates_instance": False}, "snapshot": "", "record": "none", "restore_id": "",
    "force": False, "power_after": "previous", "on_failure": "leave", "restore": {}, "power": {}, "more": False,
}  # fmt: skip
ACCOUNT = ("api_url", "organization_id", "project_id")


def restore_plan(
    targets: Sequence[Mapping[str, Any]] | None,
    variables: Mapping[str, Any],
    providers: Sequence[Mapping[str, Any]],
    host: str,
    hosts: int,
) -> list[dict[str, Any]]:
    """The filter; see its documentation."""
    creating = {one["name"] for one in providers if one["capabilities"]["creates_instance"]}
    wrong = wrong_values(variables, targets)
    if wrong:
        # Nothing can be planned from these, and nothing is.
        return [{**NOTHING, "name": host, "mistakes": wrong}]
    variables, inventory = _of("restore_", variables), _of("indiecloud_", variables)
    rounds = [{}] if targets is None else targets
    trouble = _mistakes(rounds, variables, inventory, max(hosts, len(rounds)))
    if targets is not None and variables["verify"] == "reachable":
        trouble.append(
            "restore_verify: reachable connects to the host itself and cannot be used with restore_targets; use tasks."
        )
    plans = [_plan(one, variables, inventory, creating, host) for one in rounds]
    shared = {"mistakes": trouble, "more": _more(plans, variables)}
    return [plan | shared for plan in plans]


def _of(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if value is not None and name.startswith(prefix)
    }


def _more(plans: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> bool:
    """Whether there may be something to do once the restores have ended."""
    asked = variables["verify"] != "none" or boolean(variables["add_to_inventory"])
    return asked or any(plan["power_after"] == "stopped" or plan["on_failure"] == "start_again" for plan in plans)


def _plan(
    target: Mapping[str, Any], variables: Mapping[str, Any], inventory: Mapping[str, Any], creating: set[str], host: str
) -> dict[str, Any]:
    given: dict[str, Any] = {**variables, **target}
    provider = target.get("provider") or variables.get("provider") or inventory.get("provider") or ""
    if inventory.get("provider") == provider:
        # What the inventory says of the account holds for no other cloud.
        given = {name: inventory[name] for name in ACCOUNT if name in inventory} | given
    creates_instance = provider in creating
    if "instance" not in given:
        given["instance"] = inventory.get("id", "" if creates_instance else host)
    # The variable is restore_id, the key of a target id.
    if "id" in given:
        given["restore_id"] = given["id"]
    power_after = given["power_after"]
    connection = _kept(given, CONNECTION)
    asked = {"stop": True, "stop_always": given["stop"] == "always", "start": START[power_after]}
    return {
        "provider": provider,
        "capabilities": {"creates_instance": creates_instance},
        "snapshot": given.get("snapshot", ""),
        "name": _name(target, variables, host),
        "record": given["record"],
        "restore_id": given.get("restore_id", ""),
        "force": given["force"],
        "power_after": power_after,
        "on_failure": given["on_failure"],
        "restore": connection | _kept(given, OPTIONS) | asked,
        "power": connection,
    }


def _name(target: Mapping[str, Any], variables: Mapping[str, Any], host: str) -> str:
    for name in (target.get("new_vm_name"), target.get("instance"), variables.get("new_vm_name")):
        if name is not None:
            return str(name or host)
    return host


def _kept(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """An option without a value is left out, so that module_defaults and the environment count."""
    return {name: given[name] for name in names if given.get(name, "") not in ("", None)}


def _mistakes(
    targets: Sequence[Mapping[str, Any]], variables: Mapping[str, Any], inventory: Mapping[str, Any], size: int
) -> list[str]:
    """What is wrong before anything is asked."""
    listed, provider = inventory.get("provider") or "", variables.get("provider") or inventory.get("provider") or ""
    found = []
    if size > int(variables["max_hosts"]):
        found.append(
            f"This play restores {size} instances and restore_max_hosts allows {variables['max_hosts']}: "
            "use --limit, or raise it."
        )
    if not provider and any("provider" not in one for one in targets):
        found.append("restore_provider is not set.")
    nameless = [one for one in targets if "instance" not in one]
    if listed and "instance" not in variables and {one.get("provider", provider) for one in nameless} - {listed}:
        # Another cloud may have an instance of the same name.
        found.append(
            f"The inventory says that this is an instance of {listed}, and restore_provider says another: "
            "leave restore_provider out, or set restore_instance."
        )
    if not variables.get("snapshot") and any("snapshot" not in one for one in targets):
        found.append("restore_snapshot is not set.")
    return found

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans that the role makes from its variables, and what it refuses before it sends anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.indiecloud.compute.plugins.filter.restore_plan import FilterModule
from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.plan import CONNECTION, OPTIONS

ROOT = Path(__file__).parents[4]
DEFAULTS = yaml.safe_load((ROOT / "roles/restore/defaults/main.yml").read_text(encoding="utf-8"))
SPEC = yaml.safe_load((ROOT / "roles/restore/meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"][
    "main"
]["options"]
PROVIDERS = [
    {"name": name, "capabilities": {"creates_instance": name == "barrack"}}
    for name in ("barrack", "hostup", "onetsolutions")
]
LISTED = {"provider": "onetsolutions", "id": "vm-1", "organization_id": "org", "project_id": "proj"}


def plans(
    targets: list[dict[str, Any]] | None = None, inventory: dict[str, Any] | None = None, **given: Any
) -> list[dict[str, Any]]:
    variables = {f"restore_{name}": value for name, value in given.items()}
    listed = {f"indiecloud_{name}": value for name, value in (inventory or {}).items()}
    found: list[dict[str, Any]] = FilterModule().filters()["restore_plan"](
        targets,
        variables={**DEFAULTS, **variables, **listed},
        providers=PROVIDERS,
        host="web1",
    )
    return found


def test_a_host_is_its_own_target() -> None:
    (plan,) = plans(provider="hostup", snapshot="s1")
    assert plan["problems"] == []
    assert (plan["name"], plan["provider"], plan["snapshot"]) == ("web1", "hostup", "s1")
    assert plan["capabilities"] == {"creates_instance": False}
    assert plan["power"] == {"wait_timeout": 1800.0}
    assert plan["restore"] == {
        "wait_timeout": 1800.0,
        "instance": "web1",
        "accept_billing": False,
        "record": "file",
        "force": False,
        "on_unknown": "fail",
        "stop": "always",
        "power_after": "previous",
        "safety_snapshot": "never",
        "allow_unverified": False,
    }


def test_precedence_of_target_host_and_inventory() -> None:
    one, two = plans(
        [{"instance": "a", "snapshot": "own", "wait_timeout": 5, "id": "R1", "stop": "if_required"}, {"snapshot": "x"}],
        LISTED,
        snapshot="shared",
        project_id="mine",
        id="R0",
        power_after="started",
    )
    assert (one["snapshot"], one["restore_id"], one["name"]) == ("own", "R1", "a")
    assert (two["snapshot"], two["restore_id"], two["name"]) == ("x", "R0", "web1")
    assert (one["restore"]["restore_id"], one["restore"]["wait_timeout"], one["restore"]["stop"]) == (
        "R1",
        5,
        "if_required",
    )
    assert (one["restore"]["instance"], two["restore"]["instance"]) == ("a", "vm-1")
    assert {plan["restore"]["power_after"] for plan in (one, two)} == {"started"}
    for plan in (one, two):
        assert (plan["power"]["organization_id"], plan["power"]["project_id"]) == ("org", "mine")


def test_account_of_one_provider_is_not_used_for_another() -> None:
    one, two = plans([{"provider": "hostup", "instance": "a"}, {"instance": "b"}], LISTED, snapshot="s")
    assert "organization_id" not in one["restore"]
    assert two["restore"]["organization_id"] == "org"


def test_host_name_is_not_the_instance_of_a_new_instance() -> None:
    (plan,) = plans(provider="barrack", snapshot="s", new_vm_name="web1-again")
    assert plan["capabilities"] == {"creates_instance": True}
    assert "instance" not in plan["restore"]
    assert (plan["name"], plan["restore"]["new_vm_name"]) == ("web1-again", "web1-again")


@pytest.mark.parametrize("nothing", ["", None])
def test_empty_values_are_omitted(nothing: str | None) -> None:
    (plan,) = plans(provider="hostup", snapshot="s", api_url=nothing, record_path=nothing, max_snapshot_age=nothing)
    assert not {"api_url", "record_path", "max_snapshot_age"} & set(plan["restore"])
    assert plan["restore"]["force"] is False


@pytest.mark.parametrize(
    ("targets", "inventory", "given", "words"),
    [
        (None, {}, {"snapshot": "s"}, "restore_provider is not set."),
        (None, {}, {"provider": "hostup"}, "restore_snapshot is not set."),
        (None, LISTED, {"provider": "hostup", "snapshot": "s"}, "this is an instance of onetsolutions"),
        ([{"provider": "hostup"}], LISTED, {"snapshot": "s"}, "this is an instance of onetsolutions"),
        ([{"instance": "a"}], LISTED, {"snapshot": "s", "verify": "reachable"}, "cannot be used with restore_targets"),
    ],
)
def test_impossible_variables_are_refused(
    targets: list[dict[str, Any]] | None, inventory: dict[str, Any], given: dict[str, Any], words: str
) -> None:
    for plan in plans(targets, inventory, **given):
        (problem,) = plan["problems"]
        assert words in problem


def test_all_problems_at_once() -> None:
    (plan,) = plans()
    assert len(plan["problems"]) == 2


def test_variables_of_the_inventory_are_sufficient() -> None:
    (plan,) = plans(None, LISTED, snapshot="s")
    assert plan["problems"] == []
    assert plan["restore"]["instance"] == "vm-1"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"power_after": "off"},
            "value of restore_power_after must be one of: leave, previous, started, stopped, got: off.",
        ),
        ({"wait_timeout": "soon"}, "restore_wait_timeout"),
        ({"provider": "nowhere"}, "value of restore_provider must be one of"),
        ({"max_hosts": "many"}, "restore_max_hosts"),
        ({"verify_timeout": "long"}, "restore_verify_timeout"),
    ],
)
def test_values_outside_the_argument_spec_are_refused(given: dict[str, Any], words: str) -> None:
    (plan,) = plans(**{"provider": "hostup", "snapshot": "s", **given})
    (problem,) = plan["problems"]
    assert words in problem
    # It has all keys, since skipped tasks evaluate them.
    (usual,) = plans(provider="hostup", snapshot="s")
    assert plan.keys() == usual.keys()


def test_targets_are_validated() -> None:
    (plan,) = plans(
        [{"instance": "a", "colour": "red", "api_token": "s3cret-s3cret"}, {"force": "perhaps"}], snapshot="s"
    )
    assert "colour" in " ".join(plan["problems"])
    assert "perhaps" in " ".join(plan["problems"])
    assert "s3cret" not in str(plan)


VALUES: dict[str, Any] = {
    "record": "none", "on_unknown": "restore", "safety_snapshot": "required", "stop": "if_required",
    "power_after": "stopped", "wait_timeout": 7.0, "max_hourly_rate": 7.0, "record_path": "/tmp/records",
    "accept_billing": True, "force": True, "allow_unverified": True,
}  # fmt: skip


@pytest.mark.parametrize("option", sorted({*CONNECTION, *OPTIONS}))
def test_each_variable_is_the_option_of_its_name(option: str) -> None:
    value = VALUES.get(option, "seven")
    name = option[len("restore_") :] if option.startswith("restore_") else option
    for targets, given in ((None, {name: value}), ([{name: value}], {})):
        (plan,) = plans(targets, **{"provider": "hostup", "snapshot": "s1", **given})
        assert plan["problems"] == []
        assert plan["restore"][option] == value


BOOLEANS = sorted(name for name, option in SPEC.items() if option["type"] == "bool")


@pytest.mark.parametrize(("text", "value"), [("no", False), ("false", False), ("yes", True), ("true", True)])
def test_booleans_as_strings(text: str, value: bool) -> None:
    """From a survey, or from -e name=value."""
    assert {"restore_force", "restore_add_to_inventory", "restore_dry_run"} <= set(BOOLEANS)
    given = {name[len("restore_") :]: text for name in BOOLEANS}
    (plan,) = plans(None, provider="hostup", snapshot="s1", **given)
    assert plan["problems"] == []
    assert plan["force"] is value
    assert plan["has_followup"] is value
    assert {plan["restore"][name] for name in ("accept_billing", "force", "allow_unverified")} == {value}


@pytest.mark.parametrize(("safety_snapshot", "left"), [("never", set()), ("auto", set()), ("required", {"required"})])
def test_in_place_options_are_dropped_for_a_new_instance(safety_snapshot: str, left: set[str]) -> None:
    given = {"stop": "if_required", "power_after": "started", "safety_snapshot": safety_snapshot}
    targets = [{"provider": "barrack", "new_vm_name": "again"}, {"provider": "hostup", "instance": "web1"}]
    new, in_place = plans(targets, snapshot="s", **given)
    assert {new["restore"].get(name) for name in given} - {None} == left
    assert {name: in_place["restore"][name] for name in given} == given


@pytest.mark.parametrize("asked", [{"verify": "reachable"}, {"add_to_inventory": "yes"}, {"on_failure": "start_again"}])
def test_followup_only_if_requested(asked: dict[str, Any]) -> None:
    (plain,) = plans(provider="hostup", snapshot="s1")
    assert plain["has_followup"] is False
    (plan,) = plans(provider="hostup", snapshot="s1", **asked)
    assert plan["has_followup"] is True


def test_followup_of_one_target_is_that_of_its_host() -> None:
    targets = [{"instance": "web1"}, {"instance": "web2", "on_failure": "start_again"}]
    assert [plan["has_followup"] for plan in plans(targets, provider="hostup", snapshot="s1")] == [True, True]


def test_the_role_passes_all_its_variables_but_the_token_and_the_targets() -> None:
    """The targets are a separate argument."""
    text = (ROOT / "roles/restore/vars/main/plan.yml").read_text(encoding="utf-8")
    passed = {name for name in yaml.safe_load(text)["restore__known"] if name.startswith("restore_")}
    assert passed == set(SPEC) - {"restore_api_token", "restore_targets"}

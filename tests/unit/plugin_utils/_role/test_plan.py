# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans that the role makes from its variables, and what it refuses before it sends anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.plan import (
    CONNECTION,
    OPTIONS,
    Plan,
    restore_plan,
)
from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.spec import role_options, validate

ROOT = Path(__file__).parents[4]
DEFAULTS = yaml.safe_load((ROOT / "roles/restore/defaults/main.yml").read_text(encoding="utf-8"))
SPEC = yaml.safe_load((ROOT / "roles/restore/meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"][
    "main"
]["options"]
LISTED = {"provider": "onetsolutions", "id": "vm-1", "organization_id": "org", "project_id": "proj"}


def planned(targets: list[dict[str, Any]] | None = None, inventory: dict[str, Any] | None = None, **given: Any) -> Plan:
    variables = {f"restore_{name}": value for name, value in given.items()}
    listed = {f"indiecloud_{name}": value for name, value in (inventory or {}).items()}
    return restore_plan(targets, {**DEFAULTS, **variables, **listed}, "web1")


def plans(
    targets: list[dict[str, Any]] | None = None, inventory: dict[str, Any] | None = None, **given: Any
) -> list[dict[str, Any]]:
    """The targets of a plan without problems."""
    plan = planned(targets, inventory, **given)
    assert plan.problems == []
    return plan.targets


def test_a_host_is_its_own_target() -> None:
    (target,) = plans(provider="hostup", snapshot="s1")
    assert (target["name"], target["provider"], target["snapshot"], target["in_place"]) == (
        "web1",
        "hostup",
        "s1",
        True,
    )
    assert (target["order"], target["start_again"]) == (0, False)
    assert target["options"] == {
        "provider": "hostup",
        "snapshot": "s1",
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


def test_target_replaces_how_its_host_chooses_a_snapshot() -> None:
    as_of = "2026-04-27T08:00:00Z"
    (target,) = plans([{"instance": "a", "snapshot_as_of": as_of}], provider="hostup", snapshot="s1")
    assert "snapshot" not in target["options"]
    assert target["options"]["snapshot_as_of"] == as_of
    (target,) = plans([{"instance": "a", "snapshot": "s1"}], provider="hostup", snapshot_as_of=as_of)
    assert "snapshot_as_of" not in target["options"]


def test_precedence_of_target_host_and_inventory() -> None:
    one, two = plans(
        [
            {"instance": "a", "snapshot": "own", "wait_timeout": 5, "id": "R1", "stop": "if_required", "order": 3},
            {"snapshot": "x"},
        ],
        LISTED,
        snapshot="shared",
        project_id="mine",
        id="R0",
        power_after="started",
        order=7,
    )
    assert (one["snapshot"], one["name"], one["order"]) == ("own", "a", 3)
    assert (two["snapshot"], two["name"], two["order"]) == ("x", "web1", 7)
    first, second = one["options"], two["options"]
    assert (first["restore_id"], first["wait_timeout"], first["stop"]) == ("R1", 5, "if_required")
    assert (second["restore_id"], first["instance"], second["instance"]) == ("R0", "a", "vm-1")
    for options in (first, second):
        assert (options["organization_id"], options["project_id"], options["power_after"]) == ("org", "mine", "started")


def test_account_of_one_provider_is_not_used_for_another() -> None:
    one, two = plans([{"provider": "hostup", "instance": "a"}, {"instance": "b"}], LISTED, snapshot="s")
    assert "organization_id" not in one["options"]
    assert two["options"]["organization_id"] == "org"


def test_host_name_is_not_the_instance_of_a_new_instance() -> None:
    (plan,) = plans(provider="barrack", snapshot="s", new_vm_name="web1-again")
    assert plan["in_place"] is False
    assert "instance" not in plan["options"]
    assert (plan["name"], plan["options"]["new_vm_name"]) == ("web1-again", "web1-again")


@pytest.mark.parametrize("nothing", ["", None])
def test_empty_values_are_omitted(nothing: str | None) -> None:
    (plan,) = plans(provider="hostup", snapshot="s", api_url=nothing, record_path=nothing, max_snapshot_age=nothing)
    assert not {"api_url", "record_path", "max_snapshot_age"} & set(plan["options"])
    assert plan["options"]["force"] is False


@pytest.mark.parametrize(
    ("targets", "inventory", "given", "words"),
    [
        (None, {}, {"snapshot": "s"}, "restore_provider is not set."),
        (None, {}, {"provider": "hostup"}, "Neither restore_snapshot nor restore_snapshot_as_of is set."),
        (None, LISTED, {"provider": "hostup", "snapshot": "s"}, "this is an instance of onetsolutions"),
        ([{"provider": "hostup"}], LISTED, {"snapshot": "s"}, "this is an instance of onetsolutions"),
        ([{"instance": "a"}], LISTED, {"snapshot": "s", "verify": "reachable"}, "cannot be used with restore_targets"),
    ],
)
def test_impossible_variables_are_refused(
    targets: list[dict[str, Any]] | None, inventory: dict[str, Any], given: dict[str, Any], words: str
) -> None:
    (problem,) = planned(targets, inventory, **given).problems
    assert words in problem


def test_all_problems_at_once() -> None:
    assert len(planned().problems) == 2


def test_variables_of_the_inventory_are_sufficient() -> None:
    (plan,) = plans(None, LISTED, snapshot="s")
    assert plan["options"]["instance"] == "vm-1"


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
    (problem,) = planned(**{"provider": "hostup", "snapshot": "s", **given}).problems
    assert words in problem


def test_targets_are_validated() -> None:
    plan = planned(
        [{"instance": "a", "colour": "red", "api_token": "s3cret-s3cret"}, {"force": "perhaps"}], snapshot="s"
    )
    assert "colour" in " ".join(plan.problems)
    assert "perhaps" in " ".join(plan.problems)
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
        assert plan["options"][option] == value


BOOLEANS = sorted(name for name, option in SPEC.items() if option["type"] == "bool")


@pytest.mark.parametrize(("text", "value"), [("no", False), ("false", False), ("yes", True), ("true", True)])
def test_booleans_as_strings(text: str, value: bool) -> None:
    """From a survey, or from -e name=value."""
    assert {"restore_force", "restore_add_to_inventory", "restore_dry_run"} <= set(BOOLEANS)
    given = {name[len("restore_") :]: text for name in BOOLEANS}
    (plan,) = plans(None, provider="hostup", snapshot="s1", **given)
    assert {plan["options"][name] for name in ("accept_billing", "force", "allow_unverified")} == {value}


@pytest.mark.parametrize(("safety_snapshot", "left"), [("never", set()), ("auto", set()), ("required", {"required"})])
def test_in_place_options_are_dropped_for_a_new_instance(safety_snapshot: str, left: set[str]) -> None:
    given = {"stop": "if_required", "power_after": "started", "safety_snapshot": safety_snapshot}
    targets = [{"provider": "barrack", "new_vm_name": "again"}, {"provider": "hostup", "instance": "web1"}]
    new, in_place = plans(targets, snapshot="s", **given)
    assert {new["options"].get(name) for name in given} - {None} == left
    assert {name: in_place["options"][name] for name in given} == given


def test_start_again_is_for_restores_in_place() -> None:
    targets = [{"provider": "barrack", "new_vm_name": "again"}, {"provider": "hostup", "instance": "web1"}]
    found = plans(targets, snapshot="s", on_failure="start_again")
    assert [target["start_again"] for target in found] == [False, True]


def test_token_is_an_option_of_its_target_only() -> None:
    one, two = plans([{"instance": "a", "api_token": "own"}, {"instance": "b"}], provider="hostup", snapshot="s")
    assert (one["options"]["api_token"], "api_token" in two["options"]) == ("own", False)
    (alone,) = plans(provider="hostup", snapshot="s", api_token="of-the-host")
    assert alone["options"]["api_token"] == "of-the-host"


TEXTS: dict[str, list[tuple[Any, Any]]] = {
    "bool": [("yes", True), ("no", False), ("True", True), ("0", False), (1, True)],
    "int": [("5", 5), (5, 5)],
    "float": [("5", 5.0), ("2.5", 2.5), (5, 5.0)],
    "list": [("a,b", ["a", "b"]), (["a"], ["a"])],
}
ROLE = {name: spec for name, spec in role_options().items() if name != "restore_targets"}
OF_TARGET = role_options()["restore_targets"]["options"]


@pytest.mark.parametrize("name", [name for name, spec in ROLE.items() if spec["type"] in TEXTS])
def test_variables_may_be_texts(name: str) -> None:
    """As from ``-e name=value``, an INI inventory and a survey."""
    for value, converted in TEXTS[ROLE[name]["type"]]:
        found = validate({name: value}, None)
        assert (found.problems, found.variables[name]) == ([], converted)


@pytest.mark.parametrize("nothing", ["", " ", None])
@pytest.mark.parametrize("name", [name for name, spec in ROLE.items() if spec["type"] in TEXTS or "choices" in spec])
def test_empty_variables_have_their_default(name: str, nothing: str | None) -> None:
    found = validate({name: nothing}, None)
    assert (found.problems, found.variables.get(name)) == ([], ROLE[name].get("default"))


@pytest.mark.parametrize("nothing", ["", None])
@pytest.mark.parametrize("name", [name for name, spec in OF_TARGET.items() if spec["type"] in TEXTS])
def test_empty_keys_of_a_target_are_not_set(name: str, nothing: str | None) -> None:
    found = validate({}, [{"snapshot": "s", name: nothing}])
    assert (found.problems, found.targets) == ([], [{"snapshot": "s"}])


@pytest.mark.parametrize(
    ("name", "value"), [("snapshot", 1.10), ("snapshot", True), ("instance", 1.0), ("id", 2.5), ("new_vm_name", False)]
)
def test_a_name_that_yaml_read_as_something_else_is_refused(name: str, value: object) -> None:
    problems = planned(provider="hostup", **{"snapshot": "s1", name: value}).problems
    assert [text for text in problems if text.startswith(f"restore_{name} ") and "quotes" in text]
    (problem,) = planned([{"snapshot": "s1", name: value}], provider="hostup").problems
    assert problem.startswith(f"restore_targets: {name} ")


def test_a_whole_number_may_be_an_id() -> None:
    assert plans(provider="hostup", snapshot="s1", id=1234)[0]["options"]["restore_id"] == "1234"


def test_an_unknown_key_of_a_target_is_called_unsupported() -> None:
    (problem,) = planned([{"instnce": "web1"}], provider="hostup", snapshot="s1").problems
    assert problem.startswith("Unsupported: restore_targets.instnce.")

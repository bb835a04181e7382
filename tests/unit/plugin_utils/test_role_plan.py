# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role plans from its variables, and what it refuses before anything is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.indiecloud.compute.plugins.filter.restore_plan import FilterModule
from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.plan import CONNECTION, OPTIONS

ROOT = Path(__file__).parents[3]
DEFAULTS = yaml.safe_load((ROOT / "roles/restore/defaults/main.yml").read_text(encoding="utf-8"))
PROVIDERS = [
    {"name": name, "capabilities": {"creates_instance": name == "barrack"}}
    for name in ("barrack", "hostup", "onetsolutions")
]
LISTED = {"provider": "onetsolutions", "id": "vm-1", "organization_id": "org", "project_id": "proj"}


def plans(
    targets: list[dict[str, Any]] | None = None, inventory: dict[str, Any] | None = None, hosts: int = 1, **given: Any
) -> list[dict[str, Any]]:
    variables = {f"restore_{name}": value for name, value in given.items()}
    listed = {f"indiecloud_{name}": value for name, value in (inventory or {}).items()}
    found: list[dict[str, Any]] = FilterModule().filters()["restore_plan"](
        targets,
        variables={**DEFAULTS, **variables, **listed},
        providers=PROVIDERS,
        host="web1",
        hosts=hosts,
    )
    return found


def test_a_host_is_its_own_target() -> None:
    (plan,) = plans(provider="hostup", snapshot="s1")
    assert plan["mistakes"] == []
    assert (plan["name"], plan["provider"], plan["snapshot"]) == ("web1", "hostup", "s1")
    assert plan["capabilities"] == {"creates_instance": False}
    assert plan["power"] == {"wait_timeout": 1800.0, "wait_interval": 2.0}
    assert plan["restore"] == {
        "wait_timeout": 1800.0,
        "wait_interval": 2.0,
        "instance": "web1",
        "accept_billing": False,
        "record": "file",
        "force": False,
        "on_unknown": "fail",
        "stop": True,
        "stop_always": True,
        "safety_snapshot": "never",
        "start": "previous",
        "allow_unverified": False,
    }


def test_a_target_is_before_the_host_and_the_host_before_the_inventory() -> None:
    one, two = plans(
        [{"instance": "a", "snapshot": "own", "wait_timeout": 5, "id": "R1", "stop": "if_required"}, {"snapshot": "x"}],
        LISTED,
        snapshot="shared",
        project_id="mine",
        id="R0",
        power_after="started",
        max_hosts=2,
    )
    assert (one["snapshot"], one["restore_id"], one["name"]) == ("own", "R1", "a")
    assert (two["snapshot"], two["restore_id"], two["name"]) == ("x", "R0", "web1")
    assert (one["restore"]["restore_id"], one["restore"]["wait_timeout"], one["restore"]["stop_always"]) == (
        "R1",
        5,
        False,
    )
    assert (one["restore"]["instance"], two["restore"]["instance"]) == ("a", "vm-1")
    assert {plan["restore"]["start"] for plan in (one, two)} == {"always"}
    for plan in (one, two):
        assert (plan["power"]["organization_id"], plan["power"]["project_id"]) == ("org", "mine")


def test_the_account_of_one_cloud_is_not_used_for_another() -> None:
    one, two = plans([{"provider": "hostup", "instance": "a"}, {"instance": "b"}], LISTED, snapshot="s")
    assert "organization_id" not in one["restore"]
    assert two["restore"]["organization_id"] == "org"


def test_a_restore_that_makes_an_instance_names_none_by_chance() -> None:
    (plan,) = plans(provider="barrack", snapshot="s", new_vm_name="web1-again")
    assert plan["capabilities"] == {"creates_instance": True}
    assert "instance" not in plan["restore"]
    assert (plan["name"], plan["restore"]["new_vm_name"]) == ("web1-again", "web1-again")


@pytest.mark.parametrize("nothing", ["", None])
def test_what_has_no_value_is_left_out(nothing: str | None) -> None:
    (plan,) = plans(provider="hostup", snapshot="s", api_url=nothing, record_path=nothing, max_snapshot_age=nothing)
    assert not {"api_url", "record_path", "max_snapshot_age"} & set(plan["restore"])
    assert plan["restore"]["force"] is False


@pytest.mark.parametrize(
    ("targets", "inventory", "hosts", "given", "words"),
    [
        (None, {}, 1, {"snapshot": "s"}, "restore_provider is not set."),
        (None, {}, 1, {"provider": "hostup"}, "restore_snapshot is not set."),
        (
            None,
            {},
            51,
            {"provider": "hostup", "snapshot": "s"},
            "restores 51 instances and restore_max_hosts allows 50",
        ),
        ([{"provider": "hostup", "snapshot": "s"}] * 3, {}, 1, {"max_hosts": 2}, "restores 3 instances"),
        (None, LISTED, 1, {"provider": "hostup", "snapshot": "s"}, "this is an instance of onetsolutions"),
        ([{"provider": "hostup"}], LISTED, 1, {"snapshot": "s"}, "this is an instance of onetsolutions"),
        (
            [{"instance": "a"}],
            LISTED,
            1,
            {"snapshot": "s", "verify": "reachable"},
            "cannot be used with restore_targets",
        ),
    ],
)
def test_what_cannot_be_meant(
    targets: list[dict[str, Any]] | None, inventory: dict[str, Any], hosts: int, given: dict[str, Any], words: str
) -> None:
    for plan in plans(targets, inventory, hosts, **given):
        (mistake,) = plan["mistakes"]
        assert words in mistake


def test_all_mistakes_at_once() -> None:
    (plan,) = plans(hosts=99)
    assert len(plan["mistakes"]) == 3


def test_what_the_inventory_says_is_enough() -> None:
    (plan,) = plans(None, LISTED, snapshot="s")
    assert plan["mistakes"] == []
    assert plan["restore"]["instance"] == "vm-1"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"power_after": "off"}, "value of restore_power_after must be one of: previous, started, stopped, got: off."),
        ({"wait_timeout": "soon"}, "restore_wait_timeout"),
        ({"provider": "nowhere"}, "value of restore_provider must be one of"),
        ({"max_hosts": "many"}, "restore_max_hosts"),
        ({"verify_timeout": "long"}, "restore_verify_timeout"),
    ],
)
def test_what_the_argument_spec_forbids(given: dict[str, Any], words: str) -> None:
    (plan,) = plans(**{"provider": "hostup", "snapshot": "s", **given})
    (mistake,) = plan["mistakes"]
    assert words in mistake
    # As complete as any other, for the tasks that are skipped.
    (usual,) = plans(provider="hostup", snapshot="s")
    assert plan.keys() == usual.keys()


def test_targets_are_held_against_the_argument_spec() -> None:
    (plan,) = plans(
        [{"instance": "a", "colour": "red", "api_token": "s3cret-s3cret"}, {"force": "perhaps"}], snapshot="s"
    )
    assert "colour" in " ".join(plan["mistakes"])
    assert "perhaps" in " ".join(plan["mistakes"])
    assert "s3cret" not in str(plan)


@pytest.mark.parametrize("option", sorted({*CONNECTION, *OPTIONS}))
def test_each_variable_is_the_option_of_its_name(option: str) -> None:
    value = {"record": "none", "on_unknown": "restore", "safety_snapshot": "required"}.get(option, 7)
    value = True if option in ("accept_billing", "force", "allow_unverified") else value
    (plan,) = plans(provider="hostup", snapshot="s1", **{option.removeprefix("restore_"): value})
    assert plan["mistakes"] == []
    assert plan["restore"][option] == value


@pytest.mark.parametrize(
    "asked",
    [{"verify": "reachable"}, {"add_to_inventory": "yes"}, {"power_after": "stopped"}, {"on_failure": "start_again"}],
)
def test_more_is_to_be_done_only_where_it_is_asked_for(asked: dict[str, Any]) -> None:
    (plain,) = plans(provider="hostup", snapshot="s1")
    assert plain["more"] is False
    (plan,) = plans(provider="hostup", snapshot="s1", **asked)
    assert plan["more"] is True


def test_one_target_that_asks_for_more_keeps_the_host_for_all() -> None:
    targets = [{"instance": "web1"}, {"instance": "web2", "power_after": "stopped"}]
    assert [plan["more"] for plan in plans(targets, provider="hostup", snapshot="s1")] == [True, True]


def test_the_role_hands_over_all_its_variables_but_the_token_and_the_targets() -> None:
    """The targets are handed over beside them."""
    text = (ROOT / "roles/restore/vars/main/targets.yml").read_text(encoding="utf-8")
    spec = yaml.safe_load((ROOT / "roles/restore/meta/argument_specs.yml").read_text(encoding="utf-8"))
    handed = {name for name in yaml.safe_load(text)["restore__variables"] if name.startswith("restore_")}
    assert handed == set(spec["argument_specs"]["main"]["options"]) - {"restore_api_token", "restore_targets"}

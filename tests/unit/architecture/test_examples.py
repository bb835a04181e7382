# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples pass the validation they would meet: options, types and choices, by Ansible's own validator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.indiecloud.compute.tests.unit.architecture.examples import Example, examples, mappings, settled
from ansible_collections.indiecloud.compute.tests.unit.architecture.roles import specs
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import (
    NAME,
    PLUGINS,
    ROOT,
    modules,
    python_files,
)
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible, wiring

ROLE_ACTIONS = ("import_role", "include_role")
KNOWN = {"type", "required", "default", "choices", "elements", "aliases"}
TYPES = {"boolean": "bool", "dictionary": "dict", "integer": "int", "string": "str"}
"""Ansible's own fragments write types in full."""


@pytest.fixture(scope="module")
def inventories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """An argument spec for the file of each inventory plugin, made of its documentation with the fragments."""
    found = {}
    for path in python_files(PLUGINS / "inventory"):
        name = f"{NAME}.{path.stem}"
        done = ansible(tmp_path_factory.mktemp("doc"), "doc", "-t", "inventory", "--json", name)
        assert done.returncode == 0, done.stderr
        found[name] = {
            option: {key: TYPES.get(str(value), value) for key, value in described.items() if key in KNOWN}
            for option, described in json.loads(done.stdout)[name]["doc"]["options"].items()
        }
    return found


def faults(example: Example, inventories: dict[str, dict[str, Any]]) -> Iterator[str]:
    for task in mappings(example.value):
        for action, options in task.items():
            where = f"{example.place}: {task.get('name', action)}"
            name = str(action).removeprefix(f"{NAME}.")
            if str(action).startswith(f"{NAME}.") and name in modules():
                yield from checked(where, wiring(name).spec, {**defaults(example), **(options or {})})
            elif str(action).rpartition(".")[2] in ROLE_ACTIONS and str(options.get("name", "")).startswith(NAME):
                given = {**answers(example), **task.get("vars", {})}
                yield from checked(where, specs()[options["name"].removeprefix(f"{NAME}.")], given)
        if task.get("plugin") in inventories:
            yield from checked(example.place, inventories[task["plugin"]], task)


def answers(example: Example) -> dict[str, str]:
    """What the survey for a playbook of the user asks for, on the page about it."""
    if not example.place.startswith("docs/awx.md"):
        return {}
    survey = yaml.safe_load((ROOT / "playbooks/vars/awx/guarded_change.yml").read_text(encoding="utf-8"))
    asked = {one["variable"] for one in survey["awx__guarded_survey"]["spec"]} & specs()["guarded_change"].keys()
    return dict.fromkeys(asked, "{{ answer }}")


def defaults(example: Example) -> dict[str, Any]:
    """What module_defaults of the same document say."""
    found: dict[str, Any] = {}
    for task in mappings(example.value):
        found.update((task.get("module_defaults") or {}).get(f"group/{NAME}.all", {}))
    return found


def checked(where: str, spec: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """What Ansible's validator says, apart from what a template decides."""
    known = {
        name: {**option, "required": False} if _hidden(given.get(name)) else option for name, option in spec.items()
    }
    return [f"{where}: {text}" for text in ArgumentSpecValidator(known).validate(settled(given)).error_messages]


def _hidden(value: Any) -> bool:
    return settled([value]) == []


def test_examples_are_valid(inventories: dict[str, dict[str, Any]]) -> None:
    found = [text for example in examples() for text in faults(example, inventories)]
    assert not found


def test_every_module_role_and_inventory_has_an_example(inventories: dict[str, dict[str, Any]]) -> None:
    used: set[str] = set()
    for example in examples():
        for task in mappings(example.value):
            used |= {str(action).removeprefix(f"{NAME}.") for action in task if str(action).startswith(f"{NAME}.")}
            used |= {
                f"role {options['name'].removeprefix(f'{NAME}.')}"
                for action, options in task.items()
                if str(action).rpartition(".")[2] in ROLE_ACTIONS
            }
            used.add(f"inventory {task.get('plugin')}")
    wanted = {*modules(), *(f"role {name}" for name in specs()), *(f"inventory {name}" for name in inventories)}
    assert wanted - used == set()


def power(**options: str) -> list[dict[str, Any]]:
    return [{"name": "a", f"{NAME}.instance_power": {"provider": "hostup", "state": "stopped", **options}}]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (power(instance="a", provider="nobody"), "nobody"),
        (power(instance="a", state="off"), "off"),
        (power(instance="a", host="a"), "host"),
        (power(), "instance"),
        ({"import_role": {"name": f"{NAME}.restore"}, "vars": {"restore_stop": "maybe"}}, "maybe"),
        ({"plugin": f"{NAME}.instances", "provider": "hostup", "hosts": "a"}, "hosts"),
    ],
)
def test_wrong_examples_are_found(value: Any, words: str, inventories: dict[str, dict[str, Any]]) -> None:
    assert words in " ".join(faults(Example("here", "guide", value), inventories))


def test_examples_are_found_in_every_kind_of_place() -> None:
    assert {example.kind for example in examples()} >= {"modules", "inventory", "guide"}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of each module says what its code takes."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME, PLUGINS, modules, python_files
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import known_variables, wiring

Pages = dict[str, dict[str, Any]]
VARIABLE = re.compile(r"\bE\(([^)=]+)")


def facts(option: dict[str, Any]) -> dict[str, Any]:
    """What documentation and argument spec both say of an option."""
    return {
        "type": option.get("type", "str"),
        "required": bool(option.get("required", False)),
        "default": option.get("default"),
        "choices": option.get("choices"),
        "elements": option.get("elements"),
        "aliases": option.get("aliases", []),
    }


def test_every_module_has_a_page(pages: Pages) -> None:
    assert set(pages) == set(modules())
    for page in pages.values():
        assert page["doc"]
        assert page["examples"]
        assert page["return"]


def test_options_are_those_of_the_argument_spec(pages: Pages) -> None:
    for name, page in pages.items():
        documented = {option: facts(value) for option, value in page["doc"]["options"].items()}
        real = {option: facts(value) for option, value in wiring(name).spec.items()}
        assert documented == real, name


def test_every_module_says_how_it_behaves(pages: Pages) -> None:
    for name, page in pages.items():
        attributes = page["doc"]["attributes"]
        assert set(attributes) >= {"check_mode", "diff_mode", "idempotent", "platform", "action_group"}, name
        assert attributes["check_mode"]["support"] == "full", name
        assert attributes["action_group"]["membership"] == [f"{NAME}.all"], name


def test_examples_are_tasks_with_options_that_exist(pages: Pages) -> None:
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    for name, page in pages.items():
        tasks = yaml.safe_load(page["examples"])
        mine = [task for task in tasks if f"{NAME}.{name}" in task]
        assert mine, f"no example of {name} uses it"
        for task in tasks:
            assert task.get("name"), f"{name}: an example without a name"
            for action, options in task.items():
                if action.startswith(f"{NAME}."):
                    module = action.removeprefix(f"{NAME}.")
                    checked = ArgumentSpecValidator(wiring(module).spec).validate(options or {})
                    assert not checked.error_messages, (name, task["name"])


def test_documented_variables_are_those_the_code_reads() -> None:
    found: set[str] = set()
    for folder in ("doc_fragments", "modules"):
        for path in python_files(PLUGINS / folder):
            found |= set(VARIABLE.findall(path.read_text(encoding="utf-8")))
    assert found == known_variables()
    # AWX takes no credential that would set such a variable.
    assert not [name for name in found if name.startswith("ANSIBLE_")]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's specification, its defaults and the options of the modules agree."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.tests.unit.architecture.roles import defaults, roles, specs
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import wiring

# The role stops a running instance and starts it again; the module does neither unless it is asked to.
OWN_DEFAULT = {"restore_stop": "always", "restore_power_after": "previous"}
EACH = pytest.mark.parametrize("role", roles())


@EACH
def test_defaults_are_those_of_the_specification(role: str) -> None:
    specified = {name: option["default"] for name, option in specs()[role].items() if "default" in option}
    assert defaults(role) == specified


@EACH
def test_variables_carry_the_name_of_the_role(role: str) -> None:
    assert [name for name in specs()[role] if not name.startswith(f"{role}_")] == []


@EACH
def test_no_variable_has_no_log(role: str) -> None:
    """Before 2.19, ansible-core fails for such a variable of a role that is encrypted with Vault."""
    assert [name for name, option in specs()[role].items() if "no_log" in option] == []


def test_variables_are_like_the_options_of_the_module() -> None:
    module = wiring("snapshot_restore").spec
    compared = 0
    for name, option in specs()["restore"].items():
        same = module.get(name) or module.get(name.removeprefix("restore_"))
        if same is None:
            continue
        compared += 1
        assert option["type"] == same["type"], name
        assert option.get("choices") == same.get("choices"), name
        expected = OWN_DEFAULT.get(name, same.get("default"))
        assert option.get("default", expected) == expected, name
    assert compared > 10


def test_targets_take_the_variables_without_the_prefix() -> None:
    options = specs()["restore"]
    for name, option in options["restore_targets"]["options"].items():
        assert {**options[f"restore_{name}"], "default": None} == {**option, "default": None}, name

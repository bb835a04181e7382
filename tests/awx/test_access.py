# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of the guide let each person do what they are for, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.awx.fake_controller.access import Grant, may
from ansible_collections.indiecloud.compute.tests.awx.test_guide import GUIDE

ORGANIZATION = "Default"
ROWS = re.findall(r"^ +\| ([a-z ]+) \| \*(\w+)\* \| the (organization|.+) \|$", GUIDE, re.MULTILINE)


def grants(person: str) -> set[Grant]:
    """The rows of the guide's table for a person."""
    found = set()
    for who, role, on in ROWS:
        if person in who:
            names = re.findall(r"\*(indiecloud [a-z ]+)\*", on) or [ORGANIZATION]
            found |= {Grant(role, name) for name in names}
    return found


def allowed(person: str, action: str, data: dict[str, Any]) -> set[str]:
    """The names of the templates with which a person may do this."""
    names = [one["name"] for one in (*data["controller_templates"], *data["controller_workflows"])]
    return {name.removeprefix("indiecloud ") for name in names if may(grants(person), action, name, ORGANIZATION)}


STEPS = {"plan", "restore", "verify"}
WORKFLOW = {"approved restore"}


@pytest.mark.parametrize(
    ("person", "launches", "approves", "reads"),
    [
        ("requester", WORKFLOW, set(), STEPS | WORKFLOW),
        ("approver", set(), WORKFLOW, STEPS | WORKFLOW),
        ("administrator", *[STEPS | WORKFLOW | {"settle"}] * 3),
    ],
)
def test_roles_of_the_guide(
    person: str, launches: set[str], approves: set[str], reads: set[str], data: dict[str, Any]
) -> None:
    assert allowed(person, "launch", data) == launches
    assert allowed(person, "approve", data) == approves
    assert allowed(person, "read", data) == reads


def test_plan_cannot_be_read_with_roles_on_the_workflow_alone() -> None:
    workflow = {Grant("Execute", "indiecloud approved restore"), Grant("Approve", "indiecloud approved restore")}
    assert not may(workflow, "read", "indiecloud plan", ORGANIZATION)


def test_execute_on_the_organization_bypasses_the_approval() -> None:
    assert may({Grant("Execute", ORGANIZATION)}, "launch", "indiecloud restore", ORGANIZATION)

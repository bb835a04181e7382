# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks with every boolean, number, list and choice as a text, empty, or null, however it is given."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.spec import role_options
from ansible_collections.indiecloud.compute.tests.fleet.fleet import LOST, SAVED, Fleet

NUMBERS = {"restore_max_parallel": "1"}
NEEDED = ("restore_provider", "restore_wait_timeout", "restore_safety_snapshot", "restore_targets")
BEFORE = ("restore", "restore", "restore_verify", "restore_settle")


def as_text(name: str, spec: dict[str, Any]) -> Any:
    if spec.get("choices"):
        return spec["default"]
    if spec["type"] == "list":
        return "restored,again"
    return "no" if spec["type"] == "bool" else NUMBERS.get(name, str(spec.get("default")))


def values(kind: str) -> dict[str, Any]:
    """A value for every variable of the role that is not free text, and for those of the playbooks."""
    typed = {
        name: one
        for name, one in role_options().items()
        if name not in NEEDED and (one["type"] not in ("str", "path") or one.get("choices"))
    }
    if kind == "text":
        # A rate is refused where nothing is billed.
        found = {name: as_text(name, one) for name, one in typed.items() if name != "restore_max_hourly_rate"}
        return {
            **found,
            "restore_hosts_may_be_missing": "no",
            "restore_settle_power": "previous",
            "restore_targets": "",
        }
    value = {"empty": "", "null": None}[kind]
    others = ("restore_hosts_may_be_missing", "restore_settle_power", "restore_verify_tasks", "restore_report_title")
    return dict.fromkeys([*typed, *others, "restore_targets", "restore_expected_instance_name"], value)


def given(way: str, found: dict[str, Any], fleet: Fleet) -> list[str]:
    """The arguments for ansible-playbook."""
    if way == "json":
        return ["-e", json.dumps(found)]
    lines = [f"{name}={value}" for name, value in found.items()]
    if way == "ini":
        path = fleet.folder / "variables.ini"
        path.write_text("\n".join(["[all:vars]", *lines, ""]), encoding="utf-8")
        return ["-i", str(path)]
    return [word for line in lines for word in ("-e", line)]


def asked(*names: str) -> list[str]:
    """The playbooks one after the other, with what they need."""
    needed = {"hosts": "all", "id": "CHG-1", "safety_snapshot": "required", "settle_answer": "applied"}
    variables = [word for name, value in needed.items() for word in ("-e", f"restore_{name}={value}")]
    return [*(f"indiecloud.compute.{name}" for name in names), *variables]


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (way, kind)
        for way in ("extra", "ini", "json")
        for kind in ("text", "empty", "null")
        if (way, kind) != ("extra", "null")
    ],
)
def test_every_value_as_text(way: str, kind: str, fleet: Fleet) -> None:
    machine = fleet.add_one("web1", "hostup")
    words = given(way, values(kind), fleet)
    before = fleet.play(*words, playbook=asked(*BEFORE))
    assert before.code == 0, before.output
    assert (fleet.disk(machine), fleet.power(machine), fleet.restores(machine)) == (SAVED, "running", 1)
    after = fleet.play(*words, playbook=asked("undo"))
    assert after.code == 0, after.output
    assert (fleet.disk(machine), fleet.power(machine), fleet.restores(machine)) == (LOST, "running", 2)


@pytest.mark.parametrize("way", ["extra", "ini", "json"])
@pytest.mark.parametrize("true", ["yes", "True", "1", "on"])
def test_text_that_means_true(way: str, true: str, fleet: Fleet) -> None:
    fleet.add_one("web1", "hostup")
    # The hosts of a play are chosen before variables of the inventory exist.
    missing = ["-e", f"restore_hosts_may_be_missing={true}"]
    words = [*given(way, {"restore_dry_run": true}, fleet), *missing, "-e", "restore_hosts=web1,web9"]
    done = fleet.play(*words, playbook=asked("restore", "restore_verify"))
    assert done.code == 0, done.output
    assert fleet.sim.ledger.requests() != []
    assert fleet.sim.ledger.writes == 0

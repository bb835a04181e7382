# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks and the documentation of the event source say what the event source takes and emits."""

from __future__ import annotations

import re
import runpy
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.indiecloud.compute.plugins.module_utils._ansible import connection_spec
from ansible_collections.indiecloud.compute.plugins.module_utils._info.expiry import (
    CONNECTION,
    OF_SNAPSHOT,
    SETTINGS,
    wanted,
)
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import blocks
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME, ROOT
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import wiring

SOURCE = f"{NAME}.snapshot_expiry"
LOADED = runpy.run_path(str(ROOT / "extensions/eda/plugins/event_source/snapshot_expiry.py"))
FILES = sorted((ROOT / "extensions/eda/rulebooks").glob("*.yml"))
TEXTS = [
    *(pytest.param(path.read_text(encoding="utf-8"), id=path.stem) for path in FILES),
    pytest.param(LOADED["EXAMPLES"], id="examples"),
    *(pytest.param(one.text, id=one.place) for one in blocks("yaml") if f"{SOURCE}:" in one.text),
]
FIELDS = {
    "type", "provider", "organization_id", "project_id", "threshold", "error_code", "message", "next_steps", "retry_in",
    "instance.id", "instance.name", "snapshot.is_newest", *(f"snapshot.{name}" for name in OF_SNAPSHOT),
}  # fmt: skip
TYPES = {"snapshot_expires", "snapshot_old", "snapshots_unreadable"}
DEFAULT = re.compile(r"\{\{ \w+ \| default\('(\w+)'\) \}\}")


@pytest.mark.parametrize("text", TEXTS)
def test_rulebook(text: str) -> None:
    (ruleset,) = yaml.safe_load(text)
    assert set(ruleset) == {"name", "hosts", "sources", "rules"}
    for source in ruleset["sources"]:
        (options,) = (value for name, value in source.items() if name != "name")
        assert set(source) - {"name"} == {SOURCE}
        assert wanted({name: settled(value) for name, value in options.items()}).thresholds
    for rule in ruleset["rules"]:
        assert set(rule) == {"name", "condition", "action"}
        ((action, arguments),) = rule["action"].items()
        if action == "run_module":
            module, given = arguments["name"].removeprefix(f"{NAME}."), arguments["module_args"]
            spec = {**wiring(module).spec, "provider": {"type": "str"}}
            assert ArgumentSpecValidator(spec).validate(given).error_messages == []
        else:
            assert action == "debug"
        assert set(re.findall(r'event\.type == "(\w+)"', rule["condition"])) <= TYPES
        assert set(re.findall(r"\bevent\.([a-z_.]+[a-z])", f"{rule['condition']} {arguments}")) <= FIELDS


def settled(value: Any) -> Any:
    """What a template gives if its variable is not set, or one of the providers."""
    found = DEFAULT.fullmatch(str(value))
    return found[1] if found else "hostup" if "{{" in str(value) else value


def test_documentation_names_every_option() -> None:
    options = yaml.safe_load(LOADED["DOCUMENTATION"])["options"]
    assert set(options) == {*CONNECTION, *SETTINGS}
    common = connection_spec()
    assert set(CONNECTION) == set(common)
    for name in CONNECTION:
        assert {key: options[name].get(key) for key in ("type", "default")} == {
            key: common[name].get(key) for key in ("type", "default")
        }, name

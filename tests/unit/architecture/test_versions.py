# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in two places is said alike: versions, the action group, the lowest Ansible and Python."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._api.transport import USER_AGENT
from ansible_collections.indiecloud.compute.plugins.module_utils._version import VERSION
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import (
    NAME,
    PLUGINS,
    ROOT,
    modules,
    name_of,
    python_files,
    texts,
)


def read(name: str) -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


SINCE = re.compile(r"version_added: *['\"]?([\w.]+)")


def galaxy() -> dict[str, Any]:
    """galaxy.yml, or what a build makes of it."""
    if (ROOT / "galaxy.yml").is_file():
        return read("galaxy.yml")
    return dict(json.loads((ROOT / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"])


def test_version_is_that_of_galaxy_yml() -> None:
    assert galaxy()["version"] == VERSION


def test_user_agent_carries_the_version() -> None:
    assert USER_AGENT.startswith(f"{NAME}/{VERSION} ")


def test_everything_says_since_which_version_it_is_there() -> None:
    released = read("changelogs/changelog.yaml").get("releases") or {}
    said = {
        name_of(path): set(SINCE.findall(text))
        for path, text in texts()
        if path.suffix in (".py", ".yml") and (PLUGINS in path.parents or ROOT / "roles" in path.parents)
    }
    missing = [
        name_of(path)
        for folder in ("modules", "inventory", "filter", "lookup")
        for path in python_files(PLUGINS / folder)
        if not said[name_of(path)]
    ]
    assert not missing
    assert {
        name: versions - {VERSION, *released} for name, versions in said.items() if versions - {VERSION, *released}
    } == {}


def test_version_is_released_or_being_prepared() -> None:
    released = read("changelogs/changelog.yaml").get("releases") or {}
    fragments = list((ROOT / "changelogs" / "fragments").glob("*.y*ml"))
    assert VERSION in released or fragments


def test_action_group_holds_every_module() -> None:
    groups = read("meta/runtime.yml")["action_groups"]
    assert list(groups) == ["all"]
    assert groups["all"] == sorted(modules())


def test_lowest_python_is_the_same_everywhere() -> None:
    lowest = read("tests/config.yml")["modules"]["python_requires"].removeprefix(">=")
    words = f"Python {lowest} or newer"
    fragment = (ROOT / "plugins/doc_fragments/connection.py").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (words in fragment, words in readme) == (True, True)


def test_lowest_ansible_is_the_same_everywhere() -> None:
    wanted = read("meta/runtime.yml")["requires_ansible"]
    lowest = re.fullmatch(r">=(\d+\.\d+)\.0", wanted)
    assert lowest, wanted
    assert f"ansible-core {lowest[1]} or newer" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["namespace", "name"])
def test_collection_has_the_name_the_tests_use(name: str) -> None:
    assert galaxy()[name] == dict(zip(("namespace", "name"), NAME.split(".")))[name]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions and lists that stand in several files are the same in all of them."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._version import VERSION
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import PLUGINS, ROOT, modules, name_of, texts

SINCE = re.compile(r"version_added: *['\"]?([\w.]+)")


def read(name: str) -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_version_is_that_of_galaxy_yml() -> None:
    if (ROOT / "galaxy.yml").is_file():
        assert read("galaxy.yml")["version"] == VERSION
    else:
        manifest = json.loads((ROOT / "MANIFEST.json").read_text(encoding="utf-8"))
        assert manifest["collection_info"]["version"] == VERSION


def test_version_added_names_a_version() -> None:
    known = {VERSION, *(read("changelogs/changelog.yaml").get("releases") or {})}
    found = {
        f"{name_of(path)}: {version}"
        for path, text in texts()
        if path.suffix in (".py", ".yml") and (PLUGINS in path.parents or ROOT / "roles" in path.parents)
        for version in SINCE.findall(text)
        if version not in known
    }
    assert found == set()


def test_action_group_holds_every_module() -> None:
    assert read("meta/runtime.yml")["action_groups"] == {"all": sorted(modules())}


def test_lowest_python_and_ansible_are_the_same_everywhere() -> None:
    python = read("tests/config.yml")["modules"]["python_requires"].removeprefix(">=")
    ansible = re.fullmatch(r">=(\d+\.\d+)\.0", read("meta/runtime.yml")["requires_ansible"])
    assert ansible
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {python} or newer" in (PLUGINS / "doc_fragments/connection.py").read_text(encoding="utf-8")
    assert f"Python {python} or newer" in readme
    assert f"ansible-core {ansible[1]} or newer" in readme

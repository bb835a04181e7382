# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files and names that the guides point contributors at are where they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import MODULE_UTILS, PLUGINS, ROOT

FOLDERS = (ROOT, PLUGINS, MODULE_UTILS, MODULE_UTILS / "_providers", ROOT / "tests" / "simulator")
FILE = re.compile(r"`([\w/]+\.(?:py|yml|md))`")
NAMED = re.compile(r"`(?:\w+\.)?(\w+)(?:\(\)|\[[^\]]*\])`")
PLACEHOLDER = "NAME"


def places(name: str) -> list[Path]:
    return [folder / name for folder in FOLDERS if (folder / name).is_file()]


@pytest.mark.parametrize("page", ["architecture.md", "adding_a_provider.md"])
def test_files_exist(page: str) -> None:
    named = set(FILE.findall((ROOT / "docs" / page).read_text(encoding="utf-8")))
    assert named
    assert [name for name in named if PLACEHOLDER not in name and not places(name)] == []


def test_names_are_in_the_files_beside_them() -> None:
    rows = [
        line for line in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines() if ".py`" in line
    ]
    checked = 0
    for row in rows:
        sources = "".join(path.read_text(encoding="utf-8") for name in FILE.findall(row) for path in places(name))
        for name in NAMED.findall(row):
            checked += 1
            assert re.search(rf"\b(?:def|class) {name}\b|^{name}\b", sources, re.MULTILINE), (
                f"{name} is not there: {row}"
            )
    assert checked > 5

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diagrams name the phases and folders of the code, have a description, and are shown by a guide."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import guides
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import MODULE_UTILS, ROOT, python_files

DIAGRAMS = ROOT / "docs" / "diagrams"
SVG = "{http://www.w3.org/2000/svg}"
NAMES = [path.name for path in sorted(DIAGRAMS.glob("*.svg"))]


def words(name: str) -> list[str]:
    """The titles of the boxes, from top to bottom."""
    found = ElementTree.parse(DIAGRAMS / name).iter(f"{SVG}text")
    titles = [item for item in found if "name" in item.get("class", "").split()]
    return [item.text or "" for item in sorted(titles, key=lambda item: float(item.get("y", "0")))]


def test_phases_are_those_of_the_record() -> None:
    drawn = [word for word in words("phases.svg") if word not in ("refused", "outcome_unknown")]
    assert Phase.FAILED.value in drawn
    drawn.remove(Phase.FAILED.value)
    # Before the restore that is the rollback of a guarded change, which may never begin.
    others = (Phase.FAILED, Phase.PREPARED)
    assert drawn == ["preflight", *(phase.value for phase in Phase if phase not in others)]


def test_layers_are_the_folders() -> None:
    folders = {path.relative_to(MODULE_UTILS).parts[0] for path in python_files(MODULE_UTILS)}
    drawn = {part for word in words("layers.svg") for part in word.split(", ")}
    assert {name for name in folders if not name.endswith(".py")} <= drawn


@pytest.mark.parametrize("name", NAMES)
def test_diagram_has_a_description(name: str) -> None:
    root = ElementTree.fromstring((DIAGRAMS / name).read_text(encoding="utf-8"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")


@pytest.mark.parametrize("name", NAMES)
def test_diagram_is_shown_by_a_guide(name: str) -> None:
    assert any(re.search(rf"!\[[^\]]+\]\(diagrams/{name}\)", path.read_text(encoding="utf-8")) for path in guides())

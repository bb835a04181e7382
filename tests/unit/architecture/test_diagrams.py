# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawings name what the code has, in its order, and are seen from a guide."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record import record
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import guides
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import LAYERS, ROOT

DIAGRAMS = ROOT / "docs" / "diagrams"
SVG = "{http://www.w3.org/2000/svg}"
NAMES = [path.name for path in sorted(DIAGRAMS.glob("*.svg"))]


def words(name: str) -> list[str]:
    """The titles of the boxes, from top to bottom."""
    found = ElementTree.parse(DIAGRAMS / name).iter(f"{SVG}text")
    titles = [item for item in found if "name" in item.get("class", "").split()]
    return [item.text or "" for item in sorted(titles, key=lambda item: float(item.get("y", "0")))]


def test_phases_are_those_of_the_record() -> None:
    phases = [value for name, value in vars(record).items() if name.isupper() and isinstance(value, str)]
    drawn = [word for word in words("phases.svg") if word not in ("refused", "outcome_unknown", record.Phase.FAILED)]
    assert drawn == ["preflight", *(phase for phase in phases if phase != record.Phase.FAILED)]
    assert record.Phase.FAILED in words("phases.svg")


def test_layers_are_those_that_the_tests_enforce() -> None:
    drawn = [word for word in words("layers.svg") if word in LAYERS]
    assert drawn == list(reversed(LAYERS))


@pytest.mark.parametrize("name", NAMES)
def test_drawing_reads_in_light_and_dark_and_aloud(name: str) -> None:
    text = (DIAGRAMS / name).read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")


@pytest.mark.parametrize("name", NAMES)
def test_drawing_is_shown_by_a_guide(name: str) -> None:
    assert any(re.search(rf"!\[[^\]]+\]\(diagrams/{name}\)", path.read_text(encoding="utf-8")) for path in guides())

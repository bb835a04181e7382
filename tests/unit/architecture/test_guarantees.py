# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guarantees, the threat model and the rules: every line names a test, and every test it names exists."""

from __future__ import annotations

import ast
import re

import pytest

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import ROOT

PROOF = re.compile(r"\[(\w+\.py): (test_\w+)\]\(https://github\.com/indiecloud/compute/blob/main/(tests/[\w/]+\.py)\)")
PAGES = {"docs/guarantees.md": "Promises", "docs/threat_model.md": "Threats", "CONTRIBUTING.md": "Rules"}


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def rows(page: str) -> list[list[str]]:
    """The cells of the table that needs a proof in each row; a row with a bold cell is a heading."""
    section = read(page).split(f"## {PAGES[page]}\n", 1)[1].strip().split("\n\n", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()[2:]]
    return [one for one in cells if not one[0].startswith("**")]


@pytest.mark.parametrize("page", PAGES)
def test_each_named_test_exists(page: str) -> None:
    named = PROOF.findall(read(page))
    assert len(named) > 20
    for file, test, path in named:
        assert path.rsplit("/", 1)[-1] == file
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, (path, test)


@pytest.mark.parametrize("page", PAGES)
def test_each_line_has_a_proof(page: str) -> None:
    lines = rows(page)
    assert len(lines) > 10
    assert [cells[0] for cells in lines if not PROOF.search(cells[-1])] == []

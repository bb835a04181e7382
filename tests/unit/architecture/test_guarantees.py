# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide on guarantees: every promise names a test, and every test it names exists."""

from __future__ import annotations

import ast
import re

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import ROOT

PROOF = re.compile(r"\[(\w+\.py): (test_\w+)\]\(https://github\.com/indiecloud/compute/blob/main/(tests/[\w/]+\.py)\)")
TEXT = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = TEXT.split(f"## {heading}\n", 1)[1].strip().split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()[2:]]


def test_each_named_test_exists() -> None:
    named = PROOF.findall(TEXT)
    assert len(named) > 20
    for file, test, path in named:
        assert path.rsplit("/", 1)[-1] == file
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, (path, test)


def test_each_promise_has_a_proof() -> None:
    promises = rows("Promises")
    assert len(promises) > 10
    assert [cells[0] for cells in promises if not PROOF.search(cells[-1])] == []

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/error_codes.md lists the codes of the source, each once, no more and no less."""

from __future__ import annotations

import ast
import re

from ansible_collections.indiecloud.compute.tests.unit.architecture import error_codes
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import ROOT

PAGE = ROOT / "docs" / "error_codes.md"
ROW = re.compile(r"^\| `([a-z_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
KEYS = {"error_code", "refusals", "next_steps", "phase"}
"""Rows that explain a key of the result."""


def documented() -> list[str]:
    return [name for name, _meaning, _advice in ROW.findall(PAGE.read_text(encoding="utf-8"))]


def test_every_code_of_the_source_is_documented() -> None:
    missing = {code: place for code, place in error_codes.codes().items() if code not in documented()}
    assert not missing


def test_every_documented_code_exists() -> None:
    assert set(documented()) - set(error_codes.codes()) == set()


def test_no_code_is_documented_twice() -> None:
    names = documented()
    assert sorted(names) == sorted(set(names))


def test_no_error_is_raised_without_a_code() -> None:
    assert error_codes.calls_without_code() == []


def test_codes_are_found_in_all_the_ways_they_are_written() -> None:
    source = """
class Lost(Error):
    error_code = "a"
def code_of_status(status):
    codes = {400: "b"}
    return "c" if status >= 500 else "d"
Error("text", error_code="e" if broken else "f")
Error("text", error_code=given or "g")
Refusal("h", "text", "step")
Refusal(f"{kind}_i", "text", "step")
Refusal(code="j", message="text", next_step="step")
class Strange(Error):
    def __init__(self, message, error_code):
        super().__init__(message, error_code=error_code)
Strange("text", "k")
class Refusal:
    pass
record.at(FAILED, now, error_code="not shown")
raise Error(error_code=exc.error_code)
"""
    tree = ast.parse(source)
    positions = dict(error_codes.positional(tree))
    found = {code for node in ast.walk(tree) for code in error_codes.codes_of(node, positions)}
    assert found == {*"abcdefghjk", "instance_i", "snapshot_i"}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on private parts of other software lists what the plugins use, and tests that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import PLUGINS, ROOT, parsed, python_files

TEXT = (ROOT / "docs" / "private_api.md").read_text(encoding="utf-8")
BY_NAME = {"getattr", "hasattr", "setattr", "delattr"}


def is_private(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and name.startswith("_") and not name.startswith("__")


def used(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_NAME:
            yield from (word.value for word in node.args if isinstance(word, ast.Constant) and is_private(word.value))


def defined(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def foreign() -> set[str]:
    trees = [parsed(path) for path in python_files(PLUGINS)]
    names = {name for tree in trees for name in used(tree) if is_private(name)}
    return names - {name for tree in trees for name in defined(tree)}


def listed() -> set[str]:
    rows = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row) if is_private(name)}


def test_every_private_name_is_on_the_page() -> None:
    assert len(foreign()) > 20
    assert foreign() - listed() == set()


def test_every_name_on_the_page_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in python_files(PLUGINS))
    assert {name for name in listed() if not re.search(rf"\b{name}\b", code)} == set()


def test_tests_on_the_page_exist() -> None:
    assert [name for name in re.findall(r"`(tests/[\w./]+\.py)`", TEXT) if not (ROOT / name).is_file()] == []

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the code that no linter has. The order of imports is in pyproject.toml, for import-linter."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import (
    MODULE_UTILS,
    PLUGINS,
    docstrings,
    name_of,
    parsed,
    python_files,
)


def words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names and strings of the code with their lines, without docstrings."""
    prose = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr


def test_shared_code_does_not_name_a_provider() -> None:
    found = [
        f"{name_of(path)}:{line}: {text}"
        for path in python_files(MODULE_UTILS)
        if path.parent.name != "_providers"
        for line, text in words(parsed(path))
        if any(name in text.lower() for name in SPECS)
    ]
    assert found == []


def test_quoted_values_are_cut_in_one_place() -> None:
    """A slice in a message could cut a token in two, so that it is not masked; ``_api/text.py`` handles that."""
    found = [
        f"{name_of(path)}:{part.lineno}"
        for path in python_files(PLUGINS)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FormattedValue) and node.conversion == ord("r")
        for part in ast.walk(node)
        if isinstance(part, ast.Slice)
    ]
    assert found == []

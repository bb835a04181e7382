# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which codes the source can return as ``error_code`` or in ``refusals``, read from its syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import (
    MODULE_UTILS,
    PLUGINS,
    name_of,
    parsed,
    python_files,
)

PLACEHOLDERS = {
    "kind": ("instance", "snapshot"),
    "status": ("left", "rolled_back", "rollback_failed", "rollback_unverified"),
}
"""What the names in an f-string of a code stand for."""

OF_THE_ROLE = PLUGINS / "plugin_utils" / "_guarded"

ABSTRACT = ("CloudError", "error")
"""The default of the base class, which is never raised without a code of its own."""

RECORD_METHODS = {"at", "save"}
"""These write ``error_code`` into the record; nobody sees it as the code of a result."""


def codes() -> dict[str, str]:
    """Each code and a place it comes from."""
    trees = {path: parsed(path) for path in python_files(MODULE_UTILS) + python_files(OF_THE_ROLE)}
    positions = dict(item for tree in trees.values() for item in positional(tree))
    found: dict[str, str] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            for code in codes_of(node, positions):
                found.setdefault(code, f"{name_of(path)}:{getattr(node, 'lineno', 0)}")
    for spec in SPECS.values():
        found.update(
            (code, f"cannot_start of {spec.name}") for code, _advice in spec.capabilities.cannot_start.values()
        )
    return found


def positional(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Classes that take a code as a positional argument, and which one it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                    names = [argument.arg for argument in item.args.args[1:]]
                    yield from ((node.name, names.index(name)) for name in ("error_code",) if name in names)
            if node.name == "Refusal":
                yield node.name, 0


def calls_without_code(base: str = "CloudError") -> list[str]:
    """Where the base error is raised without a code of its own."""
    return [
        _place(path, node)
        for path in python_files(MODULE_UTILS)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == base
        and not any(keyword.arg == "error_code" for keyword in node.keywords)
    ]


def codes_of(node: ast.AST, positions: Mapping[str, int]) -> Iterator[str]:
    """The codes that a class, a function or a call stands for."""
    if isinstance(node, ast.ClassDef):
        for item in node.body:
            if isinstance(item, ast.Assign) and any(_is_named(target, "error_code") for target in item.targets):
                yield from (code for code in _strings(item.value) if (node.name, code) != ABSTRACT)
    elif isinstance(node, ast.FunctionDef) and node.name == "code_of_status":
        returned = [item for item in ast.walk(node) if isinstance(item, (ast.Return, ast.Dict))]
        for item in returned:
            values = item.values if isinstance(item, ast.Dict) else [item.value]
            for value in values:
                yield from _strings(value)
    elif isinstance(node, ast.Call):
        position = positions.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if position is not None and len(node.args) > position:
            yield from _strings(node.args[position])
        if not (isinstance(node.func, ast.Attribute) and node.func.attr in RECORD_METHODS):
            for keyword in node.keywords:
                if keyword.arg == "error_code" or (position is not None and keyword.arg == "code"):
                    yield from _strings(keyword.value)


def _strings(value: ast.AST | None) -> Iterator[str]:
    """The strings an expression can be; an empty one means: the default."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _strings(value.body)
        yield from _strings(value.orelse)
    elif isinstance(value, ast.BoolOp):
        for item in value.values:
            yield from _strings(item)
    elif isinstance(value, ast.JoinedStr):
        yield from _expanded(value)


def _expanded(value: ast.JoinedStr) -> list[str]:
    found = [""]
    for part in value.values:
        if isinstance(part, ast.FormattedValue):
            name = part.value.id if isinstance(part.value, ast.Name) else ast.dump(part.value)
            assert name in PLACEHOLDERS, f"line {value.lineno}: say in PLACEHOLDERS what {name} can be"
            choices = PLACEHOLDERS[name]
        else:
            choices = (str(part.value) if isinstance(part, ast.Constant) else "",)
        found = [start + choice for start in found for choice in choices]
    return found


def _is_named(target: ast.AST, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _place(path: Path, node: ast.Call) -> str:
    return f"{name_of(path)}:{node.lineno}"

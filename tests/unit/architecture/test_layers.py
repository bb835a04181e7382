# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports go down only, and the three lower layers know neither Ansible, nor time, nor a provider's name."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import (
    LAYERS,
    MODULE_UTILS,
    PLUGINS,
    docstrings,
    name_of,
    parsed,
    python_files,
)

# What each layer may import of this collection, itself included; from the bottom to the top.
BELOW = {
    "_version": set(),
    "_api": {"_api", "_version"},
    "_providers": {"_api", "_providers"},
    "_operations": {"_api", "_providers", "_operations"},
    "_ansible": {"_ansible", "_operations", "_providers"},
    "filter": {"plugin_utils"},
    "plugin_utils": {"_ansible", "_operations", "_providers", "plugin_utils"},
    "modules": {"_ansible", "_operations"},
    "action": {"_operations", "modules", "plugin_utils"},
    "inventory": {"_ansible", "_operations", "_providers", "plugin_utils"},
    "doc_fragments": set(),
}
WITHOUT_ANSIBLE = [path for layer in LAYERS for path in python_files(MODULE_UTILS / layer)]
THIRD_PARTY = {"_api/transport.py": {"requests"}}
CLOCK = "_api/clock.py"


def layer_of(path: Path) -> str:
    parts = path.relative_to(PLUGINS).parts
    return Path(parts[1]).stem if parts[0] == "module_utils" else parts[0]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute name of what a file imports; names of this collection are relative to ``plugins``."""
    package = ("plugins", *path.relative_to(PLUGINS).parts[:-1])
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join([*start, *([node.module] if node.module else [])])
            name = name.removeprefix("ansible_collections.indiecloud.compute.")
            inside = name == "plugins.module_utils" or not node.module
            yield from ((node.lineno, f"{name}.{alias.name}" if inside else name) for alias in node.names)


def imported_layer(name: str) -> str | None:
    parts = name.split(".")
    if parts[0] != "plugins":
        return None
    return parts[2] if parts[1] == "module_utils" else parts[1]


def test_every_layer_is_known() -> None:
    assert {layer_of(path) for path in python_files(PLUGINS)} <= set(BELOW)


def test_imports_go_down_only() -> None:
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in python_files(PLUGINS)
        for line, name in imports(path)
        if (layer := imported_layer(name)) is not None and layer not in BELOW[layer_of(path)]
    ]
    assert not wrong


def test_lower_layers_import_the_standard_library_and_requests_only() -> None:
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in WITHOUT_ANSIBLE
        for line, name in imports(path)
        if imported_layer(name) is None
        and (top := name.split(".")[0]) not in sys.stdlib_module_names
        and top not in THIRD_PARTY.get(path.relative_to(MODULE_UTILS).as_posix(), ())
    ]
    assert not wrong


BLOCKED = """
import importlib, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("ansible", "ansible_collections"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Block())
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
from plugins.module_utils._task.outcome import execute
from plugins.module_utils._info.task import providers_task
from plugins.module_utils._restore.task import restore_task
from plugins.module_utils._task.session import Context
told = execute(providers_task, Context({"provider": None}))
assert told.result["providers"] and not told.failed, told
failed = execute(restore_task, Context({"provider": "nobody", "snapshot": "s"}))
assert failed.result["error_code"] == "invalid_option", failed
assert not any(name.split(".")[0] == "ansible" for name in sys.modules)
print("ran")
"""


def test_lower_layers_import_and_run_where_ansible_is_missing() -> None:
    root = PLUGINS.parent
    names = [".".join(path.relative_to(root).with_suffix("").parts) for path in WITHOUT_ANSIBLE]
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(root), *names], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "ran\n", done.stderr


def test_time_and_chance_come_from_one_file() -> None:
    wrong = []
    for path in python_files(MODULE_UTILS):
        if path.relative_to(MODULE_UTILS).as_posix() == CLOCK:
            continue
        wrong += [
            f"{name_of(path)}:{line} imports {name}"
            for line, name in imports(path)
            if name.split(".")[0] in ("time", "random", "secrets", "asyncio")
        ]
        wrong += [
            f"{name_of(path)}:{node.lineno} asks for the time"
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in {("datetime", "now"), ("datetime", "utcnow"), ("date", "today")}
        ]
    assert not wrong


@pytest.mark.parametrize("layer", ["_api", "_operations"])
def test_shared_code_asks_for_capabilities_and_never_for_a_name(layer: str) -> None:
    wrong = []
    for path in python_files(MODULE_UTILS / layer):
        tree = parsed(path)
        prose = docstrings(tree)
        for node in ast.walk(tree):
            words = ""
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
                words = node.value
            elif isinstance(node, (ast.Name, ast.Attribute)):
                words = node.id if isinstance(node, ast.Name) else node.attr
            wrong += [f"{name_of(path)}:{node.lineno} says {name}" for name in SPECS if name in words.lower()]
    assert not wrong


def test_what_is_quoted_is_cut_in_one_place() -> None:
    """A slice in a message could end within a token, where nobody would find it; ``_api/text.py`` marks each cut."""
    found = [
        f"{name_of(path)}:{part.lineno}"
        for path in python_files(PLUGINS)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FormattedValue) and node.conversion == ord("r")
        for part in ast.walk(node)
        if isinstance(part, ast.Slice)
    ]
    assert found == []

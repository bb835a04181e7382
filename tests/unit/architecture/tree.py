# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the collection, as text and as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
MODULE_UTILS = PLUGINS / "module_utils"
NAME = "indiecloud.compute"
_MADE = {"__pycache__", "output", "MANIFEST.json", "FILES.json"}


def name_of(path: Path) -> str:
    """The path as messages show it."""
    return path.relative_to(ROOT).as_posix()


@cache
def files() -> tuple[Path, ...]:
    """What git tracks or would track; in an installed copy, everything that was packed."""
    if (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
        return tuple(sorted(ROOT / name for name in listed if name and (ROOT / name).is_file()))
    found = (path for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not _MADE & set(path.relative_to(ROOT).parts)))


def texts() -> Iterator[tuple[Path, str]]:
    """The files that are text."""
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path, content.decode("utf-8")


def python_files(folder: Path) -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and folder in path.parents]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def docstrings(tree: ast.Module) -> set[ast.Constant]:
    """String constants that are expressions of their own: docstrings of modules, classes, functions and attributes."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


INTERNAL = {"guarded_change_step", "overview_report", "rehearse_step", "restore_step"}
"""Modules that only a role or a playbook uses."""


def modules() -> list[str]:
    """The names of the modules that are there for users."""
    return [path.stem for path in python_files(PLUGINS / "modules") if path.stem not in INTERNAL]

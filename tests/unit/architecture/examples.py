# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example anywhere: EXAMPLES of plugins and the YAML blocks of the guides, as Ansible would read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import blocks
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import PLUGINS, name_of, parsed, python_files


@dataclass(frozen=True)
class Example:
    """One YAML document and where it stands."""

    place: str
    kind: str
    value: Any


def examples() -> list[Example]:
    return [*_of_plugins(), *_of_guides()]


def mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a document: plays, blocks, tasks."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from mappings(item)
    elif isinstance(value, list):
        for item in value:
            yield from mappings(item)


def settled(value: Any) -> Any:
    """Without what a template decides, which nobody knows before it runs."""
    if isinstance(value, dict):
        return {name: settled(item) for name, item in value.items() if not _is_template(item)}
    if isinstance(value, list):
        return [settled(item) for item in value if not _is_template(item)]
    return value


def _is_template(value: Any) -> bool:
    return isinstance(value, str) and "{{" in value


def _of_plugins() -> Iterator[Example]:
    for path in python_files(PLUGINS):
        for node in parsed(path).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
                for document in yaml.safe_load_all(ast.literal_eval(node.value)):
                    yield Example(name_of(path), path.parent.name, document)


def _of_guides() -> Iterator[Example]:
    for block in blocks("yaml"):
        for document in yaml.safe_load_all(block.text):
            yield Example(block.place, "guide", document)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every file: a licence, a size one can read, and nothing of the machine it was written on."""

from __future__ import annotations

import ast
import re
import tokenize
from pathlib import Path

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import (
    PLUGINS,
    name_of,
    parsed,
    python_files,
    texts,
)

LONGEST = 200
LONGEST_PROVIDER = 300
"""A provider is one file, with its table of routes and its words."""

DOCUMENTS = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
}

# REUSE-IgnoreStart
SPDX = re.compile(r"SPDX-License-Identifier: GPL-3\.0-or-later\b")
# REUSE-IgnoreEnd
LICENCES = {"LICENSE", "LICENSES/GPL-3.0-or-later.txt"}
# These are written by a tool that takes no header; REUSE.toml may speak for them.
GENERATED = {
    *("CHANGELOG.md", "CHANGELOG.rst", "FILES.json", "MANIFEST.json", "changelogs/changelog.yaml"),
    # ansible-test leaves it behind.
    "tests/integration/inventory",
}

# A path on somebody's machine, such as a home directory.
PRIVATE = "|".join(("home", "root", "Users", "work", "workspace", "private"))
PRIVATE_PATH = re.compile(rf"(?<![\w.:/}}~$-])/(?:{PRIVATE})/[\w.-]")


def lines_of_code(path: Path) -> int:
    """Lines that hold code: no comments, no docstrings, and not the documentation that Ansible reads."""
    tree = parsed(path)
    prose = [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in DOCUMENTS)
    ]
    hidden = {line for node in prose for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    with path.open("rb") as source:
        tokens = [item for item in tokenize.tokenize(source.readline) if item.type not in NO_CODE]
    return len({line for item in tokens for line in range(item.start[0], item.end[0] + 1)} - hidden)


def longest(path: Path) -> int:
    return LONGEST_PROVIDER if path.parent.name == "_providers" else LONGEST


def test_files_are_short() -> None:
    sizes = {path: lines_of_code(path) for path in python_files(PLUGINS)}
    assert {name_of(path): size for path, size in sizes.items() if size > longest(path)} == {}


def test_every_text_names_its_licence() -> None:
    missing = [
        name_of(path)
        for path, text in texts()
        # What a JSON file cannot say, REUSE.toml says for it.
        if name_of(path) not in LICENCES | GENERATED and path.suffix != ".json"
        if text.strip() and not SPDX.search(text[:1000])
    ]
    assert not missing


def test_nothing_names_a_path_of_one_machine() -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:80]}"
        for path, text in texts()
        if name_of(path) not in LICENCES
        for number, line in enumerate(text.splitlines(), 1)
        if PRIVATE_PATH.search(line)
    ]
    assert not found

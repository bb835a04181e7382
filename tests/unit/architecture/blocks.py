# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code blocks of the README and the guides."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import ROOT, files, name_of

LANGUAGES = {"console", "yaml", "json", "mermaid", "text", "python"}
# Indented where a block belongs to a step of a list.
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block and where it starts."""

    page: str
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def guides() -> list[Path]:
    """The pages that users read: the README, docs/, and the README of each role."""
    return [
        path
        for path in files()
        if path.suffix == ".md"
        and (path == ROOT / "README.md" or path.parent == ROOT / "docs" or path.parents[1] == ROOT / "roles")
    ]


def blocks(language: str | None = None) -> list[Block]:
    return [block for path in guides() for block in _blocks(path) if language in (None, block.language)]


def _blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text[: found.start()].count("\n") + 1
        yield Block(name_of(path), line, found[2], textwrap.dedent(found[3]))


@dataclass(frozen=True)
class Command:
    """One command of a console block, split into words."""

    place: str
    words: tuple[str, ...]
    variables: dict[str, str]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def commands() -> list[Command]:
    """The commands of all console blocks; a line that ends with a backslash goes on in the next."""
    found = []
    for block in blocks("console"):
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            variables = {}
            while words and re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", words[0]):
                name, _sign, value = words.pop(0).partition("=")
                variables[name] = value
            if words:
                found.append(Command(block.place, tuple(words), variables))
    return found

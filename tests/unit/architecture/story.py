# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page that is followed from its first line to its last: files are written and commands run where they stand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess

from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import Block, Command, blocks, commands
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible

STORIES = ("docs/inventory.md", "docs/getting_started.md", "docs/cookbook.md")
PROGRAMS = {"ansible": "adhoc", "ansible-playbook": "playbook", "ansible-inventory": "inventory"}
CRON = "# crontab\n"
TIME = re.compile(r"[\d.]+ (h|min|s)\b")
Run = Callable[[Command], CompletedProcess[str]]


def put(block: Block, folder: Path) -> str:
    """Write a block to the file that its first line names."""
    name = block.text.splitlines()[0].removeprefix("# ")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(block.text, encoding="utf-8")
    return name


def runner(folder: Path, env: Mapping[str, str]) -> Run:
    """Runs Ansible's commands. The others prepare the machine of a reader: git, pip, export."""
    return lambda command: ansible(folder, PROGRAMS[command.words[0]], *command.words[1:], **env)


def follow(page: str, folder: Path, run: Run) -> Iterator[tuple[Command, CompletedProcess[str]]]:
    """Each command of Ansible on the page, after it has run. A text block after it shows lines of its output."""
    said = ""
    for block in (item for item in blocks() if item.page == page):
        if block.language == "yaml":
            put(block, folder)
        elif block.text.startswith(CRON):
            yield (command := of_crontab(block)), run(command)
        elif block.language == "text":
            assert not missing(block.text, said), f"{block.place}: {missing(block.text, said)}\n{said}"
        for command in (item for item in commands() if item.place == block.place and item.words[0] in PROGRAMS):
            done = run(command)
            said = done.stdout
            yield command, done


def of_crontab(block: Block) -> Command:
    """The command of a line that reads its tokens from a file first."""
    line = block.text.removeprefix(CRON)
    words = shlex.split(line[line.index("&& ") + 3 :])
    return Command(block.place, tuple(words), {})


def missing(shown: str, said: str) -> list[list[str]]:
    """The rows of a table that the output lacks, by their first four cells that are not times."""
    rows = [cells(line) for line in said.splitlines()]
    return [row for row in map(cells, shown.splitlines()) if row and row not in rows]


def cells(line: str) -> list[str]:
    return [cell for cell in re.split(r"\s{2,}", line.strip("- \n")) if cell and not TIME.match(cell)][:4]

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-playbook on the files of the demonstration, and show what it says about the hosts."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ansible_collections.indiecloud.compute.tests.processes import child

FILES = Path(__file__).parent / "files"
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)")
FRAME = re.compile(r"^(PLAY|TASK|RUNNING HANDLER) |^(changed|included|ok|skipping): |^\S+\s+: ok=\d")
"""What Ansible prints around the messages: the headers of plays and tasks, and a line for each host."""


class Play(NamedTuple):
    """How a playbook ended: its exit code, and the tasks that changed something and that failed, by host."""

    code: int
    changed: dict[str, int]
    failed: dict[str, int]


def environment(scratch: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "ANSIBLE_LOCAL_TEMP": str(scratch / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(scratch / "tmp"),
        "ANSIBLE_PIPELINING": "true",
        # Errors are in the report of each play, and are shown if it ends in another way than it should.
        "ANSIBLE_DISPLAY_FAILED_STDERR": "true",
        "COLUMNS": "100",
    }


def show(name: str, scratch: Path) -> None:
    """Print a file without its licence, and put it where ansible-playbook will find it."""
    text = (FILES / name).read_text(encoding="utf-8").partition("\n\n")[2]
    (scratch / name).write_text(text, encoding="utf-8")
    print(f"\n{text.rstrip()}")


def run(command: str, scratch: Path, env: dict[str, str], expected: int) -> Play:
    print(f"\n$ {command}\n", flush=True)
    program, *words = command.split()
    found = shutil.which(program, path=env["PATH"]) or program
    changed: dict[str, int] = {}
    failed: dict[str, int] = {}
    with (scratch / "errors").open("w+", encoding="utf-8") as errors:
        with child([found, *words], scratch, env, errors) as play:
            for line in squeezed(seen(play.stdout or [], changed, failed)):
                print(line, flush=True)
            code = play.wait()
        if code != expected:
            errors.seek(0)
            print(errors.read())
    return Play(code, changed, failed)


def seen(lines: Iterable[str], changed: dict[str, int], failed: dict[str, int]) -> Iterator[str]:
    """The lines without the frame; the recap goes into the counts."""
    for line in lines:
        if recap := RECAP.match(line):
            changed[recap[1]], failed[recap[1]] = int(recap[2]), int(recap[3])
        if not FRAME.match(line):
            yield line.rstrip()


def squeezed(lines: Iterable[str]) -> Iterator[str]:
    """No empty lines at the beginning and at the end, and never two in a row."""
    gap, begun = False, False
    for line in lines:
        if not line:
            gap = begun
            continue
        if gap:
            yield ""
        yield line
        gap, begun = False, True

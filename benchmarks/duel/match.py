# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One contender restores all VMs of an arena in a scenario, and is measured."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .arena import Arena, Score, Setup
from .contenders import PARENT, Contender, environment

sys.path.insert(0, str(PARENT))

from ansible_collections.indiecloud.compute.tests import processes

SCENARIOS = {
    "clean": "No faults",
    "lost": "5 % of the restores take effect, but their answer is lost",
    "killed": "SIGKILL when half of the restores are sent, then the same again",
}
PATIENCE = 3600.0


@dataclass(frozen=True)
class Result:
    """Seconds and CPU seconds of all runs together, the exit code of the last one, and what the ledger says."""

    contender: Contender
    setup: Setup
    wall: float
    cpu: float
    code: int
    score: Score


def fight(contender: Contender, setup: Setup, scenario: str, output: Path | None = None) -> Result:
    # What a killed contender leaves behind belongs to this process, and so does its CPU time.
    processes.adopt_orphans()
    with tempfile.TemporaryDirectory() as folder, Arena(setup, Path(folder)) as arena:
        _write_targets(arena)
        if scenario == "lost":
            arena.lose_answers()
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        if scenario == "killed":
            _run(contender, arena, kill=True)
        code = _run(contender, arena)
        wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        if output:
            name = f"{setup.provider}-{setup.size}-{scenario}-{contender.key}.txt"
            (output / name).write_bytes((arena.folder / "output").read_bytes())
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Result(contender, setup, wall, cpu, code, arena.score())


def _write_targets(arena: Arena) -> None:
    folder = arena.folder
    (folder / "targets.json").write_text(json.dumps(arena.targets), encoding="utf-8")
    (folder / "targets.txt").write_text("".join(f"{vm} {name}\n" for vm, name in arena.targets), encoding="utf-8")
    hosts = {f"vm-{index:05d}": {"vm": vm, "snapshot": name} for index, (vm, name) in enumerate(arena.targets)}
    inventory = {"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}
    (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")


def _run(contender: Contender, arena: Arena, kill: bool = False) -> int:
    """The exit code; -9 if it was killed."""
    with (arena.folder / "output").open("ab") as output:
        process = subprocess.Popen(
            [*contender.command, contender.path(arena.setup.provider)],
            cwd=arena.folder, env=environment(contender, arena), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    try:
        end = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < end:
            if kill and arena.restores_sent() * 2 >= arena.setup.size:
                _kill(process.pid)
            time.sleep(0.1)
    finally:
        processes.end(process)
        _reap()
    return process.returncode


def _kill(leader: int) -> None:
    """Everything at once, as when the machine or its container goes."""
    family = [leader, *processes.descendants(leader)]
    for one in family:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGSTOP)
    for one in [*family, *processes.descendants(leader)]:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def _reap() -> None:
    """The orphans of a contender; the simulator still runs."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forks of a process that has collected the tests: one for each mutant, which runs tests until one fails.

A mutant of a function is put into the loaded module. One of what runs at the import gets a new process, which imports
it (fresh.py).
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from mutation import swap
from mutation.limits import Limits

MEMORY = 4 << 30
BROKEN = 70
"""The exit status of a process that could not take the mutant."""


@dataclass(frozen=True)
class Trial:
    """A change, and the tests that are to see it."""

    name: str
    path: Path
    original: str
    mutated: str
    tests: Sequence[str]
    fresh: bool


@dataclass(frozen=True)
class Verdict:
    """``how`` is the test that failed or hung, or what went wrong."""

    trial: Trial
    killed: bool
    how: str
    seconds: float


@dataclass(frozen=True)
class _Child:
    trial: Trial
    folder: Path
    started: float = field(default_factory=time.monotonic)


class Forks:
    """Runs trials in children of a process that has collected the tests."""

    def __init__(self, session: pytest.Session, usual: Path, limits: dict[str, float], workers: int) -> None:
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        self._usual, self._limits = usual, limits
        self._workers = workers
        self._running: dict[int, _Child] = {}

    def run(self, trials: Iterable[Trial]) -> Iterable[Verdict]:
        for trial in trials:
            while len(self._running) >= self._workers:
                yield from self._reap()
            self._start(trial)
        while self._running:
            yield from self._reap()

    def _start(self, trial: Trial) -> None:
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        pid = os.fork()
        if pid == 0:
            try:
                self._child(trial, folder)
            except BaseException as exc:
                (folder / "noted").write_text(repr(exc))
            finally:
                os._exit(BROKEN)
        self._running[pid] = _Child(trial, folder)

    def _child(self, trial: Trial, folder: Path) -> None:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.environ.update(PYTEST_DEBUG_TEMPROOT=str(folder), TMPDIR=str(folder))
        tempfile.tempdir = str(folder)
        log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT)
        for number in (1, 2):
            os.dup2(log, number)
        (self._fresh if trial.fresh else self._run_warm)(trial, folder)

    def _run_warm(self, trial: Trial, folder: Path) -> None:
        if not swap.put(str(trial.path), trial.original, trial.mutated):
            self._fresh(trial, folder)
        config = self._session.config
        config.pluginmanager.register(Limits(self._limits, folder / "noted"))
        chosen = [self._items[name] for name in trial.tests]
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._session.testsfailed:
                os._exit(pytest.ExitCode.TESTS_FAILED)
        os._exit(pytest.ExitCode.OK)

    def _fresh(self, trial: Trial, folder: Path) -> None:
        (folder / "mutated.py").write_text(trial.mutated)
        (folder / "these.json").write_text(json.dumps(trial.tests))
        options = {
            "--rootdir": self._session.config.rootpath,
            "--config-file": self._session.config.inipath,
            "--usual": self._usual,
            "--noted": folder / "noted",
            "--these": folder / "these.json",
        }
        words = [f"{name}={value}" for name, value in options.items()]
        words += ["--instead", str(trial.path), str(folder / "mutated.py")]
        files = sorted({name.partition("::")[0] for name in trial.tests})
        plugins = ["-p", "mutation.limits", "-p", "mutation.fresh"]
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *plugins, "-x", "-q", *words, *files])

    def _reap(self) -> Iterable[Verdict]:
        pid, status = os.wait()
        child = self._running.pop(pid, None)
        if child is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)  # what a test may have left behind
        noted = child.folder / "noted"
        # Without a test there was an import that failed; the last lines say why.
        how = noted.read_text() if noted.exists() else (child.folder / "log").read_text()[-500:]
        if os.WIFSIGNALED(status):
            how = f"{signal.Signals(os.WTERMSIG(status)).name} in {how}"
        elif os.WEXITSTATUS(status) == BROKEN:
            raise RuntimeError(f"{child.trial.name}: {how}\n{(child.folder / 'log').read_text()}")
        shutil.rmtree(child.folder, ignore_errors=True)
        yield Verdict(child.trial, status != 0, how, time.monotonic() - child.started)

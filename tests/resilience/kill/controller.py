# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller to be killed: a zygote, the runs it forks, and the end of everything that a run has started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Timer
from typing import Any

import ansible_collections

from ansible_collections.indiecloud.compute.tests.processes import kill_descendants

HERE = Path(__file__).resolve().parent
COLLECTIONS = Path(next(iter(ansible_collections.__path__))).parent


class Hung(Exception):
    """A run did not end in the time it is given."""


class Zygote:
    """Forks runs of one form, ``tasks`` or ``play``."""

    def __init__(self, form: str, folder: Path, speed: float = 1.0) -> None:
        roots = os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(COLLECTIONS))
        self._process = subprocess.Popen(
            [sys.executable, HERE / "zygote.py", form],
            cwd=folder, env=_environment(folder, roots, speed), text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        if self._line() != "ready":
            raise RuntimeError("the zygote did not start")
        self.pid = 0
        self._begun = Event()

    def begin(self, job: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._begun.clear()
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        self.pid = int(self._line())
        self._begun.set()

    def end(self, seconds: float) -> int:
        """Wait for the end of the run; its exit code, negative for a signal. Raises Hung after killing it."""
        late: list[bool] = []

        def too_late() -> None:
            late.append(True)
            self.kill()

        timer = Timer(seconds, too_late)
        timer.start()
        try:
            code = int(self._line())
        finally:
            timer.cancel()
        if late:
            raise Hung(f"the run did not end within {seconds:g} s")
        return code

    def kill(self, *, group_only: bool = False) -> None:
        """SIGKILL to the process group of the run, and to whatever else it has started, however deep."""
        # The first request may be here before we know from whom.
        if self._begun.wait(5.0):
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        if not group_only:
            kill_descendants(self._process.pid)

    def close(self) -> None:
        self.kill()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _environment(folder: Path, roots: str, speed: float) -> dict[str, str]:
    path = os.pathsep.join([str(HERE / "speed"), str(COLLECTIONS), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        **os.environ,
        "PYTHONPATH": path,
        "PYTHONPYCACHEPREFIX": str(folder / "pycache"),
        "KILL_MATRIX_SPEED": str(speed),
        "HOME": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": roots,
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
    }

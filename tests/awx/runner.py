# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a job as AWX does: ansible-runner on a private data directory, with a home that is deleted afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.tests.awx.fake_controller.launch import Job
from ansible_collections.indiecloud.compute.tests.awx.programs import ROOT, run


@dataclass(frozen=True)
class Ended:
    """The exit code, the output and the events of a job."""

    code: int
    output: str
    events: list[dict[str, Any]]

    def results(self, action: str) -> Iterator[dict[str, Any]]:
        """What a module returned, each time it ran."""
        for event in self.events:
            data = event.get("event_data", {})
            if data.get("resolved_action") == action and "res" in data:
                yield data["res"]


def inventory(folder: Path, sources: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """The inventory after an update of these sources."""
    folder.mkdir(parents=True)
    words = [word for source in sources for word in ("-i", ROOT / source)]
    done = run(folder, "ansible-inventory", *words, "--list", "--export", **environment)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def kill(marker: str) -> None:
    """Kill every process of a job at once, as AWX kills its container; ``marker`` is a value in its environment."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                if marker.encode() in (process / "environ").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)


def run_job(job: Job, known: Mapping[str, Any]) -> Ended:
    """Run it in a temporary folder, which is deleted afterwards like the container of a job."""
    folder = Path(tempfile.mkdtemp())
    try:
        for name in ("env", "inventory", "home"):
            (folder / name).mkdir()
        (folder / "project").symlink_to(job.project, target_is_directory=True)
        # AWX passes the inventory as a script.
        script = folder / "inventory" / "hosts"
        script.write_text(f"#!{sys.executable}\nprint({json.dumps(known)!r})\n", encoding="utf-8")
        script.chmod(0o700)
        (folder / "env" / "extravars").write_text(json.dumps(job.extra_vars), encoding="utf-8")
        (folder / "env" / "envvars").write_text(json.dumps(job.environment), encoding="utf-8")
        (folder / "env" / "cmdline").write_text(" ".join(job.arguments), encoding="utf-8")
        done = run(
            folder / "home", "ansible-runner", "run", folder, "-p", job.playbook, "-i", "job", "--rotate-artifacts", "0"
        )
        events = folder.glob("artifacts/job/job_events/*.json")
        ordered = sorted((json.loads(path.read_text()) for path in events), key=lambda event: event["counter"])
        return Ended(done.returncode, done.stdout + done.stderr, ordered)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

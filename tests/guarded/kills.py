# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill the controller of a guarded change at a request, and let the next run go on.

``python -m ansible_collections.indiecloud.compute.tests.guarded.kills`` does it at every request (about 15 s each).
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ansible_collections.indiecloud.compute.tests import processes
from ansible_collections.indiecloud.compute.tests.guarded.site import GUARD, NEW, OLD, Site
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

SPEED = 40.0


class Kill(NamedTuple):
    """Which request, whether the provider still works on it, what goes wrong on the host, and what is asked then."""

    number: int
    works: bool = True
    ill: str = "fail"
    resume: str = "restore"
    scope: str = "host"


class Killer(Hooks):
    """Kills a process and all its descendants when a request of this number arrives."""

    def __init__(self, kill: Kill) -> None:
        self.seen = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._kill = kill
        self._fatal: Request | None = None

    def arrived(self, request: Request) -> bool:
        self.seen += 1
        if self.seen != self._kill.number:
            return True
        self._fatal = request
        if not self._kill.works:
            self._strike()
        return self._kill.works

    def worked(self, request: Request) -> None:
        if request is self._fatal:
            self._strike()

    def _strike(self) -> None:
        if self.process is None:
            return
        # Workers of ansible-core 2.19 have sessions of their own.
        for pid in [self.process.pid, *processes.descendants(self.process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process = None


def run_and_kill(site: Site, kill: Kill) -> Killer:
    """Run the playbook until it is killed, or to its end."""
    killer = Killer(kill)
    words = [*site.write(), "-e", f"guarded_change_scope={kill.scope}"]
    null = subprocess.DEVNULL
    killer.process = process = subprocess.Popen(
        site.command(words), cwd=site.folder, env=site.environment(), stdin=null, stdout=null, stderr=null
    )
    site.sim.hooks = killer
    process.wait(300)
    site.sim.hooks = Hooks()
    return killer


def problems_after(site: Site, kill: Kill) -> list[str]:
    """Run the play again after the kill, and once more; what of the result is wrong."""
    words = ("-e", f"guarded_change_on_resume={kill.resume}", "-e", f"guarded_change_scope={kill.scope}")
    ended = site.change(*words)
    wrong = [] if ended.results else [f"no result: {ended.output[-2000:]}"]
    for machine in site.machines:
        status = ended.statuses.get(machine.host, "")
        restores, guards, data = site.restores(machine), site.guards(machine), site.data(machine)
        spent = ended.results.get(machine.host, {}).get("error_code") == "guarded_change_spent"
        back = status == "rolled_back" or spent
        expected = (OLD, 1, "running") if back else (NEW, 0, "running")
        if (data, restores, site.power(machine)) != expected or not (back or status == "kept"):
            wrong.append(f"{machine.host} {status}: {data}, {restores} restores, {site.power(machine)}\n{ended.output}")
        if set(guards) - {GUARD} or set(guards.values()) - {OLD}:
            wrong.append(f"{machine.host}: the snapshots hold {guards}")
    writes = site.sim.ledger.writes
    again = site.change(*words)
    if site.sim.ledger.writes != writes:
        wrong.append(f"another run was not idle: {again.output}")
    return wrong


def attempt(site: Site, kill: Kill) -> tuple[bool, list[str]]:
    """Whether the run was killed, and what was wrong afterwards."""
    for number in range(2 if kill.scope == "play" else 1):
        site.host(f"web{number + 1}", ill=kill.ill if number == 0 else "")
    killer = run_and_kill(site, kill)
    return killer.process is None, problems_after(site, kill)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--last", type=int, default=1000)
    parser.add_argument("--ill", default="fail", help="what goes wrong: fail, verify, network, or nothing at all")
    parser.add_argument("--resume", choices=["restore", "continue"], default="restore")
    parser.add_argument("--scope", choices=["host", "play"], default="host")
    asked = parser.parse_args(words)
    processes.adopt_orphans()
    failures = 0
    for number in range(asked.first, asked.last + 1):
        killed = False
        for works in (True, False):
            kill = Kill(number, works, asked.ill, asked.resume, asked.scope)
            with tempfile.TemporaryDirectory() as folder, Simulator(clock=RealClock(speed=SPEED), seed=False) as sim:
                killed, wrong = attempt(Site(sim, Path(folder)), kill)
                processes.kill_descendants(os.getpid())
            failures += bool(wrong)
            print(f"{kill}: {(wrong or 'ok') if killed else 'ended before'}", flush=True)
        if not killed:
            break
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

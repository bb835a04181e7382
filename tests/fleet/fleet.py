# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet on three simulated clouds, and the playbook that restores it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

FILE, SAVED, LOST = "/srv/data", "as of the snapshot", "as of now"
SNAPSHOT = "before-upgrade"
PLAYBOOK = ("indiecloud.compute.restore", "-e", "restore_hosts=all")
VERIFY = ("indiecloud.compute.restore_verify", "-e", "restore_hosts=all")


@dataclass(frozen=True)
class Machine:
    """A host of the inventory; ``made`` is the name of the instance that its restore creates, if it creates one."""

    host: str
    provider: str
    power: str
    id: str
    made: str | None = None


@dataclass
class Fleet:
    """The machines, their inventory, and their state at the providers."""

    sim: Simulator
    folder: Path
    machines: list[Machine] = field(default_factory=list)
    extra: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, provider: str, number: int) -> None:
        """Every third one is stopped."""
        for index in range(number):
            made = f"{provider}-{index:02d}-again" if provider == "barrack" else None
            power = "running" if made or index % 3 else "stopped"
            self.add_one(f"{provider}-{index:02d}", provider, power, made)

    def add_one(
        self, host: str, provider: str, power: str = "running", made: str | None = None, name: str = ""
    ) -> Machine:
        vm = self.sim.cloud.add_instance(provider, name or host, power, {FILE: SAVED})
        snapshot = SNAPSHOT if made is None else f"{SNAPSHOT}-{host}"
        self.sim.cloud.add_snapshot(vm.id, snapshot, age=3600)
        self.sim.cloud.write(vm.id, FILE, LOST)
        machine = Machine(host, provider, power, vm.id, made)
        self.machines.append(machine)
        return machine

    def named(self, host: str) -> Machine:
        return next(one for one in self.machines if one.host == host)

    def inventory(self) -> Path:
        hosts = {}
        for one in self.machines:
            hosts[one.host] = {
                "restore_provider": one.provider,
                "restore_instance": one.id,
                "restore_snapshot": SNAPSHOT,
            }
            if one.made:
                hosts[one.host].update(
                    restore_new_vm_name=one.made, restore_accept_billing=True, restore_snapshot=f"{SNAPSHOT}-{one.host}"
                )
            hosts[one.host].update(self.extra.get(one.host, {}))
        shared = {"restore_wait_timeout": 120}
        path = self.folder / "inventory.json"
        path.write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}), encoding="utf-8")
        return path

    def environment(self) -> dict[str, str]:
        found = {
            **os.environ,
            "HOME": str(self.folder),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_FORKS": "5",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOST_KEY_CHECKING": "false",
            "INDIECLOUD_RECORD_PATH": str(self.folder / "restores.sqlite3"),
            "ONETSOLUTIONS_ORGANIZATION_ID": self.sim.organization_id,
            "ONETSOLUTIONS_PROJECT_ID": self.sim.project_id,
        }
        for provider, url in self.sim.urls.items():
            found[f"{provider.upper()}_API_URL"] = url
            found[f"{provider.upper()}_API_TOKEN"] = self.sim.tokens[provider]
        return found

    def command(self, words: Sequence[str]) -> list[str]:
        program = shutil.which(
            "ansible-playbook", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        )
        assert program, "ansible-core is not installed beside this Python"
        return [program, "-i", str(self.inventory()), *words]

    def play(self, *words: str, playbook: Sequence[str] = PLAYBOOK) -> Played:
        """Run a playbook to its end."""
        report = self.folder / "report"
        for old in self.folder.glob("report*"):
            old.unlink()
        words = (*playbook, "-e", f"restore_report_path={report}", *words)
        done = subprocess.run(
            self.command(words), cwd=self.folder, env=self.environment(), capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=600,
        )  # fmt: skip
        written = next(iter(self.folder.glob("report*.json")), None)
        found = json.loads(written.read_text(encoding="utf-8")) if written else {"restores": []}
        return Played(done.returncode, done.stdout + done.stderr, found)

    def kill(self, when: Callable[[], bool], *words: str, playbook: Sequence[str] = PLAYBOOK) -> bool:
        """Run the playbook and kill its process group as soon as ``when``; returns whether it was still running."""
        play = subprocess.Popen(
            self.command([*playbook, *words]), cwd=self.folder, env=self.environment(), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 120
        while not when() and play.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        killed = play.poll() is None
        with suppress(ProcessLookupError):
            os.killpg(play.pid, signal.SIGKILL)
        play.wait()
        # Workers of ansible-core 2.19 and newer have their own sessions, and end when their parent is gone.
        return killed

    def posts(self, ending: str = "") -> int:
        return sum(one.path.rstrip("/").endswith(ending) for one in self.sim.ledger.requests("POST"))

    def restores(self, machine: Machine) -> int:
        if machine.made:
            return sum(entry.name == machine.made for entry in self.sim.ledger.vms_billed())
        return len(self.sim.ledger.restores(machine.id))

    def power(self, machine: Machine) -> str:
        return self.sim.cloud.power(machine.id)

    def disk(self, machine: Machine) -> str:
        if machine.made:
            found = [one for one in self.sim.cloud.instances("barrack") if one.name == machine.made]
            return found[0].disk[FILE] if found else "(nothing)"
        return self.sim.cloud.disk(machine.id)[FILE]


@dataclass(frozen=True)
class Played:
    """The exit code, the output and the report of a run."""

    code: int
    output: str
    report: Mapping[str, Any]

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["host"]: row for row in self.report["restores"]}

    @property
    def tables(self) -> int:
        """How often the summary table was printed."""
        return len(re.findall(r"\bhost +provider +result\b", self.output))

    @property
    def changed(self) -> dict[str, int]:
        """How many tasks changed something, by host."""
        recap = self.output.rpartition("PLAY RECAP")[2].splitlines()
        lines = [line.split() for line in recap if "changed=" in line]
        return {line[0]: int(next(word for word in line if word.startswith("changed="))[8:]) for line in lines}

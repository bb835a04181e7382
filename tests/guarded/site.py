# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts whose tasks write to simulated disks, and that answer only while their disk and their power let them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.tests.fleet.fleet import Fleet, Machine

DATA, NETWORK = "/srv/data", "/etc/network"
OLD, NEW = "version 1", "version 2"
CHANGE_ID = "CHG-1"
GUARD = f"guard-{CHANGE_ID}"
SET = {
    "ansible.builtin.uri": {
        "url": "{{ control }}/_sim/disk",
        "method": "POST",
        "body_format": "json",
        "body": {"instance_id": "{{ guarded_change_instance }}", "path": "{{ file }}", "content": "{{ content }}"},
    }
}
TASKS = [
    {"name": "Upgrade", **SET, "vars": {"file": DATA, "content": NEW}},
    {"name": "Break the network", **SET, "vars": {"file": NETWORK, "content": "down"}, "when": "ill == 'network'"},
    {"name": "Hang", "ansible.builtin.command": "sleep 600", "when": "ill == 'hang'"},
    {"name": "Go wrong", "ansible.builtin.fail": {"msg": "the package is broken"}, "when": "ill == 'fail'"},
]
VERIFY = [
    {
        "name": "Read the version",
        "ansible.builtin.uri": {"url": "{{ control }}/_sim/disk?instance_id={{ guarded_change_instance }}"},
        "register": "disk",
    },
    {
        "name": "Check the version",
        "ansible.builtin.assert": {
            "that": f"disk.json['{DATA}'] == ('{OLD}' if guarded_change_result.status == 'rolled_back' else '{NEW}')"
        },
    },
    {
        "name": "Check the health",
        "ansible.builtin.fail": {"msg": "the shop is ill"},
        "when": "ill == 'verify' and guarded_change_result.status != 'rolled_back'",
    },
]
ROLE = {
    "name": "Upgrade with a way back",
    "ansible.builtin.include_role": {"name": "indiecloud.compute.guarded_change"},
}


@dataclass(frozen=True)
class Ended:
    """The exit code and the output of a run, and the results of the role by host."""

    code: int
    output: str
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def statuses(self) -> dict[str, str]:
        return {host: str(one["status"]) for host, one in self.results.items()}


class Site(Fleet):
    """Machines, and the playbook that changes them. ``ill`` says what goes wrong on a host."""

    def host(self, name: str = "web1", provider: str = "hostup", ill: str = "", **extra: Any) -> Machine:
        vm = self.sim.cloud.add_instance(provider, name, "running", {DATA: OLD, NETWORK: "up"})
        machine = Machine(name, provider, "running", vm.id)
        self.machines.append(machine)
        self.extra[name] = {"ill": ill, **extra}
        return machine

    @property
    def control(self) -> str:
        return self.sim.urls["hostup"]

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).parent / "connection_plugins"),
        }

    def inventory(self) -> Path:
        shared = {
            "control": self.control,
            "ansible_connection": "site",
            "ansible_python_interpreter": sys.executable,
            "guarded_change_id": CHANGE_ID,
            "guarded_change_tasks": "tasks.yml",
            "guarded_change_verify_tasks": "verify.yml",
            "guarded_change_wait_timeout": 120,
        }
        hosts = {
            one.host: {
                "guarded_change_provider": one.provider,
                "guarded_change_instance": one.id,
                **self.extra[one.host],
            }
            for one in self.machines
        }
        path = self.folder / "inventory.json"
        path.write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}), encoding="utf-8")
        return path

    def write(self, *roles: dict[str, Any], tasks: Sequence[Any] = (), **play: Any) -> list[str]:
        """Write the playbook and the files of tasks; returns the arguments for ansible-playbook."""
        content = [{"name": "Change", "hosts": "all", "gather_facts": False, "tasks": [*(roles or (ROLE,))], **play}]
        for name, found in (("play", content), ("tasks", tasks or TASKS), ("verify", VERIFY)):
            (self.folder / f"{name}.yml").write_text(json.dumps(found), encoding="utf-8")
        return [str(self.folder / "play.yml")]

    def change(self, *words: str, playbook: Sequence[str] = ()) -> Ended:
        """Run the playbook to its end."""
        report = self.folder / "report"
        played = self.play("-e", f"guarded_change_report_path={report}", *words, playbook=[*(playbook or self.write())])
        found = played.report.get("guarded_changes", [])
        return Ended(played.code, played.output, {one["name"]: one for one in found})

    def data(self, machine: Machine) -> str:
        return self.sim.cloud.disk(machine.id)[DATA]

    def guards(self, machine: Machine) -> dict[str, str]:
        """The data in the snapshots of the machine, by their names."""
        return {one.name: one.disk[DATA] for one in self.sim.cloud.snapshots(machine.id)}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role rehearse. What counts is what is billed in the end, and that a check writes nothing."""

from __future__ import annotations

import inspect
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.connection import local

from ansible_collections.indiecloud.compute.tests.fleet.fleet import Fleet, Machine
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import blocks, commands

PAGE = "docs/rehearse.md"
PLAY = [
    {
        "name": "Rehearse",
        "hosts": "source",
        "gather_facts": False,
        "tasks": [{"name": "Rehearse", "ansible.builtin.include_role": {"name": "indiecloud.compute.rehearse"}}],
    }
]
VERIFY = [
    {"name": "Start", "ansible.builtin.file": {"path": "{{ playbook_dir }}/started", "state": "touch"}},
    {"name": "Ask the new instance", "ansible.builtin.command": "hostname", "changed_when": False},
    {
        "name": "Check its health",
        "ansible.builtin.fail": {"msg": "the shop is ill"},
        "when": "ill == 'verify'",
    },
    {"name": "Hang", "ansible.builtin.command": "sleep 600", "when": "ill == 'hang'"},
    {"name": "Leave the play", "ansible.builtin.include_tasks": "leave.yml", "when": "ill == 'end'"},
]
LEAVE = [{"name": "Leave", "ansible.builtin.meta": "end_host"}]
DRILL = ("-e", "rehearse_mode=drill", "-e", "rehearse_accept_billing=true")


@dataclass(frozen=True)
class Ended:
    code: int
    output: str
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def statuses(self) -> dict[str, str]:
        return {host: str(one["status"]) for host, one in self.results.items()}


class Rehearsals(Fleet):
    """Hosts to rehearse. ``ill`` says what goes wrong on a host.

    New instances are reached by a connection that does the same as ``local``, which is refused.
    """

    connection: str | None = "drill"
    play_keywords: Mapping[str, Any] = {}

    def host(self, name: str, provider: str = "barrack", ill: str = "", **extra: Any) -> Machine:
        machine = self.add_one(name, provider, made=f"made-{name}" if provider == "barrack" else None)
        self.extra[name] = {"ill": ill, **extra}
        return machine

    def inventory(self) -> Path:
        hosts = {
            one.host: {"indiecloud_provider": one.provider, "indiecloud_id": one.id, **self.extra[one.host]}
            for one in self.machines
        }
        shared = {"rehearse_verify_tasks": "verify.yml", "rehearse_timeout": 300}
        plugin = Path(inspect.getfile(local)).read_text(encoding="utf-8")
        folder = self.folder / "connection_plugins"
        folder.mkdir(exist_ok=True)
        for old, new in (("name: local", "name: drill"), ("transport = 'local'", "transport = 'drill'")):
            plugin = plugin.replace(old, new)
        (folder / "drill.py").write_text(plugin, encoding="utf-8")
        here = {"ansible_connection": self.connection, "ansible_python_interpreter": sys.executable}
        groups = {"source": {"hosts": hosts, "vars": shared}, "rehearse_drill": {"vars": here}}
        for name, content in (
            ("inventory", {"all": {"children": groups}}),
            ("play", [{**PLAY[0], **self.play_keywords}]),
        ):
            (self.folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        for name, tasks in (("verify", VERIFY), ("leave", LEAVE)):
            (self.folder / f"{name}.yml").write_text(json.dumps(tasks), encoding="utf-8")
        return self.folder / "inventory.json"

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "ANSIBLE_CONNECTION_PLUGINS": str(self.folder / "connection_plugins")}

    def rehearse(self, *words: str) -> Ended:
        self.inventory()
        words = ("-e", f"rehearse_report_path={self.folder}/report", *words)
        played = self.play(*words, playbook=[str(self.folder / "play.json")])
        found = played.report.get("rehearsals", [])
        return Ended(played.code, played.output, {one["name"]: one for one in found})

    @property
    def bills(self) -> list[str]:
        return [one.name for one in self.sim.ledger.bills_running()]

    @property
    def billed(self) -> int:
        return len(self.sim.ledger.vms_billed())


@pytest.fixture
def site(fleet: Fleet) -> Rehearsals:
    return Rehearsals(fleet.sim, fleet.folder)


def test_check_says_what_could_be_restored_and_writes_nothing(site: Rehearsals) -> None:
    good = [site.host(f"{provider}-1", provider) for provider in ("onetsolutions", "hostup", "barrack")]
    bare = site.host("bare", "hostup")
    for snapshot in site.sim.cloud.snapshots(bare.id):
        site.sim.cloud.remove_snapshot(snapshot)
    old = site.host("old", "hostup", rehearse_max_snapshot_age="10m")
    ended = site.rehearse()
    expected = {one.host: "could_restore" for one in good} | {one.host: "could_not_restore" for one in (bare, old)}
    assert (ended.code, ended.statuses) == (2, expected), ended.output
    assert ended.results["old"]["error_code"] == "snapshot_too_old"
    assert {ended.results[one.host]["snapshot"]["name"] for one in good} == {
        "before-upgrade",
        "before-upgrade-barrack-1",
    }
    assert all(0.9 < ended.results[one.host]["age_hours"] < 1.5 for one in good)
    assert site.sim.ledger.writes == 0
    assert not (site.folder / "restores.sqlite3").exists()
    assert "5 hosts rehearsed, 2 failed." in ended.output


def test_drill_is_billed_until_its_verdict_and_done_once(site: Rehearsals) -> None:
    site.host("good")
    site.host("verify", ill="verify")
    site.host("hang", ill="hang", rehearse_timeout=25)
    foretold = site.rehearse(*DRILL, "-e", "rehearse_id=D-1", "--check")
    assert set(foretold.statuses.values()) == {"would_drill"}, foretold.output
    assert site.sim.ledger.writes == 0

    ended = site.rehearse(*DRILL, "-e", "rehearse_id=D-1")
    assert (ended.code, ended.statuses) == (2, {"good": "passed", "verify": "failed", "hang": "failed"}), ended.output
    assert "Check its health: the shop is ill" in ended.results["verify"]["msg"]
    assert (site.bills, site.billed) == ([], 3)
    names = [one.name for one in site.sim.ledger.vms_billed()]
    assert sorted(name[:-9] for name in names) == ["good-drill", "hang-drill", "verify-drill"]
    assert len(site.sim.cloud.instances("barrack")) == 3
    assert ended.results["good"]["cost"]["amount"] > 0

    again = site.rehearse(*DRILL, "-e", "rehearse_id=D-1")
    assert again.statuses == ended.statuses
    assert site.billed == 3


def test_drill_needs_consent_a_price_limit_and_a_lasting_record(site: Rehearsals) -> None:
    site.host("web1")
    for words in (
        ("-e", "rehearse_mode=drill"),
        (*DRILL, "-e", "rehearse_max_hourly_rate=0.01"),
        (*DRILL, "-e", "rehearse_accept_biling=true"),
    ):
        ended = site.rehearse(*words)
        assert (ended.code, ended.statuses) == (2, {"web1": "could_not_restore"}), ended.output
    site.host("web2", "hostup")
    site.host("web3", rehearse_verify_tasks="leave.yml")
    ended = site.rehearse(*DRILL)
    assert set(ended.statuses) == {"web1", "web2", "web3"}
    assert ended.statuses["web3"] == "could_not_restore"
    assert len(site.sim.ledger.restores(site.named("web2").id)) == 0
    assert site.bills == []


@pytest.mark.parametrize("moment", ["sent", "made", "verifying", "deleting"])
def test_killed_drill_is_cleaned_up_by_the_next_one(site: Rehearsals, moment: str) -> None:
    site.host("web1", ill="hang")
    ledger = site.sim.ledger

    def reached() -> bool:
        asked = [one.path for one in ledger.requests("GET")]
        return {
            "sent": bool(ledger.requests("POST", "/restore/")),
            "made": site.billed == 1,
            "verifying": site.billed == 1 and (site.folder / "started").exists(),
            "deleting": bool(ledger.requests("DELETE")),
        }[moment] and bool(asked)

    limit = ("-e", "rehearse_timeout=15") if moment == "deleting" else ()
    assert site.kill(reached, *DRILL, *limit, playbook=[str(site.folder / "play.json")])
    site.extra["web1"]["ill"] = ""
    ended = site.rehearse(*DRILL)
    assert ended.statuses == {"web1": "passed"}, ended.output
    assert site.bills == []


def test_deletion_that_fails_is_said_loudly_and_tried_again(site: Rehearsals) -> None:
    site.host("web1")
    site.sim.faults.add("status", method="DELETE", status=403, times=1)
    ended = site.rehearse(*DRILL)
    assert (ended.code, ended.statuses) == (2, {"web1": "still_billed"}), ended.output
    (name,) = site.bills
    assert f"STILL BILLED: {name}" in ended.output
    assert f"delete instance {name}" in ended.output
    again = site.rehearse(*DRILL)
    assert (again.code, again.statuses, site.bills) == (0, {"web1": "passed"}, []), again.output


def test_tasks_that_leave_the_play_are_cleaned_up_by_the_next_drill(site: Rehearsals) -> None:
    site.host("web1", ill="end")
    site.host("web2")
    left = site.rehearse(*DRILL)
    assert (left.code, left.statuses) == (2, {"web1": "still_billed", "web2": "passed"}), left.output
    (name,) = site.bills
    assert f"STILL BILLED: {name}" in left.output
    site.extra["web1"]["ill"] = ""
    ended = site.rehearse(*DRILL)
    assert (ended.statuses, site.bills) == ({"web1": "passed", "web2": "passed"}, []), ended.output


def test_each_host_by_itself(site: Rehearsals) -> None:
    """With the strategy free; the provider refuses one restore that it seemed to allow."""
    site.host("good")
    other = site.host("refused")
    (snapshot,) = site.sim.cloud.snapshots(other.id)
    site.sim.faults.add("status", method="POST", path=f"{snapshot.id}/restore", status=400)
    site.play_keywords = {"strategy": "free"}
    ended = site.rehearse(*DRILL)
    assert (ended.code, ended.statuses) == (2, {"refused": "failed"}) or ended.statuses == {"good": "passed"}, (
        ended.output
    )
    assert (site.billed, site.bills) == (1, [])


def test_controller_is_not_verified_instead_of_the_instance(site: Rehearsals) -> None:
    site.host("web1")
    site.connection = None
    site.play_keywords = {"connection": "local"}
    ended = site.rehearse(*DRILL)
    assert (ended.code, ended.statuses) == (2, {"web1": "failed"}), ended.output
    assert not (site.folder / "started").exists()
    assert (site.billed, site.bills) == (1, [])


def test_guide(site: Rehearsals) -> None:
    """The commands of the guide, in its order. ``shopctl`` is what it says."""
    for name in ("gpu1", "gpu2"):
        site.host(name)
    (tasks,) = (block.text for block in blocks("yaml") if block.page == PAGE)
    program = site.folder / "bin" / "shopctl"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\ntest health.gpu1 = $1.$2\n", encoding="utf-8")
    program.chmod(0o755)
    site.inventory()
    found = json.loads((site.folder / "inventory.json").read_text(encoding="utf-8"))
    found["all"]["children"]["shop"] = found["all"]["children"].pop("source")
    del found["all"]["children"]["shop"]["vars"]
    lines = [item for item in commands() if item.place.startswith(PAGE) and item.words[0] == "ansible-playbook"]
    reports: list[dict[str, Any]] = []
    for line in lines:
        words = shlex.split(line.text.replace("$PWD", str(site.folder)))
        assert words[1:3] == ["-i", "inventory.json"]
        command = site.command(words[3:])
        (site.folder / "inventory.json").write_text(json.dumps(found), encoding="utf-8")
        (site.folder / "verify_drill.yml").write_text(tasks, encoding="utf-8")
        path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
        done = subprocess.run(
            command,
            cwd=site.folder,
            env={**site.environment(), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (written,) = set((site.folder / "reports").glob("*.json"))
        reports.append(json.loads(written.read_text(encoding="utf-8")))
        written.unlink()
        if "drill" not in line.text:
            assert site.sim.ledger.writes == 0
    statuses = [[one["status"] for one in report["rehearsals"]] for report in reports]
    assert statuses == [["could_restore", "could_restore"], ["would_drill"], ["passed"]]
    assert (site.billed, site.bills) == (1, [])

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks, tasks and ad hoc commands of the README and the guides run against the simulator."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.indiecloud.compute.tests.contract.ours import variables
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import Block, Command, blocks, commands
from ansible_collections.indiecloud.compute.tests.unit.architecture.story import STORIES, put
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME, ROOT, modules
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible

SPEED = 100.0
COMMANDS = [item for item in commands() if not item.place.startswith(STORIES)]
PLAYS = [item for item in COMMANDS if item.words[0] == "ansible-playbook"]
UNDO = [item for item in PLAYS if "restore_id=CHG-1" in item.words]
"""A restore, and what undoes it."""
AD_HOC = [
    item
    for item in COMMANDS
    if item.words[0] == "ansible" or (item.words[0] == "ansible-inventory" and item.place.startswith("docs/ad_hoc.md"))
]
INVENTORY = [item for item in blocks("yaml") if item.page == "docs/inventory.md"]
# The other pages have a test of their own.
EXAMPLES = [
    item
    for item in blocks("yaml")
    if re.search(rf"\b{re.escape(NAME)}\.\w", item.text)
    and item.page not in ("docs/awx.md", "docs/eda.md", *STORIES)
    # test_stories runs the playbook of the README.
    and not item.text.startswith("# restore.yml")
    and "guarded_change" not in item.text
    and item.page != "docs/rehearse.md"
]
HOSTS = f"""
[all:vars]
ansible_connection=local
ansible_python_interpreter={sys.executable}
[shop]
web1
db1
[web:children]
shop
[gpu]
gpu1
"""


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(clock=RealClock(speed=SPEED), seed=True) as running:
        yield running


def play(sim: Simulator, folder: Path, *words: str) -> str:
    """The output of ansible-playbook, which must succeed."""
    env = {**variables(sim), "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
    done = ansible(folder, "playbook", *words, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def changes(said: str) -> list[int]:
    """How many tasks changed something, by host."""
    return [int(number) for number in re.findall(r"\bchanged=(\d+)", said)]


def run_example(block: Block, sim: Simulator, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the plays of a block, or its tasks in a play of their own."""
    written = yaml.safe_load(block.text)
    is_play = "hosts" in written[0]
    plays = written if is_play else [{"hosts": "localhost", "gather_facts": False, "tasks": written}]
    (folder / "hosts").write_text(HOSTS, encoding="utf-8")
    (folder / "example.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    known = sim.connection("onetsolutions")
    scope = [f"-e{option}={known[option]}" for option in ("organization_id", "project_id")]
    return ansible(folder, "playbook", "-i", "hosts", "example.yml", *scope, **variables(sim))


@pytest.mark.parametrize("block", [pytest.param(item, id=item.place) for item in EXAMPLES])
def test_example(block: Block, sim: Simulator, tmp_path: Path) -> None:
    done = run_example(block, sim, tmp_path)
    if "api_routes" in block.text:
        # An invented path.
        assert done.returncode != 0
        assert [item for item in sim.ledger.requests() if item.path.endswith("/halt/")]
        return
    assert done.returncode == 0, done.stdout + done.stderr
    restores = len(sim.ledger.restores()) + len(sim.ledger.vms_billed())
    assert bool(restores) == ("snapshot_restore:" in block.text or f"{NAME}.restore" in block.text)
    assert bool(sim.ledger.writes) == ("_info:" not in block.text and f"{NAME}.rehearse" not in block.text)


def test_example_of_error_codes_stops_the_play_and_asks_for_help(sim: Simulator, tmp_path: Path) -> None:
    (block,) = (item for item in EXAMPLES if item.page == "docs/error_codes.md")
    sim.faults.add("cut_after", method="POST", path="/actions/restore$")
    done = run_example(block, sim, tmp_path)
    assert done.returncode != 0
    assert "Please look at web1" in done.stdout
    assert len(sim.ledger.restores()) <= 1


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(item, id=item.place)
        for item in PLAYS
        # The commands of that guide need its own hosts, and run in tests/guarded.
        if f"{NAME}.restore" in item.words and item not in UNDO and "guarded_change" not in item.place
    ],
)
def test_playbook_of_the_collection(command: Command, sim: Simulator, tmp_path: Path) -> None:
    said = play(sim, tmp_path, *command.words[1:])
    assert max(changes(said)) > 0
    assert "--check" in command.words
    assert sim.ledger.writes == 0


@pytest.mark.parametrize(
    "command", [pytest.param(item, id=item.place) for item in PLAYS if f"{NAME}.overview" in item.words]
)
def test_overview(command: Command, sim: Simulator, tmp_path: Path) -> None:
    said = play(sim, tmp_path, *command.words[1:])
    assert re.search(r"^web1 +hostup +before-upgrade ", said, re.MULTILINE)
    assert (tmp_path / "reports/overview.html").exists() == ("overview_report_path" in command.text)
    assert sim.ledger.writes == 0


def test_restore_is_undone_as_the_guide_says(sim: Simulator, tmp_path: Path) -> None:
    restores, *looks_and_undoes = UNDO
    disks = [dict(vm.disk) for vm in sim.cloud.instances("hostup")]
    play(sim, tmp_path, *restores.words[1:])
    assert disks != [vm.disk for vm in sim.cloud.instances("hostup")]
    for command in looks_and_undoes:
        play(sim, tmp_path, *command.words[1:])
        assert len(sim.ledger.restores()) == (2 if "--check" in command.words else 4)
    assert disks == [vm.disk for vm in sim.cloud.instances("hostup")]


@pytest.mark.parametrize("command", [pytest.param(item, id=f"{item.place}-{i}") for i, item in enumerate(AD_HOC)])
def test_ad_hoc_command(command: Command, sim: Simulator, tmp_path: Path) -> None:
    if "clouds" in command.words:
        put(next(item for item in INVENTORY if "keyed_groups" in item.text), tmp_path)
    words = list(command.words[1:])
    if "state=absent" in command.text:
        # What it takes away has to be there.
        before = [word.replace("state=absent", "state=present") for word in words]
        assert ansible(tmp_path, "adhoc", *before, **variables(sim)).returncode == 0
        sim.ledger.clear()
    if f"{NAME}.instance " in command.text:
        (snapshot, *_others) = sim.cloud.account_snapshots("barrack")
        made = f"provider=barrack snapshot={snapshot.id} new_vm_name=web1-copy restore_id=CHG-1234 accept_billing=true"
        restore = ["localhost", "-m", f"{NAME}.snapshot_restore", "-a", made]
        assert ansible(tmp_path, "adhoc", *restore, **variables(sim)).returncode == 0
        sim.ledger.clear()
    if "snapshot_prune" in command.text:
        vm = next(item for item in sim.cloud.instances("hostup") if item.name == "web1")
        for hour in range(3):
            name, mark = f"nightly-20260427T0{hour}0000Z", "[indiecloud.compute]"
            sim.cloud.add_snapshot(vm.id, name=name, age=3600.0 * (4 - hour), description=mark)
    program = command.words[0].removeprefix("ansible").removeprefix("-") or "adhoc"
    done = ansible(tmp_path, program, *words, **{**variables(sim), **command.variables})
    assert done.returncode == 0, done.stdout + done.stderr
    changing = "_info " not in command.text and "--check" not in words and program == "adhoc"
    assert bool(sim.ledger.writes) == changing
    assert ("| CHANGED" in done.stdout) == (program == "adhoc" and "_info " not in command.text)


def test_session_in_the_console(sim: Simulator, tmp_path: Path) -> None:
    (session,) = (item for item in blocks("text") if item.page == "docs/ad_hoc.md")
    (command,) = (item for item in commands() if item.words[0] == "ansible-console")
    done = ansible(tmp_path, "console", *command.words[1:], stdin=session.text, **variables(sim))
    assert done.returncode == 0, done.stderr
    lines = [line for line in session.text.splitlines() if NAME in line]
    assert done.stdout.count("localhost | CHANGED") + done.stdout.count("localhost | SUCCESS") == len(lines)
    assert "FAILED" not in done.stdout
    assert done.stdout.count("would_restore") == 1
    assert len(sim.ledger.restores()) == 1


def test_every_module_has_a_line() -> None:
    text = (ROOT / "docs" / "ad_hoc.md").read_text(encoding="utf-8")
    assert [name for name in modules() if f"-m {NAME}.{name} " not in text] == []

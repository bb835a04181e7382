# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guides whose files and commands belong together run as a whole against the simulator."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from textwrap import indent

import pytest

from ansible_collections.indiecloud.compute.tests.contract.ours import variables
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import Command, blocks, commands
from ansible_collections.indiecloud.compute.tests.unit.architecture.story import PROGRAMS, follow, runner
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import ROOT
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import environment

SPEED = 100.0


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(clock=RealClock(speed=SPEED), seed=True) as running:
        yield running


def restored(sim: Simulator) -> list[str]:
    """The instances in the order in which they were restored."""
    return [sim.cloud.instance(entry.instance_id).name for entry in sim.ledger.restores()]


def test_readme_shows_the_playbook_and_commands_of_getting_started() -> None:
    first = next(item for item in blocks("yaml") if item.page == "README.md")
    assert first.text in {item.text for item in blocks("yaml") if item.page == "docs/getting_started.md"}
    assert len(first.text.splitlines()) <= 25
    # The page for docs.ansible.com is RST, which the tests do not run.
    page = (ROOT / "docs/docsite/rst/guide_first_restore.rst").read_text(encoding="utf-8")
    assert indent(first.text, "    ") in page
    pages = ("README.md", "docs/getting_started.md")
    readme, guide = (
        {item.text for item in commands() if item.place.startswith(page) and "restore.yml" in item.words}
        for page in pages
    )
    assert readme == guide


def test_getting_started(sim: Simulator, tmp_path: Path) -> None:
    env = {name: value for name, value in variables(sim).items() if name.startswith("HOSTUP_")}
    for command, done in follow("docs/getting_started.md", tmp_path, runner(tmp_path, env)):
        assert done.returncode == 0, command.text + done.stdout + done.stderr
        is_restore = command.words[-1] == "restore.yml"
        assert len(sim.ledger.restores()) == (2 if is_restore or sim.ledger.restores() else 0), command.text
    assert sorted(restored(sim)) == ["db1", "web1"]
    assert (tmp_path / "reports/CHG-1234.html").is_file()


def test_cookbook(sim: Simulator, tmp_path: Path) -> None:
    """Each recipe does to the clouds what it says, and a look does nothing."""
    tokens = {"SHOP_TOKEN": sim.tokens["hostup"], "BLOG_TOKEN": sim.tokens["onetsolutions"]}
    env = {**variables(sim), **tokens}
    run = runner(tmp_path, env)
    for words in (("init", "-q"), ("config", "user.email", "a@example.com"), ("config", "user.name", "a")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    done_by = {
        "one_vm.yml": ["web1"],
        "fleet_restore.yml": ["db1", "web1"],
        "indiecloud.compute.undo": ["db1", "web1"],
        "lab.yml": ["db1"],
        "apply.yml": ["db1"],
    }

    def perform(command: Command) -> CompletedProcess[str]:
        if "one_vm.yml" in command.words:
            return answered(command, ["web1", "before-upgrade", "web1"], tmp_path, env)
        if "apply.yml" in command.words:
            subprocess.run(["git", "add", "restores.yml"], cwd=tmp_path, check=True)
            subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "a"], cwd=tmp_path, check=True)
        return run(command)

    expected: list[str] = []
    for command, done in follow("docs/cookbook.md", tmp_path, perform):
        assert done.returncode == 0, command.text + done.stdout + done.stderr
        if "--check" not in command.words:
            expected += next((names for word, names in done_by.items() if word in command.words), [])
        assert restored(sim) == expected, command.text


def answered(command: Command, answers: list[str], folder: Path, env: dict[str, str]) -> CompletedProcess[str]:
    """Run a playbook that asks, with a terminal to answer on."""
    ours, theirs = os.openpty()
    os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    words = [sys.executable, "-m", f"ansible.cli.{PROGRAMS[command.words[0]]}", *command.words[1:]]
    try:
        return subprocess.run(
            words,
            cwd=folder,
            env=environment(env, folder),
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        os.close(ours)
        os.close(theirs)


def test_guide_of_the_inventory(sim: Simulator, tmp_path: Path) -> None:
    env = {**variables(sim), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
    looked = []
    for command, done in follow("docs/inventory.md", tmp_path, runner(tmp_path, env)):
        assert done.returncode == 0, command.text + done.stdout + done.stderr
        assert not [token for token in sim.tokens.values() if token in done.stdout + done.stderr]
        if command.words[0] == "ansible-playbook":
            assert len(sim.ledger.restores()) == (2 if looked else 0), command.text
            looked.append(command)
        else:
            assert "web1" in done.stdout or "gpu1" in command.words

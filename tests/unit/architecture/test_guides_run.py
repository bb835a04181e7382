# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the README and the ad-hoc commands of the guides run, against the simulator, and do what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._operations.session import env_name
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import Command, blocks, commands
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible

SPEED = 100.0
PLAYS = [item for item in commands() if item.words[0] == "ansible-playbook"]
AD_HOC = [item for item in commands() if item.words[0] == "ansible"]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(clock=RealClock(speed=SPEED), seed=True) as running:
        yield running


def variables(sim: Simulator) -> dict[str, str]:
    """The environment that the guides tell the reader to set."""
    values = {"organization_id": sim.organization_id, "project_id": sim.project_id}
    found = {}
    for name, spec in SPECS.items():
        known = {**values, "api_token": sim.tokens[name], "api_url": sim.urls[name]}
        found.update({env_name(spec, option): known[option] for option in ("api_token", "api_url", *spec.scope)})
    return found


def play(sim: Simulator, folder: Path, *words: str) -> str:
    """Run ansible-playbook with shorter pauses between polls; all that was said."""
    env = {**variables(sim), "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
    done = ansible(folder, "playbook", *words, "-e", "restore_wait_interval=0.1", **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def changes(said: str) -> list[int]:
    """How many tasks changed something, by host."""
    return [int(number) for number in re.findall(r"\bchanged=(\d+)", said)]


def test_playbook_of_the_readme(sim: Simulator, tmp_path: Path) -> None:
    (block,) = (item for item in blocks("yaml") if item.page == "README.md" and "hosts:" in item.text)
    assert len(block.text.splitlines()) <= 25
    looks, restores = ([*item.words[1:]] for item in PLAYS if item.place.startswith("README.md"))
    (tmp_path / looks[looks.index("--check") - 1]).write_text(block.text, encoding="utf-8")

    said = play(sim, tmp_path, *looks)
    assert said.count("hours_of_writes_lost") >= 2
    assert sim.ledger.writes == 0

    said = play(sim, tmp_path, *restores)
    assert "web1 restored, power running" in said
    assert "db1 restored, power stopped" in said
    assert len(sim.ledger.restores()) == 2

    said = play(sim, tmp_path, *restores)
    assert "web1 already_restored" in said
    assert changes(said) == [0, 0]
    assert len(sim.ledger.restores()) == 2


@pytest.mark.parametrize(
    "command", [pytest.param(item, id=item.place) for item in PLAYS if f"{NAME}.restore" in item.words]
)
def test_playbook_of_the_collection(command: Command, sim: Simulator, tmp_path: Path) -> None:
    said = play(sim, tmp_path, *command.words[1:])
    assert max(changes(said)) > 0
    assert "--check" in command.words
    assert sim.ledger.writes == 0


@pytest.mark.parametrize("command", [pytest.param(item, id=" ".join(item.words)[:60]) for item in AD_HOC])
def test_ad_hoc_command(command: Command, sim: Simulator, tmp_path: Path) -> None:
    done = ansible(tmp_path, "adhoc", *command.words[1:], **{**variables(sim), **command.variables})
    assert done.returncode == 0, done.stdout + done.stderr
    if "--check" in command.words:
        assert not sim.ledger.writes

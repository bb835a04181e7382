# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the README and the ad-hoc commands of the guides run, against the simulator, and do what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._operations.session import env_name
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import Block, Command, blocks, commands
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible

SPEED = 100.0
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


def playbook(block: Block, folder: Path) -> Path:
    """The block as a file, with shorter pauses between polls."""
    plays = yaml.safe_load(block.text)
    for task in plays[0]["tasks"]:
        for action, options in task.items():
            if action == f"{NAME}.snapshot_restore":
                options["wait_interval"] = 0.1
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump(plays), encoding="utf-8")
    return path


def run(sim: Simulator, path: Path, *words: str) -> tuple[dict[str, Any], str]:
    """Run a playbook; the result of its restore, and all that was said."""
    env = {**variables(sim), "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default", "ANSIBLE_PYTHON_INTERPRETER": "auto_silent"}
    done = ansible(path.parent, "playbook", "-v", str(path), *words, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if '"restore_id"' in line)
    return json.loads(line.split("=> ", 1)[1]), done.stdout


def test_playbook_of_the_readme(sim: Simulator, tmp_path: Path) -> None:
    (block,) = (item for item in blocks("yaml") if item.page == "README.md" and "hosts:" in item.text)
    assert len(block.text.splitlines()) <= 25
    path = playbook(block, tmp_path)

    checked, said = run(sim, path, "--check", "--diff")
    assert checked["status"] == "would_restore"
    assert "hours_of_writes_lost" in said
    assert not sim.ledger.writes

    restored, said = run(sim, path)
    assert (restored["status"], restored["power_state"]) == ("restored", "running")
    assert "restored, power running" in said
    assert len(sim.ledger.restores()) == 1

    again, _said = run(sim, path)
    assert (again["status"], again["changed"]) == ("already_restored", False)
    assert len(sim.ledger.restores()) == 1


@pytest.mark.parametrize("command", [pytest.param(item, id=" ".join(item.words)[:60]) for item in AD_HOC])
def test_ad_hoc_command(command: Command, sim: Simulator, tmp_path: Path) -> None:
    done = ansible(tmp_path, "adhoc", *command.words[1:], **{**variables(sim), **command.variables})
    assert done.returncode == 0, done.stdout + done.stderr
    if "--check" in command.words:
        assert not sim.ledger.writes

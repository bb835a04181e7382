# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live tests against a simulator that is configured like a real account."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

HERE = Path(__file__).resolve().parent


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(clock=RealClock(), durations={"restore": 0.1, "power": 0.1, "create": 0.1}) as running:
        yield running


def run(sim: Simulator, folder: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    account = {"api_token": sim.tokens["hostup"], "api_url": sim.urls["hostup"], **more}
    path = folder / "integration_config.yml"
    path.write_text(yaml.safe_dump({"live_accounts": {"hostup": account}}))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    return subprocess.run(
        [*command, str(HERE / "test_account.py")],
        env={**os.environ, "INDIECLOUD_TEST_ACCOUNTS": str(path)},
        cwd=HERE.parents[1],
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )


def test_without_a_named_instance_nothing_is_written(sim: Simulator, tmp_path: Path) -> None:
    vm = sim.cloud.add_instance("hostup", name="web1", power="running", disk={"a": "b"})
    sim.cloud.add_snapshot(vm.id, name="before", age=60.0)
    done = run(sim, tmp_path, instance=vm.id)
    assert done.returncode == 0, done.stdout
    assert sim.ledger.requests()
    assert [item for item in sim.ledger.requests() if item.method != "GET"] == []
    assert "routes of the account" in done.stdout
    assert sim.tokens["hostup"] not in done.stdout + done.stderr


def test_only_the_named_instance_is_changed(sim: Simulator, tmp_path: Path) -> None:
    other = sim.cloud.add_instance("hostup", name="production", power="running", disk={"a": "b"})
    vm = sim.cloud.add_instance("hostup", name="scratch", power="running", disk={"a": "b"})
    snapshot = sim.cloud.add_snapshot(vm.id, name="before", age=60.0)
    destructive = {"instance": vm.id, "expected_instance_name": "scratch", "snapshot": snapshot.id}
    done = run(sim, tmp_path, destructive=destructive)
    assert done.returncode == 0, done.stdout
    assert len(sim.ledger.restores(vm.id)) == 1
    written = [item.path for item in sim.ledger.requests() if item.method != "GET"]
    assert written
    assert not [path for path in written if other.id in path]
    assert "hostup: " in done.stdout

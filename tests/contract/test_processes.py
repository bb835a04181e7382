# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several controllers on one machine, and controllers that are killed: real processes, and a clock that runs fast."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

from . import runner
from .conftest import BOTH_STORES, Cloud, make_cloud
from .validator import CheckedSimulator

pytestmark = BOTH_STORES

SECONDS_OF_A_RESTORE = 0.6


@pytest.fixture
def sim() -> Iterator[Simulator]:
    durations = {"restore": SECONDS_OF_A_RESTORE, "power": 0.2, "create": 0.2}
    with CheckedSimulator(clock=RealClock(), durations=durations) as running:
        yield running
    assert running.wrong == []


@pytest.fixture
def cloud(sim: Simulator, provider: str, store: str, tmp_path: Path) -> Cloud:
    cloud = make_cloud(sim, sim.clock, provider, tmp_path)
    cloud.always["record"] = store
    return cloud


def start(cloud: Cloud, **params: Any) -> subprocess.Popen[str]:
    options = {
        **cloud.connection,
        "snapshot": cloud.snapshot.id,
        "wait_interval": 0.1,
        "wait_timeout": 60.0,
        **cloud.always,
        **cloud.needs,
        **params,
    }
    process = subprocess.Popen(
        [sys.executable, runner.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(options))
    process.stdin.close()
    process.stdin = None
    return process


def end(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, dummy = process.communicate(timeout=120)
    return dict(json.loads(output))


def test_of_many_at_once_one_restores_and_the_others_find_it_done(cloud: Cloud) -> None:
    results = [end(process) for process in [start(cloud) for dummy in range(4)]]
    assert sorted(item["status"] for item in results) == ["already_restored"] * 3 + ["restored"], results
    assert (cloud.posts, cloud.restores) == (1, 1)
    assert cloud.sim.ledger.concurrent_restores == 0


def test_another_restore_of_the_same_target_waits_its_turn(cloud: Cloud) -> None:
    results = [end(process) for process in [start(cloud, restore_id=name, wait_timeout=60.0) for name in ("a", "b")]]
    done = [item for item in results if item["status"] in ("restored", "already_restored")]
    assert done, results
    assert cloud.sim.ledger.concurrent_restores == 0


def test_killed_while_waiting_is_adopted_by_the_next_run(cloud: Cloud) -> None:
    cloud.sim.set_durations(restore=3.0)
    if cloud.creates:
        cloud.sim.switch(barrack_restore="async")
    victim = start(cloud)
    limit = time.monotonic() + 30.0
    while not cloud.posts and time.monotonic() < limit:
        time.sleep(0.02)
    time.sleep(0.5)
    victim.kill()
    victim.wait()
    result = end(start(cloud))
    assert result["status"] == "restored", result
    assert result["resumed"]
    assert (cloud.posts, cloud.restores) == (1, 1)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several controllers on one machine, and controllers that are killed: real processes, and a clock that runs fast."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

from . import runner
from .conftest import BOTH_STORES, Cloud, make_cloud
from .validator import CheckedSimulator

pytestmark = BOTH_STORES

SPEED = 10.0
"""Seconds that pass in the cloud, and for its controllers, in a real one: all of 0.6 s for a restore."""
SECONDS_OF_A_RESTORE = 6.0
LONG = 1200.0
"""Longer than a run of these tests: only a jump of the clock ends it."""


@pytest.fixture
def sim() -> Iterator[Simulator]:
    durations = {"restore": SECONDS_OF_A_RESTORE, "power": 2.0, "create": 2.0}
    with CheckedSimulator(clock=RealClock(SPEED), durations=durations) as running:
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
        "wait_interval": 1.0,
        "wait_timeout": 600.0,
        **cloud.always,
        **cloud.needs,
        **params,
    }
    process = subprocess.Popen(
        [sys.executable, runner.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    clock = {"speed": SPEED, "now": cloud.clock.now(), "at": time.monotonic()}
    process.stdin.write(json.dumps({"options": options, "clock": clock}))
    process.stdin.close()
    process.stdin = None
    return process


def end(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, dummy = process.communicate(timeout=120)
    return dict(json.loads(output))


def asked(cloud: Cloud) -> list[tuple[str, str]]:
    """What was asked for since the restore was sent."""
    found = [(item.method, item.path) for item in cloud.sim.ledger.requests()]
    sent = next((number for number, item in enumerate(found) if item[0] == "POST"), len(found))
    return found[sent:]


def repeats(requests: list[tuple[str, str]]) -> int:
    """How often the same was asked again at once: who does so waits for an end."""
    return sum(one == other for one, other in pairwise(requests))


def until(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30.0
    while not happened():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_of_many_at_once_one_restores_and_the_others_find_it_done(cloud: Cloud) -> None:
    results = [end(process) for process in [start(cloud) for dummy in range(4)]]
    assert sorted(item["status"] for item in results) == ["already_restored"] * 3 + ["restored"], results
    assert (cloud.posts, cloud.restores) == (1, 1)
    assert cloud.sim.ledger.concurrent_restores == 0


def test_another_restore_of_the_same_target_waits_its_turn(cloud: Cloud) -> None:
    results = [end(process) for process in [start(cloud, restore_id=name) for name in ("a", "b")]]
    done = [item for item in results if item["status"] in ("restored", "already_restored")]
    assert done, results
    assert cloud.sim.ledger.concurrent_restores == 0


def test_killed_while_waiting_is_adopted_by_the_next_run(cloud: Cloud) -> None:
    cloud.sim.set_durations(restore=LONG)
    if cloud.creates:
        cloud.sim.switch(barrack_restore="async")
    victim = start(cloud)
    until(lambda: cloud.posts > 0 and repeats(asked(cloud)) > 0)
    victim.kill()
    victim.wait()
    before = len(asked(cloud))
    adopter = start(cloud)
    until(lambda: repeats(asked(cloud)[before:]) > 0)
    cloud.clock.advance(LONG)
    result = end(adopter)
    assert result["status"] == "restored", result
    assert result["resumed"]
    assert (cloud.posts, cloud.restores) == (1, 1)

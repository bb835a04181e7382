# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All requests that the role sends for a stopped and for a running instance, given by id."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.fleet import Fleet
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

# Requests by host if the path has the id of its instance, else by provider. Ids in paths are replaced.
ASKED = {
    "onetsolutions-stopped": {
        "GET instances/ID": 4,
        "GET instances/ID/snapshots?page_size=100": 2,
        "GET instances/ID/tasks?page_size=100": 1,
        "POST instances/ID/snapshots/ID/restore": 1,
    },
    "onetsolutions-running": {
        "GET instances/ID": 7,
        "GET instances/ID/snapshots?page_size=100": 3,
        "GET instances/ID/tasks?page_size=100": 1,
        "POST instances/ID/shutdown": 1,
        "POST instances/ID/snapshots/ID/restore": 1,
        "POST instances/ID/start": 1,
    },
    "hostup-stopped": {
        "GET vps/ID": 3,
        "GET vps/ID/snapshots": 3,
        "GET vps/ID/status": 2,
        "POST vps/ID/snapshots/before-upgrade/actions/restore": 1,
    },
    "hostup-running": {
        "GET vps/ID": 5,
        "GET vps/ID/snapshots": 4,
        "GET vps/ID/status": 3,
        "POST vps/ID/actions/shutdown": 1,
        "POST vps/ID/snapshots/before-upgrade/actions/restore": 1,
        "POST vps/ID/actions/start": 1,
    },
    "hostup": {"GET jobs/ID": 2},
    # Both restores create a new instance and do not change the old one.
    "barrack-stopped": {"GET instances/ID/": 3},
    "barrack-running": {"GET instances/ID/": 3},
    "barrack": {
        "GET instances/": 6,
        "GET snapshots/": 6,
        "POST snapshots/ID/restore/": 2,
        "GET instances/ID/": 4,
    },
}


@pytest.fixture
def at_once(tmp_path: Path) -> Iterator[Fleet]:
    """Machines of providers whose work ends at once, so each wait is one poll."""
    with Simulator(clock=RealClock(speed=20), seed=False, durations={"restore": 0.001, "power": 0.001}) as sim:
        yield Fleet(sim, tmp_path)


def route(method: str, path: str) -> str:
    path = re.sub(r"^/(v1/organizations/\S+?/compute|api/v2|api)/", "", path)
    return f"{method} {re.sub(r'[0-9a-f]{8}-[0-9a-f-]{27}|(vps|job)_[0-9a-z]{26}|BRK-[0-9A-Z]+', 'ID', path)}"


def test_requests_of_the_role(at_once: Fleet) -> None:
    for provider in ("onetsolutions", "hostup", "barrack"):
        for power in ("stopped", "running"):
            name = f"{provider}-{power}"
            at_once.add_one(name, provider, power, made=f"{name}-again" if provider == "barrack" else None)
    played = at_once.play()
    assert played.code == 0, played.output
    assert {row["status"] for row in played.report["restores"]} == {"restored"}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in at_once.sim.ledger.requests():
        host = next((machine.host for machine in at_once.machines if machine.id in one.path), str(one.provider))
        found[host][route(one.method, one.path)] += 1
    assert found == ASKED

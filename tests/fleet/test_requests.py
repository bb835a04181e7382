# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All requests for one instance and for ten, given by id. Virtual time, so the numbers are always the same."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.virtual import VirtualFleet, outcomes

# By provider and power state: requests for one instance alone, and for ten at once.
ASKED: dict[str, dict[str, tuple[int, int]]] = {
    "onetsolutions running": {
        "GET instances": (0, 13),
        "GET instances/ID": (12, 1),
        "GET instances/ID/snapshots": (1, 10),
        "GET instances/ID/tasks": (2, 20),
        "GET tasks/ID": (14, 42),
        "POST instances/ID/shutdown": (1, 10),
        "POST instances/ID/snapshots/ID/restore": (1, 10),
        "POST instances/ID/start": (1, 10),
    },
    "onetsolutions stopped": {
        "GET instances": (0, 2),
        "GET instances/ID": (2, 1),
        "GET instances/ID/snapshots": (1, 10),
        "GET instances/ID/tasks": (2, 20),
        "GET tasks/ID": (14, 42),
        "POST instances/ID/snapshots/ID/restore": (1, 10),
    },
    "hostup running": {
        "GET jobs/ID": (7, 28),
        "GET vps": (0, 14),
        "GET vps/ID": (1, 1),
        "GET vps/ID/snapshots": (2, 20),
        "GET vps/ID/status": (12, 0),
        "POST vps/ID/actions/shutdown": (1, 10),
        "POST vps/ID/actions/start": (1, 10),
        "POST vps/ID/snapshots/before-upgrade/actions/restore": (1, 10),
    },
    "hostup stopped": {
        "GET jobs/ID": (7, 28),
        "GET vps": (0, 4),
        "GET vps/ID": (1, 1),
        "GET vps/ID/snapshots": (2, 20),
        "GET vps/ID/status": (2, 0),
        "POST vps/ID/snapshots/before-upgrade/actions/restore": (1, 10),
    },
}


def route(method: str, path: str) -> str:
    path = re.sub(r"^/(v1/organizations/\S+?/compute|api/v2|api)/", "", path.partition("?")[0])
    return f"{method} {re.sub(r'[0-9a-f]{8}-[0-9a-f-]{27}|(vps|job)_[0-9a-z]{26}', 'ID', path)}"


def requests(folder: Path, provider: str, power: str, number: int) -> Counter[str]:
    world = VirtualFleet(folder / str(number))
    for index in range(number):
        world.add(f"vm-{index}", provider, power)
    fleet = world.run()
    assert set(outcomes(fleet).values()) == {"restored"}
    return Counter(route(one.method, one.path) for one in world.requests())


@pytest.mark.parametrize("power", ["running", "stopped"])
@pytest.mark.parametrize("provider", ["onetsolutions", "hostup"])
def test_requests(tmp_path: Path, provider: str, power: str) -> None:
    alone, ten = (requests(tmp_path, provider, power, number) for number in (1, 10))
    found = {name: (alone[name], ten[name]) for name in sorted({*alone, *ten})}
    assert found == ASKED[f"{provider} {power}"]

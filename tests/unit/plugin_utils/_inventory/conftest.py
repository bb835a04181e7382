# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world in which the inventory plugin is run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.plugin_utils._inventory.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Simulator(clock=RealClock(speed=100.0), seed=False) as sim:
        yield World(sim, tmp_path)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests import processes
from ansible_collections.indiecloud.compute.tests.guarded.site import Site
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

SPEED = 20.0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Simulator(clock=RealClock(speed=SPEED), seed=False) as sim:
        yield Site(sim, tmp_path)
    # Workers of a killed playbook have sessions of their own and outlive it.
    processes.kill_descendants(os.getpid())

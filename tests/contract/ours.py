# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our side of a simulated cloud: its time as our code reads it, and the environment of who has an account there."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.simulator.clock import Clock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator


def runtime_of(clock: Clock) -> Runtime:
    """Time as it is in the cloud, and no chance."""
    return Runtime(
        monotonic=clock.monotonic,
        now=lambda: datetime.fromtimestamp(clock.now(), timezone.utc),
        sleep=clock.sleep,
        uniform=lambda low, high: (low + high) / 2,
    )


def variables(sim: Simulator) -> dict[str, str]:
    """The environment variables that reach the accounts at all providers, as the guides tell the reader to set them."""
    found = {}
    for name, spec in SPECS.items():
        known = sim.connection(name)
        found.update({spec.env_name(option): known[option] for option in ("api_token", "api_url", *spec.scope)})
    return found

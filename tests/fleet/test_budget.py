# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet takes as long as the provider's rate limits demand, in simulated time."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.indiecloud.compute.tests.fleet.phases import Cost, restore_fleet

REQUESTS_EACH = 14
"""For a running instance that is restored by ids and started again; docs/fleet.md lists the requests."""
SIZE, LIMITS = 40, (120, 12)


def check(cost: Cost) -> None:
    assert (cost.restored, cost.running) == (cost.size, cost.size)
    assert cost.requests == REQUESTS_EACH * cost.size
    assert cost.statuses[429] <= cost.requests // 100
    assert cost.seconds <= 1.15 * cost.bound, (cost.seconds, cost.bound)


def test_fleet_within_limits(tmp_path: Path) -> None:
    cost = restore_fleet(tmp_path, SIZE, LIMITS)
    check(cost)
    assert set(cost.statuses) <= {200, 202}
    # Also within any 60 seconds and any single second, not only within those of the clock.
    for number, seconds in zip(LIMITS, (60.0, 1.0), strict=True):
        assert all(b - a >= seconds for a, b in zip(cost.times, cost.times[number:], strict=False))


def test_cost_grows_linearly(tmp_path: Path) -> None:
    """Twice the fleet sends twice the requests. Smaller fleets poll their last restores and send more."""
    check(restore_fleet(tmp_path, 2 * SIZE, LIMITS))

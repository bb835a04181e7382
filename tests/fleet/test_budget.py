# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet is bounded by the provider's limits: in simulated time, by the simulator's ledger."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.indiecloud.compute.tests.fleet.phases import Cost, restore_fleet

REQUESTS_EACH = 14
"""Of a running instance that is restored by ids and started again; docs/fleet.md lists them."""
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
    # Also by a provider that looks at any 60 seconds, and any one.
    for number, seconds in zip(LIMITS, (60.0, 1.0), strict=True):
        assert all(b - a >= seconds for a, b in zip(cost.times, cost.times[number:], strict=False))


def test_cost_grows_linearly(tmp_path: Path) -> None:
    """Twice the fleet is twice the requests: smaller ones wait for their last restores and read more."""
    check(restore_fleet(tmp_path, 2 * SIZE, LIMITS))

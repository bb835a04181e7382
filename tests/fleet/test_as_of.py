# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role restores the newest snapshot before a time on every provider, and keeps to it."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.fleet import FILE, LOST, SAVED, Fleet


@pytest.fixture
def dated(fleet: Fleet) -> Fleet:
    """One host of each provider, with a snapshot of an hour ago and one of now."""
    for provider in ("hostup", "onetsolutions", "barrack"):
        fleet.add(provider, 1)
    for one in fleet.machines:
        fleet.sim.cloud.add_snapshot(one.id, f"late-{one.host}")
        fleet.extra[one.host] = {"restore_snapshot": ""}
    return fleet


def test_role_restores_as_of_a_time_once(dated: Fleet) -> None:
    before = datetime.fromtimestamp(dated.sim.cloud.clock.now() - 1800, timezone.utc).isoformat()
    words = ("-e", f"restore_snapshot_as_of={before}", "-e", "restore_id=INC-7")
    check = dated.play(*words, "--check", "--diff")
    assert check.code == 0, check.output
    assert check.output.count("before-upgrade") >= 3
    assert dated.sim.ledger.restores() == []

    assert dated.play(*words).code == 0
    for one in dated.machines:
        assert dated.disk(one) == SAVED, one
        if not one.made:
            # Where the snapshot is gone, a second run still means it, and not an older one.
            found = dated.sim.cloud.snapshots(one.id)
            dated.sim.cloud.remove_snapshot(next(item for item in found if item.name == "before-upgrade"))
            dated.sim.cloud.write(one.id, FILE, LOST)
            dated.sim.cloud.add_snapshot(one.id, "older", age=5000)
    again = dated.play(*words)
    assert again.code == 0, again.output
    assert {row["status"] for row in again.rows.values()} == {"already_restored"}
    assert [dated.restores(one) for one in dated.machines] == [1, 1, 1]


def test_both_ways_to_choose_are_refused(dated: Fleet) -> None:
    played = dated.play("-e", "restore_snapshot=x", "-e", "restore_snapshot_as_of=2026-04-27T08:00:00Z")
    assert played.code != 0
    assert dated.sim.ledger.requests() == []

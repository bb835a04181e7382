# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet on three clouds of which three machines fail, and controllers that are killed.

FLEET_SIZE=50 tries a larger fleet than there is time for each day.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.fleet import LOST, SAVED, Fleet

SIZE = max(20, int(os.environ.get("FLEET_SIZE", "20")) // 5 * 5)
UNKNOWN_SNAPSHOT, STUBBORN, BROKEN = "onetsolutions-04", "hostup-05", "hostup-07"
FAILING = {
    UNKNOWN_SNAPSHOT: ("preflight", "snapshot_not_found"),
    STUBBORN: ("stopping", "power_failed"),
    BROKEN: ("accepted", "restore_failed"),
}


def test_fleet_of_which_three_fail(fleet: Fleet) -> None:
    fleet.add("onetsolutions", SIZE * 2 // 5)
    fleet.add("hostup", SIZE * 2 // 5)
    fleet.add("barrack", SIZE // 5)
    fleet.extra[UNKNOWN_SNAPSHOT] = {"restore_snapshot": "no-such-snapshot"}
    good = [one for one in fleet.machines if one.host not in FAILING]

    # Check mode predicts every failure except those that happen during the restore.
    foretold = fleet.play("--check")
    assert fleet.sim.ledger.writes == 0
    assert len(foretold.rows) == SIZE
    told = {host: (row["phase"], row["error_code"]) for host, row in foretold.rows.items() if row["status"] == "failed"}
    assert told == {UNKNOWN_SNAPSHOT: FAILING[UNKNOWN_SNAPSHOT]}
    assert {row["status"] for host, row in foretold.rows.items() if host not in told} == {"would_restore"}

    fleet.sim.faults.add_job("fail", fleet.named(STUBBORN).id, "stop", times=None)
    fleet.sim.faults.add_job("fail", fleet.named(BROKEN).id, "restore")
    played = fleet.play()
    assert played.code == 2
    assert played.tables == 1
    assert f"3 FAILED, {SIZE - 3} restored." in played.output
    told = {host: (row["phase"], row["error_code"]) for host, row in played.rows.items() if row["status"] == "failed"}
    assert told == FAILING
    assert {one.host: fleet.restores(one) for one in good} == {one.host: 1 for one in good}
    assert {fleet.disk(one) for one in good} == {SAVED}
    assert {one.host: fleet.power(one) for one in good} == {one.host: one.power for one in good}
    for host in FAILING:
        one = fleet.named(host)
        assert fleet.restores(one) == 0
        assert fleet.disk(one) == LOST
        assert played.rows[host]["power_state"] == fleet.power(one)
        assert played.rows[host]["next_steps"]
    # One POST for each restore that was sent, and a stop and a start for each machine that ran.
    assert fleet.posts("/restore") == len(good) + 1
    in_place = [one for one in good if not one.made and one.power == "running"]
    stubborn = [one for one in fleet.sim.ledger.requests("POST") if fleet.named(STUBBORN).id in one.path]
    assert fleet.sim.ledger.writes == len(good) + 1 + 2 * len(in_place) + 1 + len(stubborn)
    assert fleet.sim.ledger.concurrent_restores == 0

    fleet.sim.faults.clear()
    fleet.sim.ledger.clear()
    again = fleet.play()
    assert {again.changed[one.host] for one in good} == {0}
    assert {again.rows[one.host]["status"] for one in good} == {"already_restored"}
    assert again.rows[UNKNOWN_SNAPSHOT]["error_code"] == "snapshot_not_found"
    for host in (STUBBORN, BROKEN):
        assert again.rows[host]["status"] == "restored"
        assert fleet.restores(fleet.named(host)) == 1
        assert fleet.power(fleet.named(host)) == "running"
    assert fleet.posts("/restore") == 2


def sent(fleet: Fleet, ending: str, number: int) -> Callable[[], bool]:
    return lambda: fleet.posts(ending) >= number


MOMENTS = {
    "the first stop was asked for": ("shutdown", 1),
    "the first restore was sent": ("/restore", 1),
    "all restores were sent": ("/restore", 4),
    "the first start was asked for": ("start", 1),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_controller(fleet: Fleet, moment: str) -> None:
    fleet.add_one("shop", "onetsolutions")
    fleet.add_one("mail", "hostup")
    fleet.add_one("idle", "hostup", power="stopped")
    fleet.add_one("train", "barrack", made="train-again")
    assert fleet.kill(sent(fleet, *MOMENTS[moment]))

    played = fleet.play()
    assert played.code == 0, played.output
    assert {row["status"] for row in played.rows.values()} <= {"restored", "already_restored"}
    assert {one.host: fleet.restores(one) for one in fleet.machines} == {one.host: 1 for one in fleet.machines}
    assert {one.host: fleet.power(one) for one in fleet.machines} == {one.host: one.power for one in fleet.machines}
    assert {fleet.disk(one) for one in fleet.machines} == {SAVED}
    assert fleet.sim.ledger.concurrent_restores == 0

    fleet.sim.ledger.clear()
    again = fleet.play()
    assert set(again.changed.values()) == {0}
    assert fleet.sim.ledger.writes == 0

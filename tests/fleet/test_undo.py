# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook ``undo`` puts back the safety snapshots of a play, and says where there is nothing to undo."""

from __future__ import annotations

import json

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.fleet import FILE, LOST, SAVED, Fleet

UNDO = ("indiecloud.compute.undo", "-e", "restore_hosts=all")
ID = ("-e", "restore_id=CHG-1")


@pytest.mark.parametrize("record", ["file", "provider"])
def test_undo_puts_back_the_disks_once(fleet: Fleet, record: str) -> None:
    for provider in ("hostup", "onetsolutions"):
        fleet.add_one(f"{provider}-0", provider)
    # A claim at HostUp lasts as long as the timeout, and the time of the simulator runs fast.
    where = ("-e", f"restore_record={record}", "-e", "restore_wait_timeout=1800")
    restored = fleet.play(*ID, *where, "-e", "restore_safety_snapshot=required")
    assert restored.code == 0, restored.output
    assert [fleet.disk(one) for one in fleet.machines] == [SAVED, SAVED]
    if record == "provider":
        # Another controller, which has no record of its own.
        for path in fleet.folder.glob("restores.sqlite3*"):
            path.unlink()

    check = fleet.play(*ID, *where, "--check", "--diff", playbook=UNDO)
    assert check.code == 0, check.output
    assert check.output.count("snapshot pre-CHG-1") >= 2
    assert [fleet.disk(one) for one in fleet.machines] == [SAVED, SAVED]

    done = fleet.play(*ID, *where, playbook=UNDO)
    assert done.code == 0, done.output
    assert {row["status"] for row in done.rows.values()} == {"restored"}
    assert [fleet.disk(one) for one in fleet.machines] == [LOST, LOST]
    assert [fleet.power(one) for one in fleet.machines] == ["running", "running"]

    for one in fleet.machines:
        fleet.sim.cloud.write(one.id, FILE, "written later")
    again = fleet.play(*ID, *where, playbook=UNDO)
    assert {row["status"] for row in again.rows.values()} == {"already_restored"}, again.output
    assert [fleet.disk(one) for one in fleet.machines] == ["written later"] * 2
    assert [fleet.restores(one) for one in fleet.machines] == [2, 2]


def test_undo_says_where_there_is_nothing_to_undo(fleet: Fleet) -> None:
    fleet.add_one("never", "hostup")
    fleet.add_one("unsafe", "onetsolutions")
    fleet.add("barrack", 1)
    assert fleet.play(*ID, "--limit", "!never").code == 0
    before = fleet.posts()
    played = fleet.play(*ID, playbook=UNDO)
    assert played.code != 0
    assert "no restore 'CHG-1'" in played.rows["never"]["message"]
    assert "no safety snapshot is recorded" in played.rows["unsafe"]["message"]
    assert "delete the new instance" in played.rows["barrack-00"]["message"]
    assert fleet.posts() == before


def test_undo_needs_hosts_and_an_id(fleet: Fleet) -> None:
    fleet.add_one("a", "hostup")
    for words in (UNDO, (UNDO[0], *ID)):
        assert fleet.play(playbook=words).code != 0
    assert fleet.sim.ledger.requests() == []


def test_undo_of_targets(fleet: Fleet) -> None:
    one = fleet.add_one("a", "hostup")
    assert fleet.play(*ID, "-e", "restore_safety_snapshot=required").code == 0
    targets = json.dumps({"restore_targets": [{"provider": "hostup", "instance": one.id, "id": "CHG-1"}]})
    played = fleet.play("-e", targets, playbook=UNDO)
    assert played.code == 0, played.output
    assert fleet.disk(one) == LOST
    nameless = json.dumps({"restore_targets": [{"provider": "hostup", "instance": one.id}]})
    assert "restore_id is not set" in fleet.play("-e", nameless, playbook=UNDO).output

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A later phase of a restore reads only what may have changed; what could mean another target is always read."""

from __future__ import annotations

from .conftest import IN_PLACE, Cloud


def listings(cloud: Cloud) -> tuple[int, int]:
    """How often instances and snapshots were listed."""
    paths = [item.path.split("?")[0] for item in cloud.sim.ledger.requests("GET")]
    return sum(path.endswith(("/instances", "/vps")) for path in paths), sum(
        path.endswith("/snapshots") for path in paths
    )


def sent(cloud: Cloud) -> str:
    """The restore_id of a restore that is under way."""
    outcome = cloud.restore(wait=False)
    assert not outcome.failed, outcome.result
    cloud.sim.ledger.clear()
    return str(outcome.result["restore_id"])


@IN_PLACE
def test_another_snapshot_is_not_taken_for_the_known_one(cloud: Cloud) -> None:
    other = cloud.sim.cloud.add_snapshot(cloud.vm.id, name="another", age=60.0)
    outcome = cloud.restore(restore_id=sent(cloud), snapshot=other.id)
    assert outcome.result["error_code"] == "restore_id_conflict"
    assert cloud.posts == 0


@IN_PLACE
def test_an_id_means_the_instance_with_this_id_and_needs_no_list(cloud: Cloud) -> None:
    other = cloud.sim.cloud.add_instance(cloud.provider, name=cloud.vm.id)
    outcome = cloud.restore()
    assert outcome.result["status"] == "restored", outcome.result
    assert (cloud.restores, len(cloud.sim.ledger.restores(other.id))) == (1, 0)
    assert listings(cloud)[0] == 0


@IN_PLACE
def test_expected_name_is_compared_with_the_name_that_was_read(cloud: Cloud) -> None:
    assert cloud.restore(check=True, expected_instance_name="web1").result["status"] == "would_restore"
    wrong = cloud.restore(expected_instance_name="web2")
    assert wrong.result["error_code"] == "instance_name_differs"
    assert cloud.writes == 0


@IN_PLACE
def test_finished_restore_reads_everything_again(cloud: Cloud) -> None:
    name = sent(cloud)
    cloud.restore(restore_id=name)
    cloud.sim.ledger.clear()
    assert cloud.restore(restore_id=name).result["status"] == "already_restored"
    assert listings(cloud) == (0, 1)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The safety snapshot of a restore: taken once before it, and what its failure and an earlier one mean."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task

from .conftest import BARRACK, HOSTUP, IN_PLACE, Cloud


def safety(cloud: Cloud) -> list[str]:
    return sorted(item.name for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name.startswith("pre-"))


def refuse(cloud: Cloud, **params: Any) -> None:
    cloud.sim.faults.add("status", method="POST", path="/snapshots/?$", status=422, **params)


@IN_PLACE
class TestSafetySnapshot:
    @pytest.mark.parametrize("switches", [{}, {"onet_restore_answer": "task"}])
    def test_is_taken_before_the_restore_and_holds_what_was_overwritten(self, cloud: Cloud) -> None:
        outcome = cloud.restore(safety_snapshot="required")
        assert not outcome.failed, outcome.result
        taken = outcome.result["safety_snapshot"]
        assert taken["name"] == f"pre-{outcome.result['restore_id'][:8]}"
        assert taken["survived"] is True
        kept = [item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == taken["name"]]
        assert dict(kept[0].disk) == {"/etc/motd": "after"}
        assert dict(cloud.sim.cloud.disk(cloud.vm.id)) == {"/etc/motd": "before"}

    def test_is_taken_again_before_a_repeat(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path="restore")
        cloud.restore(safety_snapshot="required", restore_id="r")
        cloud.sim.cloud.write(cloud.vm.id, "/srv/data", "written between the two")
        cloud.clock.advance(1000.0)
        outcome = cloud.restore(safety_snapshot="required", restore_id="r")
        kept = outcome.result["safety_snapshot"]["name"]
        (snapshot,) = [item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == kept]
        assert dict(snapshot.disk)["/srv/data"] == "written between the two"
        assert cloud.restores == 1

    def test_name_that_is_taken_is_numbered(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="pre-CHG-2026", age=60.0)
        outcome = cloud.restore(safety_snapshot="required", restore_id="CHG-2026-11-20")
        assert outcome.result["safety_snapshot"]["name"] == "pre-CHG-2026-2"

    def test_lost_answer_is_found_in_the_list(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_after", method="POST", path="/snapshots$")
        outcome = cloud.restore(safety_snapshot="required")
        assert outcome.result["status"] == "restored", outcome.result
        assert len(cloud.sim.ledger.requests(method="POST", path_contains="/snapshots")) == 2


@HOSTUP
class TestHostUp:
    @pytest.mark.parametrize("switches", [{"hostup_newer_snapshots": "lost"}])
    def test_loss_is_reported(self, cloud: Cloud) -> None:
        outcome = cloud.restore(safety_snapshot="auto")
        assert outcome.result["safety_snapshot"]["survived"] is False
        assert any("did not survive" in text for text in outcome.warnings)

    @pytest.mark.parametrize("switches", [{"hostup_newer_snapshots": "refused"}])
    def test_refusal_that_it_may_have_caused_names_it(self, cloud: Cloud) -> None:
        outcome = cloud.restore(safety_snapshot="auto", wait_timeout=600.0)
        assert outcome.failed
        assert "newer" in outcome.result["msg"]
        # The code of this refusal is published for failures behind the API too.
        assert outcome.result["restore_sent"] == "unknown"
        assert cloud.restores == 0

    def test_required_without_a_slot_is_refused(self, cloud: Cloud) -> None:
        for number in range(4):
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"s{number}", age=60.0)
        code = cloud.restore(safety_snapshot="required").result["error_code"]
        assert code in ("no_snapshot_slot", "snapshot_not_allowed")
        assert cloud.writes == 0
        outcome = cloud.restore(safety_snapshot="auto")
        assert outcome.result["status"] == "restored"
        assert any("no safety snapshot" in text for text in outcome.warnings)


@IN_PLACE
class TestFailure:
    def test_ends_the_run_where_it_is_required(self, cloud: Cloud) -> None:
        refuse(cloud)
        assert cloud.restore(safety_snapshot="required").failed
        assert (cloud.restores, cloud.restore(safety_snapshot="required").result["status"]) == (0, "restored")

    def test_is_a_warning_otherwise(self, cloud: Cloud) -> None:
        refuse(cloud)
        outcome = cloud.restore(safety_snapshot="auto")
        assert (outcome.result["status"], cloud.restores) == ("restored", 1)
        assert any("safety snapshot" in text for text in outcome.warnings)

    def test_of_the_restore_after_it_is_a_change(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore$", status=403)
        outcome = cloud.restore(safety_snapshot="required")
        assert (outcome.failed, outcome.result["changed"], len(safety(cloud))) == (True, True, 1)


@IN_PLACE
class TestEarlierOne:
    """An attempt failed after its safety snapshot was taken."""

    def attempt(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore$", status=403)
        assert cloud.restore(safety_snapshot="required", restore_id="CHG 1").failed
        assert safety(cloud) == ["pre-CHG-1"]

    @pytest.mark.parametrize("power", ["running", "stopped"])
    def test_does_not_count_since_the_instance_may_have_run(self, cloud: Cloud, power: str) -> None:
        self.attempt(cloud)
        cloud.vm.power = "running"
        cloud.sim.cloud.write(cloud.vm.id, "/srv/data", "precious")
        cloud.vm.power = power
        outcome = cloud.restore(safety_snapshot="required", restore_id="CHG 1", stop="always")
        assert outcome.result["status"] == "restored", outcome.result
        kept = next(
            item
            for item in cloud.sim.cloud.snapshots(cloud.vm.id)
            if item.name == outcome.result["safety_snapshot"]["name"]
        )
        assert dict(kept.disk)["/srv/data"] == "precious"

    def test_does_not_count_when_it_is_gone(self, cloud: Cloud) -> None:
        self.attempt(cloud)
        gone = next(item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == "pre-CHG-1")
        cloud.sim.cloud.remove_snapshot(gone)
        outcome = cloud.restore(safety_snapshot="required", restore_id="CHG 1")
        assert outcome.result["safety_snapshot"]["survived"]
        assert len(safety(cloud)) == 1

    def test_of_a_finished_restore_does_not_count_for_the_next(self, cloud: Cloud) -> None:
        cloud.restore(safety_snapshot="required", restore_id="CHG 1")
        cloud.restore(safety_snapshot="required", restore_id="CHG 1", force=True)
        assert len(safety(cloud)) == 2


@BARRACK
@pytest.mark.parametrize("wanted", [{"safety_snapshot": "required"}, {"stop": "always"}, {"power_after": "previous"}])
def test_option_that_only_applies_in_place_is_refused(cloud: Cloud, wanted: dict[str, str]) -> None:
    outcome = cloud.run(restore_task, snapshot=cloud.snapshot.id, **cloud.needs, **wanted)
    assert outcome.failed
    assert cloud.writes == 0


@HOSTUP
class TestPlanWithoutCapacity:
    @pytest.mark.parametrize("check", [False, True])
    def test_required_is_refused_before_anything_is_touched(self, cloud: Cloud, check: bool) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add(
            "wrong_type", method="GET", path="/snapshots$", times=None, keys=["available"], value=False
        )
        outcome = cloud.restore(safety_snapshot="required", stop="always", check=check)
        assert outcome.result["error_code"] == "snapshot_not_allowed", outcome.result
        assert cloud.writes == 0

    def test_auto_goes_on_with_a_warning(self, cloud: Cloud) -> None:
        cloud.sim.faults.add(
            "wrong_type", method="GET", path="/snapshots$", times=None, keys=["available"], value=False
        )
        outcome = cloud.restore(safety_snapshot="auto")
        assert outcome.result["status"] == "restored", outcome.result
        assert outcome.warnings
        assert cloud.writes == 1

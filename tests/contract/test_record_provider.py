# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both stores of the record: what a later run knows, and with ``record: provider`` a controller on another machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import instances_task
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.tags import MARKER

from .conftest import BOTH_STORES, HOSTUP, IN_PLACE, ONET, ROLE, Cloud
from .hooks import On

TAGS = [{"onet_tags": form} for form in ("list", "map", "null")]
STAGES = ("claimed", "stopping", "accepted", "settled", "done")


PROVIDER = pytest.mark.parametrize("store", ["provider"])


def elsewhere(cloud: Cloud) -> Cloud:
    """The same cloud, seen by a later run; with ``record: provider`` that of a controller on another machine."""
    if cloud.always["record"] == "file":
        return cloud
    return replace(cloud, record=cloud.record.with_name("elsewhere.sqlite3"))


def read_tags(cloud: Cloud) -> Any:
    """The tags as the API shows them."""
    return cloud.run(instances_task, instance=cloud.vm.id).result["instances"][0]["tags"]


def powered(cloud: Cloud) -> list[str]:
    return [item.action for item in cloud.sim.ledger.power_cycles(cloud.vm.id)]


@BOTH_STORES
class TestDone:
    @pytest.mark.parametrize("power", ["running", "stopped"])
    def test_is_known_to_a_later_run(self, cloud: Cloud, power: str) -> None:
        cloud.set_power(power)
        first = cloud.restore(**ROLE)
        assert (first.result["status"], cloud.restores) == ("restored", 1), first.result
        assert cloud.sim.cloud.power(cloud.vm.id) == power
        cloud.sim.ledger.clear()
        cloud.clock.advance(60.0)
        again = elsewhere(cloud).restore(**ROLE)
        assert again.result["status"] == "already_restored", again.result
        assert (again.result["changed"], cloud.writes) == (False, 0)

    @IN_PLACE
    def test_check_mode_knows_it(self, cloud: Cloud) -> None:
        assert cloud.restore(check=True).result["status"] == "would_restore"
        assert cloud.writes == 0
        cloud.restore()
        cloud.sim.ledger.clear()
        assert elsewhere(cloud).restore(check=True).result["status"] == "already_restored"
        assert cloud.writes == 0

    @ONET
    def test_several_restores_are_all_remembered(self, cloud: Cloud) -> None:
        for name in ("a", "b", "c"):
            assert cloud.restore(restore_id=name).result["status"] == "restored"
        for name in ("a", "b", "c"):
            assert elsewhere(cloud).restore(restore_id=name).result["status"] == "already_restored"
        assert cloud.restores == 3

    @IN_PLACE
    def test_another_snapshot_under_the_same_id_is_a_conflict(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        other = cloud.sim.cloud.add_snapshot(cloud.vm.id, name="other", age=60.0)
        outcome = elsewhere(cloud).restore(restore_id="CHG-1", snapshot=other.id)
        assert outcome.result["error_code"] == "restore_id_conflict"
        assert cloud.restores == 1


@BOTH_STORES
class TestStages:
    @pytest.mark.parametrize("power", ["running", "stopped"])
    def test_each_stage_goes_on_where_the_last_one_ended(self, cloud: Cloud, power: str) -> None:
        cloud.set_power(power)
        for stage in STAGES:
            cloud.killed_in(stage, **ROLE)
            cloud.clock.advance(60.0)  # until the snapshot that claims the restore is complete
        assert (cloud.posts, cloud.restores) == (1, 1)
        assert cloud.sim.cloud.power(cloud.vm.id) == power
        assert powered(cloud) == (["stop", "start"] if power == "running" and not cloud.creates else [])
        cloud.sim.ledger.clear()
        again = cloud.restore(**ROLE).result
        assert (again["status"], again["changed"]) == ("already_restored", False)
        assert cloud.writes == 0


@IN_PLACE
class TestUnfinished:
    @BOTH_STORES
    @pytest.mark.parametrize("stage", STAGES)
    @pytest.mark.parametrize("power", ["running", "stopped"])
    def test_is_finished_by_a_later_run(self, cloud: Cloud, stage: str, power: str) -> None:
        cloud.set_power(power)
        cloud.killed_in(stage, **ROLE)
        cloud.clock.advance(2000.0)
        outcome = elsewhere(cloud).restore(**ROLE)
        assert outcome.result["status"] in ("restored", "accepted_unverified", "already_restored") or (
            # HostUp keeps no note of what came after the claim, so that a person has to look.
            cloud.provider == "hostup" and outcome.result["error_code"] == "outcome_unknown"
        ), outcome.result
        # By the rule that a second one of an instance that has stayed stopped changes nothing, it may be sent again.
        assert cloud.effective == (0 if stage in ("claimed", "stopping") and outcome.failed else 1)
        assert outcome.failed is False or cloud.always["record"] == "provider"
        if not outcome.failed:
            assert cloud.sim.cloud.power(cloud.vm.id) == power

    @BOTH_STORES
    def test_other_restore_is_in_progress_everywhere(self, cloud: Cloud) -> None:
        cloud.killed_in("stopping", restore_id="one", **ROLE)
        outcome = elsewhere(cloud).restore(restore_id="two", **ROLE)
        assert outcome.result["error_code"] == "restore_in_progress"
        assert cloud.posts == 0

    @PROVIDER
    def test_claim_of_another_controller_is_waited_for(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.killed_in("stopping", wait_timeout=900.0, **ROLE)
        soon = elsewhere(cloud).restore(wait_timeout=30.0, **ROLE)
        assert soon.result["error_code"] == "restore_in_progress", soon.result
        assert cloud.posts == 0
        assert "another controller" in soon.result["msg"]

    @PROVIDER
    def test_on_unknown_restore_does_not_wait(self, cloud: Cloud) -> None:
        cloud.killed_in("stopping", wait_timeout=9000.0, **ROLE)
        outcome = elsewhere(cloud).restore(wait_timeout=600.0, on_unknown="restore", **ROLE)
        assert outcome.result["status"] == "restored", outcome.result
        assert cloud.restores == 1


@PROVIDER
@ONET
class TestTags:
    @pytest.mark.parametrize("switches", TAGS)
    def test_only_one_entry_is_added_in_the_form_that_is_found(self, cloud: Cloud) -> None:
        before = read_tags(cloud)
        assert cloud.restore().result["status"] in ("restored", "accepted_unverified")
        after = read_tags(cloud)
        if isinstance(before, dict):
            assert {key: value for key, value in after.items() if key != MARKER} == before
            assert isinstance(after[MARKER], str)
        else:
            assert [item for item in after if not str(item).startswith(MARKER)] == (before or [])
            assert sum(str(item).startswith(MARKER) for item in after) == 1

    @pytest.mark.parametrize("tags", ["one,two", 5, True])
    def test_other_forms_are_refused_before_anything_is_sent(self, cloud: Cloud, tags: Any) -> None:
        cloud.vm.extra["tags"] = tags
        for check in (True, False):
            outcome = cloud.restore(check=check)
            assert outcome.result["error_code"] == "record_unavailable", outcome.result
        assert cloud.writes == 0

    def test_unexpected_change_stops_the_restore(self, cloud: Cloud) -> None:
        def spoil() -> None:
            cloud.sim.faults.add("wrong_type", method="GET", keys=["size.slug"], value="something else")

        cloud.sim.hooks = On("PUT", "", spoil, after=True)
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "unexpected_change", outcome.result
        assert cloud.posts == 0

    @pytest.mark.parametrize("note", ["", "[]x", "{}", '[{"id":5}]', '[{"phase":"done"}]', "[" * 5000])
    def test_edited_record_stops_everything(self, cloud: Cloud, note: str) -> None:
        cloud.vm.extra["tags"] = [f"{MARKER}={note}"]
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "record_unavailable", outcome.result
        assert cloud.writes == 0

    @pytest.mark.parametrize("switches", [{"documented_only": True}])
    def test_instance_that_cannot_be_read_is_refused(self, cloud: Cloud) -> None:
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "record_unavailable", outcome.result
        assert cloud.writes == 0

    def test_overwritten_claim_gives_way(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.killed_in("stopping", **ROLE)
        elsewhere(cloud).killed_in("stopping", on_unknown="restore", **ROLE)
        ours = cloud.restore(wait_timeout=60.0, **ROLE)
        assert ours.result["error_code"] == "restore_in_progress", ours.result
        assert cloud.posts == 0


@PROVIDER
@HOSTUP
class TestSnapshots:
    def names(self, cloud: Cloud) -> list[str]:
        return sorted(item.name for item in cloud.sim.cloud.snapshots(cloud.vm.id))

    def fill(self, cloud: Cloud, number: int) -> None:
        for index in range(number):
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"other-{index}", age=7200.0)

    def test_one_snapshot_before_and_one_after(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1234")
        assert self.names(cloud) == ["before-upgrade", "done-CHG-1234", "pre-CHG-1234"]

    def test_is_the_safety_snapshot_too(self, cloud: Cloud) -> None:
        outcome = cloud.restore(restore_id="CHG-1234", safety_snapshot="required")
        assert outcome.result["safety_snapshot"]["name"] == "pre-CHG-1234"
        assert outcome.result["safety_snapshot"]["survived"] is True
        assert self.names(cloud) == ["before-upgrade", "done-CHG-1234", "pre-CHG-1234"]

    def test_no_slot_is_refused_before_anything_is_sent(self, cloud: Cloud) -> None:
        self.fill(cloud, 4)  # with the one that is restored, all five
        for check in (True, False):
            assert cloud.restore(check=check).result["error_code"] == "snapshot_not_allowed"
        assert cloud.writes == 0

    def test_missing_slot_for_the_end_is_a_warning(self, cloud: Cloud) -> None:
        self.fill(cloud, 3)
        outcome = cloud.restore()
        assert outcome.result["status"] == "restored"
        assert any("own record" in item for item in outcome.warnings), outcome.warnings
        again = elsewhere(cloud).restore(wait_timeout=200.0)
        assert again.result["status"] != "would_restore"
        assert cloud.restores <= 2

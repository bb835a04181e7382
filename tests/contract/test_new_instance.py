# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance that a restore made, or that only has its name: seen again by later runs."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase

from .conftest import BARRACK, Cloud
from .test_lost_and_found import lose_the_request


@BARRACK
class TestNewInstance:
    def test_conflict_quotes_the_provider(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore", status=409, message="Name in use")
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "conflict"
        assert "Name in use" in outcome.result["msg"]
        assert "is off" not in outcome.result["msg"]

    @pytest.mark.parametrize("switches", [{"barrack_provenance": "snapshot"}])
    def test_instance_of_another_snapshot_is_never_taken_for_ours(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        cloud.sim.cloud.add_instance("barrack", name="restored", boot_source="image")
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "outcome_unknown", outcome.result
        assert cloud.restores == 0

    @pytest.mark.parametrize("switches", [{"barrack_provenance": "snapshot", "barrack_restore": "async"}])
    def test_failed_instance_is_not_reported_as_restored_by_the_next_run(self, cloud: Cloud) -> None:
        cloud.sim.faults.add_job("fail")
        assert cloud.restore().result["error_code"] == "restore_failed"
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "new_vm_name_taken", outcome.result
        assert cloud.posts == 1

    @pytest.mark.parametrize("switches", [{"barrack_provenance": "snapshot", "barrack_restore": "async"}])
    def test_instance_that_is_still_being_created_is_waited_for(self, cloud: Cloud) -> None:
        cloud.restore(wait=False)
        cloud.record.unlink()
        outcome = cloud.restore()
        assert outcome.result["status"] == "already_restored", outcome.result
        assert outcome.result["power_state"] == "running"
        assert (cloud.posts, cloud.restores) == (1, 1)


@BARRACK
@pytest.mark.parametrize("switches", [{"barrack_provenance": "boot_source"}])
class TestNameOfANewInstance:
    def test_instance_of_another_snapshot_is_refused(self, cloud: Cloud) -> None:
        cloud.restore()
        other = cloud.sim.cloud.add_snapshot(cloud.vm.id, name="other", age=7200.0)
        for params in ({}, {"force": True}):
            outcome = cloud.restore(snapshot=other.id, **params)
            assert outcome.result["error_code"] == "new_vm_name_taken", outcome.result
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_without_a_record_its_origin_is_not_guessed(self, cloud: Cloud) -> None:
        cloud.restore()
        cloud.record.unlink()
        assert cloud.restore().result["error_code"] == "new_vm_name_taken"
        outcome = cloud.restore(allow_unverified=True)
        assert outcome.result["status"] == "already_restored"
        assert outcome.result["unverified"]
        # The record of an adoption does not say where the instance comes from.
        assert cloud.restore(restore_id="CHG-2").result["error_code"] == "new_vm_name_taken"
        assert (cloud.posts, cloud.restores) == (1, 1)

    def test_adoption_that_broke_off_is_no_restore(self, cloud: Cloud) -> None:
        cloud.restore()
        cloud.record.unlink()
        assert cloud.restore(allow_unverified=True).result["status"] == "already_restored"
        cloud.rewrite_record(phase=Phase.ACCEPTED)
        outcome = cloud.restore(allow_unverified=True)
        assert (outcome.result["status"], cloud.posts) == ("already_restored", 1), outcome.result

    def test_instance_older_than_the_request_is_not_adopted(self, cloud: Cloud) -> None:
        lose_the_request(cloud)
        cloud.sim.cloud.add_instance("barrack", name="restored", age=86400.0, boot_source="snapshot")
        assert cloud.restore().result["error_code"] == "outcome_unknown"
        assert cloud.restores == 0

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleting an instance that a restore created: this one, once, and nothing else."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._change.controller import Controller
from ansible_collections.indiecloud.compute.plugins.module_utils._drill.drills import Drills, DrillUnrecorded
from ansible_collections.indiecloud.compute.plugins.module_utils._instance.task import instance_task
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import Drill
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, open_provider
from ansible_collections.indiecloud.compute.plugins.module_utils._task.waiting import Patience

from .conftest import BARRACK, Cloud
from .test_lost_and_found import lose_the_request

pytestmark = BARRACK
DELETIONS: list[dict[str, Any]] = [
    {"barrack_delete": "gone"},
    {"barrack_delete": "deleting"},
    {"barrack_delete": "listed"},
    {"barrack_delete": "deleting", "barrack_lists": "paginated", "barrack_provenance": "snapshot"},
]


def delete(cloud: Cloud, *, check: bool = False, **params: Any) -> Outcome:
    wanted = {"instance": "restored", "expected_instance_name": "restored", "restore_id": "CHG-1", **params}
    return cloud.run(instance_task, check=check, **wanted)


def deletions(cloud: Cloud) -> list[str]:
    return [item.path for item in cloud.sim.ledger.requests(method="DELETE")]


def bills(cloud: Cloud) -> list[str]:
    return [item.name for item in cloud.sim.ledger.bills_running()]


class TestDeletion:
    @pytest.mark.parametrize("switches", DELETIONS)
    def test_ends_the_bill_once(self, cloud: Cloud) -> None:
        made = cloud.restore(restore_id="CHG-1").result["instance"]["id"]
        expected = delete(cloud, check=True)
        assert (expected.result["changed"], len(deletions(cloud))) == (True, 0)
        first, second = delete(cloud, instance=made), delete(cloud, instance=made)
        assert (first.failed, second.failed) == (False, False), (first.result, second.result)
        assert (first.result["changed"], second.result["changed"]) == (True, False)
        assert (first.result["billed"], second.result["billed"]) == (False, False)
        assert [item.instance_id for item in cloud.sim.ledger.vms_deleted()] == [made]
        assert len(deletions(cloud)) == 1
        assert cloud.sim.cloud.instance(cloud.vm.id).deleted is False

    @pytest.mark.parametrize("kind", ["cut_before", "cut_after", "html"])
    def test_lost_answer_ends_in_one_deleted_instance(self, cloud: Cloud, kind: str) -> None:
        cloud.restore(restore_id="CHG-1")
        cloud.sim.faults.add(kind, method="DELETE")
        assert not delete(cloud).failed
        assert (bills(cloud), len(cloud.sim.ledger.vms_deleted())) == ([], 1)

    @pytest.mark.parametrize("switches", [{"barrack_restore": "async", "barrack_delete_while_building": "refused"}])
    def test_instance_that_is_being_created_is_waited_for(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1", wait=False)
        assert not delete(cloud).failed
        assert bills(cloud) == []

    def test_failed_instance_is_deleted(self, cloud: Cloud) -> None:
        cloud.sim.switch(barrack_restore="async")
        cloud.sim.faults.add_job("fail")
        assert cloud.restore(restore_id="CHG-1").failed
        assert bills(cloud) == ["restored"]
        assert not delete(cloud).failed
        assert bills(cloud) == []


class TestDoubt:
    """Where it is not proved that nothing is billed, the task fails and says how to end it."""

    @pytest.mark.parametrize("status", [404, 405, 403, 502])
    def test_refused_deletion_is_said_to_be_billed(self, cloud: Cloud, status: int) -> None:
        cloud.restore(restore_id="CHG-1")
        cloud.sim.faults.add("status", method="DELETE", status=status, times=None, after_effect=False)
        outcome = delete(cloud, wait_timeout=60)
        assert (outcome.result["error_code"], outcome.result["billed"]) == ("still_billed", True)
        assert "in the console of Barrack" in outcome.result["msg"]
        assert bills(cloud) == ["restored"]

    @pytest.mark.parametrize("switches", [{"barrack_restore": "async"}])
    def test_instance_that_appears_late_is_deleted(self, cloud: Cloud) -> None:
        lose_the_request(cloud, restore_id="CHG-1")
        early = delete(cloud, wait_timeout=60)
        assert (early.result["error_code"], early.result["billed"]) == ("still_billed", None)
        cloud.sim.cloud.begin_new_vm(cloud.snapshot, "restored")
        late = delete(cloud)
        assert not late.failed, late.result
        assert bills(cloud) == []

    def test_nothing_appears_for_a_quarter_of_an_hour(self, cloud: Cloud) -> None:
        lose_the_request(cloud, restore_id="CHG-1")
        outcome = delete(cloud, wait_timeout=1200)
        assert not outcome.failed, outcome.result
        assert (outcome.result["changed"], outcome.result["billed"], deletions(cloud)) == (False, False, [])

    @pytest.mark.parametrize("switches", [{"barrack_restore": "async"}])
    def test_instance_that_no_list_has_shown_yet_is_not_gone(self, cloud: Cloud) -> None:
        """The answer to the restore names it, and the list shows it only later."""
        cloud.sim.faults.add_job("vanish")
        cloud.restore(restore_id="CHG-1", wait=False)
        assert not delete(cloud).failed
        assert bills(cloud) == []

    def test_list_of_another_account_proves_nothing(self, cloud: Cloud) -> None:
        """Tokens of two accounts may be used at one address, with one record."""
        made = cloud.restore(restore_id="CHG-1").result["instance"]["id"]
        for path in ("/instances/$", "/snapshots/$"):
            cloud.sim.faults.add("not_json", method="GET", path=path, body="[]", times=None)
        for params in ({}, {"instance": made}):
            outcome = delete(cloud, wait_timeout=60, **params)
            assert (outcome.result["error_code"], outcome.result["billed"]) == ("still_billed", None), outcome.result
        cloud.sim.faults.clear()
        assert not delete(cloud).failed
        assert bills(cloud) == []

    def test_incomplete_list_proves_nothing(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        cloud.sim.faults.add("field", method="GET", path="/instances/$", way=[1, "instance_id"], value=None, times=None)
        outcome = delete(cloud, wait_timeout=60)
        assert (outcome.result["error_code"], outcome.result["billed"]) == ("still_billed", None), outcome.result


class TestNothingElse:
    """Only what the record says that a restore of ours created."""

    def refused(self, cloud: Cloud, **params: Any) -> None:
        before = bills(cloud)
        outcome = delete(cloud, **params)
        assert outcome.result["error_code"] in ("not_made_by_restore", "refused"), outcome.result
        assert (deletions(cloud), bills(cloud)) == ([], before)

    def test_instance_of_a_name_like_ours(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_instance("barrack", name="restored")
        self.refused(cloud)

    def test_source_instance(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        self.refused(cloud, instance=cloud.vm.id)
        self.refused(cloud, instance=cloud.vm.id, expected_instance_name=cloud.vm.name)

    def test_other_id_than_that_of_an_instance_that_is_gone(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        assert not delete(cloud).failed
        other = cloud.sim.cloud.add_instance("barrack", name="other")
        outcome = delete(cloud, instance=other.id)
        assert (outcome.result["error_code"], outcome.result["billed"]) == ("not_made_by_restore", None)

    def test_other_restore_id(self, cloud: Cloud) -> None:
        cloud.restore(restore_id="CHG-1")
        self.refused(cloud, restore_id="CHG-2")

    def test_instance_that_was_adopted(self, cloud: Cloud) -> None:
        cloud.sim.cloud.add_instance("barrack", name="restored", age=0.0)
        assert not cloud.restore(restore_id="CHG-1", allow_unverified=True).failed
        self.refused(cloud)

    def test_instance_that_took_the_name_later(self, cloud: Cloud) -> None:
        made = cloud.restore(restore_id="CHG-1").result["instance"]["id"]
        cloud.sim.cloud.delete_instance(cloud.sim.cloud.instance(made), cloud.clock.now(), stays_listed=False)
        other = cloud.sim.cloud.add_instance("barrack", name="restored")
        outcome = delete(cloud)
        assert (outcome.failed, outcome.result["changed"], deletions(cloud)) == (False, False, [])
        assert not other.deleted

    def test_instance_that_was_renamed(self, cloud: Cloud) -> None:
        made = cloud.restore(restore_id="CHG-1").result["instance"]["id"]
        cloud.sim.cloud.instance(made).name = "production"
        self.refused(cloud, instance=made)

    def test_restore_that_was_refused(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="POST", path="restore", status=400)
        assert cloud.restore(restore_id="CHG-1").failed
        cloud.sim.cloud.add_instance("barrack", name="restored")
        self.refused(cloud)

    @pytest.mark.parametrize("switches", [{"documented_only": True}])
    def test_name_that_may_have_been_taken(self, cloud: Cloud) -> None:
        """With ``allow_unverified`` no list says that the name was free."""
        cloud.restore(restore_id="CHG-1", allow_unverified=True)
        cloud.sim.switch(documented_only=False)
        self.refused(cloud)

    @pytest.mark.parametrize("switches", [{"barrack_provenance": "snapshot"}])
    def test_instance_of_another_snapshot(self, cloud: Cloud) -> None:
        lose_the_request(cloud, restore_id="CHG-1")
        other = cloud.sim.cloud.add_snapshot(cloud.vm.id, name="other")
        source = {"id": other.id, "name": other.name}
        cloud.sim.cloud.begin_new_vm(other, "restored", source=source)
        self.refused(cloud)


class TestDrill:
    def drill(self, cloud: Cloud, **params: Any) -> Outcome:
        drill = Drill("D-1", "web1", str(Controller.of(os.getpid())), "2030-01-01T00:00:00Z")
        return cloud.restore(restore_id="rehearse-D-1", drill=drill, **params)

    def test_record_that_cannot_be_written_keeps_no_bill_running(self, cloud: Cloud) -> None:
        assert not self.drill(cloud).failed
        with closing(sqlite3.connect(cloud.record)) as file:
            file.execute("CREATE TRIGGER full BEFORE INSERT ON restores BEGIN SELECT RAISE(FAIL, 'disk full'); END")
        provider = open_provider(Context(cloud.connection, environ={}, runtime=cloud.runtime), 1200.0, [])
        drills = Drills(provider, cloud._store, Controller.of(os.getpid()))
        (left,) = drills.left_behind()
        with pytest.raises(DrillUnrecorded):
            drills.end(left, "passed", Patience(provider.transport.deadline, cloud.runtime))
        assert bills(cloud) == []

    @pytest.mark.parametrize("switches", [{"documented_only": True}])
    def test_is_refused_where_no_list_could_show_that_its_instance_is_gone(self, cloud: Cloud) -> None:
        outcome = self.drill(cloud, allow_unverified=True)
        assert (outcome.result["error_code"], cloud.writes) == ("name_unverified", 0), outcome.result

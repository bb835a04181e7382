# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pruning: only snapshots of ours go, never one that is needed, and what went is reported whatever happens."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase, Record
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.prune import prune_task
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import BARRACK, HOSTUP, IN_PLACE, ONET, Cloud
from .hooks import On

FOREIGN = "before-upgrade"
"""The snapshot of the cloud, which this collection did not make."""
HOUR = 3600.0


@pytest.fixture(autouse=True)
def _running(cloud: Cloud) -> None:
    cloud.set_power("running")


def make(cloud: Cloud, count: int = 3, prefix: str = "nightly") -> list[str]:
    """Dated snapshots, made an hour apart."""
    made = []
    for dummy in range(count):
        cloud.clock.advance(HOUR)
        outcome = cloud.run(snapshot_task, instance=cloud.vm.id, prefix=prefix)
        assert not outcome.failed, outcome.result
        made.append(outcome.result["snapshot"]["name"])
    cloud.sim.ledger.clear()
    return made


def prune(cloud: Cloud, *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(prune_task, check=check, **{"instance": cloud.vm.id, **params})


def names(cloud: Cloud) -> list[str]:
    return [item.name for item in cloud.sim.cloud.snapshots(cloud.vm.id)]


def deleted(outcome: Outcome) -> list[str]:
    return [item["name"] for item in outcome.result["deleted"]]


def kept(outcome: Outcome) -> dict[str, str]:
    return {item["name"]: item["reason"] for item in outcome.result["kept"]}


def test_newest_are_kept(cloud: Cloud) -> None:
    first, second, third = make(cloud)
    outcome = prune(cloud, keep=2)
    assert not outcome.failed, outcome.result
    assert outcome.result["changed"]
    assert deleted(outcome) == [first]
    assert list(kept(outcome)) == [third, second, FOREIGN]
    assert names(cloud) == [FOREIGN, second, third]
    assert cloud.writes == 1
    again = prune(cloud, keep=2)
    assert not again.result["changed"]
    assert cloud.writes == 1


def test_old_ones_are_deleted(cloud: Cloud) -> None:
    first, second, third = make(cloud)
    outcome = prune(cloud, older_than="90m")
    assert deleted(outcome) == [first]
    assert names(cloud) == [FOREIGN, second, third]


def test_both_rules_must_agree(cloud: Cloud) -> None:
    first, second, third = make(cloud)
    assert deleted(prune(cloud, keep=3, older_than="1s")) == []
    assert deleted(prune(cloud, keep=0, older_than="1d")) == []
    assert deleted(prune(cloud, keep=1, older_than="90m")) == [first]
    assert names(cloud) == [FOREIGN, second, third]


def test_check_mode_predicts_with_reads_only(cloud: Cloud) -> None:
    make(cloud)
    predicted = prune(cloud, keep=1, check=True)
    assert cloud.writes == 0
    assert len(names(cloud)) == 4
    real = prune(cloud, keep=1)
    assert deleted(predicted) == deleted(real)
    assert kept(predicted) == kept(real)
    assert predicted.diff == real.diff
    assert predicted.result["changed"]
    assert real.diff is not None
    assert len(real.diff["after"]["snapshots"]) == 2


def test_names_that_look_like_ours_are_kept(cloud: Cloud) -> None:
    (own,) = make(cloud, 1)
    fakes = ["nightly-20200101T000000Z", "nightly", "guard-CHG-1"]
    for name in fakes:
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name=name, age=5 * HOUR, description="nightly, by hand")
    outcome = prune(cloud, keep=0, prefix="nightly")
    assert deleted(outcome) == [own]
    assert set(names(cloud)) == {FOREIGN, *fakes}
    assert all("did not make it" in kept(outcome)[name] for name in fakes)


def test_prefix_narrows(cloud: Cloud) -> None:
    make(cloud, 1, "weekly")
    make(cloud, 1, "nightly-db")
    first, second = make(cloud, 2)
    outcome = prune(cloud, keep=1, prefix="nightly")
    assert deleted(outcome) == [first]
    assert second in kept(outcome)
    assert len(names(cloud)) == 4


def test_nothing_of_ours_says_so(cloud: Cloud) -> None:
    outcome = prune(cloud, keep=0)
    assert not outcome.result["changed"]
    assert any("made by this collection" in text for text in outcome.warnings)
    assert cloud.writes == 0


def test_last_snapshot_that_can_be_restored_stays(cloud: Cloud) -> None:
    made = make(cloud, 2)
    cloud.sim.cloud.remove_snapshot(cloud.snapshot)
    outcome = prune(cloud, keep=0)
    assert deleted(outcome) == made[:1]
    assert "last snapshot" in kept(outcome)[made[1]]
    assert names(cloud) == made[1:]


def test_last_one_stays_when_another_one_goes_meanwhile(cloud: Cloud) -> None:
    """The one that nobody meant to delete expires, or somebody deletes it."""
    made = make(cloud, 2)
    cloud.sim.hooks = On("DELETE", "", lambda: cloud.sim.cloud.remove_snapshot(cloud.snapshot))
    outcome = prune(cloud, keep=0)
    assert deleted(outcome) == made[:1]
    assert names(cloud) == made[1:]


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_lost_answer_is_decided_by_the_list(cloud: Cloud, kind: str) -> None:
    first, second = make(cloud, 2)
    cloud.sim.faults.add(kind, method="DELETE")
    outcome = prune(cloud, keep=1, wait_timeout=60.0)
    assert cloud.writes == 1
    assert outcome.failed == (kind == "cut_before")
    assert deleted(outcome) == ([] if outcome.failed else [first])
    assert not prune(cloud, keep=1).failed
    assert names(cloud) == [FOREIGN, second]


def test_failure_half_way_reports_what_was_deleted(cloud: Cloud) -> None:
    first, second, third = make(cloud)
    cloud.sim.faults.add("status", method="DELETE", nth=2, status=403)
    outcome = prune(cloud, keep=0)
    assert outcome.failed
    assert outcome.result["changed"]
    assert deleted(outcome) == [first]
    assert {second, third} <= set(kept(outcome))
    assert first in outcome.result["msg"]
    assert outcome.diff is not None
    assert first not in outcome.diff["after"]["snapshots"]
    assert second in outcome.diff["after"]["snapshots"]


@pytest.mark.parametrize("check", [False, True])
def test_incomplete_list_is_refused(cloud: Cloud, check: bool) -> None:
    make(cloud)
    way = {"onetsolutions": ["results", 0], "hostup": ["data", 0], "barrack": [0]}[cloud.provider]
    cloud.sim.faults.add("field", method="GET", path="/snapshots", times=None, way=way, value=None)
    outcome = prune(cloud, keep=0, check=check)
    assert outcome.result["error_code"] == "list_incomplete"
    assert cloud.writes == 0


@pytest.mark.parametrize(
    "wrong", [{}, {"keep": -1}, {"older_than": "soon"}, {"keep": 1, "prefix": "a\nb"}, {"keep": 1, "wait_timeout": 0.0}]
)
def test_wrong_options_are_refused(cloud: Cloud, wrong: dict[str, Any]) -> None:
    assert prune(cloud, **wrong).result["error_code"] == "invalid_option"
    assert cloud.writes == 0


def test_wrong_instance_name_is_refused(cloud: Cloud) -> None:
    make(cloud)
    assert prune(cloud, keep=0, expected_instance_name="db1").result["error_code"] == "instance_name_differs"
    assert cloud.writes == 0


@HOSTUP
class TestAge:
    def test_unknown_age_is_kept(self, cloud: Cloud) -> None:
        first, second = make(cloud, 2)
        way = ["data", 1, "createdAt"]
        cloud.sim.faults.add("field", method="GET", path="/snapshots", times=None, way=way, value=None)
        outcome = prune(cloud, keep=0)
        assert deleted(outcome) == [second]
        assert kept(outcome)[first] == "its age is unknown"

    def test_another_snapshot_of_the_name_is_kept(self, cloud: Cloud) -> None:
        """Somebody deletes the snapshot and makes another one of its name, between the list and the deletion."""
        first, second, third = make(cloud)

        def swap() -> None:
            (found,) = [item for item in cloud.vm.snapshots if item.name == second]
            cloud.sim.cloud.remove_snapshot(found)
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=second, description=found.extra["description"])

        cloud.sim.hooks = On("DELETE", first, swap)
        outcome = prune(cloud, keep=1)
        assert deleted(outcome) == [first]
        assert "another snapshot" in kept(outcome)[second]
        assert sorted(names(cloud)) == sorted([FOREIGN, second, third])


class TestNeeded:
    @IN_PLACE
    def test_way_back_of_a_restore_that_has_not_ended_stays(self, cloud: Cloud) -> None:
        source, other = make(cloud, 2)
        (wanted,) = [item.id for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == source]
        cloud.killed_in("sent", snapshot=wanted, stop="always", safety_snapshot="required")
        cloud.clock.advance(HOUR)
        cloud.sim.ledger.clear()
        before = names(cloud)
        (safety,) = [name for name in before if name.startswith("pre-")]
        outcome = prune(cloud, keep=0)
        assert deleted(outcome) == [other]
        assert {source, safety} <= set(kept(outcome)), kept(outcome)
        assert all("has not ended" in kept(outcome)[name] for name in (source, safety))

    @IN_PLACE
    def test_safety_snapshot_of_a_restore_that_has_ended_goes(self, cloud: Cloud) -> None:
        outcome = cloud.restore(stop="always", safety_snapshot="required", power_after="previous")
        assert not outcome.failed, outcome.result
        (safety,) = [name for name in names(cloud) if name != FOREIGN]
        assert deleted(prune(cloud, keep=0)) == [safety]
        assert names(cloud) == [FOREIGN]

    @BARRACK
    def test_source_of_a_new_instance_that_is_being_made_stays(self, cloud: Cloud) -> None:
        source, other = make(cloud, 2)
        (wanted,) = [item.id for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == source]
        cloud.killed_in("sent", snapshot=wanted)
        assert deleted(prune(cloud, keep=0)) == [other]
        assert source in names(cloud)

    @BARRACK
    def test_source_of_a_restore_that_begins_meanwhile_stays(self, cloud: Cloud) -> None:
        first, second, third = make(cloud)
        ids = {item.name: item.id for item in cloud.sim.cloud.snapshots(cloud.vm.id)}
        cloud.killed_in("sent", snapshot=ids[second])
        cloud.rewrite_record(phase=Phase.DONE)
        cloud.sim.hooks = On("DELETE", f"{ids[first]}/", lambda: cloud.rewrite_record(phase=Phase.SENT))
        outcome = prune(cloud, keep=0)
        assert deleted(outcome) == [first, third]
        assert "has not ended" in kept(outcome)[second]
        assert names(cloud) == [FOREIGN, second]

    @IN_PLACE
    @pytest.mark.parametrize("change", ["preparing", "changing", "left", "kept"])
    def test_way_back_of_a_guarded_change_stays_until_it_has_ended(self, cloud: Cloud, change: str) -> None:
        first, second = make(cloud, 2)
        item = next(item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == first)
        listed = next(one for one in prune(cloud, keep=9).result["kept"] if one["name"] == first)
        cloud._store.save(
            Record(
                provider=cloud.provider,
                account=cloud._store._account,
                target=cloud.vm.id,
                restore_id="CHG-1",
                snapshot_id=item.id,
                snapshot_name=first,
                snapshot_created_at=listed["created_at"],
                default_id=False,
                phase=Phase.PREPARED,
                claimed_at=listed["created_at"],
                updated_at=listed["created_at"],
                change=change,
                change_mark="[indiecloud.compute]",
            )
        )
        outcome = prune(cloud, keep=0)
        assert (first in names(cloud)) == (change != "kept"), kept(outcome)
        assert second not in names(cloud)

    @HOSTUP
    def test_record_of_a_restore_in_a_description_stays(self, cloud: Cloud) -> None:
        make(cloud, 1)
        outcome = cloud.restore(stop="always", record="provider", snapshot=FOREIGN)
        assert not outcome.failed, outcome.result
        notes = [name for name in names(cloud) if name.startswith(("pre-", "done-"))]
        assert len(notes) == 2
        prune(cloud, keep=0)
        assert set(notes) <= set(names(cloud))


@ONET
def test_record_of_another_machine_deletes_nothing(cloud: Cloud) -> None:
    make(cloud)
    outcome = prune(cloud, keep=0, record_path=str(cloud.record.parent / "other.sqlite3"))
    assert deleted(outcome) == []
    assert cloud.writes == 0


@HOSTUP
def test_other_machine_knows_ours_by_the_description(cloud: Cloud) -> None:
    made = make(cloud)
    outcome = prune(cloud, keep=1, record_path=str(cloud.record.parent / "other.sqlite3"))
    assert deleted(outcome) == made[:2]


@BARRACK
@pytest.mark.parametrize("form", ["bare", "paginated"])
def test_account_with_thousands_of_snapshots(cloud: Cloud, form: str) -> None:
    cloud.sim.switch(barrack_lists=form)
    first, second = make(cloud, 2)
    others = [cloud.sim.cloud.add_instance("barrack", name=f"gpu{number}") for number in range(3)]
    for number in range(3000):
        cloud.sim.cloud.add_snapshot(others[number % 3].id, name=f"nightly-{number}", age=HOUR)
    outcome = prune(cloud, keep=1)
    assert deleted(outcome) == [first]
    assert set(kept(outcome)) == {second, FOREIGN}
    assert len(cloud.sim.cloud.account_snapshots("barrack")) == 3002
    assert cloud.writes == 1


@ONET
def test_failed_one_does_not_count_as_kept(cloud: Cloud) -> None:
    first, second, third = make(cloud)
    broken = next(item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name == third)
    broken.status = "error"
    assert deleted(prune(cloud, keep=2)) == []
    assert deleted(prune(cloud, keep=1)) == [first]
    assert names(cloud) == [FOREIGN, second, third]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users of comparable software have reported, tried here.

Each test names the report as owner/repository#number.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.listing import Listing, listing_task
from ansible_collections.indiecloud.compute.plugins.module_utils._info.snapshots import snapshots_task
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import metadata_task
from ansible_collections.indiecloud.compute.plugins.module_utils._power.task import power_task
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, Task

from .conftest import BARRACK, IN_PLACE, ONET, ROLE, Cloud

WITH_IDS = pytest.mark.parametrize("provider", ["onetsolutions", "barrack"])
"""Providers whose snapshots have ids beside their names."""


def snapshot(cloud: Cloud, *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(snapshot_task, check=check, **{"instance": cloud.vm.id, **params})


def names(cloud: Cloud) -> list[str]:
    return [item.name for item in cloud.sim.cloud.snapshots(cloud.vm.id)]


class TestNames:
    """Which snapshot is meant."""

    @WITH_IDS
    def test_one_of_two_is_deleted_by_its_id(self, cloud: Cloud) -> None:
        """ansible-collections/community.vmware#1844: of several snapshots with one name, none could be chosen."""
        other = cloud.sim.cloud.add_snapshot(cloud.vm.id, name=cloud.snapshot.name)
        refused = snapshot(cloud, name=cloud.snapshot.name, state="absent")
        assert refused.failed
        assert cloud.snapshot.id in refused.result["msg"]
        assert other.id in refused.result["msg"]
        assert not snapshot(cloud, name=other.id, state="absent").failed
        assert [item.id for item in cloud.sim.cloud.snapshots(cloud.vm.id)] == [cloud.snapshot.id]

    @pytest.mark.parametrize("wanted", ["before", "upgrade", "Before-upgrade", "before-upgrade1", "before*"])
    def test_part_of_a_name_is_no_name(self, cloud: Cloud, wanted: str) -> None:
        """rapid7/vm-automation#4: Snapshot1 reverted to OldSnapshot1, ansible/ansible#24511: to the first of a name."""
        cloud.sim.cloud.add_snapshot(cloud.vm.id, name="before-upgrade10")
        assert cloud.restore(snapshot=wanted).failed
        assert cloud.posts == 0
        assert not snapshot(cloud, name=wanted, state="absent").result["changed"]
        assert sorted(names(cloud)) == ["before-upgrade", "before-upgrade10"]

    def test_snapshot_of_another_instance_stays(self, cloud: Cloud) -> None:
        """OnyxfireInc/OnyxBackupVM#6: a snapshot of another VM with the same name was deleted."""
        other = cloud.sim.cloud.add_instance(cloud.provider, "web2")
        cloud.sim.cloud.add_snapshot(other.id, name=cloud.snapshot.name)
        assert not snapshot(cloud, name=cloud.snapshot.name, state="absent").failed
        assert names(cloud) == []
        assert len(cloud.sim.cloud.snapshots(other.id)) == 1

    @ONET
    @pytest.mark.parametrize("name", ["VM Snapshot 04/12/2024, 09:15:39", "50%2f", "..", "a\\b"])
    def test_name_with_a_slash(self, cloud: Cloud, name: str) -> None:
        """ansible-collections/community.vmware#2236: the default names of a product hold slashes."""
        assert not snapshot(cloud, name=name).failed
        assert not cloud.restore(snapshot=name).failed
        assert cloud.restores == 1
        assert not snapshot(cloud, name=name, state="absent").failed
        assert names(cloud) == ["before-upgrade"]

    @IN_PLACE
    def test_instance_with_a_slash_in_its_name(self, cloud: Cloud) -> None:
        cloud.vm.name = "shop/web1"
        assert not cloud.restore(instance="shop/web1", expected_instance_name="shop/web1").failed
        assert cloud.restores == 1
        assert cloud.restore(instance="../web1", restore_id="x").failed
        paths = [item.path.partition("?")[0] for item in cloud.sim.ledger.requests()]
        assert not [path for path in paths if ".." in path or "%2" in path]

    @WITH_IDS
    def test_oldest_of_many(self, cloud: Cloud) -> None:
        """fbrettnich/hcloud-snapshot-as-backup#1, hashicorp/packer#3158: only the first page was read."""
        for number in range(120):
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"s{number}", age=3599.0 - number)
        assert not snapshot(cloud, name=cloud.snapshot.name, state="absent").failed
        assert cloud.snapshot.name not in names(cloud)
        assert snapshot(cloud, name="s0").result["changed"] is False
        assert len(names(cloud)) == 120


class TestAge:
    def test_newest_counts(self, cloud: Cloud) -> None:
        """ansible/ansible-modules-core#3114: the oldest snapshot was compared with the minimum age."""
        cloud.set_power("running")
        for hours, created in ((0, True), (23, True), (1, False)):
            cloud.clock.advance(hours * 3600.0)
            outcome = snapshot(cloud, prefix="nightly", max_age="12h")
            assert (outcome.failed, outcome.result["created"]) == (False, created), outcome.result

    @pytest.fixture
    def _pacific(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        yield
        monkeypatch.undo()
        time.tzset()

    @pytest.mark.usefixtures("_pacific")
    def test_time_zone_of_the_controller_does_not_matter(self, cloud: Cloud) -> None:
        """cloud-custodian/cloud-custodian#5728, omame/mongodb-tools#2: deleted too early, by the local time."""
        cloud.set_power("running")
        listed = cloud.run(snapshots_task, instance=cloud.vm.id).result["snapshots"]
        assert [round(item["age_hours"], 1) for item in listed] == [1.0]
        name = snapshot(cloud, prefix="nightly").result["snapshot"]["name"]
        now = time.strftime("%Y%m%dT%H", time.gmtime(cloud.clock.now()))
        assert name.startswith(f"nightly-{now}")


class TestCheckMode:
    TASKS: tuple[tuple[Task, dict[str, Any]], ...] = (
        (snapshot_task, {"name": "nightly"}),
        (snapshot_task, {"name": "nightly", "state": "absent"}),
        (snapshot_task, {"prefix": "nightly"}),
        (power_task, {"state": "started"}),
        (power_task, {"state": "stopped"}),
        (power_task, {"state": "restarted"}),
        (metadata_task, {"hostname": "web9.example.com"}),
        (restore_task, {"snapshot": "before-upgrade", "stop": "always"}),
    )

    @IN_PLACE
    @pytest.mark.parametrize(("task", "params"), TASKS)
    @pytest.mark.parametrize("wanted", ["nobody", "vps_01hxa3b4c5d6e7f80000000099"])
    def test_unknown_instance_is_an_error_of_one_line(
        self, cloud: Cloud, task: Task, params: dict[str, Any], wanted: str
    ) -> None:
        """ansible-collections/hetzner.hcloud#54: a traceback in check mode if the server did not exist."""
        outcome = cloud.run(task, check=True, instance=wanted, **params)
        assert outcome.failed
        assert outcome.result["error_code"].endswith("not_found"), outcome.result

    @IN_PLACE
    @pytest.mark.parametrize(("task", "params"), [item for item in TASKS if item[1].get("state") != "absent"])
    def test_result_has_the_keys_of_the_real_one(self, cloud: Cloud, task: Task, params: dict[str, Any]) -> None:
        """ansible-collections/community.healthchecksio#34: check mode returned nothing for the next task to use."""
        cloud.set_power("running")
        predicted = cloud.run(task, check=True, instance=cloud.vm.id, **params)
        done = cloud.run(task, instance=cloud.vm.id, **params)
        assert not done.failed, done.result
        assert set(done.result) <= set(predicted.result)
        for name, value in done.result.items():
            if isinstance(value, dict) and name in ("snapshot", "instance"):
                assert set(value) <= set(predicted.result[name]), name

    @IN_PLACE
    def test_nothing_to_do_is_no_change(self, cloud: Cloud) -> None:
        """ansible-collections/community.vmware#1272: changed in check mode for what was done already."""
        assert not cloud.restore(**ROLE).failed
        for task, params in (
            (restore_task, {"snapshot": cloud.snapshot.id, **ROLE}),
            (power_task, {"state": "stopped"}),
            (snapshot_task, {"name": "before-upgrade"}),
            (snapshot_task, {"name": "nobody", "state": "absent"}),
        ):
            outcome = cloud.run(task, check=True, instance=cloud.vm.id, **params)
            assert (outcome.failed, outcome.result["changed"]) == (False, False), outcome.result


class TestWaiting:
    @IN_PLACE
    def test_polls_without_an_answer_for_a_while(self, cloud: Cloud) -> None:
        """ansible-collections/community.proxmox#160: one slow answer about the task failed a rollback."""

        def sleep(seconds: float) -> None:
            if cloud.posts and not broken:
                broken.append(cloud.sim.faults.add("cut_before", method="GET", times=12))
            cloud.clock.sleep(seconds)

        broken: list[Any] = []
        outcome = replace(cloud, sleep=sleep).restore()
        assert not outcome.failed, outcome.result
        assert broken
        assert (cloud.posts, cloud.effective) == (1, 1)

    @IN_PLACE
    @pytest.mark.parametrize("params", [{"name": "nightly"}, {"name": "before-upgrade", "state": "absent"}])
    def test_done_means_ended(self, cloud: Cloud, params: dict[str, Any]) -> None:
        """adminsyspro/proxcenter-ui#628: reported as done when the task had only begun."""
        cloud.sim.faults.add_job("slow", work=None, factor=30)
        assert not snapshot(cloud, wait_timeout=3600.0, **params).failed
        assert (params["name"] in names(cloud)) == ("state" not in params)

    @IN_PLACE
    def test_power_off_that_is_refused_for_now(self, cloud: Cloud) -> None:
        """A shutdown that hangs makes the provider answer a power-off with 409 for a while."""
        cloud.set_power("running")
        cloud.sim.faults.add_job("slow", work="stop", factor=30)
        cloud.sim.faults.add("status", method="POST", path="/stop$", status=409, times=2)
        outcome = cloud.run(power_task, instance=cloud.vm.id, state="stopped", force_after=60.0)
        assert (outcome.failed, outcome.result["power_state"]) == (False, "stopped"), outcome.result


class TestToken:
    @pytest.mark.parametrize("end", ["\n", "\r\n", " \n"])
    def test_newline_at_its_end(self, cloud: Cloud, end: str) -> None:
        """jhaals/ansible-vault#32, kubernetes/kubernetes#52919: the file of a token ends with a newline."""
        token = cloud.connection["api_token"]
        assert not cloud.restore(check=True, api_token=token + end).failed

    @pytest.mark.parametrize("times", [1, 2])
    def test_of_another_account_at_the_same_address(self, cloud: Cloud, times: int) -> None:
        """opsmill/infrahub-ansible#374: the second token was shown the cached hosts of the first."""
        kept: dict[str, Any] = {}
        for token, failed in ((cloud.connection["api_token"], False), ("another", True))[:times]:
            listing = Listing()
            outcome = cloud.run(listing_task(listing, [], kept.get), api_token=token)
            assert outcome.failed == failed
            kept[listing.cache_key] = listing.to_cache()
        assert token not in str(kept)


class TestList:
    @IN_PLACE
    def test_nameless_instance_hides_no_other(self, cloud: Cloud) -> None:
        """ansible/ansible#46633: one VM without a name made all others unknown."""
        cloud.sim.cloud.add_instance(cloud.provider, "")
        listing = Listing()
        assert not cloud.run(listing_task(listing, [], lambda key: None)).failed
        assert len(listing.instances) == 2
        assert not cloud.restore().failed


class TestRecord:
    FULL = "CREATE TRIGGER full BEFORE INSERT ON restores WHEN NEW.record LIKE '%\"accepted\"%' BEGIN {} END"

    def test_disk_that_is_full_after_the_request(self, cloud: Cloud) -> None:
        """What the message advises must not restore again."""
        assert cloud.recorded == {}
        with closing(sqlite3.connect(cloud.record)) as file:
            file.execute(self.FULL.format("SELECT RAISE(FAIL, 'database or disk is full');"))
        outcome = cloud.restore(restore_id="CHG-1")
        assert (outcome.failed, outcome.result["restore_sent"]) == (True, "accepted"), outcome.result
        assert "CHG-1" in outcome.result["msg"]
        with closing(sqlite3.connect(cloud.record)) as file:
            file.execute("DROP TRIGGER full")
        cloud.clock.advance(cloud.seconds_of_a_restore)
        again = cloud.restore(restore_id="CHG-1", wait_timeout=600.0)
        assert (cloud.posts, cloud.effective) == (1, 1), again.result


@BARRACK
class TestNewInstance:
    def test_not_found_at_first(self, cloud: Cloud) -> None:
        """The first reading of a new VM may come before it can be found."""
        cloud.sim.faults.add("status", method="GET", path="/api/instances/[^/]+/$", status=404, times=2)
        outcome = cloud.restore()
        assert outcome.result["status"] == "restored", outcome.result
        assert cloud.restores == 1

    def test_list_of_snapshots_that_names_no_instance(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        """A snapshot that is billed must not be overlooked, nor taken twice."""
        barrack = next(item for item in cloud.sim.providers if item.name == "barrack")
        shown = barrack._snapshot_shown
        owner = {"instance_id": None, "vm_name": None}
        monkeypatch.setattr(barrack, "_snapshot_shown", lambda item: {**shown(item), **owner})
        cloud.set_power("running")
        for changed in (True, False):
            assert snapshot(cloud, name="nightly").result["changed"] == changed
        for changed in (True, False):
            assert snapshot(cloud, name="nightly", state="absent").result["changed"] == changed
        assert names(cloud) == ["before-upgrade"]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot that is to be there, or not: taken once, deleted once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Snapshot, SnapshotList
from ansible_collections.indiecloud.compute.plugins.module_utils._snapshot.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, Progress
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, status
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.tasks import Tasks
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START


class TestSnapshot:
    def test_is_taken_once(self, tasks: Tasks) -> None:
        cloud = Scripted()
        outcome = tasks.snapshot(cloud, description="Before the upgrade.")
        assert cloud.sent == [(0.0, "snapshot", "nightly", "Before the upgrade.")]
        assert (outcome.result["changed"], outcome.result["snapshot"]["name"]) == (True, "nightly")
        assert outcome.result["instance"]["name"] == "web1"
        assert outcome.diff == {"before": {"snapshot": None}, "after": {"snapshot": "nightly"}}
        again = tasks.snapshot(cloud)
        assert (len(cloud.sent), again.result["changed"], again.result["snapshot"]["name"]) == (1, False, "nightly")

    def test_check_mode(self, tasks: Tasks) -> None:
        cloud = Scripted()
        outcome = tasks.snapshot(cloud, check=True)
        assert (cloud.sent, outcome.result["changed"]) == ([], True)
        assert outcome.result["snapshot"]["name"] == "nightly"
        gone = tasks.snapshot(cloud, "absent", name="before", check=True)
        assert (cloud.sent, gone.result["changed"]) == ([], True)

    def test_one_in_the_making_is_waited_for(self, tasks: Tasks) -> None:
        cloud = Scripted()
        half = Snapshot("n", "nightly", cloud.instance.id, restorable=False)
        made = half._replace(restorable=True)
        cloud.answers("list_snapshots", *(SnapshotList((item,)) for item in (half, half, made)))
        outcome = tasks.snapshot(cloud)
        assert (outcome.result["changed"], outcome.result["snapshot"]["restorable"]) == (False, True)
        cloud.answers("list_snapshots", SnapshotList((half,)))
        assert tasks.snapshot(cloud, check=True).result["snapshot"]["restorable"] is False

    def test_one_of_another_instance_is_not_this_one(self, tasks: Tasks) -> None:
        cloud = Scripted()
        cloud.snapshots.append(Snapshot("n", "nightly", "other"))
        tasks.snapshot(cloud)
        assert len(cloud.sent) == 1
        cloud = Scripted()
        cloud.snapshots.append(Snapshot("n", "nightly", None))
        tasks.snapshot(cloud)
        assert cloud.sent == []

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"expires_at": START}, "expired at 2026-01-01T00:00:00Z"),
            ({"expires_at": START - timedelta(days=1)}, "expired at 2025-12-31T00:00:00Z"),
            ({"status": "FAILED"}, "has the status 'FAILED'"),
            ({"expires_at": START + timedelta(seconds=1)}, None),
            ({"status": "available"}, None),
        ],
    )
    def test_unusable_one_is_no_success(self, tasks: Tasks, change: dict[str, Any], why: str | None) -> None:
        cloud = Scripted()
        cloud.snapshots.append(Snapshot("n", "nightly", cloud.instance.id)._replace(**change))
        outcome = tasks.snapshot(cloud)
        assert outcome.failed == (why is not None)
        if why:
            assert outcome.result["error_code"] == "snapshot_unusable"
            assert f"'nightly' exists and {why}" in outcome.result["msg"]
        assert cloud.sent == []

    def test_no_room_is_refused(self, tasks: Tasks) -> None:
        for slots, taken in ((0, False), (1, False), (2, True)):
            cloud = Scripted("hostup")
            cloud.answers(
                "list_snapshots", lambda slots=slots, cloud=cloud: SnapshotList(tuple(cloud.snapshots), slots=slots)
            )
            outcome = tasks.snapshot(cloud)
            assert (outcome.failed, bool(cloud.sent)) == (not taken, taken)
        assert tasks.snapshot(Scripted("hostup"), name="a b").result["error_code"] == "snapshot_name_invalid"

    def test_is_deleted_once(self, tasks: Tasks) -> None:
        cloud = Scripted()
        outcome = tasks.snapshot(cloud, "absent", name="before")
        assert cloud.sent == [(0.0, "delete", "snap-1")]
        assert (outcome.result["changed"], outcome.result["snapshot"]["id"]) == (True, "snap-1")
        assert outcome.diff == {"before": {"snapshot": "before"}, "after": {"snapshot": None}}
        again = tasks.snapshot(cloud, "absent", name="before")
        assert (len(cloud.sent), again.result["changed"], again.failed) == (1, False, False)

    def test_is_gone_only_when_the_list_says_so(self, tasks: Tasks) -> None:
        for others in ("aaa", "zzz"):
            cloud = Scripted()
            other = cloud.snapshots[0]._replace(id=others, name=others)
            both, one = SnapshotList((cloud.snapshots[0], other)), SnapshotList((other,))
            cloud.answers("list_snapshots", both, both, one)
            assert not tasks.snapshot(cloud, "absent", name="before").failed
            assert cloud.time.seconds == 2.4

    def test_several_of_one_name_are_not_deleted(self, tasks: Tasks) -> None:
        cloud = Scripted()
        cloud.snapshots.append(cloud.snapshots[0]._replace(id="snap-2"))
        outcome = tasks.snapshot(cloud, "absent", name="before")
        assert (outcome.result["error_code"], cloud.sent) == ("snapshot_ambiguous", [])

    def test_gone_is_what_was_asked_for(self, tasks: Tasks) -> None:
        for error, failed in ((status(404), False), (status(503), False), (status(403), True), (status(409), True)):
            cloud = Scripted()

            def answer(snapshot_id: str, cloud: Scripted = cloud, error: Exception = error) -> None:
                cloud.snapshots.clear()
                raise error

            assert tasks.snapshot(cloud.answers("delete_snapshot", answer), "absent", name="before").failed == failed

    def test_options_that_cannot_be_are_told(self) -> None:
        options: dict[str, Any] = {"instance": "a/b", "name": "c/d", "description": "e\nf"}
        options.update(provider="hostup", api_token="x", wait_timeout=-1, wait_interval=0)
        said = execute(snapshot_task, Context(options)).result
        assert said["error_code"] == "invalid_option"
        for word in ("instance 'a/b'", "name 'c/d'", "description contains", "wait_timeout must", "wait_interval must"):
            assert word in said["msg"]

    def test_progress_and_time(self, tasks: Tasks) -> None:
        tasks.snapshot(Scripted())
        tasks.snapshot(Scripted(), "absent", wait_timeout=55)
        assert tasks.seconds == [900.0, 55.0]
        assert tasks.told == [Progress("taking", "nightly"), Progress("deleting", "nightly")]

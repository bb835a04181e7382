# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking and deleting a snapshot: sent once, and believed only when the list says so."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    CloudError,
    OutOfTime,
    ProviderError,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Gate,
    Operation,
    Snapshot,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import NameRule
from ansible_collections.indiecloud.compute.plugins.module_utils._snapshot.snapshot import (
    creation_refusals,
    delete,
    take,
    wait_listed,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, ended, status
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.words import anew

PENDING = Operation("op", kind="snapshot", status="running", status_raw="Working")
LOST = [AnswerLost("Cut."), ProviderError("No.", status=503, applied=anew("unknown"))]


def taken(cloud: Scripted) -> Snapshot:
    return take(cloud, cloud.instance.id, "nightly", "Why.", cloud.patience)


def deleted(cloud: Scripted) -> None:
    delete(cloud, cloud.instance.id, cloud.snapshots[0], cloud.patience)


def making(answer: Operation) -> Scripted:
    """A cloud that takes a snapshot and answers with an operation."""
    cloud = Scripted()

    def make(name: str) -> Operation:
        cloud.snapshots.append(Snapshot("n", name))
        return answer

    return cloud.answers("create_snapshot", make)


class TestTaking:
    def test_operation_is_followed(self) -> None:
        cloud = making(PENDING).answers("get_operation", PENDING, ended())
        assert taken(cloud).id == "n"
        assert [name for _second, name in cloud.asked] == ["create_snapshot", *["get_operation"] * 2, "list_snapshots"]

    @pytest.mark.parametrize(
        ("message", "said"), [("Disk full.", "Disk full."), (None, "the provider gives no reason")]
    )
    def test_operation_that_fails_is_told(self, message: str | None, said: str) -> None:
        cloud = Scripted().answers("create_snapshot", ended(status="failed", message=message))
        with pytest.raises(CloudError) as caught:
            taken(cloud)
        assert caught.value.error_code == "snapshot_failed"
        assert caught.value.message == f"taking snapshot nightly failed: {said} (operation op)"

    @pytest.mark.parametrize("word", ["aborted", "unknown"])
    def test_operation_that_ends_otherwise_leaves_it_to_the_list(self, word: str) -> None:
        cloud = making(ended(status=word))
        assert taken(cloud).id == "n"

    def test_operation_that_cannot_be_read_leaves_it_to_the_list(self) -> None:
        cloud = making(PENDING).answers("get_operation", status(404))
        assert taken(cloud).id == "n"

    @pytest.mark.parametrize("error", LOST)
    def test_lost_answer_is_looked_for_half_a_minute(self, error: Exception) -> None:
        cloud = Scripted().answers("create_snapshot", error)
        with pytest.raises(CloudError) as caught:
            taken(cloud)
        assert caught.value.error_code == "outcome_unknown"
        assert "the answer to taking snapshot nightly was lost" in caught.value.message
        assert (cloud.time.seconds, len(cloud.sent)) == (30.0, 1)

    def test_snapshot_whose_answer_was_lost_is_found(self) -> None:
        cloud = Scripted().answers("create_snapshot", AnswerLost("Cut."))
        made = Snapshot("n", "nightly")
        cloud.answers("list_snapshots", SnapshotList(()), SnapshotList((made,)))
        assert taken(cloud) == made
        assert len(cloud.sent) == 1

    def test_one_that_is_not_listed_is_waited_for_to_the_deadline(self) -> None:
        cloud = Scripted(seconds=100.0).answers("create_snapshot", None)
        with pytest.raises(OutOfTime, match="taking snapshot nightly did not end within 100 s"):
            taken(cloud)
        assert cloud.time.seconds == 100.0

    @pytest.mark.parametrize("number", [400, 404, 409])
    def test_refusal_is_told(self, number: int) -> None:
        cloud = Scripted().answers("create_snapshot", status(number))
        with pytest.raises(ProviderError):
            taken(cloud)
        assert [name for _second, name in cloud.asked] == ["create_snapshot"]

    @pytest.mark.parametrize(("word", "fails"), [("FAILED", True), ("Error", True), ("pending", False), (None, False)])
    def test_status_that_says_so_is_a_failure(self, word: str | None, fails: bool) -> None:
        cloud = Scripted()
        cloud.snapshots.append(Snapshot("n", "nightly", status=word))
        if fails:
            with pytest.raises(CloudError, match="taking snapshot nightly failed: its status says so"):
                wait_listed(cloud, "i", "nightly", cloud.patience)
        else:
            assert wait_listed(cloud, "i", "nightly", cloud.patience).status == word

    @pytest.mark.parametrize("others", ["aaa", "zzz"])
    def test_only_the_one_of_the_name_counts(self, others: str) -> None:
        cloud = Scripted(seconds=10.0)
        cloud.snapshots = [Snapshot("o", others, status="failed")]
        with pytest.raises(OutOfTime):
            wait_listed(cloud, "i", "nightly", cloud.patience)


class TestDeleting:
    def test_operation_is_followed(self) -> None:
        cloud = Scripted().answers("delete_snapshot", PENDING).answers("get_operation", PENDING, ended())
        cloud.answers("list_snapshots", SnapshotList(()))
        deleted(cloud)
        assert [name for _second, name in cloud.asked][-2:] == ["get_operation", "list_snapshots"]

    def test_operation_that_fails_is_told(self) -> None:
        cloud = Scripted().answers("delete_snapshot", ended(status="failed", message="In use."))
        with pytest.raises(CloudError, match="deleting snapshot before failed: In use") as caught:
            deleted(cloud)
        assert caught.value.error_code == "snapshot_failed"

    @pytest.mark.parametrize("error", [*LOST, status(404)])
    def test_lost_answer_shows_in_the_list(self, error: Exception) -> None:
        cloud = Scripted().answers("delete_snapshot", error)
        cloud.answers("list_snapshots", SnapshotList(tuple(cloud.snapshots)), SnapshotList(()))
        deleted(cloud)
        assert (len(cloud.sent), cloud.time.seconds) == (1, 2.4)

    @pytest.mark.parametrize("error", [*map(status, (400, 403, 405, 409)), CloudError("Odd.")])
    def test_refusal_is_told(self, error: Exception) -> None:
        cloud = Scripted().answers("delete_snapshot", error)
        with pytest.raises(CloudError):
            deleted(cloud)
        assert [name for _second, name in cloud.asked] == ["delete_snapshot"]

    def test_one_that_stays_is_waited_for_to_the_deadline(self) -> None:
        cloud = Scripted(seconds=10.0).answers("delete_snapshot", None)
        with pytest.raises(OutOfTime, match="deleting snapshot before did not end within 10 s"):
            deleted(cloud)


class TestRefusals:
    def codes(self, name: str = "a", **listed: Any) -> list[str]:
        capabilities = Scripted("hostup", snapshot_name=NameRule("[a-z]+", 9, "letters")).capabilities
        snapshots = (Snapshot("s", "s"),)
        return [item.code for item in creation_refusals(capabilities, name, SnapshotList(snapshots, **listed))]

    def test_each_reason(self) -> None:
        assert self.codes() == self.codes(slots=2) == []
        for allowed in (True, None):
            assert self.codes(can_create=Gate(allowed)) == []
        assert self.codes("A") == ["snapshot_name_invalid"]
        assert self.codes("A", slots=1) == ["snapshot_name_invalid", "no_snapshot_slot"]
        assert self.codes(slots=0) == self.codes(slots=1) == ["no_snapshot_slot"]
        assert self.codes(slots=0, can_create=Gate(False)) == ["snapshot_not_allowed"]

    def test_gate_is_quoted(self) -> None:
        capabilities = Scripted().capabilities
        for gate, said in ((Gate(False, "Busy.", "busy"), " [busy]: Busy."), (Gate(False), ": no reason given")):
            (refusal,) = creation_refusals(capabilities, "a", SnapshotList((), can_create=gate))
            assert refusal.message == f"the provider does not allow a new snapshot now{said}"

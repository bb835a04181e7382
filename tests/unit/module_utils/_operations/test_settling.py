# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the end of a restore is seen, and that nothing is called an end which is none."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    CloudError,
    OutOfTime,
    ProviderError,
    RouteUnconfirmed,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Accepted,
    Candidate,
    Gate,
    Instance,
    Operation,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.evidence import (
    merged,
    settle_in_place,
    settle_new_instance,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._task.waiting import Patience, follow
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    ended,
    restored,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START

PENDING = Operation("op", status="running", status_raw="Working")


def status(number: int) -> ProviderError:
    return ProviderError("No.", status=number)


def settled(cloud: Scripted, operation: Operation | None = None, *, since: Any = START) -> Any:
    return settle_in_place(cloud, cloud.instance.id, "snap-1", operation, since, cloud.patience)


class TestOperation:
    def test_success_is_the_end(self) -> None:
        end = settled(Scripted().answers("get_operation", PENDING, ended()), PENDING)
        assert (end.verified, end.operation, end.instance, end.unverified) == (True, ended(), None, ())

    def test_job_is_followed_by_two_equal_readings(self) -> None:
        cloud = Scripted("hostup")
        readings = [cloud.instance._replace(power_state=word) for word in ("stopped", "changing", "running", "running")]
        end = settled(cloud.answers("read_power", *readings), PENDING)
        assert (end.verified, end.instance.power_state) == (True, "running")

    def test_failure_is_told_with_the_reason(self) -> None:
        for operation, said in (
            (ended(status="failed", message="Disk full."), "the restore failed (operation op): Disk full."),
            (ended(status="failed", status_raw="Broken"), "the restore failed (operation op): its state is Broken"),
            (
                ended(status="failed", status_raw=None),
                "the restore failed (operation op): the provider gives no reason",
            ),
        ):
            with pytest.raises(CloudError) as caught:
                settled(Scripted(), operation)
            assert (caught.value.error_code, caught.value.message) == ("restore_failed", said)
            assert caught.value.next_steps

    def test_unknown_word_is_no_success(self) -> None:
        end = settled(Scripted("hostup"), ended(status="unknown", status_raw="Zapped"))
        assert not end.verified
        assert end.unverified == ("how the restore ended: operation op ended with the unknown word 'Zapped'",)

    def test_one_that_cannot_be_read_any_more_proves_nothing(self) -> None:
        for number in (404, 405, 410):
            cloud = Scripted().answers("get_operation", status(number))
            end = settled(cloud, PENDING)
            assert (end.verified, end.operation) == (False, PENDING)
            assert end.unverified == ("that the restore has ended, and how: operation op cannot be read any more",)
            assert [name for _second, name in cloud.asked] == ["get_operation"] * 3

    def test_a_few_misses_are_none(self) -> None:
        cloud = Scripted().answers(
            "get_operation", status(404), status(404), PENDING, status(404), status(404), ended()
        )
        assert settled(cloud, PENDING).verified

    def test_misses_are_counted_anew_after_a_reading(self) -> None:
        cloud = Scripted().answers("get_operation", status(404), PENDING, *[status(404)] * 3, ended())
        assert not settled(cloud, PENDING).verified
        assert len(cloud.asked) == 5

    @pytest.mark.parametrize("word", ["aborted", "cancelled", "zapped"])
    def test_end_by_another_word_is_neither_success_nor_failure(self, word: str) -> None:
        end = settled(Scripted(), ended(status=word, status_raw=word))
        assert (end.verified, end.unverified) == (
            False,
            (f"how the restore ended: operation op ended with the unknown word {word!r}",),
        )

    @pytest.mark.parametrize("number", [401, 403, 406, 409, 411])
    def test_other_errors_are_errors(self, number: int) -> None:
        with pytest.raises(ProviderError):
            settled(Scripted().answers("get_operation", status(number)), PENDING)


class TestWithoutOperation:
    def test_only_a_list_may_have_it(self) -> None:
        cloud = Scripted().answers("restores_since", (), (Candidate(Operation("t"), True),))
        assert settled(cloud).operation == ended("t")
        cloud = Scripted(lists_operations=False)
        assert not settled(cloud).verified
        assert cloud.asked == []
        assert settled(Scripted(), since=None).unverified == (
            "that the restore has ended, and how: the provider named no operation for this restore",
        )

    def test_it_is_looked_for_for_half_a_minute(self) -> None:
        cloud = Scripted()
        assert not settled(cloud).verified
        assert cloud.time.seconds == 30.0
        assert cloud.asked[-1] == (30.0, "restores_since")

    def test_one_that_says_so_comes_before_all_others(self) -> None:
        ours, other = Candidate(Operation("ours"), True), Candidate(Operation("other"), False)
        assert settled(Scripted().answers("restores_since", (other, ours, other))).operation.id == "ours"

    def test_of_several_none_is_chosen(self) -> None:
        one, two = (Candidate(Operation(name), True) for name in ("one", "two"))
        assert settled(Scripted().answers("restores_since", (one, two))).operation is None
        first, second = (Candidate(Operation(name), False) for name in ("one", "two"))
        assert settled(Scripted().answers("restores_since", (first, second))).operation is None

    def test_one_that_may_be_other_work_proves_nothing(self) -> None:
        cloud = Scripted().answers("restores_since", (Candidate(Operation("t", kind="x"), False),))
        end = settled(cloud.answers("get_operation", ended("t", kind="x")))
        assert not end.verified
        assert end.unverified == ("how the restore ended: operation t (x) began with it and may be other work",)
        assert cloud.time.seconds == 30.0

    def test_list_that_ends_with_an_error_has_nothing(self) -> None:
        assert settled(Scripted().answers("restores_since", status(500))).operation is None
        for number in (400, 402, 403, 404):
            assert settled(Scripted().answers("restores_since", status(number))).operation is None
        with pytest.raises(ProviderError):
            settled(Scripted().answers("restores_since", status(401)))

    def test_gate_that_opens_again_is_waited_for(self) -> None:
        cloud = Scripted("hostup").answers("restore_gate", Gate(False), Gate(False), Gate(True))
        end = settled(cloud)
        assert (end.verified, end.instance.power_state) == (False, "stopped")
        assert [name for _second, name in cloud.asked].count("restore_gate") == 3
        for allowed in (True, None):
            cloud = Scripted("hostup").answers("restore_gate", Gate(allowed))
            settled(cloud)
            assert [name for _second, name in cloud.asked].count("restore_gate") == 1

    def test_gate_that_stays_closed_is_no_end(self) -> None:
        with pytest.raises(OutOfTime, match="waiting until the provider would allow another"):
            settled(Scripted("hostup", seconds=60.0).answers("restore_gate", Gate(False)))


MADE = Instance("BRK-9", "copy", power_state="changing", hourly_rate=2.0)


class TestNewInstance:
    def test_is_awaited(self) -> None:
        cloud = Scripted("barrack").answers("get_instance", MADE, MADE, MADE._replace(power_state="running"))
        end = settle_new_instance(cloud, MADE, cloud.patience)
        assert (end.verified, end.instance.power_state) == (True, "running")

    @pytest.mark.parametrize("word", ["changing", "starting", "stopped", "stopping", "unknown"])
    def test_is_awaited_in_every_other_state(self, word: str) -> None:
        cloud = Scripted("barrack").answers(
            "get_instance", MADE._replace(power_state=word), MADE._replace(power_state="running")
        )
        assert settle_new_instance(cloud, MADE, cloud.patience).instance == MADE._replace(power_state="running")
        assert len(cloud.asked) == 2

    @pytest.mark.parametrize("word", ["error", "deleted"])
    def test_failed_one_is_a_failure(self, word: str) -> None:
        cloud = Scripted("barrack").answers(
            "get_instance", MADE, MADE._replace(power_state=word, power_state_raw="ERR")
        )
        with pytest.raises(CloudError, match=r"the restore failed \(instance BRK-9\): its state is ERR") as caught:
            settle_new_instance(cloud, MADE, cloud.patience)
        assert caught.value.error_code == "restore_failed"

    def test_without_a_way_to_look_nothing_is_proved(self) -> None:
        cloud = Scripted("barrack").answers("get_instance", RouteUnconfirmed("No route.", status=404))
        end = settle_new_instance(cloud, MADE, cloud.patience)
        assert (end.verified, end.instance) == (False, MADE)
        assert end.unverified == ("that the new instance BRK-9 is active: No route.",)

    def test_details_are_completed_by_the_answer(self) -> None:
        details = Instance("BRK-9", "", power_state="unknown", ipv4="192.0.2.1")
        assert merged(MADE, details) == MADE._replace(ipv4="192.0.2.1")


class TestFollow:
    def watched(self, cloud: Scripted, operation: Operation = PENDING) -> list[Operation]:
        seen: list[Operation] = []
        patience = Patience(cloud.transport.deadline, cloud.time.runtime, 2.0, seen.append)
        follow(cloud, "i", operation, "work", patience)
        return seen

    def test_ended_one_is_not_read(self) -> None:
        cloud = Scripted()
        assert follow(cloud, "i", ended(), "work", cloud.patience) == ended()
        assert cloud.asked == []

    def test_each_reading_is_told(self) -> None:
        assert self.watched(Scripted().answers("get_operation", PENDING, status(404), ended())) == [PENDING, ended()]

    def test_percent_tells_when_to_look(self) -> None:
        cloud = Scripted()
        steps = [PENDING._replace(progress=float(value)) for value in (0, 2, 4)]
        self.watched(cloud.answers("get_operation", *steps, ended()))
        times = [second for second, _name in cloud.asked]
        # From 0 to 2 % in 2.4 s: the whole takes long, so that half of what is left is more than may be hinted.
        assert times[1] - times[0] == 2.4
        assert times[2] - times[1] == 30.0

    def test_percent_is_measured_from_the_first_reading(self) -> None:
        cloud = Scripted()
        steps = [PENDING._replace(progress=value) for value in (10.0, 20.0, 50.0)]
        self.watched(cloud.answers("get_operation", *steps, ended()))
        times = [second for second, _name in cloud.asked]
        assert times[2] - times[1] == pytest.approx((100 - 20) * 2.4 / 10 / 2)
        assert times[3] - times[2] == pytest.approx((100 - 50) * times[2] / 40 / 2)

    def test_providers_wish_comes_first(self) -> None:
        cloud = Scripted()
        cloud.transport.asked_pause = 21.0
        self.watched(cloud.answers("get_operation", PENDING, ended()))
        assert cloud.asked[1][0] == 21.0

    def test_last_word_is_told_at_the_deadline(self) -> None:
        with pytest.raises(OutOfTime) as caught:
            self.watched(Scripted(seconds=20.0).answers("get_operation", PENDING))
        assert caught.value.message.startswith("work (operation op) did not end within 20 s")
        assert caught.value.message.endswith("; its state was last 'Working'")
        with pytest.raises(OutOfTime) as caught:
            self.watched(Scripted(seconds=20.0).answers("get_operation", PENDING._replace(status_raw=None)))
        assert "its state" not in caught.value.message


class TestRuns:
    """The same ends, from the run's side."""

    def test_failed_restore_is_a_failed_record(self) -> None:
        store = Kept()
        cloud = (
            Scripted("hostup").answers("restore", Accepted(PENDING)).answers("get_operation", ended(status="failed"))
        )
        with pytest.raises(CloudError):
            restored(cloud, store)
        assert (store.last.phase, store.last.error_code) == ("failed", "restore_failed")

    def test_other_errors_leave_it_to_the_next_run(self) -> None:
        store = Kept()
        cloud = Scripted("hostup").answers("restore", Accepted(PENDING)).answers("get_operation", status(403))
        with pytest.raises(ProviderError):
            restored(cloud, store)
        assert store.last.phase == "accepted"

    def test_deadline_says_how_to_go_on(self) -> None:
        cloud = Scripted("hostup", seconds=60.0).answers("restore", Accepted(PENDING))
        cloud.answers("get_operation", PENDING)
        with pytest.raises(OutOfTime) as caught:
            restored(cloud, restore_id="r-1")
        assert caught.value.next_steps == (
            "Run again with restore_id: r-1 to go on waiting; the restore is not sent again.",
        )

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Power changes to the second: what is asked, how often, and how many readings are believed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    AnswerUnreadable,
    CloudError,
    OutOfTime,
    ProviderError,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance
from ansible_collections.indiecloud.compute.plugins.module_utils._power.power import (
    PowerChange,
    PowerFailed,
    first_action,
    request,
    steady,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.power_readings import (
    PENDING,
    asks,
    changed,
    readings,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Scripted,
    ended,
    no_route,
    status,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.words import anew
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START


class TestSteady:
    def state(self, cloud: Scripted, wanted: str | None, **more: Any) -> Instance:
        return steady(cloud, "i", wanted, cloud.patience, **more)

    def test_two_readings_in_a_row(self) -> None:
        cloud = readings(Scripted(), "running", "stopped", "running", "stopped", "stopped", "never")
        assert self.state(cloud, "stopped").power_state == "stopped"
        assert asks(cloud) == 5

    def test_any_state_that_is_not_settling(self) -> None:
        cloud = readings(Scripted(), "changing", "changing", "starting", "starting", "unknown", "unknown")
        assert self.state(cloud, None).power_state == "unknown"
        assert asks(cloud) == 6

    def test_words_of_the_provider_must_agree(self) -> None:
        cloud = Scripted()
        words = ("Halting", "Halted", "Halted")
        cloud.answers("read_power", *(cloud.instance._replace(power_state_raw=word) for word in words))
        self.state(cloud, "stopped")
        assert asks(cloud) == 3

    def test_reading_made_just_before_is_the_first_of_two(self) -> None:
        for seen, number in (("stopped", 1), ("running", 2), (None, 2)):
            cloud = readings(Scripted(), "stopped")
            before = anew(cloud.instance._replace(power_state=seen, power_state_raw=None)) if seen else None
            self.state(cloud, "stopped", seen=before)
            assert asks(cloud) == number

    @pytest.mark.parametrize("state", ["changing", "deleted", "running", "unknown"])
    def test_reading_of_another_state_is_not_the_first_of_two(self, state: str) -> None:
        """Also where the provider has one word for both."""
        cloud = Scripted()
        cloud.answers("read_power", cloud.instance._replace(power_state_raw="Exists"))
        before = cloud.instance._replace(power_state=state, power_state_raw="Exists")
        self.state(cloud, "stopped", seen=before)
        assert asks(cloud) == 2

    @pytest.mark.parametrize("word", ["aborted", "unknown"])
    def test_job_that_ends_otherwise_than_failed_leaves_it_to_the_state(self, word: str) -> None:
        cloud = Scripted(power="running")
        cloud.answers("set_power", lambda action: [cloud.put(power_state="stopped"), ended(status=word)][1])
        assert changed(cloud, "stopped") == ("stopped", [])

    def test_look_from_before_the_request_is_none(self) -> None:
        cloud = Scripted()
        looks = [cloud.instance._replace(power_state_at=START + timedelta(seconds=second)) for second in (-1, -1, 0, 5)]
        cloud.answers("read_power", looks[3], looks[0], looks[2], looks[3])
        self.state(cloud, "stopped", since=START)
        assert asks(cloud) == 4

    def test_last_state_is_told_at_the_deadline(self) -> None:
        cloud = readings(Scripted(seconds=20.0), "changing")
        with pytest.raises(OutOfTime) as caught:
            self.state(cloud, "stopped")
        assert caught.value.message.startswith("waiting for i to be stopped did not end")
        assert caught.value.message.endswith("; its power state was last 'changing'")
        with pytest.raises(OutOfTime) as caught:
            self.state(readings(Scripted(seconds=20.0), "changing"), None)
        assert caught.value.message.startswith("waiting for i to settle did not end")

    def test_age_of_the_last_state_is_told_at_the_deadline(self) -> None:
        cloud = Scripted(seconds=20.0)
        cloud.answers("read_power", cloud.instance._replace(power_state_at=START - timedelta(seconds=9)))
        with pytest.raises(OutOfTime) as caught:
            self.state(cloud, "running", since=START)
        assert caught.value.message.endswith("last 'stopped', as of 2025-12-31T23:59:51Z, which is before the request")


class TestFirstAction:
    def test_graceful_only_where_it_is_wanted_and_possible(self) -> None:
        for cloud, change, action in (
            (Scripted(), PowerChange("stopped"), "shutdown"),
            (Scripted(), PowerChange("stopped", graceful=False), "stop"),
            (Scripted(graceful_stop=False), PowerChange("stopped"), "stop"),
            (Scripted(), PowerChange("running"), "start"),
        ):
            assert first_action(cloud, change) == action


class TestShutdown:
    def stuck(self, **options: Any) -> Scripted:
        """An instance that does not follow a shutdown."""
        cloud = Scripted(power="running", **options)

        def act(action: str) -> None:
            if action == "stop":
                cloud.put(power_state="stopped")

        return cloud.answers("set_power", act)

    def test_that_works(self) -> None:
        cloud = Scripted(power="running")
        assert changed(cloud, "stopped") == ("stopped", [])
        assert cloud.actions == ["shutdown"]

    def test_that_does_not_is_followed_by_a_stop(self) -> None:
        cloud = self.stuck()
        assert changed(cloud, "stopped") == (
            "stopped",
            ["the instance did not shut down within 120 s and was powered off"],
        )
        assert [(item[0], item[2]) for item in cloud.sent] == [(0.0, "shutdown"), (120.0, "stop")]
        cloud = self.stuck()
        assert changed(cloud, "stopped", force_after=33.0)[1][0].startswith(
            "the instance did not shut down within 33 s"
        )
        assert cloud.sent[1][0] == 33.0

    def test_that_does_not_may_be_left_alone(self) -> None:
        cloud = self.stuck(seconds=300.0)
        with pytest.raises(OutOfTime):
            changed(cloud, "stopped", force_after=None)
        assert (cloud.actions, cloud.time.seconds) == (["shutdown"], 300.0)

    def test_end_of_the_run_is_no_reason_for_a_stop(self) -> None:
        cloud = self.stuck(seconds=60.0)
        with pytest.raises(OutOfTime):
            changed(cloud, "stopped")
        assert (cloud.actions, cloud.time.seconds) == (["shutdown"], 60.0)

    def test_without_a_route(self) -> None:
        cloud = Scripted(power="running")
        cloud.answers("set_power", no_route(), lambda action: cloud.put(power_state="stopped") and None)
        assert changed(cloud, "stopped")[1] == [
            "the route of a graceful shutdown does not exist; the instance was stopped the hard way"
        ]
        assert cloud.actions == ["shutdown", "stop"]
        with pytest.raises(ProviderError):
            changed(Scripted(power="running").answers("set_power", no_route()), "stopped", force_after=None)

    def test_that_fails(self) -> None:
        cloud = Scripted(power="running").answers("get_operation", ended(status="failed", message="Guest hangs."))
        cloud.answers("set_power", PENDING, lambda action: cloud.put(power_state="stopped") and None)
        state, warnings = changed(cloud, "stopped")
        assert (state, cloud.actions) == ("stopped", ["shutdown", "stop"])
        assert warnings[0].startswith("the instance was powered off, since its shutdown of ")
        assert warnings[0].endswith("failed: Guest hangs. (operation op)")
        cloud = Scripted(power="running").answers("set_power", PENDING)
        cloud.answers("get_operation", ended(status="failed"))
        with pytest.raises(PowerFailed, match="the provider gives no reason") as caught:
            changed(cloud, "stopped", force_after=None)
        assert caught.value.error_code == "power_failed"

    def test_stop_after_it_is_repeated_while_it_is_in_the_way(self) -> None:
        cloud = Scripted(power="running")
        tries = []

        def act(action: str) -> None:
            tries.append(action)
            if action == "stop" and tries.count("stop") < 3:
                raise status(409)
            if action == "stop":
                cloud.put(power_state="stopped")

        assert changed(cloud.answers("set_power", act), "stopped")[0] == "stopped"
        assert tries == ["shutdown", "stop", "stop", "stop"]


class TestAsked:
    """An earlier run has sent the request."""

    def test_is_waited_for(self) -> None:
        cloud = readings(Scripted(power="running"), "running", "stopped", "stopped")
        assert changed(cloud, "stopped", asked=True) == ("stopped", [])
        assert cloud.actions == []

    def test_is_sent_again_after_half_a_minute(self) -> None:
        cloud = Scripted(power="running")
        changed(cloud, "stopped", asked=True)
        assert [(item[0], item[2]) for item in cloud.sent] == [(30.0, "shutdown")]

    def test_is_not_sent_at_the_end_of_the_run(self) -> None:
        cloud = Scripted(power="running", seconds=30.0)
        with pytest.raises(OutOfTime):
            changed(cloud, "stopped", asked=True)
        assert cloud.actions == []

    def test_reading_since_counts(self) -> None:
        cloud = Scripted()
        changed(cloud, "stopped", asked=True, seen=cloud.instance)
        assert asks(cloud) == 1


class TestRefused:
    @pytest.mark.parametrize("number", [400, 409, 422])
    @pytest.mark.parametrize("state", ["running", "starting"])
    def test_what_is_already_so_is_no_error(self, number: int, state: str) -> None:
        cloud = Scripted(power=state).answers("set_power", status(number))
        assert request(cloud, "i", "start", "running") is None

    @pytest.mark.parametrize(
        ("number", "state"), [(400, "stopped"), (422, "stopping"), (403, "running"), (421, "running")]
    )
    def test_what_is_not_is_one(self, number: int, state: str) -> None:
        cloud = Scripted(power=state).answers("set_power", status(number))
        with pytest.raises(ProviderError):
            changed(cloud, "running")
        assert cloud.actions == ["start"]
        assert cloud.time.seconds == 0.0

    def test_conflict_may_be_of_an_earlier_request(self) -> None:
        cloud = Scripted().answers("set_power", status(409))
        readings(cloud, "stopped", "stopped", "stopped", "running", "running")
        assert changed(cloud, "running")[0] == "running"
        assert cloud.actions == ["start"]

    def test_conflict_that_stays_is_told(self) -> None:
        cloud = Scripted().answers("set_power", status(409))
        with pytest.raises(ProviderError):
            changed(cloud, "running")
        assert (cloud.actions, cloud.time.seconds) == (["start"], 30.0)

    @pytest.mark.parametrize("lost", [AnswerLost("Cut."), AnswerUnreadable("HTML."), status(502)])
    def test_lost_request_is_looked_for_and_sent_again(self, lost: CloudError) -> None:
        cloud = Scripted().answers("set_power", lost)
        readings(cloud, "stopped", "running", "running")
        if isinstance(lost, AnswerUnreadable):
            with pytest.raises(AnswerUnreadable):
                changed(cloud, "running")
            return
        assert changed(cloud, "running")[0] == "running"
        assert cloud.actions == ["start"]
        cloud = Scripted()
        cloud.answers("set_power", lost, lambda action: cloud.put(power_state="running") and None)
        assert changed(cloud, "running")[0] == "running"
        assert [(item[0], item[2]) for item in cloud.sent] == [(0.0, "start"), (30.0, "start")]

    def test_provider_that_looks_rarely_gets_the_time_to_look(self) -> None:
        for behind, second in ((100, 130.0), (-100, 30.0)):
            cloud = Scripted()
            cloud.put(power_state_at=START - timedelta(seconds=behind))
            cloud.answers(
                "set_power",
                AnswerLost("Cut."),
                lambda action, cloud=cloud: (
                    cloud.put(power_state="running", power_state_at=START + timedelta(days=1)) and None
                ),
            )
            changed(cloud, "running")
            assert cloud.sent[1][0] == second

    def test_state_that_cannot_be_read_is_not_behind(self) -> None:
        cloud = Scripted().answers("set_power", AnswerLost("Cut."))
        running = cloud.instance._replace(power_state="running")
        cloud.answers("read_power", status(500), running, running)
        assert changed(cloud, "running")[0] == "running"

    def test_lost_to_the_end_of_the_run(self) -> None:
        cloud = Scripted(seconds=100.0).answers("set_power", AnswerLost("Cut."))
        with pytest.raises(OutOfTime):
            changed(cloud, "running")
        assert [item[0] for item in cloud.sent] == [0.0, 30.0, 60.0, 90.0]

    def test_lost_request_is_sent_again_when_nothing_can_be_read_for_half_a_minute(self) -> None:
        cloud = Scripted(power="running", seconds=45.0).answers("set_power", AnswerLost("Cut."))
        with pytest.raises(OutOfTime):
            changed(cloud.answers("read_power", status(500)), "running")
        assert [item[0] for item in cloud.sent] == [0.0, 30.0]

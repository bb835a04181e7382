# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``record: provider`` where clouds, clocks and people do what no page forbids them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.tags import MARKER
from ansible_collections.indiecloud.compute.tests.simulator.clock import Clock

from .conftest import HOSTUP, ONET, ROLE, Cloud
from .hooks import On


@pytest.fixture
def store() -> str:
    return "provider"


@dataclass
class WrongClock:
    """The clock of a controller that is off by so many seconds."""

    right: Clock
    ahead: float

    def now(self) -> float:
        return self.right.now() + self.ahead

    def monotonic(self) -> float:
        return self.right.monotonic()

    def sleep(self, seconds: float) -> None:
        self.right.sleep(seconds)

    def advance(self, seconds: float) -> None:
        self.right.advance(seconds)


def machine(cloud: Cloud, number: int, ahead: float = 0.0) -> Cloud:
    record = cloud.record.with_name(f"machine-{number}.sqlite3")
    return replace(cloud, record=record, clock=WrongClock(cloud.clock, ahead))


def work_and_switch_off(cloud: Cloud) -> None:
    """Somebody uses the instance after its restore."""
    cloud.vm.power = "running"
    cloud.sim.cloud.write(cloud.vm.id, "/srv/data", "precious")
    cloud.vm.power = "stopped"


def note(cloud: Cloud) -> dict[str, Any]:
    """The latest record in the tags."""
    line = next(item for item in cloud.vm.extra["tags"] if item.startswith(MARKER))
    return dict(json.loads(line.partition("=")[2])[0])


@HOSTUP
class TestSnapshots:
    @pytest.mark.parametrize(("before", "now"), [("stopped", "running"), ("running", "stopped")])
    def test_power_state_set_after_the_end_is_left(self, cloud: Cloud, before: str, now: str) -> None:
        cloud.set_power(before)
        assert machine(cloud, 1).restore(**ROLE).result["status"] == "restored"
        cloud.clock.advance(7200.0)
        cloud.set_power(now)
        again = machine(cloud, 2).restore(**ROLE)
        assert (again.result["status"], again.result["changed"]) == ("already_restored", False)
        assert (cloud.sim.cloud.power(cloud.vm.id), cloud.writes) == (now, 0)

    @pytest.mark.parametrize("switches", [{"power_after_restore": "running"}])
    def test_instance_that_another_run_saw_left_running_is_not_stopped(self, cloud: Cloud) -> None:
        machine(cloud, 1).killed_in("settled", **ROLE)
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"
        assert not machine(cloud, 2).restore(**ROLE).failed
        assert (cloud.sim.cloud.power(cloud.vm.id), cloud.effective) == ("running", 1)

    def test_claim_that_could_not_be_confirmed_is_continued_by_its_own_controller(self, cloud: Cloud) -> None:
        def spoil() -> None:
            cloud.sim.faults.add("wrong_type", method="GET", path="/snapshots", times=None)

        cloud.sim.hooks = On("POST", "/snapshots", spoil, after=True)
        assert machine(cloud, 1).restore(wait_timeout=60.0).failed
        cloud.sim.faults.clear()
        assert machine(cloud, 1).restore().result["status"] == "restored"
        assert (cloud.posts, cloud.effective) == (1, 1)

    def test_claim_is_not_continued_beside_another_one(self, cloud: Cloud) -> None:
        def spoil() -> None:
            cloud.sim.faults.add("wrong_type", method="GET", path="/snapshots", times=None)

        machine(cloud, 2).killed_in("stopping", restore_id="two", **ROLE)
        cloud.sim.hooks = On("POST", "/snapshots", spoil, after=True)
        machine(cloud, 1).restore(restore_id="one", force=True, wait_timeout=60.0)
        cloud.sim.faults.clear()
        again = machine(cloud, 1).restore(restore_id="one", wait_timeout=60.0)
        assert again.result["error_code"] == "restore_in_progress", again.result
        assert cloud.posts == 0

    def test_unrecorded_end_does_not_allow_a_repeat(self, cloud: Cloud) -> None:
        for index in range(3):  # with the one that is restored and the claim, all five
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"other-{index}", age=7200.0)
        assert machine(cloud, 1).restore(wait_timeout=300.0).result["status"] == "restored"
        work_and_switch_off(cloud)
        cloud.clock.advance(1200.0)
        again = machine(cloud, 2).restore(wait_timeout=300.0)
        assert again.result["error_code"] == "outcome_unknown", again.result
        assert (cloud.posts, cloud.effective) == (1, 1)

    def test_expired_claim_is_continued_by_its_own_controller(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        machine(cloud, 1).killed_in("stopping", **ROLE)
        cloud.clock.advance(2500.0)
        assert machine(cloud, 1).restore(**ROLE).result["status"] == "restored"
        assert cloud.effective == 1

    def test_end_recorded_elsewhere_overrules_the_local_file(self, cloud: Cloud) -> None:
        machine(cloud, 1).killed_in("stopping", **ROLE)
        done = machine(cloud, 2).restore(on_unknown="restore", **ROLE)
        assert done.result["status"] == "restored", done.result
        work_and_switch_off(cloud)
        again = machine(cloud, 1).restore(**ROLE)
        assert (again.result["status"], cloud.posts) == ("already_restored", 1), again.result

    @pytest.mark.parametrize("ahead", [86400.0, -86400.0])
    def test_claims_are_ordered_by_the_clock_of_the_provider(self, cloud: Cloud, ahead: float) -> None:
        cloud.set_power("running")
        assert machine(cloud, 1, ahead).restore(restore_id="one", **ROLE).result["status"] == "restored"
        cloud.clock.advance(100.0)
        machine(cloud, 2, -ahead).killed_in("stopping", restore_id="two", **ROLE)
        third = machine(cloud, 3).restore(restore_id="three", **ROLE)
        assert third.result["error_code"] == "restore_in_progress", third.result
        assert "'two'" in third.result["msg"]
        assert cloud.posts == 1

    def test_late_claim_is_seen_before_the_restore_is_sent(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        first = machine(cloud, 1)
        first.killed_in("stopping", restore_id="one", **ROLE)
        rival = {"on_unknown": "restore", "force": True, "restore_id": "two"}
        other = machine(cloud, 2)

        def claim() -> None:
            cloud.clock.advance(60.0)  # until the stop is over
            other.killed_in("stopping", **{**ROLE, **rival})

        cloud.sim.hooks = On("GET", "/status", claim)
        outcome = first.restore(restore_id="one", **ROLE)
        assert (outcome.result["error_code"], cloud.posts) == ("restore_in_progress", 0), outcome.result


@ONET
class TestTags:
    def test_replaced_tags_do_not_forget_a_restore(self, cloud: Cloud) -> None:
        def replace_tags() -> None:
            cloud.vm.extra["tags"] = ["theirs"]

        cloud.sim.hooks = On("POST", "/restore", replace_tags, after=True)
        assert machine(cloud, 1).restore().result["status"] == "restored"
        assert cloud.vm.extra["tags"][0] == "theirs"
        work_and_switch_off(cloud)
        cloud.clock.advance(7200.0)
        assert machine(cloud, 2).restore().result["status"] == "already_restored"
        assert cloud.effective == 1

    def test_stale_note_does_not_allow_a_repeat_without_a_task_list(self, cloud: Cloud) -> None:
        # The provider refuses the notes after the sending, and has no list of tasks.
        cloud.sim.faults.add("status", method="PUT", nth=3, status=409, times=None)
        cloud.sim.faults.add("status", method="GET", path="/tasks$", status=404, times=None)
        assert machine(cloud, 1).restore().result["status"] == "accepted_unverified"
        cloud.sim.faults.clear()
        cloud.sim.faults.add("status", method="GET", path="/tasks$", status=404, times=None)
        work_and_switch_off(cloud)
        cloud.clock.advance(200.0)
        again = machine(cloud, 2).restore()
        assert (again.result["error_code"], cloud.posts) == ("outcome_unknown", 1), again.result

    def test_claim_lasts_while_the_request_may_be_retried(self, cloud: Cloud) -> None:
        left: list[float] = []

        def look() -> None:
            until = datetime.fromisoformat(note(cloud)["lease"].replace("Z", "+00:00")).timestamp()
            left.append(until - cloud.clock.now())

        cloud.sim.hooks = On("POST", "/restore", look)
        cloud.sim.faults.add("rate_limited", method="POST", path="restore$", retry_after=60, times=5)
        assert machine(cloud, 1).restore(wait_timeout=900.0).result["status"] == "restored"
        assert left[0] > 850.0

    def test_claim_is_released_at_the_end_of_the_run(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path="restore$")
        lost = machine(cloud, 1).restore(wait_timeout=1800.0)
        assert lost.result["error_code"] == "outcome_unknown"
        again = machine(cloud, 2).restore(wait_timeout=300.0)
        assert (again.result["status"], cloud.effective) == ("restored", 1), again.result

    def test_claim_is_released_after_an_error_of_the_search_too(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_after", method="POST", path="restore$")
        cloud.sim.faults.add("status", method="GET", path="tasks$", nth=2, status=401)
        lost = machine(cloud, 1).restore(wait_timeout=1800.0)
        assert lost.result["error_code"] == "outcome_unknown"
        again = machine(cloud, 2).restore(wait_timeout=300.0)
        assert (again.result["status"], cloud.effective) == ("restored", 1), again.result

    def test_takeover_that_fails_leaves_the_outcome_unknown(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path="restore$")
        assert machine(cloud, 1).restore().result["error_code"] == "outcome_unknown"
        cloud.clock.advance(300.0)
        cloud.sim.faults.add("status", method="PUT", path="instances", times=9, status=401)
        again = machine(cloud, 2).restore()
        assert (again.result["error_code"], again.result["restore_sent"]) == ("outcome_unknown", "unknown")
        assert cloud.posts == 1

    def test_tag_that_others_add_during_a_claim_is_kept(self, cloud: Cloud) -> None:
        cloud.sim.hooks = On("PUT", cloud.vm.id, lambda: cloud.vm.extra["tags"].append("added"), after=True)
        outcome = machine(cloud, 1).restore()
        assert (outcome.result["error_code"], cloud.posts) == ("not_applied", 0)
        assert "added" in cloud.vm.extra["tags"]
        assert not [item for item in cloud.vm.extra["tags"] if item.startswith(MARKER)]

    def test_note_written_after_the_preflight_stops_a_takeover(self, cloud: Cloud) -> None:
        machine(cloud, 1).killed_in("stopping", **ROLE)
        cloud.clock.advance(130.0)

        def send() -> None:
            line = json.dumps([{**note(cloud), "phase": "sent", "lease": "2099-01-01T00:00:00Z"}])
            cloud.vm.extra["tags"] = [f"{MARKER}={line}"]

        cloud.sim.hooks = On("GET", "/snapshots", send)
        second = machine(cloud, 2).restore(wait_timeout=300.0, **ROLE)
        assert (second.result["error_code"], cloud.posts) == ("restore_in_progress", 0), second.result

    def test_refused_note_is_retried(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="PUT", status=409, times=3)
        assert machine(cloud, 1).restore().result["status"] == "restored"
        assert machine(cloud, 2).restore().result["status"] == "already_restored"

    def test_phase_without_a_note_is_not_in_the_file(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="PUT", nth=3, status=403)
        assert machine(cloud, 1).restore(**ROLE).failed
        again = machine(cloud, 1).restore(check=True, **ROLE)
        assert again.result["phase"] == "stopping", again.result

    @pytest.mark.parametrize("longest", [100, 20])
    def test_truncated_claim_is_removed(self, cloud: Cloud, longest: int) -> None:
        cloud.vm.extra["tags"] = ["mine"]

        def cut() -> None:
            cloud.vm.extra["tags"] = [item[:longest] for item in cloud.vm.extra["tags"]]

        cloud.sim.hooks = On("PUT", "", cut, after=True)
        outcome = machine(cloud, 1).restore()
        assert outcome.result["error_code"] in ("not_applied", "record_unavailable"), outcome.result
        assert cloud.posts == 0
        assert cloud.vm.extra["tags"] == ["mine"]
        assert "record: file" in str(outcome.result["next_steps"])

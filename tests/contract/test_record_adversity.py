# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``record: provider`` where clouds, clocks and people do what no page forbids them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.tags import MARKER
from ansible_collections.indiecloud.compute.tests.simulator.clock import Clock
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request

from .conftest import Cloud

ROLE: dict[str, Any] = {"stop": "always", "power_after": "previous"}
HOSTUP = pytest.mark.parametrize("provider", ["hostup"])
ONET = pytest.mark.parametrize("provider", ["onetsolutions"])


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


class Meanwhile(Hooks):
    """Something done once, as the first request arrives, or has worked, that fits."""

    def __init__(self, method: str, end: str, what: Callable[[], None], *, after: bool = False) -> None:
        self._fits = lambda request: request.method == method and request.path.endswith(end)
        self._what: Callable[[], None] | None = what
        self._after = after

    def _do(self, request: Request, *, after: bool) -> None:
        if self._what is not None and after == self._after and self._fits(request):
            what, self._what = self._what, None
            what()

    def arrived(self, request: Request) -> bool:
        self._do(request, after=False)
        return True

    def worked(self, request: Request) -> None:
        self._do(request, after=True)


def machine(cloud: Cloud, number: int, ahead: float = 0.0) -> Cloud:
    record = cloud.record.with_name(f"machine-{number}.sqlite3")
    return replace(cloud, record=record, clock=WrongClock(cloud.clock, ahead))


def effective(cloud: Cloud) -> int:
    """Restores that threw something away."""
    cloud.sim.cloud.instances(cloud.provider)
    return sum(item.discarded for item in cloud.sim.ledger.restores(cloud.vm.id))


def sent(cloud: Cloud) -> int:
    return sum(1 for item in cloud.sim.ledger.requests(method="POST") if item.path.endswith("restore"))


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
    def test_power_that_somebody_set_after_the_end_is_left(self, cloud: Cloud, before: str, now: str) -> None:
        cloud.set_power(before)
        assert machine(cloud, 1).restore(**ROLE).result["status"] == "restored"
        cloud.clock.advance(7200.0)
        cloud.set_power(now)
        again = machine(cloud, 2).restore(**ROLE)
        assert (again.result["status"], again.result["changed"]) == ("already_restored", False)
        assert (cloud.sim.cloud.power(cloud.vm.id), cloud.writes) == (now, 0)

    @pytest.mark.parametrize("switches", [{"power_after_restore": "running"}])
    def test_power_that_the_provider_left_on_is_put_back(self, cloud: Cloud) -> None:
        assert machine(cloud, 1).restore(until="settled", **ROLE).result["status"] == "restored"
        assert cloud.sim.cloud.power(cloud.vm.id) == "running"
        assert not machine(cloud, 2).restore(**ROLE).failed
        assert (cloud.sim.cloud.power(cloud.vm.id), effective(cloud)) == ("stopped", 1)

    def test_end_that_could_not_be_noted_is_no_leave_to_repeat(self, cloud: Cloud) -> None:
        for index in range(3):  # with the one that is restored and the claim, all five
            cloud.sim.cloud.add_snapshot(cloud.vm.id, name=f"other-{index}", age=7200.0)
        assert machine(cloud, 1).restore(wait_timeout=300.0).result["status"] == "restored"
        work_and_switch_off(cloud)
        cloud.clock.advance(1200.0)
        again = machine(cloud, 2).restore(wait_timeout=300.0)
        assert again.result["error_code"] == "outcome_unknown", again.result
        assert (sent(cloud), effective(cloud)) == (1, 1)

    def test_claim_that_has_run_out_can_be_gone_on_with_where_it_was_made(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        assert not machine(cloud, 1).restore(until="stopping", **ROLE).failed
        cloud.clock.advance(2500.0)
        assert machine(cloud, 1).restore(**ROLE).result["status"] == "restored"
        assert effective(cloud) == 1

    def test_end_noted_elsewhere_beats_the_file_of_who_claimed(self, cloud: Cloud) -> None:
        machine(cloud, 1).restore(until="stopping", **ROLE)
        done = machine(cloud, 2).restore(on_unknown="restore", **ROLE)
        assert done.result["status"] == "restored", done.result
        work_and_switch_off(cloud)
        again = machine(cloud, 1).restore(**ROLE)
        assert (again.result["status"], sent(cloud)) == ("already_restored", 1), again.result

    @pytest.mark.parametrize("ahead", [86400.0, -86400.0])
    def test_claims_are_in_the_order_of_the_providers_clock(self, cloud: Cloud, ahead: float) -> None:
        cloud.set_power("running")
        assert machine(cloud, 1, ahead).restore(restore_id="one", **ROLE).result["status"] == "restored"
        cloud.clock.advance(100.0)
        assert not machine(cloud, 2, -ahead).restore(restore_id="two", until="stopping", **ROLE).failed
        third = machine(cloud, 3).restore(restore_id="three", **ROLE)
        assert third.result["error_code"] == "restore_in_progress", third.result
        assert "'two'" in third.result["msg"]
        assert sent(cloud) == 1

    def test_claim_that_came_up_late_is_seen_before_the_restore_is_sent(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        first = machine(cloud, 1)
        assert not first.restore(restore_id="one", until="stopping", **ROLE).failed
        rival = {"on_unknown": "restore", "force": True, "restore_id": "two", "until": "stopping"}
        other = machine(cloud, 2)

        def claim() -> None:
            cloud.clock.advance(60.0)  # until the stop is over
            assert not other.restore(**{**ROLE, **rival}).failed

        cloud.sim.hooks = Meanwhile("GET", "/status", claim)
        outcome = first.restore(restore_id="one", **ROLE)
        assert (outcome.result["error_code"], sent(cloud)) == ("restore_in_progress", 0), outcome.result


@ONET
class TestTags:
    def test_tags_that_somebody_replaces_in_the_middle_forget_no_restore(self, cloud: Cloud) -> None:
        def replace_tags() -> None:
            cloud.vm.extra["tags"] = ["theirs"]

        cloud.sim.hooks = Meanwhile("POST", "/restore", replace_tags, after=True)
        assert machine(cloud, 1).restore().result["status"] == "restored"
        assert cloud.vm.extra["tags"][0] == "theirs"
        work_and_switch_off(cloud)
        cloud.clock.advance(7200.0)
        assert machine(cloud, 2).restore().result["status"] == "already_restored"
        assert effective(cloud) == 1

    def test_note_left_behind_is_no_leave_to_repeat_where_nothing_can_be_looked_up(self, cloud: Cloud) -> None:
        # The provider refuses the notes after the sending, and has no list of tasks.
        cloud.sim.faults.add("status", method="PUT", nth=3, status=409, times=None)
        cloud.sim.faults.add("status", method="GET", path="/tasks$", status=404, times=None)
        assert machine(cloud, 1).restore().result["status"] == "accepted_unverified"
        cloud.sim.faults.clear()
        cloud.sim.faults.add("status", method="GET", path="/tasks$", status=404, times=None)
        work_and_switch_off(cloud)
        cloud.clock.advance(200.0)
        again = machine(cloud, 2).restore()
        assert (again.result["error_code"], sent(cloud)) == ("outcome_unknown", 1), again.result

    def test_claim_lasts_as_long_as_the_request_may_be_sent_again(self, cloud: Cloud) -> None:
        left: list[float] = []

        def look() -> None:
            until = datetime.fromisoformat(note(cloud)["lease"].replace("Z", "+00:00")).timestamp()
            left.append(until - cloud.clock.now())

        cloud.sim.hooks = Meanwhile("POST", "/restore", look)
        cloud.sim.faults.add("rate_limited", method="POST", path="restore$", retry_after=60, times=5)
        assert machine(cloud, 1).restore(wait_timeout=900.0).result["status"] == "restored"
        assert left[0] > 850.0

    def test_claim_is_let_go_when_nothing_is_sent_any_more(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("cut_before", method="POST", path="restore$")
        lost = machine(cloud, 1).restore(wait_timeout=1800.0)
        assert lost.result["error_code"] == "outcome_unknown"
        again = machine(cloud, 2).restore(wait_timeout=300.0)
        assert (again.result["status"], effective(cloud)) == ("restored", 1), again.result

    def test_note_of_a_live_controller_after_the_preflight_stops_who_takes_over(self, cloud: Cloud) -> None:
        machine(cloud, 1).restore(until="stopping", **ROLE)
        cloud.clock.advance(130.0)

        def send() -> None:
            line = json.dumps([{**note(cloud), "phase": "sent", "lease": "2099-01-01T00:00:00Z"}])
            cloud.vm.extra["tags"] = [f"{MARKER}={line}"]

        cloud.sim.hooks = Meanwhile("GET", "/snapshots", send)
        second = machine(cloud, 2).restore(wait_timeout=300.0, **ROLE)
        assert (second.result["error_code"], sent(cloud)) == ("restore_in_progress", 0), second.result

    def test_note_refused_for_the_moment_is_written_again(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="PUT", status=409, times=3)
        assert machine(cloud, 1).restore().result["status"] == "restored"
        assert machine(cloud, 2).restore().result["status"] == "already_restored"

    def test_phase_that_could_not_be_noted_is_not_in_the_file(self, cloud: Cloud) -> None:
        cloud.set_power("running")
        cloud.sim.faults.add("status", method="PUT", nth=3, status=403)
        assert machine(cloud, 1).restore(**ROLE).failed
        again = machine(cloud, 1).restore(check=True, **ROLE)
        assert again.result["phase"] == "stopping", again.result

    @pytest.mark.parametrize("longest", [100, 20])
    def test_claim_in_tags_that_the_provider_cuts_off_is_taken_back(self, cloud: Cloud, longest: int) -> None:
        cloud.vm.extra["tags"] = ["mine"]

        def cut() -> None:
            cloud.vm.extra["tags"] = [item[:longest] for item in cloud.vm.extra["tags"]]

        cloud.sim.hooks = Meanwhile("PUT", "", cut, after=True)
        outcome = machine(cloud, 1).restore()
        assert outcome.result["error_code"] in ("not_applied", "record_unavailable"), outcome.result
        assert sent(cloud) == 0
        assert cloud.vm.extra["tags"] == ["mine"]
        assert "record: file" in str(outcome.result["next_steps"])

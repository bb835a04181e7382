# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostUp, ``record: provider``: what the next launch in a new container makes of a controller that was killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.clock import Clock
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request

from .conftest import HOSTUP, ROLE, Cloud

pytestmark = [HOSTUP, pytest.mark.parametrize("store", ["provider"])]
LAUNCHES = {"snapshot": "before-upgrade", "restore_id": "CHG-1", **ROLE}
Moment = Callable[[Request], bool]


class Killed(BaseException):
    """Nothing of the controller runs after this."""


@dataclass
class Mortal:
    """The clock of a controller that dies as soon as it looks at it again."""

    right: Clock
    dead: bool = False

    def _live(self) -> None:
        if self.dead:
            raise Killed

    def now(self) -> float:
        self._live()
        return self.right.now()

    def monotonic(self) -> float:
        self._live()
        return self.right.monotonic()

    def sleep(self, seconds: float) -> None:
        self._live()
        self.right.sleep(seconds)


class Kill(Hooks):
    """Kills the controller as the first request of a moment arrives, which may then have its effect or be lost."""

    def __init__(self, clock: Mortal, end: str, *, lost: bool) -> None:
        self._clock, self._end, self._lost = clock, end, lost

    def arrived(self, request: Request) -> bool:
        if self._clock.dead or request.method != "POST" or not request.path.endswith(self._end):
            return True
        self._clock.dead = True
        return not self._lost


# The request, whether it is lost, and how many restores take effect.
MOMENTS = [
    ("/actions/shutdown", True, 0),
    ("/actions/shutdown", False, 0),
    ("/actions/restore", True, 0),
    ("/actions/restore", False, 1),
]


def kill_at(cloud: Cloud, end: str, *, lost: bool) -> None:
    """A run in a container that is killed, with its disk."""
    cloud.set_power("running")
    clock = Mortal(cloud.clock)
    cloud.sim.hooks = Kill(clock, end, lost=lost)
    victim = replace(cloud, record=cloud.record.with_name("victim.sqlite3"), clock=clock)
    with pytest.raises(Killed):
        victim.restore(**LAUNCHES)
    cloud.sim.hooks = Hooks()


def launch(cloud: Cloud, name: str, **params: Any) -> dict[str, Any]:
    """A run in a new container."""
    outcome = replace(cloud, record=cloud.record.with_name(f"{name}.sqlite3")).restore(**{**LAUNCHES, **params})
    return {**outcome.result, "failed": outcome.failed}


@pytest.mark.parametrize(("end", "lost", "applied"), MOMENTS)
@pytest.mark.parametrize("later", [0.0, 2000.0])
class TestNextLaunch:
    def test_asks_within_two_minutes(self, cloud: Cloud, end: str, lost: bool, applied: int, later: float) -> None:
        kill_at(cloud, end, lost=lost)
        cloud.clock.advance(later)
        began, writes = cloud.clock.now(), cloud.writes
        for check in (True, False):
            found = launch(cloud, "second", check=check)
            assert found["error_code"] == "outcome_unknown", found
            assert (found["restore_sent"], bool(found["retry_at"])) == ("unknown", later == 0.0), found
            assert "on_unknown: accept" in found["msg"]
        assert cloud.clock.now() - began < 120.0
        assert (cloud.writes, cloud.effective) == (writes, applied)

    def test_answer_of_a_person_ends_it(self, cloud: Cloud, end: str, lost: bool, applied: int, later: float) -> None:
        kill_at(cloud, end, lost=lost)
        cloud.clock.advance(later or 60.0)
        began = cloud.clock.now()
        answer = {"on_unknown": "accept", "power_after": "started"} if applied else {"on_unknown": "restore"}
        assert not launch(cloud, "settle", check=True, **answer)["failed"]
        found = launch(cloud, "settle", **answer)
        assert found["status"] == ("accepted_unverified" if applied else "restored"), found
        assert cloud.clock.now() - began < 240.0
        assert launch(cloud, "verify", check=True)["status"] == "already_restored"
        assert (cloud.effective, cloud.sim.cloud.power(cloud.vm.id)) == (1, "running")


@pytest.mark.parametrize("switches", [{"hostup_audit_log": "prompt"}])
def test_log_of_requests_is_used_at_once(cloud: Cloud) -> None:
    kill_at(cloud, "/actions/restore", lost=False)
    assert launch(cloud, "plan", check=True)["status"] == "would_restore"
    found = launch(cloud, "second")
    assert (found["status"], cloud.posts, cloud.effective) == ("accepted_unverified", 1, 1), found


def test_killed_before_the_start_is_finished(cloud: Cloud) -> None:
    kill_at(cloud, "/actions/start", lost=True)
    found = launch(cloud, "second")
    assert (found["status"], found["resumed"], cloud.effective) == ("restored", True, 1), found
    assert cloud.sim.cloud.power(cloud.vm.id) == "running"


def test_new_ticket_that_was_killed_is_not_taken_for_the_old_one(cloud: Cloud) -> None:
    cloud.set_power("running")
    assert launch(cloud, "first", restore_id="CHG-0")["status"] == "restored"
    cloud.sim.cloud.write(cloud.vm.id, "/etc/motd", "after")
    cloud.clock.advance(300.0)
    kill_at(cloud, "/actions/shutdown", lost=False)
    cloud.clock.advance(60.0)
    found = launch(cloud, "second")
    assert (found["error_code"], "CHG-1" in found["msg"]) == ("outcome_unknown", True), found
    assert launch(cloud, "settle", on_unknown="restore")["status"] == "restored"
    assert cloud.sim.cloud.power(cloud.vm.id) == "running"


def test_end_that_another_controller_notes_within_a_minute_is_waited_for(cloud: Cloud) -> None:
    kill_at(cloud, "/actions/restore", lost=False)
    cloud.sim.hooks = Ended(cloud)
    found = launch(cloud, "second")
    assert (found["status"], cloud.posts, cloud.effective) == ("already_restored", 1, 1), found


class Ended(Hooks):
    """Another controller ends the restore half a minute later."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._due, self._done = cloud, cloud.clock.now() + 30.0, False

    def arrived(self, request: Request) -> bool:
        if not self._done and self._cloud.clock.now() > self._due:
            self._done = True
            launch(self._cloud, "other", on_unknown="accept", power_after="started")
        return True

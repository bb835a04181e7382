# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A power state that is asked for: reached once, and only where it is not so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Gate
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Progress
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Scripted,
    no_route,
    status,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.tasks import Tasks
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START


class TestPower:
    def test_changes_what_is_not_so(self, tasks: Tasks) -> None:
        for before, state, action, after in (
            ("stopped", "started", "start", "running"),
            ("running", "stopped", "shutdown", "stopped"),
            ("unknown", "stopped", "shutdown", "stopped"),
            ("stopped", "restarted", "start", "running"),
        ):
            cloud = Scripted(power=before)
            outcome = tasks.power(cloud, state)
            assert (cloud.actions, outcome.result["changed"]) == ([action], True)
            assert (outcome.result["previous_power_state"], outcome.result["power_state"]) == (before, after)
            assert outcome.result["instance"]["power_state"] == after
            assert outcome.diff == {"before": {"power": before}, "after": {"power": after}}
            assert cloud.time.seconds == 2.4

    def test_time_between_two_readings(self, tasks: Tasks) -> None:
        cloud = Scripted()
        tasks.power(cloud, "started", wait_interval=5)
        assert cloud.time.seconds == 6.0

    def test_leaves_what_is_so(self, tasks: Tasks) -> None:
        for power, state in (("running", "started"), ("stopped", "stopped")):
            cloud = Scripted(power=power)
            outcome = tasks.power(cloud, state)
            assert (cloud.sent, outcome.result["changed"], outcome.diff) == ([], False, None)
            assert outcome.result["power_state"] == power

    @pytest.mark.parametrize("before", ["running", "unknown", "error"])
    def test_restarts_whatever_is_not_off(self, tasks: Tasks, before: str) -> None:
        cloud = Scripted(power=before)
        tasks.power(cloud, "restarted")
        assert cloud.actions == ["restart"]

    def test_waits_for_what_is_changing(self, tasks: Tasks) -> None:
        cloud = Scripted(power="stopping")
        cloud.answers("read_power", cloud.put(power_state="stopped"))
        cloud.put(power_state="stopping")
        outcome = tasks.power(cloud, "stopped")
        assert (outcome.result["changed"], cloud.actions) == (False, [])
        assert outcome.result["previous_power_state"] == "stopped"

    def test_check_mode_does_not_wait(self, tasks: Tasks) -> None:
        for power, state, changed in (
            ("stopping", "stopped", False),
            ("starting", "started", False),
            ("starting", "stopped", True),
            ("stopping", "started", True),
            ("stopping", "restarted", True),
            ("running", "stopped", True),
        ):
            cloud = Scripted(power=power)
            outcome = tasks.power(cloud, state, check=True)
            assert (outcome.result["changed"], cloud.sent, cloud.time.seconds) == (changed, [], 0.0)
            wanted = "stopped" if state == "stopped" else "running"
            assert outcome.result["power_state"] == wanted

    def test_hard_stop(self, tasks: Tasks) -> None:
        cloud = Scripted(power="running")
        tasks.power(cloud, "stopped", graceful=False)
        assert cloud.actions == ["stop"]

    def test_closed_gate_refuses(self, tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []

        def gate(self: Scripted, instance_id: str, action: str) -> Gate:
            asked.append(action)
            return Gate(False, "Unpaid.", "unpaid")

        monkeypatch.setattr(Scripted, "power_gate", gate)
        for power, state in (("running", "stopped"), ("running", "restarted"), ("stopped", "started")):
            cloud = Scripted(power=power)
            outcome = tasks.power(cloud, state)
            assert (outcome.result["error_code"], cloud.sent) == ("power_not_allowed", [])
            assert "does not allow" in outcome.result["msg"]
            assert "[unpaid]: Unpaid." in outcome.result["msg"]
        assert asked == ["shutdown", "restart", "start"]
        monkeypatch.setattr(Scripted, "power_gate", lambda *dummy: Gate(False))
        assert "now: no reason given" in tasks.power(Scripted(), "started").result["msg"]

    def test_hibernated_one_is_not_started(self, tasks: Tasks) -> None:
        cloud = Scripted("barrack")
        cloud.put(power_state_raw="HIBERNATED")
        for state in ("started", "restarted"):
            assert tasks.power(cloud, state).result["error_code"] == "instance_hibernated"
        outcome = tasks.power(cloud, "stopped")
        assert (outcome.failed, outcome.warnings, cloud.sent) == (False, [], [])

    def test_bill_of_a_stopped_one_is_told(self, tasks: Tasks) -> None:
        bill = "This provider bills a stopped instance like a running one."
        for billed, state, warned in ((True, "stopped", True), (True, "started", False), (False, "stopped", False)):
            cloud = Scripted(power="running", stopped_is_billed=billed)
            assert tasks.power(cloud, state).warnings == ([bill] if warned else [])

    @pytest.mark.parametrize(("age", "warned"), [(300, False), (301, True)])
    def test_old_look_is_told(self, tasks: Tasks, age: int, warned: bool) -> None:
        cloud = Scripted("hostup", power="running")
        cloud.put(power_state_at=START - timedelta(seconds=age))
        assert any(f"{age} s ago" in text for text in tasks.power(cloud, "started").warnings) == warned
        cloud.answers("read_power", cloud.instance._replace(power_state="stopped", power_state_at=START + timedelta(1)))
        assert not any("last looked" in text for text in tasks.power(cloud, "stopped").warnings)

    def test_unreadable_one_is_an_error(self, tasks: Tasks) -> None:
        cloud = Scripted().answers("get_instance", no_route()).answers("list_instances", no_route())
        outcome = tasks.power(cloud, "stopped")
        assert outcome.result["error_code"] == "route_unconfirmed"
        assert "cannot be read: that instance" in outcome.result["msg"]

    def test_failure_tells_whether_something_changed(self, tasks: Tasks) -> None:
        for writes, changed in ((0, True), (-1, False)):
            cloud = Scripted().answers("set_power", status(403))
            cloud.transport.writes = writes
            outcome = tasks.power(cloud, "started")
            assert (outcome.failed, outcome.result["changed"]) == (True, changed)
            assert outcome.result["http_status"] == 403

    def test_progress_and_time(self, tasks: Tasks) -> None:
        tasks.power(Scripted(), "started")
        tasks.power(Scripted(), "started", wait_timeout=77)
        assert tasks.seconds == [300.0, 77.0]
        assert tasks.told == [Progress("starting")] * 2

    def test_power_that_would_never_be_cut_is_a_contradiction(self, tasks: Tasks) -> None:
        for after, wait in ((300, None), (301, None), (77, 77), (1000, 77)):
            with pytest.raises(AssertionError, match="force_after must be less than wait_timeout"):
                raise AssertionError(
                    tasks.power(Scripted(), "stopped", force_after=after, wait_timeout=wait).result["msg"]
                )
        assert not tasks.power(Scripted(), "stopped", force_after=76, wait_timeout=77).failed

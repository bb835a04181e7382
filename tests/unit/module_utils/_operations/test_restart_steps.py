# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restart: asked for once, and believed only on evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import AnswerLost, CloudError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance
from ansible_collections.indiecloud.compute.plugins.module_utils._power.power import PowerFailed, restart
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.power_readings import (
    PENDING,
    REBOOTED,
    asks,
    readings,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, ended, status
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START


class TestRestart:
    def restarted(self, cloud: Scripted, before: Instance | None = None) -> tuple[str, list[str]]:
        instance, warnings = restart(cloud, cloud.instance.id, before or cloud.instance, cloud.patience)
        return instance.power_state, warnings

    def test_operation_is_evidence(self) -> None:
        cloud = Scripted(power="running").answers("set_power", PENDING)
        assert self.restarted(cloud) == ("running", [])
        assert cloud.actions == ["restart"]

    def test_failed_operation_is_a_failure(self) -> None:
        cloud = Scripted(power="running").answers("set_power", PENDING)
        with pytest.raises(PowerFailed):
            self.restarted(cloud.answers("get_operation", ended(status="failed")))

    def test_operation_that_is_gone_is_no_failure(self) -> None:
        cloud = Scripted(power="running").answers("set_power", PENDING)
        assert self.restarted(cloud.answers("get_operation", status(404))) == ("running", [])

    @pytest.mark.parametrize("state", ["changing", "error", "starting", "unknown"])
    def test_any_other_state_is_evidence(self, state: str) -> None:
        cloud = readings(Scripted(power="running").answers("set_power", None), state, "running", "running")
        assert self.restarted(cloud) == ("running", [])

    def test_another_state_is_evidence(self) -> None:
        cloud = readings(
            Scripted(power="running").answers("set_power", None), "running", "stopping", "running", "running"
        )
        assert self.restarted(cloud) == ("running", [])
        assert asks(cloud) == 4

    @pytest.mark.parametrize(
        ("uptime", "warned"), [(5.0, False), (99.0, False), (100.0, True), (200.0, True), (None, True)]
    )
    def test_uptime_that_began_again_is_evidence(self, uptime: float | None, warned: bool) -> None:
        cloud = Scripted(power="running").answers("set_power", None)
        before = cloud.put(uptime=100.0)
        cloud.answers("read_power", before._replace(uptime=uptime))
        assert self.restarted(cloud, before) == ("running", [REBOOTED] if warned else [])
        assert (cloud.time.seconds > 30.0) == warned

    def test_unknown_uptime_before_proves_nothing(self) -> None:
        cloud = Scripted(power="running").answers("set_power", None)
        before = cloud.instance
        cloud.answers("read_power", before._replace(uptime=5.0))
        assert self.restarted(cloud, before)[1] == [REBOOTED]

    def test_look_from_before_the_request_is_no_evidence(self) -> None:
        cloud = Scripted(power="running").answers("set_power", None)
        old = cloud.put(power_state_at=START - timedelta(seconds=50))
        stale = old._replace(power_state="stopped")
        fresh = old._replace(power_state_at=START + timedelta(seconds=1))
        cloud.answers("read_power", stale, *[fresh] * 2)
        assert self.restarted(cloud, old)[1] == [REBOOTED]
        assert 80.0 <= cloud.time.seconds < 100.0

    def test_lost_one_is_never_sent_again(self) -> None:
        cloud = Scripted(power="running").answers("set_power", AnswerLost("Cut."))
        with pytest.raises(CloudError, match="was lost: Cut") as caught:
            self.restarted(cloud)
        assert (caught.value.error_code, caught.value.applied) == ("outcome_unknown", "unknown")
        assert cloud.actions == ["restart"]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task says while it waits, and how often it looks."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task import waiting
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, Progress

from .conftest import HOSTUP, IN_PLACE, Cloud


def watched(cloud: Cloud, **params: Any) -> tuple[list[Progress], dict[str, Any]]:
    """What a restore tells of itself, and its result."""
    told: list[Progress] = []
    options = {**cloud.connection, "snapshot": cloud.snapshot.id, **cloud.needs, **params}
    outcome = execute(restore_task, Context(options, runtime=cloud.runtime, on_progress=told.append))
    return told, outcome.result


@IN_PLACE
def test_each_phase_is_reported_with_what_it_works_on(cloud: Cloud) -> None:
    cloud.set_power("running")
    told, result = watched(cloud, stop="always", power_after="started", safety_snapshot="auto")
    assert result["status"] in ("restored", "accepted_unverified"), result
    name = cloud.vm.name
    assert [pair for pair, dummy in groupby((item.doing, item.what) for item in told)] == [
        ("stopping", name),
        ("taking safety snapshot", result["safety_snapshot"]["name"]),
        ("restoring", "before-upgrade"),
        ("starting", name),
    ]


@HOSTUP
def test_percentage_comes_from_the_job(cloud: Cloud) -> None:
    told, dummy = watched(cloud)
    percents = [item.percent for item in told if item.doing == "restoring" and item.percent is not None]
    assert percents == sorted(percents)
    assert percents[-1] == 100.0
    assert any(0.0 < percent < 100.0 for percent in percents)


@HOSTUP
@pytest.mark.parametrize("seconds", [5.0, 60.0, 600.0])
def test_percentage_saves_requests(cloud: Cloud, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long work is looked at less often, and never more often than without a percent."""
    cloud.sim.set_durations(restore=seconds)
    with monkeypatch.context() as patched:
        patched.setattr(waiting, "halfway", lambda *numbers: None)
        before = watched(cloud, restore_id="one")[1]
    after = watched(cloud, restore_id="two")[1]
    assert after["status"] == before["status"] == "restored"
    assert after["api_calls"]["total"] <= before["api_calls"]["total"]
    if seconds > 300:
        assert after["api_calls"]["total"] < 0.75 * before["api_calls"]["total"]
    assert after["timings"]["restore"] <= before["timings"]["restore"] + 15.0

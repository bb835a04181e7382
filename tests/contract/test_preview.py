# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode predicts the real run: its steps in order, its power state, and its requests."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import BARRACK, IN_PLACE, ROLE, Cloud

VERBS = {"shutdown": "stop", "stop": "stop", "snapshots": "take", "restore": "restore", "start": "start"}


def predicted(cloud: Cloud, **params: Any) -> list[str]:
    outcome = cloud.restore(check=True, **params)
    assert outcome.result["status"] == "would_restore", outcome.result
    assert cloud.writes == 0
    return [step.split()[0] for step in outcome.result["plan"]]


def done(cloud: Cloud, **params: Any) -> list[str]:
    assert not cloud.restore(**params).failed
    return [VERBS[item.path.rsplit("/", 1)[-1]] for item in cloud.sim.ledger.requests(method="POST")]


@IN_PLACE
@pytest.mark.parametrize("power", ["running", "stopped"])
@pytest.mark.parametrize(
    "params",
    [
        {"stop": "if_required"},
        {"stop": "always"},
        ROLE,
        {"stop": "always", "power_after": "started"},
        {"stop": "always", "power_after": "stopped"},
        {**ROLE, "safety_snapshot": "auto"},
        {**ROLE, "wait": False},
    ],
    ids=str,
)
def test_the_plan_is_what_is_done(cloud: Cloud, power: str, params: dict[str, Any]) -> None:
    cloud.set_power(power)
    plan = [step for step in predicted(cloud, **params) if step != "wait"]
    diff = cloud.restore(check=True, **params).diff or {}
    assert plan == done(cloud, **params)
    if "wait" not in params and params != {"stop": "if_required"}:
        assert diff["after"]["power"] == cloud.sim.cloud.power(cloud.vm.id)


@IN_PLACE
@pytest.mark.parametrize("stage", ["stopping", "accepted", "settled"])
def test_the_plan_of_a_resumed_restore_is_what_is_left_of_it(cloud: Cloud, stage: str) -> None:
    cloud.set_power("running")
    cloud.killed_in(stage, restore_id="r", **ROLE)
    cloud.sim.ledger.clear()
    plan = predicted(cloud, restore_id="r", **ROLE)
    assert cloud.restore(check=True, restore_id="r", **ROLE).result["resumed"]
    if stage != "stopping":
        assert "restore" not in plan
    assert plan[-1] == "start"


@IN_PLACE
def test_data_loss_is_predicted(cloud: Cloud) -> None:
    cloud.clock.advance(1800.0)
    diff = cloud.restore(check=True).diff or {}
    assert diff["after"]["hours_of_writes_lost"] == "1.5"


@BARRACK
def test_cost_is_predicted_without_a_limit_too(cloud: Cloud) -> None:
    assert "an hour" in (cloud.restore(check=True).diff or {})["after"]["cost"]
    # A price that cannot be read is no reason to refuse, if there is no limit.
    cloud.sim.faults.add("status", method="POST", path="/pricing/", status=503, after_effect=False, times=None)
    began = cloud.clock.now()
    outcome = cloud.restore(check=True)
    assert cloud.clock.now() - began < 30.0
    assert outcome.result["status"] == "would_restore"
    assert "price not read" in (outcome.diff or {})["after"]["cost"]


@BARRACK
def test_cost_is_predicted(cloud: Cloud) -> None:
    assert predicted(cloud) == ["restore", "wait"]
    diff = cloud.restore(check=True, max_hourly_rate=100.0).diff or {}
    assert "an hour" in diff["after"]["cost"]
    assert cloud.restore(check=True).result["hourly_price"]["amount"] > 0
    assert "restored" in diff["after"]["instance"]

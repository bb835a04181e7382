# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dated snapshots by ``prefix``: a new one in each run, or none while one of ours is young enough."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome

from .conftest import BARRACK, HOSTUP, Cloud

NAME = re.compile(r"nightly-\d{8}T\d{6}Z")


@pytest.fixture(autouse=True)
def _running(cloud: Cloud) -> None:
    cloud.set_power("running")


def snapshot(cloud: Cloud, prefix: str = "nightly", *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(snapshot_task, check=check, **{"instance": cloud.vm.id, "prefix": prefix, **params})


def names(cloud: Cloud) -> list[str]:
    return [item.name for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name != "before-upgrade"]


def test_each_run_makes_one(cloud: Cloud) -> None:
    for number in range(1, 4):
        outcome = snapshot(cloud)
        assert not outcome.failed, outcome.result
        assert outcome.result["created"]
        assert len(set(names(cloud))) == number
    assert all(map(NAME.fullmatch, names(cloud)))


def test_name_is_the_time_of_the_provider(cloud: Cloud) -> None:
    outcome = snapshot(cloud)
    made, name = outcome.result["snapshot"]["created_at"], outcome.result["snapshot"]["name"]
    digits = re.sub(r"[-:]", "", made)
    # The provider dates it when it begins, which is after the name was chosen.
    assert name.removeprefix("nightly-")[:13] == digits[:13]


def test_name_that_is_taken_is_not_used_again(cloud: Cloud) -> None:
    predicted = snapshot(cloud, check=True).result["snapshot"]["name"]
    cloud.sim.cloud.add_snapshot(cloud.vm.id, name=predicted)
    outcome = snapshot(cloud)
    assert not outcome.failed, outcome.result
    assert len(set(names(cloud))) == 2


def test_check_mode_predicts(cloud: Cloud) -> None:
    outcome = snapshot(cloud, check=True, max_age="1h")
    assert (outcome.result["changed"], outcome.result["created"]) == (True, True)
    assert NAME.fullmatch(outcome.result["snapshot"]["name"])
    assert cloud.writes == 0
    assert not cloud.record.exists()
    snapshot(cloud)
    assert not snapshot(cloud, check=True, max_age="1h").result["changed"]


def test_young_one_is_enough_and_an_old_one_is_not(cloud: Cloud) -> None:
    first = snapshot(cloud, max_age="1h")
    again = snapshot(cloud, max_age="1h")
    assert (again.result["changed"], again.result["created"]) == (False, False)
    assert again.result["snapshot"]["id"] == first.result["snapshot"]["id"]
    assert cloud.writes == 1
    cloud.clock.advance(3700.0)
    assert snapshot(cloud, max_age="1h").result["created"]
    assert len(names(cloud)) == 2


@pytest.mark.parametrize("name", ["nightly", "nightly-db-20261129T160000Z", "nightly-20261129T160000Z", "nightly-2"])
def test_one_that_only_looks_like_ours_does_not_count(cloud: Cloud, name: str) -> None:
    cloud.sim.cloud.add_snapshot(cloud.vm.id, name=name)
    assert snapshot(cloud, max_age="1h").result["created"]


@pytest.mark.parametrize("prefix", ["night", "nightly-db", "weekly"])
def test_one_of_another_prefix_does_not_count(cloud: Cloud, prefix: str) -> None:
    snapshot(cloud, prefix)
    assert snapshot(cloud, max_age="1h").result["created"]


@HOSTUP
def test_one_of_unknown_age_does_not_count(cloud: Cloud) -> None:
    snapshot(cloud)
    way = ["data", 1, "createdAt"]
    cloud.sim.faults.add("field", method="GET", path="/snapshots", times=1, way=way, value=None)
    assert snapshot(cloud, max_age="1h").result["created"]


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_lost_answer_is_decided_by_the_list(cloud: Cloud, kind: str) -> None:
    cloud.sim.faults.add(kind, method="POST", path="/snapshots")
    outcome = snapshot(cloud, max_age="1h")
    assert cloud.writes == 1
    if kind == "cut_before":
        assert outcome.result["error_code"] == "outcome_unknown"
    else:
        assert outcome.result["created"]
    assert not snapshot(cloud, max_age="1h").failed
    assert len(names(cloud)) == 1


@HOSTUP
def test_prefix_that_makes_a_name_too_long_is_refused(cloud: Cloud) -> None:
    assert not snapshot(cloud, "n" * 23).failed
    before = cloud.writes
    outcome = snapshot(cloud, "n" * 24)
    assert outcome.result["error_code"] == "snapshot_name_invalid"
    assert "up to" in outcome.result["msg"] or "1 to 40" in outcome.result["msg"]
    assert cloud.writes == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "both"},
        {"prefix": None},
        {"replace": True},
        {"state": "absent"},
        {"prefix": ""},
        {"prefix": "a\nb"},
        {"prefix": "x" * 239},
    ],
)
def test_options_that_contradict_are_refused(cloud: Cloud, wrong: dict[str, Any]) -> None:
    assert snapshot(cloud, **wrong).result["error_code"] == "invalid_option"
    assert cloud.writes == 0


@BARRACK
class TestTheRecord:
    @pytest.mark.parametrize("check", [False, True])
    def test_that_cannot_be_written_is_refused_before_anything_is_sent(self, cloud: Cloud, check: bool) -> None:
        cloud.record.parent.parent.joinpath(cloud.record.parent.name).write_text("a file in place of the folder")
        assert snapshot(cloud, check=check).result["error_code"] == "record_unavailable"
        assert cloud.writes == 0

    def test_that_is_lost_takes_no_snapshot_for_ours(self, cloud: Cloud) -> None:
        snapshot(cloud)
        cloud.record.unlink()
        assert snapshot(cloud, max_age="1h").result["created"]

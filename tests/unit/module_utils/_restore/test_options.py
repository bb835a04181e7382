# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Impossible options of a restore: each is named, and nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context

GOOD = {"provider": "hostup", "api_token": "x", "instance": "vps_1", "snapshot": "s"}
BARRACK = {"provider": "barrack", "new_vm_name": "copy"}


def problems(**changes: Any) -> list[str]:
    # Without a token a run ends with the options, even if all others are right.
    outcome = execute(restore_task, Context({**GOOD, "api_token": "", **changes}))
    assert outcome.result["error_code"] == "invalid_option"
    assert outcome.result["api_calls"]["total"] == 0
    return str(outcome.result["msg"]).partition("\n")[0].split(";")


@pytest.mark.parametrize(
    ("option", "changes"),
    [
        ("restore_id", {"restore_id": "a" * 129}),
        ("expected_instance_name", {"expected_instance_name": "a" * 256}),
        ("snapshot", {"snapshot": None}),
        ("snapshot", {"snapshot": "a\nb"}),
        ("instance", {"instance": None}),
        ("new_vm_name", {"new_vm_name": "x"}),
        ("wait_timeout", {"wait_timeout": 0}),
        ("max_hourly_rate", {"max_hourly_rate": 0.0, **BARRACK}),
        ("max_snapshot_age", {"max_snapshot_age": "soon"}),
        ("new_vm_name", {"provider": "barrack"}),
        ("expected_instance_name", {**BARRACK, "instance": None, "expected_instance_name": "x"}),
    ],
)
def test_impossible_option_is_named(option: str, changes: dict[str, Any]) -> None:
    assert any(option in text for text in problems(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"restore_id": "a" * 128},
        {"expected_instance_name": "a" * 255},
        {"wait": False},
        {"max_snapshot_age": "1h"},
        {**BARRACK, "instance": None, "max_hourly_rate": 0.01},
        {**BARRACK, "expected_instance_name": "x"},
    ],
    ids=str,
)
def test_possible_options_leave_only_the_missing_token(changes: dict[str, Any]) -> None:
    (problem,) = problems(**changes)
    assert "token" in problem

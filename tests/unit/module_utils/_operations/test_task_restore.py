# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a restore that cannot be: each is named, and nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context

GOOD = {"provider": "hostup", "api_token": "x", "instance": "vps_1", "snapshot": "s"}


def problems(**changes: Any) -> str:
    # Without a token a run ends with the options, whatever else is right.
    outcome = execute(restore_task, Context({**GOOD, "api_token": "", **changes}))
    assert outcome.result["error_code"] == "invalid_option"
    return str(outcome.result["msg"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"restore_id": "a" * 129}, "restore_id has 129 characters, at most 128 are allowed"),
        ({"expected_instance_name": "a" * 256}, "expected_instance_name has 256 characters, at most 255"),
        ({"expected_snapshot_name": ""}, "expected_snapshot_name must not be empty"),
        ({"snapshot": None}, "snapshot is required"),
        ({"snapshot": "a/b"}, "snapshot 'a/b' contains a slash"),
        ({"instance": None}, "instance is required with provider hostup"),
        ({"new_vm_name": "x"}, "new_vm_name cannot be used with provider hostup"),
        ({"wait_timeout": 0}, "wait_timeout must be a number greater than 0"),
        ({"wait_interval": -1}, "wait_interval must be a number greater than 0"),
        ({"max_hourly_rate": 0.0}, "max_hourly_rate must be a number greater than 0"),
        ({"max_snapshot_age": "soon"}, "max_snapshot_age 'soon' must be seconds"),
        ({"wait": False, "until": "settled"}, "wait: false and until cannot be used together"),
        ({"provider": "barrack"}, "new_vm_name is required with provider barrack"),
        (
            {"provider": "barrack", "instance": None, "expected_instance_name": "x"},
            "expected_instance_name needs instance",
        ),
    ],
)
def test_what_cannot_be_is_named(changes: dict[str, Any], said: str) -> None:
    assert said in problems(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"restore_id": "a" * 128},
        {"expected_instance_name": "a" * 255},
        {"wait": False, "until": "accepted"},
        {"wait": False, "until": "done"},
        {"wait": True, "until": "settled"},
        {"max_hourly_rate": 0.01},
        {"max_snapshot_age": "1h"},
        {"provider": "barrack", "new_vm_name": "copy", "instance": None},
        {"provider": "barrack", "new_vm_name": "copy", "expected_instance_name": "x"},
    ],
)
def test_what_can_be_is_not(changes: dict[str, Any]) -> None:
    said = problems(**changes)
    assert said.startswith("there is no token for ")
    assert ";" not in said.partition("\n")[0]

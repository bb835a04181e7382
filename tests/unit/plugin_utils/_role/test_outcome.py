# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of each target, from the results of the tasks of the role."""

from __future__ import annotations

from typing import Any

from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.outcome import restore_outcome

TARGET = {"name": "web1", "provider": "hostup", "snapshot": "s1", "in_place": True}
MADE = {**TARGET, "provider": "barrack", "in_place": False}
CHECK = {"timings": {"preflight": 0.2, "total": 0.2}, "began": 1000.25}
CHECKED = {
    **CHECK, "status": "would_restore", "phase": "preflight", "power_state": "running",
    "previous_power_state": "running", "changed": True, "api_calls": {"GET": 3},
    "snapshot": {"name": "before", "created_at": "2026-01-01T00:00:00Z"}, "instance": {"id": "vm-1"},
    "unverified": ["a"], "restore_id": "R1", "plan": ["stop", "restore"],
}  # fmt: skip
DONE = {
    **CHECKED, "status": "restored", "phase": "done", "operation": {"id": "job-1"}, "api_calls": {"GET": 5, "POST": 2},
    "timings": {"preflight": 0.1, "stop": 1.0, "restore": 2.0, "start": 3.0, "total": 6.1}, "unverified": ["a", "b"],
    "began": 1010.0,
}  # fmt: skip
FAILED = {**DONE, "status": "accepted", "phase": "accepted", "msg": "it broke", "error_code": "restore_failed"}


def outcome(target: dict[str, Any] | None = None, **steps: dict[str, Any]) -> dict[str, Any]:
    return restore_outcome(target or TARGET, steps)


def test_sum_of_all_steps() -> None:
    found = outcome(check=CHECK, restore=DONE)
    assert (found["status"], found["phase"], found["failed"], found["changed"]) == ("restored", "done", False, True)
    assert found["api_calls"] == {"GET": 5, "POST": 2}
    assert found["timings"] == {"preflight": 0.3, "stop": 1.0, "restore": 2.0, "start": 3.0, "total": 6.3}
    assert found["unverified"] == ["a", "b"]
    assert found["operation"] == {"id": "job-1"}
    assert (found["previous_power_state"], found["power_state"]) == ("running", "running")
    assert found["steps"] == ["preflight", "stop", "restore", "start"]
    assert [(step["phase"], step["started_at"][11:]) for step in found["timeline"]] == [
        ("preflight", "00:16:40.250Z"),
        ("stop", "00:16:50.100Z"),
        ("restore", "00:16:51.100Z"),
        ("start", "00:16:53.100Z"),
    ]
    assert found["summary"] == ("web1: restored to before of 2026-01-01T00:00:00Z (it was running, it is running)")
    assert "msg" not in found


def test_failure_has_its_phase() -> None:
    failed = {**FAILED, "error_code": "timeout", "http_status": 504}
    found = outcome(check=CHECK, restore=failed)
    assert (found["failed"], found["phase"], found["error_code"]) == (True, "accepted", "timeout")
    assert (found["http_status"], found["provider_code"], found["refusals"]) == (504, None, [])
    assert found["summary"].startswith("web1: failed in phase accepted [timeout]: it broke (")


def test_only_next_steps_are_translated_to_variables_of_the_role() -> None:
    """A message may quote the provider, whose words must not be changed."""
    said = "HostUp said: project_id is unknown, set force: true"
    steps = [
        "Raise wait_timeout, my_wait_timeout or record_path.",
        "Set stop: always or force: true.",
        "See the record.",
    ]
    refusal = {"code": "c", "message": said, "next_step": "Set accept_billing: true."}
    failed = {
        **DONE, "msg": said + "\nWhat to do: " + " ".join(steps), "reason": said, "error_code": "timeout",
        "next_steps": steps, "refusals": [refusal],
    }  # fmt: skip
    found = outcome(check=CHECK, restore=failed)
    translated = [
        "Raise restore_wait_timeout, my_wait_timeout or restore_record_path.",
        "Set restore_stop: always or restore_force: true.",
        "See the record.",
    ]
    assert (found["msg"], found["next_steps"]) == (said, translated)
    assert found["refusals"] == [{**refusal, "next_step": "Set restore_accept_billing: true."}]
    assert said in found["summary"]
    assert found["summary"].endswith("\nWhat to do: " + " ".join(translated))


def test_restore_that_was_done_before() -> None:
    before = outcome(check={**CHECKED, "status": "already_restored", "changed": False})
    assert (before["status"], before["changed"], before["failed"]) == ("already_restored", False, False)


def test_first_failure_is_reported() -> None:
    found = outcome(check=CHECK, restore=FAILED, start_again={"msg": "second", "began": 1030.0})
    assert (found["msg"], found["phase"]) == ("it broke", "accepted")


def test_instance_that_was_started_again() -> None:
    again = {"changed": True, "power_state": "running", "api_calls": {"GET": 9}, "began": 1030.0}
    found = outcome(check=CHECK, restore={**FAILED, "power_state": "stopped"}, start_again=again)
    assert (found["failed"], found["power_state"]) == (True, "running")
    assert found["steps"][-1] == "start_again"


def test_verification_that_failed() -> None:
    found = outcome(check=CHECK, restore=DONE, verify={"msg": "no answer", "elapsed": 30})
    assert (found["phase"], found["error_code"], found["status"]) == ("verify", "task_failed", "restored")
    assert found["timings"]["verify"] == 30
    assert found["timeline"][-1]["phase"] == "verify"


def test_new_instance() -> None:
    instance = {"id": "vm-9", "ipv4": "192.0.2.7", "hourly_rate": 2.5, "currency": "USD"}
    found = outcome(MADE, check=CHECK, restore={**DONE, "instance": instance})
    assert found["in_place"] is False
    assert found["summary"].endswith("(instance vm-9, address 192.0.2.7, 2.5 USD per hour)")
    before = outcome(MADE, check={**CHECKED, "instance": None, "power_state": None})
    assert before["summary"].endswith("(instance not created yet, address unknown, price unknown)")


def test_nothing_ran() -> None:
    found = outcome()
    assert (found["status"], found["phase"], found["changed"], found["power_state"]) == (
        "unknown",
        "preflight",
        False,
        None,
    )
    assert found["summary"] == "web1: unknown"

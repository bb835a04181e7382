# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of each target, from the results of the tasks of the role."""

from __future__ import annotations

from typing import Any

from ansible_collections.indiecloud.compute.plugins.filter.restore_outcomes import FilterModule

PLAN = {"name": "web1", "provider": "hostup", "snapshot": "s1", "capabilities": {"creates_instance": False}}
MADE = {**PLAN, "provider": "barrack", "capabilities": {"creates_instance": True}}
SKIPPED = {"skipped": True}
CHECKED = {
    "status": "would_restore", "phase": "preflight", "power_state": "running", "previous_power_state": "running",
    "changed": True, "timings": {"preflight": 0.2, "total": 0.2}, "api_calls": {"GET": 3},
    "snapshot": {"name": "before", "created_at": "2026-01-01T00:00:00Z"}, "instance": {"id": "vm-1"},
    "unverified": ["a"], "restore_id": "R1", "plan": ["stop", "restore"], "restore__item": [0, 1000.25],
}  # fmt: skip
SENT = {
    **CHECKED, "status": "accepted", "phase": "accepted", "power_state": "stopped", "operation": {"id": "job-1"},
    "timings": {"preflight": 0.1, "restore": 2.0, "total": 2.1}, "api_calls": {"GET": 1, "POST": 1},
    "unverified": ["a", "b"], "restore__item": [0, 1010.0],
}  # fmt: skip
DONE = {
    **SENT, "status": "restored", "phase": "done", "power_state": "running", "operation": None,
    "timings": {"preflight": 0.1, "start": 3.0, "total": 3.1}, "restore__item": [0, 1020.5],
}  # fmt: skip


def outcomes(plans: list[dict[str, Any]], **registers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = ("check", "claim", "send", "wait", "finish", "started_again", "verified")
    found: list[dict[str, Any]] = FilterModule().filters()["restore_outcomes"](
        plans, {name: {"results": registers.get(name, [])} for name in names}
    )
    return found


def outcome(plan: dict[str, Any] | None = None, **registers: dict[str, Any]) -> dict[str, Any]:
    (found,) = outcomes([plan or PLAN], **{name: [run] for name, run in registers.items()})
    return found


def test_sum_of_all_tasks() -> None:
    found = outcome(check=CHECKED, claim=SKIPPED, send=SENT, finish=DONE)
    assert (found["status"], found["phase"], found["failed"], found["changed"]) == ("restored", "done", False, True)
    assert found["api_calls"] == {"GET": 5, "POST": 2}
    assert found["timings"] == {"preflight": 0.4, "restore": 2.0, "start": 3.0, "total": 5.4}
    assert found["unverified"] == ["a", "b"]
    # Not every task returns the operation.
    assert found["operation"] == {"id": "job-1"}
    assert (found["previous_power_state"], found["power_state"]) == ("running", "running")
    assert found["steps"] == ["preflight", "restore", "start"]
    assert [(step["phase"], step["started_at"][11:]) for step in found["timeline"]] == [
        ("preflight", "00:16:40.250Z"),
        ("restore", "00:16:50.000Z"),
        ("restore", "00:16:50.100Z"),
        ("start", "00:17:00.500Z"),
        ("start", "00:17:00.600Z"),
    ]
    assert found["summary"] == ("web1: restored to before of 2026-01-01T00:00:00Z (it was running, it is running)")
    assert "msg" not in found


def test_failure_has_its_phase() -> None:
    failed = {**SENT, "msg": "it broke", "error_code": "timeout", "http_status": 504}
    found = outcome(check=CHECKED, send=failed)
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
        **SENT, "msg": said + "\nWhat to do: " + " ".join(steps), "reason": said, "error_code": "timeout",
        "next_steps": steps, "refusals": [refusal],
    }  # fmt: skip
    found = outcome(check=CHECKED, send=failed)
    translated = [
        "Raise restore_wait_timeout, my_wait_timeout or restore_record_path.",
        "Set restore_stop: always or restore_force: true.",
        "See the record.",
    ]
    assert (found["msg"], found["next_steps"]) == (said, translated)
    assert found["refusals"] == [{**refusal, "next_step": "Set restore_accept_billing: true."}]
    assert said in found["summary"]
    assert found["summary"].endswith("\nWhat to do: " + " ".join(translated))


def test_restore_of_this_run_is_restored_even_if_a_later_task_finds_it_done() -> None:
    found = outcome(check=CHECKED, send=SENT, wait={**DONE, "status": "already_restored"})
    assert (found["status"], found["changed"]) == ("restored", True)
    before = outcome(check={**CHECKED, "status": "already_restored", "changed": False})
    assert (before["status"], before["changed"]) == ("already_restored", False)


def test_preflight_of_a_later_task_does_not_reset_the_phase() -> None:
    lost = {"phase": "preflight", "msg": "not reached", "error_code": "network", "restore__item": [0, 1020.5]}
    found = outcome(check=CHECKED, send=SENT, wait=lost)
    assert (found["phase"], found["error_code"]) == ("accepted", "network")


def test_first_failure_is_reported() -> None:
    failed = {**SENT, "msg": "first", "error_code": "restore_failed"}
    found = outcome(check=CHECKED, send=failed, started_again={"msg": "second", "restore__item": [0, 1030.0]})
    assert (found["msg"], found["phase"]) == ("first", "accepted")


def test_task_of_another_collection() -> None:
    found = outcome(check=CHECKED, send=DONE, verified={"msg": "no answer", "elapsed": 30})
    assert (found["phase"], found["error_code"], found["status"]) == ("verify", "task_failed", "restored")
    assert found["timings"]["verify"] == 30
    assert found["timeline"][-1]["phase"] == "verify"


def test_each_target_has_its_own_outcome() -> None:
    second = {**CHECKED, "msg": "gone", "error_code": "instance_not_found", "restore__item": [1, 1000.25]}
    one, two = outcomes([PLAN, {**PLAN, "name": "db1"}], check=[CHECKED, second], send=[SENT, SKIPPED])
    assert (one["failed"], two["failed"]) == (False, True)
    # The second target is handled after the first.
    assert two["timeline"][0]["started_at"].endswith("00:16:40.450Z")
    assert two["phase"] == "preflight"


def test_new_instance() -> None:
    instance = {"id": "vm-9", "ipv4": "192.0.2.7", "hourly_rate": 2.5, "currency": "USD"}
    found = outcome(MADE, check=CHECKED, send={**DONE, "instance": instance})
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

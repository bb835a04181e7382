# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``restore_info``: what restores left in the record, wherever they were killed, read without leaving a trace."""

from __future__ import annotations

import gc
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.restores import restores_task
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import UNFINISHED, Phase
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FORMAT
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context

from .conftest import BOTH_STORES, HOSTUP, IN_PLACE, NEW_INSTANCE, ONET, ROLE, Cloud, make_cloud

PHASES = sorted(phase.value for phase in UNFINISHED)
SENT = {"claimed": "no", "stopping": "no", "sent": "unknown", "accepted": "accepted", "settled": "accepted"}


def look(cloud: Cloud, *, check: bool = False, **params: Any) -> Outcome:
    return cloud.run(restores_task, check=check, **params)


def restores(cloud: Cloud, **params: Any) -> list[dict[str, Any]]:
    outcome = look(cloud, **params)
    assert not outcome.failed, outcome.result
    assert outcome.result["restores"] == look(cloud, check=True, **params).result["restores"]
    return list(outcome.result["restores"])


def files(folder: Path) -> dict[str, str]:
    """The files of a folder and their contents; ``-shm`` is where SQLite's readers and writers meet."""
    return {
        item.name: "" if item.name.endswith("-shm") else hashlib.sha256(item.read_bytes()).hexdigest()
        for item in sorted(folder.glob("*"))
    }


@BOTH_STORES
@pytest.mark.parametrize("phase", PHASES)
@IN_PLACE
def test_killed_restore_is_unfinished_until_it_is_run_again(cloud: Cloud, phase: str) -> None:
    cloud.set_power("running")
    cloud.killed_in(phase, restore_id="CHG-1", **ROLE)
    gc.collect()  # closes the file of the run that was killed
    before, sent = files(cloud.record.parent), len(cloud.sim.ledger.requests())
    (found,) = restores(cloud, record="file", unfinished=True)
    assert len(cloud.sim.ledger.requests()) == sent
    assert files(cloud.record.parent) == before
    assert (found["status"], found["phase"], found["restore_sent"]) == ("unfinished", phase, SENT[phase])
    assert (found["target"], found["snapshot_id"]) == (cloud.vm.id, cloud.snapshot.id)
    assert found["claimed_here"]
    assert "restore_id: CHG-1" in found["next_steps"][0]

    cloud.clock.sleep(60.0)
    again = cloud.restore(restore_id="CHG-1", on_unknown="restore", **ROLE)
    assert again.result["status"] in ("restored", "already_restored"), again.result["msg"]
    assert restores(cloud, unfinished=True) == []
    (found,) = restores(cloud)
    assert (found["status"], found["unfinished"], found["next_steps"]) == ("restored", False, [])
    assert (found["previous_power_state"], found["restore_sent"]) == ("running", "accepted")


@pytest.mark.parametrize("provider", NEW_INSTANCE)
@pytest.mark.parametrize("phase", ["sent", "accepted"])
def test_killed_restore_to_a_new_instance_is_named(cloud: Cloud, phase: str) -> None:
    cloud.killed_in(phase, restore_id="CHG-1")
    for record in ("file", "provider"):
        (found,) = restores(cloud, record=record, instance="restored")
        assert (found["target"], found["phase"]) == ("restored", phase)
        assert "new_vm_name: restored" in found["next_steps"][0]
    assert restores(cloud, instance="another") == []


@pytest.mark.parametrize("provider", NEW_INSTANCE)
@pytest.mark.parametrize("phase", ["sent", "accepted", "settled"])
def test_drill_that_was_left_behind_is_named_until_its_instance_is_gone(cloud: Cloud, phase: str) -> None:
    cloud.killed_in(phase, restore_id="CHG-1")
    cloud.rewrite_record(drill="D-1", drill_host="gpu1")
    (found,) = restores(cloud)
    assert "instance restored" in found["next_steps"][0]
    assert "may still be billed" in found["next_steps"][0]
    cloud.rewrite_record(drill="D-1", drill_host="gpu1", phase=Phase.DONE, deleted_at="2026-01-01T00:00:00Z")
    (found,) = restores(cloud)
    assert (found["drill"], found["deleted_at"]) == ("D-1", "2026-01-01T00:00:00Z")
    assert found["next_steps"] == []


@pytest.mark.parametrize("phase", ["sent", "accepted", "done"])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("store", ["provider"])
@IN_PLACE
def test_notes_show_what_another_controller_did(cloud: Cloud, tmp_path: Path, phase: str, whole: bool) -> None:
    """The other machine has no file, and reading creates none."""
    cloud.sim.cloud.add_instance(cloud.provider, name="db1")
    cloud.killed_in(phase, restore_id="CHG-1", **ROLE)
    cloud.clock.sleep(7200.0)
    writes = cloud.writes
    away = {"record_path": str(tmp_path / "away" / "restores.sqlite3"), **({} if whole else {"instance": "web1"})}
    (found,) = restores(cloud, **away)
    assert (found["restore_id"], found["target"]) == ("CHG-1", cloud.vm.id)
    assert (found["unfinished"], found["claimed_here"]) == (phase != "done", False)
    assert bool(found["next_steps"]) == (phase != "done")
    assert restores(cloud, record="file", **{**away, "instance": None}) == []
    assert not (tmp_path / "away").exists()
    assert cloud.writes == writes


@pytest.mark.parametrize("store", ["provider"])
@ONET
def test_claim_of_another_controller_that_may_be_alive_is_left_alone(cloud: Cloud, tmp_path: Path) -> None:
    cloud.killed_in("sent", restore_id="CHG-1", **ROLE)
    (found,) = restores(cloud, record_path=str(tmp_path / "away.sqlite3"))
    assert found["lease_until"] in found["next_steps"][0]
    assert "restore_id" not in found["next_steps"][0]


@IN_PLACE
def test_what_force_gave_up_and_what_failed_are_told_apart(cloud: Cloud) -> None:
    cloud.killed_in("sent", restore_id="first")
    cloud.clock.sleep(7200.0)
    cloud.sim.faults.add("status", method="POST", path="restore", status=400)
    assert cloud.restore(restore_id="second", force=True).failed
    found = {item["restore_id"]: item for item in restores(cloud)}
    assert (found["first"]["status"], found["first"]["restore_sent"]) == ("given_up", "unknown")
    assert (found["second"]["status"], found["second"]["restore_sent"]) == ("failed", "refused")
    assert found["second"]["error_code"] in found["second"]["next_steps"][0]
    assert [item["restore_id"] for item in restores(cloud, restore_id="first")] == ["first"]


@HOSTUP
def test_file_is_read_without_a_token_and_for_this_account_only(cloud: Cloud) -> None:
    cloud.restore(restore_id="CHG-1")
    sent = len(cloud.sim.ledger.requests())
    options = {name: value for name, value in cloud.connection.items() if name != "api_token"}

    def read(**changes: Any) -> Outcome:
        return execute(restores_task, Context({**options, **changes}, environ={}, runtime=cloud.runtime))

    assert len(read().result["restores"]) == 1
    assert len(read(instance=cloud.vm.id).result["restores"]) == 1
    assert read(api_url="https://example.org").result["restores"] == []
    # A name has to be looked up.
    assert read(instance="web1").result["error_code"] == "invalid_option"
    assert len(cloud.sim.ledger.requests()) == sent
    assert len(restores(cloud, instance="web1")) == 1


@pytest.mark.parametrize("version", [0, FORMAT + 1])
def test_record_in_another_format_is_refused(cloud: Cloud, version: int) -> None:
    cloud.restore(restore_id="CHG-1")
    with closing(sqlite3.connect(cloud.record)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    before = files(cloud.record.parent)
    assert look(cloud).result["error_code"] == "record_unavailable"
    assert files(cloud.record.parent) == before


@IN_PLACE
def test_instances_that_are_gone_stay_on_record(cloud: Cloud, sim: Any, clock: Any, tmp_path: Path) -> None:
    cloud.restore(restore_id="CHG-1")
    other = make_cloud(sim, clock, cloud.provider, tmp_path)
    other.restore(restore_id="CHG-1")
    del sim.cloud._instances[cloud.provider][cloud.vm.id]
    for record in ("file", "provider"):
        assert {item["target"] for item in restores(cloud, record=record)} == {cloud.vm.id, other.vm.id}
    assert [item["target"] for item in restores(cloud, instance=cloud.vm.id)] == [cloud.vm.id]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job at HostUp that is killed with its container: the next launch asks, and a person answers by a job template."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.awx.fake_controller.launch import Job, job
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.server import Controller
from ansible_collections.indiecloud.compute.tests.awx.runner import kill, run_job
from ansible_collections.indiecloud.compute.tests.awx.test_jobs import STEP, listed, statuses
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator


class KillAt(Hooks):
    """Kills the job as it sends the restore, which then has its effect or is lost."""

    def __init__(self, marker: str, *, lost: bool) -> None:
        self._marker, self._lost, self.killed = marker, lost, False

    def arrived(self, request: Request) -> bool:
        if self.killed or request.method != "POST" or not request.path.endswith("/actions/restore"):
            return True
        kill(self._marker)
        self.killed = True
        return not self._lost


@pytest.fixture
def vm(sim: Simulator) -> Iterator[Any]:
    """A running instance whose disk has changed since its snapshot."""
    made = sim.cloud.add_instance("hostup", name=f"app-{uuid.uuid4().hex[:6]}", power="running", disk={"/a": "before"})
    sim.cloud.add_snapshot(made.id, name="before-upgrade", age=3600.0)
    sim.cloud.write(made.id, "/a", "after")
    yield made
    sim.hooks = Hooks()


def answers(vm: Any, **more: str) -> dict[str, str]:
    return {
        "restore_provider": "hostup",
        "restore_hosts": f"{vm.name}.hostup",
        "restore_expected_instance_name": vm.name,
        "restore_snapshot": "before-upgrade",
        "restore_id": "CHG-77",
        "restore_accept_billing": "no",
        **more,
    }


def launched(awx: Controller, template: str, given: dict[str, str]) -> Job:
    """Simulated time runs faster than the time of a job, so the claim of a job must last longer."""
    made = job(awx.store, template, given)
    return replace(made, extra_vars={**made.extra_vars, "restore_wait_timeout": 36000})


def restored(sim: Simulator, vm: Any) -> tuple[int, str]:
    """How many restores discarded something, and the power state."""
    power = sim.cloud.power(vm.id)
    return sum(one.discarded for one in sim.ledger.restores(vm.id)), power


@pytest.mark.parametrize(("lost", "answer"), [(False, "applied"), (True, "not applied")])
def test_person_settles_it(lost: bool, answer: str, awx: Controller, sim: Simulator, vm: Any, tmp_path: Path) -> None:
    given = answers(vm, restore_max_snapshot_age="7d", restore_dry_run="no")
    settle = answers(vm, restore_settle_answer=answer, restore_settle_power="previous")
    found = listed(awx, "hostup", tmp_path)
    begun = launched(awx, "indiecloud restore", given)
    sim.hooks = KillAt(marker := uuid.uuid4().hex, lost=lost)
    ended = run_job(replace(begun, environment={**begun.environment, "JOB_MARKER": marker}), found)
    assert sim.hooks.killed, ended.output
    assert "PLAY RECAP" not in ended.output

    ended = run_job(launched(awx, "indiecloud plan", given), found)
    assert ended.code == 2, ended.output
    (result,) = (one["restore_result"] for one in ended.results(STEP) if "restore_result" in one)
    assert (result["error_code"], result["restore_sent"]) == ("outcome_unknown", "unknown")
    assert "restore_on_unknown" in ended.output

    ended = run_job(launched(awx, "indiecloud settle", settle), found)
    assert ended.code == 0, ended.output
    assert restored(sim, vm) == (1, "running")
    before = sim.ledger.writes
    ended = run_job(launched(awx, "indiecloud verify", given), found)
    assert (ended.code, statuses(ended)) == (0, {"already_restored"}), ended.output
    ended = run_job(launched(awx, "indiecloud settle", settle), found)
    assert (ended.code, sim.ledger.writes) == (0, before), ended.output


def test_nothing_new_is_begun(awx: Controller, sim: Simulator, vm: Any, tmp_path: Path) -> None:
    """A ticket that nobody has restored cannot be settled, which would bypass the approval."""
    before, found = sim.ledger.writes, listed(awx, "hostup", tmp_path)
    settle = answers(vm, restore_settle_answer="not applied", restore_settle_power="started")
    ended = run_job(launched(awx, "indiecloud settle", settle), found)
    assert ended.code == 2, ended.output
    assert "nothing to settle" in ended.output
    assert sim.ledger.writes == before

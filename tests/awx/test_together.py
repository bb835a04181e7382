# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two jobs at once, as AWX allows: the record keeps one instance apart, and different instances do not wait."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.awx.fake_controller.launch import job
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.server import Controller
from ansible_collections.indiecloud.compute.tests.awx.runner import Ended, run_job
from ansible_collections.indiecloud.compute.tests.awx.test_jobs import STEP, listed
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

DONE = {"restored", "already_restored", "accepted_unverified"}
SAID = {"restore_in_progress", "outcome_unknown", "restore_not_allowed", "snapshot_not_allowed", "conflict"}
"""How the second job says that another one is at work. The provider's gates may say it first."""


def made(sim: Simulator, provider: str) -> Any:
    vm = sim.cloud.add_instance(provider, name=f"pair-{uuid.uuid4().hex[:6]}", power="running", disk={"/a": "before"})
    sim.cloud.add_snapshot(vm.id, name="before-upgrade", age=3600.0)
    sim.cloud.write(vm.id, "/a", "after")
    return vm


def restore_at_once(
    awx: Controller, provider: str, folder: Path, wanted: list[tuple[Any, str]]
) -> list[tuple[Ended, dict[str, Any]]]:
    """Launch a job for each instance and ticket at the same moment; returns the ends and the results."""
    found = listed(awx, provider, folder)

    def launch(vm: Any, ticket: str) -> Ended:
        answers = {
            "restore_provider": provider,
            "restore_hosts": f"{vm.name}.{provider}",
            "restore_expected_instance_name": vm.name,
            "restore_snapshot": "before-upgrade",
            "restore_id": ticket,
            "restore_max_snapshot_age": "7d",
            "restore_dry_run": "no",
            "restore_accept_billing": "no",
        }
        return run_job(job(awx.store, "indiecloud restore", answers), found)

    with ThreadPoolExecutor(len(wanted)) as pool:
        ends = list(pool.map(lambda one: launch(*one), wanted))
    results = [next(one["restore_result"] for one in ended.results(STEP) if "restore_result" in one) for ended in ends]
    return list(zip(ends, results, strict=True))


@pytest.mark.parametrize("provider", ["hostup", "onetsolutions"])
@pytest.mark.parametrize("tickets", [("CHG-1", "CHG-1"), ("CHG-1", "CHG-2")])
def test_one_instance_is_restored_once_at_a_time(
    provider: str, tickets: tuple[str, str], awx: Controller, sim: Simulator, tmp_path: Path
) -> None:
    vm = made(sim, provider)
    overlaps = sim.ledger.concurrent_restores
    both = restore_at_once(awx, provider, tmp_path, [(vm, ticket) for ticket in tickets])
    assert sim.ledger.concurrent_restores == overlaps
    assert [result for ended, result in both if ended.code == 0 and result["status"] in DONE]
    for ended, result in both:
        assert (result["status"] in DONE) == (ended.code == 0), ended.output
        said = {item["code"] for item in result["refusals"]} or {result["error_code"]} if ended.code else set()
        assert said <= SAID, ended.output
    sim.cloud.power(vm.id)
    assert sum(one.discarded for one in sim.ledger.restores(vm.id)) == 1


def test_different_instances_are_restored_at_the_same_time(awx: Controller, sim: Simulator, tmp_path: Path) -> None:
    vms = [made(sim, "hostup") for dummy in range(2)]
    both = restore_at_once(awx, "hostup", tmp_path, [(vm, "CHG-1") for vm in vms])
    assert [(ended.code, result["status"]) for ended, result in both] == [(0, "restored")] * 2
    assert [len(sim.ledger.restores(vm.id)) for vm in vms] == [1, 1]
    times = [[one.time for one in sim.ledger.requests() if one.method == "POST" and vm.id in one.path] for vm in vms]
    # Each job had begun before the other one ended.
    assert max(map(min, times)) < min(map(max, times))

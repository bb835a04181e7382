# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow from the plan to the verified restore, run by ansible-runner and asserted on the ledger."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.launch import environment, job, named, steps
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.server import Controller
from ansible_collections.indiecloud.compute.tests.awx.programs import ROOT, run
from ansible_collections.indiecloud.compute.tests.awx.runner import Ended, inventory, run_job
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

NAMES = {name: "gpu1" if spec.capabilities.creates_instance else "web1" for name, spec in SPECS.items()}
RESTORE, STEP = "indiecloud.compute.snapshot_restore", "indiecloud.compute.restore_step"
GUARDED = "indiecloud.compute.guarded_change_step"
RESULTS = {
    GUARDED: "guarded_change_result",
    "indiecloud.compute.rehearse_step": "rehearse_result",
}
"""What a step returns about a host."""


def answers(provider: str) -> dict[str, Any]:
    made = SPECS[provider].capabilities.creates_instance
    return {
        "restore_provider": provider,
        "restore_hosts": f"{NAMES[provider]}.{provider}",
        "restore_expected_instance_name": NAMES[provider],
        "restore_snapshot": "before-upgrade",
        "restore_id": "CHG-1234",
        "restore_max_snapshot_age": "7d",
        "restore_dry_run": "no",
        # AWX passes an empty answer as an empty string.
        "restore_new_vm_name": "gpu1-again" if made else "",
        "restore_accept_billing": "yes" if made else "no",
    }


def done_in(sim: Simulator, provider: str) -> int:
    """The number of restores at the provider."""
    if SPECS[provider].capabilities.creates_instance:
        return len(sim.ledger.vms_billed())
    (vm,) = (one for one in sim.cloud.instances(provider) if one.name == NAMES[provider])
    return len(sim.ledger.restores(vm.id))


def counted(ended: Ended) -> list[dict[str, Any]]:
    """The instances that Automation Platform counts for a job."""
    queries = yaml.safe_load((ROOT / "extensions/audit/event_query.yml").read_text(encoding="utf-8"))
    found = {}
    for action, query in queries.items():
        for result in ended.results(action):
            for item in jq.compile(query["query"]).input(result).all():
                found[json.dumps(item["canonical_facts"])] = item
    return list(found.values())


def listed(awx: Controller, provider: str, folder: Path, *others: str) -> dict[str, Any]:
    """The inventory after an update of the sources of these providers, with the accounts of their credentials."""
    names = [f"indiecloud {SPECS[one].label}" for one in (provider, *others)]
    sources = [named(awx.store, "inventory_sources", name) for name in names]
    accounts = environment(awx.store, [one["credential"] for one in sources])
    return inventory(folder / "update", [one["source_path"] for one in sources], accounts)


@pytest.mark.parametrize("provider", sorted(SPECS))
def test_approved_restore(provider: str, awx: Controller, sim: Simulator, tmp_path: Path) -> None:
    given, found = answers(provider), listed(awx, provider, tmp_path)
    order = steps(awx.store, "indiecloud approved restore", given)
    assert [kind.removesuffix("_template") for kind, _name in order] == ["job", "workflow_approval", "job", "job"]
    plan, restore, verify = (job(awx.store, name, given) for kind, name in order if kind == "job_template")

    before = sim.ledger.writes
    ended = run_job(plan, found)
    assert ended.code == 0, ended.output
    assert statuses(ended) == {"would_restore"}
    assert (sim.ledger.writes, done_in(sim, provider)) == (before, 0)

    ended = run_job(restore, found)
    assert ended.code == 0, ended.output
    assert statuses(ended) == {"restored"}
    assert done_in(sim, provider) == 1
    (instance,) = counted(ended)
    assert instance["facts"]["device_type"] == "VM"
    assert instance["canonical_facts"]["id"] in {one.id for one in sim.cloud.instances(provider)}

    # Another container, which has no record file.
    before = sim.ledger.writes
    ended = run_job(verify, found)
    assert ended.code == 0, ended.output
    assert statuses(ended) == {"already_restored"}
    ended = run_job(restore, found)
    assert ended.code == 0, ended.output
    assert (sim.ledger.writes, done_in(sim, provider)) == (before, 1)
    assert not [token for token in sim.tokens.values() if token in ended.output + json.dumps(ended.events)]


def test_nothing_is_restored(awx: Controller, sim: Simulator, tmp_path: Path) -> None:
    """By a dry run, with a wrong name, and by the verification of a restore that was not done."""
    provider = "onetsolutions"
    given, found = {**answers(provider), "restore_id": "CHG-5"}, listed(awx, provider, tmp_path)
    before = sim.ledger.writes
    ended = run_job(job(awx.store, "indiecloud restore", {**given, "restore_dry_run": "yes"}), found)
    assert ended.code == 0, ended.output
    assert statuses(ended) == {"would_restore"}
    ended = run_job(job(awx.store, "indiecloud restore", {**given, "restore_expected_instance_name": "db1"}), found)
    assert ended.code == 2
    assert "expected_instance_name" in ended.output
    ended = run_job(job(awx.store, "indiecloud verify", given), found)
    assert ended.code == 2
    assert statuses(ended) == {"would_restore"}
    assert "No finished restore is recorded" in ended.output
    assert sim.ledger.writes == before


def test_one_name_at_two_providers(awx: Controller, sim: Simulator, tmp_path: Path) -> None:
    """In one inventory, as AWX keeps it: both stay apart, and restoring one restores that one."""
    disk = {"/a": "before"}
    twins = {name: sim.cloud.add_instance(name, "twin", "running", disk) for name in ("hostup", "onetsolutions")}
    for one in twins.values():
        sim.cloud.add_snapshot(one.id, name="before-upgrade", age=3600.0)
        sim.cloud.write(one.id, "/a", "after")
    found = listed(awx, "hostup", tmp_path, "onetsolutions", "barrack")
    # The form in which Ansible writes text of others.
    ids = {
        name: one["indiecloud_id"]["__ansible_unsafe"]
        for name, one in found["_meta"]["hostvars"].items()
        if "twin" in name
    }
    assert ids == {f"twin.{name}": one.id for name, one in twins.items()}

    given = {**answers("hostup"), "restore_hosts": "twin.hostup", "restore_expected_instance_name": "twin"}
    before = sim.ledger.writes
    ended = run_job(job(awx.store, "indiecloud restore", {**given, "restore_provider": "onetsolutions"}), found)
    assert (ended.code, sim.ledger.writes) == (2, before), ended.output
    ended = run_job(job(awx.store, "indiecloud restore", given), found)
    assert ended.code == 0, ended.output
    assert {name: sim.cloud.disk(one.id)["/a"] for name, one in twins.items()} == {
        "hostup": "before",
        "onetsolutions": "after",
    }
    assert [len(sim.ledger.restores(one.id)) for one in twins.values()] == [1, 0]


def statuses(ended: Ended) -> set[str]:
    """What became of the restores of a job."""
    found = [result["restore_result"] for result in ended.results(STEP) if "restore_result" in result]
    return {one["status"] for item in found for one in (item if isinstance(item, list) else [item])}


def test_reads_count_nothing() -> None:
    queries = yaml.safe_load((ROOT / "extensions/audit/event_query.yml").read_text(encoding="utf-8"))
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    changing = {name for name in modules if not name.endswith("_info")} - {"overview_report"}
    assert set(queries) == {f"indiecloud.compute.{name}" for name in changing}
    for action, query in queries.items():
        program = jq.compile(query["query"])
        instance = {"id": "vps_1", "name": None}
        assert program.input({"instance": None}).all() == []
        assert program.input(returned(action, {"failed": True, "instance": instance})).all() == []
        assert program.input({"results": []}).all() == []
        if action in (RESTORE, STEP):
            assert program.input(returned(action, {"instance": instance, "status": "would_restore"})).all() == []
        (found,) = program.input(returned(action, {"instance": instance, "changed": True})).all()
        # AWX cannot count a record without a name.
        assert found["name"] == "vps_1"


def returned(action: str, result: dict[str, Any]) -> dict[str, Any]:
    if action in RESULTS:
        return {"changed": result.get("changed", False), RESULTS[action]: result}
    return {"restore_result": [result]} if action == STEP else result


def test_navigator_runs_the_playbook(accounts: dict[str, str], sim: Simulator, tmp_path: Path) -> None:
    words = ["--ee", "false", "--mode", "stdout", "--playbook-artifact-enable", "false", "--log-file", "navigator.log"]
    given = answers("hostup")
    asked = [word for name, value in given.items() if value for word in ("-e", f"{name}={value}")]
    before = sim.ledger.writes
    played = [
        "-i",
        f"{given['restore_hosts']},",
        *asked,
        "-e",
        "restore_instance=web1",
        "-e",
        "restore_id=CHG-2",
        "--check",
        "--diff",
    ]
    done = run(tmp_path, "ansible-navigator", "run", "indiecloud.compute.restore", *words, *played, **accounts)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed=0" in done.stdout
    assert sim.ledger.writes == before


def test_execution_environment(tmp_path: Path) -> None:
    definition = ROOT / "extensions/execution_environment/execution-environment.yml"
    done = run(tmp_path, "ansible-builder", "create", "-f", definition)
    assert done.returncode == 0, done.stdout + done.stderr
    made = {path.name for path in (tmp_path / "context").rglob("*") if path.is_file()}
    # Its name depends on the container program.
    assert made & {"Containerfile", "Dockerfile"}
    assert "requirements.yml" in made
    installed = os.environ["ANSIBLE_COLLECTIONS_PATH"].split(os.pathsep)[0]
    # The requirements of the collection name the Python library.
    done = run(tmp_path, "ansible-builder", "introspect", "--write-pip", "pip.txt", installed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "requests" in (tmp_path / "pip.txt").read_text(encoding="utf-8")

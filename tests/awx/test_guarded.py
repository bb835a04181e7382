# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow for a guarded change with a playbook of the user, set up by the playbook and asserted on the disks."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.indiecloud.compute.tests.awx.conftest import add_shop, set_up
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.launch import Job, job, steps
from ansible_collections.indiecloud.compute.tests.awx.fake_controller.server import Controller
from ansible_collections.indiecloud.compute.tests.awx.programs import ROOT
from ansible_collections.indiecloud.compute.tests.awx.runner import Ended, kill, run_job
from ansible_collections.indiecloud.compute.tests.awx.test_guide import GUIDE
from ansible_collections.indiecloud.compute.tests.awx.test_jobs import GUARDED, counted, listed
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

DATA, OLD, NEW = "/srv/data", "version 1", "version 2"
DISK = "{{ control }}/_sim/disk"
TASKS = [
    {
        "name": "Upgrade",
        "ansible.builtin.uri": {
            "url": DISK,
            "method": "POST",
            "body_format": "json",
            "body": {"instance_id": "{{ indiecloud_id }}", "path": DATA, "content": NEW},
        },
    },
    {"name": "Hang", "ansible.builtin.command": "sleep 300", "when": "inventory_hostname is match('slow')"},
]
CHECK = [
    {
        "name": "Check the health",
        "ansible.builtin.fail": {"msg": "the shop is ill"},
        "when": ["inventory_hostname is match('ill')", "guarded_change_result.status != 'rolled_back'"],
    }
]
# The hosts of the simulator: whoever can reach the simulator reaches them while they run.
ASKED = "lookup('ansible.builtin.url', control ~ '/_sim/instance?instance_id=' ~ indiecloud_id) | from_json"
SIMULATED = {
    "control": "{{ lookup('ansible.builtin.env', 'HOSTUP_API_URL') }}",
    "ansible_connection": f"{{{{ 'local' if ({ASKED}).power == 'running' else 'ssh' }}}}",
    "ansible_host": "127.0.0.1",
    "ansible_port": 1,
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


@pytest.fixture(scope="module")
def shop(accounts: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """A controller that was set up as the guide says, with the playbook of the guide in the project of the user."""
    home, project = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("project")
    (playbook,) = re.findall(r"^ +```yaml\n( +# upgrade_shop.yml\n.*?)^ +```$", GUIDE, re.MULTILINE | re.DOTALL)
    (play,) = yaml.safe_load(textwrap.dedent(playbook))
    for name, content in (
        ("upgrade_shop", [{**play, "vars": SIMULATED}]),
        ("upgrade", TASKS),
        ("check", CHECK),
    ):
        (project / f"{name}.yml").write_text(json.dumps(content), encoding="utf-8")
    (command,) = re.findall(r"^ +(ansible-playbook indiecloud.compute.awx_setup .*awx_guarded.*)$", GUIDE, re.M)
    assert "awx_guarded_change_record_path=" in command
    words = shlex.split(re.sub(r"record_path=\S+", f"record_path={home}/changes.sqlite3", command))[2:]
    with Controller(ROOT) as controller:
        add_shop(controller, project)
        done = set_up(controller, home, *words, **accounts)
        assert done.returncode == 0, done.stdout + done.stderr
        yield controller


def made(sim: Simulator, name: str) -> Any:
    disk = {DATA: OLD}
    return sim.cloud.add_instance("hostup", name=f"{name}-{uuid.uuid4().hex[:6]}", power="running", disk=disk)


def answers(*vms: Any, **more: str) -> dict[str, str]:
    return {
        "guarded_change_hosts": ",".join(f"{vm.name}.hostup" for vm in vms),
        "guarded_change_id": "CHG-9",
        "guarded_change_scope": "host",
        "guarded_change_on_failure": "restore",
        "guarded_change_commit": "no",
        "guarded_change_on_resume": "",
        **more,
    }


def jobs(shop: Controller, given: dict[str, str]) -> tuple[Job, Job]:
    order = steps(shop.store, "indiecloud approved change", given)
    assert [kind.removesuffix("_template") for kind, _name in order] == ["job", "workflow_approval", "job"]
    plan, change = (job(shop.store, name, given) for kind, name in order if kind == "job_template")
    return plan, change


def statuses(ended: Ended) -> dict[str, str]:
    found = [one["guarded_change_result"] for one in ended.results(GUARDED) if "guarded_change_result" in one]
    return {one["name"].partition("-")[0]: one["status"] for one in found}


def state(sim: Simulator, vm: Any) -> tuple[str, str, int, dict[str, str]]:
    """The data, the power state, the number of restores, and the data in each snapshot."""
    power = sim.cloud.power(vm.id)
    saved = {one.name: one.disk[DATA] for one in sim.cloud.snapshots(vm.id)}
    return sim.cloud.disk(vm.id)[DATA], power, len(sim.ledger.restores(vm.id)), saved


def test_change_succeeds(shop: Controller, sim: Simulator, tmp_path: Path) -> None:
    vm = made(sim, "web")
    given, found = answers(vm), listed(shop, "hostup", tmp_path)
    plan, change = jobs(shop, given)
    before = sim.ledger.writes
    ended = run_job(plan, found)
    assert (ended.code, statuses(ended)) == (0, {"web": "would_change"}), ended.output
    assert sim.ledger.writes == before

    ended = run_job(change, found)
    assert (ended.code, statuses(ended)) == (0, {"web": "kept"}), ended.output
    assert state(sim, vm) == (NEW, "running", 0, {"guard-CHG-9": OLD})
    assert [one["canonical_facts"]["id"] for one in counted(ended)] == [vm.id]
    assert not [token for token in sim.tokens.values() if token in ended.output + json.dumps(ended.events)]

    sim.cloud.write(vm.id, DATA, "orders of today")
    before = sim.ledger.writes
    ended = run_job(change, found)
    assert (ended.code, statuses(ended)) == (0, {"web": "kept"}), ended.output
    assert (sim.ledger.writes, state(sim, vm)[0]) == (before, "orders of today")

    ended = run_job(jobs(shop, {**given, "guarded_change_commit": "yes"})[1], found)
    assert (ended.code, statuses(ended)) == (0, {"web": "committed"}), ended.output
    assert state(sim, vm) == ("orders of today", "running", 0, {})


def test_change_fails_and_the_disk_is_back(shop: Controller, sim: Simulator, tmp_path: Path) -> None:
    web, ill = made(sim, "web"), made(sim, "ill")
    found = listed(shop, "hostup", tmp_path)
    _plan, change = jobs(shop, answers(web, ill, guarded_change_id="CHG-10"))
    ended = run_job(change, found)
    assert (ended.code, statuses(ended)) == (2, {"web": "kept", "ill": "rolled_back"}), ended.output
    assert "the shop is ill" in ended.output
    assert state(sim, web)[:3] == (NEW, "running", 0)
    assert state(sim, ill)[:3] == (OLD, "running", 1)

    before = sim.ledger.writes
    ended = run_job(change, found)
    assert (ended.code, statuses(ended)) == (2, {"web": "kept", "ill": "refused"}), ended.output
    assert sim.ledger.writes == before


def test_killed_job_is_rolled_back_by_the_next_one(shop: Controller, sim: Simulator, tmp_path: Path) -> None:
    vm = made(sim, "slow")
    found = listed(shop, "hostup", tmp_path)
    _plan, change = jobs(shop, answers(vm, guarded_change_id="CHG-11"))
    marked = replace(change, environment={**change.environment, "JOB_MARKER": (marker := uuid.uuid4().hex)})
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_job, marked, found)
        while sim.cloud.disk(vm.id)[DATA] == OLD and not running.done():
            time.sleep(0.1)
        kill(marker)
        ended = running.result()
    assert state(sim, vm) == (NEW, "running", 0, {"guard-CHG-11": OLD}), ended.output

    ended = run_job(change, found)
    assert (ended.code, statuses(ended)) == (2, {"slow": "rolled_back"}), ended.output
    assert state(sim, vm)[:3] == (OLD, "running", 1)


def test_hosts_that_match_nothing_change_nothing(shop: Controller, sim: Simulator, tmp_path: Path) -> None:
    vm = made(sim, "web")
    found = listed(shop, "hostup", tmp_path)
    before = sim.ledger.writes
    given = answers(vm, guarded_change_id="CHG-12")
    for template in jobs(shop, {**given, "guarded_change_hosts": f"{vm.name}.hostup,web9.hostup"}):
        ended = run_job(template, found)
        assert ended.code != 0, ended.output
        assert "web9.hostup matches no host" in ended.output
    assert sim.ledger.writes == before


def test_times_fit(whole: dict[str, Any]) -> None:
    """A job may last for the tasks, and for the snapshot, the check, the restore and the start of a rollback."""
    options = yaml.safe_load((ROOT / "roles/guarded_change/meta/argument_specs.yml").read_text())["argument_specs"]
    tasks = options["main"]["options"]["guarded_change_timeout"]["default"]
    changes = [one for one in whole["controller_templates"] if "guarded_change_record_path" in one["extra_vars"]]
    assert [one["job_type"] for one in changes] == ["check", "run"]
    for one in changes:
        assert one["timeout"] > tasks + 4 * one["extra_vars"]["guarded_change_wait_timeout"]


def test_survey_asks_for_options_of_the_role(whole: dict[str, Any]) -> None:
    options = yaml.safe_load((ROOT / "roles/guarded_change/meta/argument_specs.yml").read_text())["argument_specs"]
    known = {**options["main"]["options"], "guarded_change_hosts": {"type": "str"}}
    (workflow,) = (one for one in whole["controller_workflows"] if one["name"] == "indiecloud approved change")
    for question in workflow["survey_spec"]["spec"]:
        choices = question.get("choices")
        option = known[question["variable"]]
        assert ("bool" if choices == ["yes", "no"] else "str") == option["type"]
        assert choices in (None, ["yes", "no"], option.get("choices"))

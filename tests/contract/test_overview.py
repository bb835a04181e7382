# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook ``overview`` against the clouds: what is urgent comes first, and a monitoring job fails."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible

from .ours import runtime_of, variables

HOSTILE = "<script>x</script> {{ lookup('pipe', 'touch owned') }} | [x](http://a)"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(clock=RealClock(speed=100.0), seed=True) as running:
        yield running


def overview(sim: Simulator, folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    extra = {"overview_report_path": f"{folder}/out/", "overview_record_path": str(folder / "restores.sqlite3")}
    settings = {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default", **variables(sim), **env}
    return ansible(folder, "playbook", "indiecloud.compute.overview", "-e", json.dumps(extra), *words, **settings)


def rows(folder: Path) -> list[dict[str, Any]]:
    return list(json.loads((folder / "out" / "overview.json").read_text())["instances"])


def test_all_accounts_are_in_one_table_with_the_most_urgent_first(sim: Simulator, tmp_path: Path) -> None:
    sim.cloud.add_instance("hostup", name="nothing")
    refused = sim.cloud.add_instance(
        "hostup", name="refused", gates={"canRestore": {"allowed": False, "reason": "moving"}}
    )
    sim.cloud.add_snapshot(refused.id, name="nightly", age=60.0)
    old = sim.cloud.add_instance("hostup", name="old")
    sim.cloud.add_snapshot(old.id, name="older", age=22 * 3600.0)
    sim.cloud.add_snapshot(old.id, name="newest", age=20 * 3600.0)
    sim.cloud.add_instance("onetsolutions", name=HOSTILE)
    done = overview(sim, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found = rows(tmp_path)
    names = [(item["provider"], item["instance"]) for item in found]
    assert set(names[:2]) == {("hostup", "nothing"), ("onetsolutions", HOSTILE)}
    assert names[2:4] == [("hostup", "refused"), ("hostup", "old")]
    assert len(found) == 4 + len(("web1", "db1")) * 2 + len(("gpu1",))
    by_name = dict(zip(names, found))
    assert by_name["hostup", "old"]["snapshot"] == "newest"
    assert by_name["hostup", "old"]["expires_in_hours"] == pytest.approx(4.0, abs=1.0)
    assert "moving" in by_name["hostup", "refused"]["reason"]
    assert by_name["barrack", "gpu1"]["hourly_rate"] is not None
    for ending in ("html", "md"):
        text = (tmp_path / "out" / f"overview.{ending}").read_text()
        assert "newest" in text
        assert "<script" not in text
    assert "older" not in done.stdout
    assert not list(tmp_path.rglob("owned"))
    assert not [token for token in sim.tokens.values() if token in done.stdout + done.stderr]
    assert sim.ledger.writes == 0


def test_monitoring_job_fails_with_the_instances_outside_the_limit(sim: Simulator, tmp_path: Path) -> None:
    """The seed's snapshots are an hour old."""
    assert overview(sim, tmp_path, "-e", "overview_max_age=24h").returncode == 0
    sim.cloud.add_instance("hostup", name="nothing")
    done = overview(sim, tmp_path, "-e", "overview_max_age=24h", "-e", "overview_providers=hostup")
    assert done.returncode != 0
    assert [item["instance"] for item in rows(tmp_path) if item["problem"]] == ["nothing"]
    assert "nothing (hostup): no snapshot" in done.stdout
    assert {item["provider"] for item in rows(tmp_path)} == {"hostup"}
    done = overview(sim, tmp_path, "-e", "overview_max_age=10m", "-e", "overview_providers=onetsolutions,barrack")
    assert done.returncode != 0
    assert sorted(item["instance"] for item in rows(tmp_path) if item["problem"]) == ["db1", "gpu1", "web1"]
    done = overview(sim, tmp_path, "-e", "overview_max_age=soon")
    assert "overview_max_age" in done.stdout
    assert done.returncode != 0


@pytest.mark.parametrize("provider", ["hostup", "onetsolutions"])
@pytest.mark.parametrize("record", ["file", "provider"])
def test_safety_snapshots_are_known_by_the_record_and_not_by_their_name(
    sim: Simulator, tmp_path: Path, provider: str, record: str
) -> None:
    web1, db1 = sim.cloud.instances(provider)
    params = {
        **sim.connection(provider), "instance": web1.id, "snapshot": "before-upgrade", "stop": "always",
        "restore_id": "CHG-1", "safety_snapshot": "required", "record": record,
        "record_path": str(tmp_path / "restores.sqlite3"),
    }  # fmt: skip
    outcome = execute(restore_task, Context(params, environ={}, runtime=runtime_of(sim.clock), given=frozenset(params)))
    assert outcome.result["status"] == "restored", outcome.result
    for vm in (web1, db1):
        sim.cloud.add_snapshot(vm.id, name="pre-CHG-2", age=60.0)
    sim.cloud.add_snapshot(db1.id, name="pre-CHG-1", age=60.0)
    done = overview(sim, tmp_path, "-e", f"overview_record={record}")
    assert done.returncode == 0, done.stdout
    found = {item["instance"]: item["left_behind"] for item in rows(tmp_path) if item["provider"] == provider}
    ours = {item.name for item in sim.cloud.snapshots(web1.id)} - {"before-upgrade", "pre-CHG-2"}
    assert (set(found["web1"]), found["db1"]) == (ours, [])
    assert ours


def test_tokens_may_come_from_variables(sim: Simulator, tmp_path: Path) -> None:
    known = {"overview_connections": {"hostup": sim.connection("hostup")}}
    (tmp_path / "accounts.yml").write_text(json.dumps(known))
    done = overview(sim, tmp_path, "-vvvv", "-e", "@accounts.yml", **dict.fromkeys(variables(sim), ""))
    assert done.returncode == 0, done.stdout
    assert {item["provider"] for item in rows(tmp_path)} == {"hostup"}
    assert sim.connection("hostup")["api_token"] not in done.stdout + done.stderr

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jinja in whatever a provider says, through ansible-playbook: shown, kept, compared, and never evaluated."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.contract.conftest import Cloud
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible

PRODUCT = "7919 * 104729"
ANSWER = "829348951"


def evil(mark: Path) -> str:
    lookup = f"lookup('ansible.builtin.pipe', 'touch {mark}')"
    return f"{{{{ {PRODUCT} }}}} {{% if true %}}x{{% endif %}} {{{{ {lookup} }}}} #}}"


def task(name: str, module: str, **args: Any) -> dict[str, Any]:
    return {"name": name, f"ansible.builtin.{module}": args}


@pytest.mark.parametrize("provider", ["onetsolutions"])
@pytest.mark.parametrize("way_to_run", ["local", "remote"])
def test_nothing_is_templated(cloud: Cloud, tmp_path: Path, way_to_run: str) -> None:
    mark = tmp_path / "evaluated"
    text = evil(mark)
    cloud.vm.name = text
    cloud.vm.extra["tags"] = [text, f"{text}=1"]
    cloud.snapshot.name = text
    cloud.sim.faults.add("status", method="POST", times=None, status=422, message=text)
    common = cloud.sim.connection(cloud.provider)
    # Both ways in which a module runs: in the controller's own process, and shipped as a file.
    way = {} if way_to_run == "local" else {"environment": {"SOME": "thing"}}
    restore = {"instance": cloud.vm.id, "snapshot": cloud.snapshot.id, "record_path": str(tmp_path / "r.sqlite3")}
    tasks = [
        {"name": "Read", "indiecloud.compute.instance_info": common, "register": "found", **way},
        {
            "name": "Restore", "indiecloud.compute.snapshot_restore": {**common, **restore}, "register": "failed",
            "ignore_errors": True, **way,
        },
        task("Show", "debug", var="found"),
        task("Show the failure", "debug", var="failed"),
        {"name": "Keep", "ansible.builtin.set_fact": {"kept": "{{ found.instances[0].name }}", "all": "{{ found }}"}},
        task("Show what was kept", "debug", msg="kept {{ kept }} and {{ all.instances[0].tags }} and {{ failed.msg }}"),
        {**task("Compare", "assert", that=["kept == expected"]), "when": "kept != 'x'"},
        {**task("Loop", "debug", msg="{{ item }}"), "loop": "{{ found.instances | map(attribute='name') }}"},
    ]  # fmt: skip
    (tmp_path / "expected").write_text(text, encoding="utf-8")
    read = "{{ lookup('ansible.builtin.file', expected_path) }}"
    tasks[6]["vars"] = {"expected": read, "expected_path": str(tmp_path / "expected")}
    play = tmp_path / "play.json"
    play.write_text(json.dumps([{"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    python = ("-e", f"ansible_python_interpreter={sys.executable}")
    words = ("-i", "localhost,", "-c", "local", "-vvvv", *python, str(play))
    done = ansible(tmp_path, "playbook", *words, ANSIBLE_LOCAL_TEMP=str(tmp_path / "tmp"))
    said = done.stdout + done.stderr
    assert PRODUCT in said
    assert ANSWER not in said
    assert not mark.exists()
    assert cloud.sim.tokens[cloud.provider] not in said
    assert "failed=0" in said, said[-3000:]

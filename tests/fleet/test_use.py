# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only hosts that are in this very use of the role are touched, and each with its own variables."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.indiecloud.compute.tests import processes
from ansible_collections.indiecloud.compute.tests.fleet.fleet import PLAYBOOK, Fleet, Played

NAME = "indiecloud.compute.restore"


def role(how: str = "include_role", **task: Any) -> dict[str, Any]:
    return {"name": "Restore", f"ansible.builtin.{how}": {"name": NAME}, **task}


def play(fleet: Fleet, *tasks: dict[str, Any], words: tuple[str, ...] = (), **keywords: Any) -> Played:
    path = fleet.folder / "play.json"
    only = {"name": "Restore", "hosts": "all", "gather_facts": False, "tasks": list(tasks), **keywords}
    path.write_text(json.dumps([only]), encoding="utf-8")
    return fleet.play(*words, playbook=[str(path)])


def restores(fleet: Fleet) -> dict[str, int]:
    return {one.host: fleet.restores(one) for one in fleet.machines}


@pytest.fixture
def three(fleet: Fleet) -> Fleet:
    for host in ("a", "b", "c"):
        fleet.add_one(host, "hostup")
    return fleet


def test_host_that_when_leaves_out(three: Fleet) -> None:
    played = play(three, role(when="inventory_hostname != 'b'"))
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 0, "c": 1}
    assert three.power(three.named("b")) == "running"
    assert not [one for one in three.sim.ledger.requests() if three.named("b").id in one.path]


@pytest.mark.parametrize("how", ["include_role", "import_role"])
def test_two_uses_in_one_play(three: Fleet, how: str) -> None:
    second = {"vars": {"restore_id": "two"}, "when": "inventory_hostname == 'c'"}
    played = play(three, role(how, vars={"restore_id": "one"}), role(how, **second))
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 1, "c": 2}


def test_plan_of_an_earlier_use_is_not_carried_out(three: Fleet) -> None:
    """The dry run of all hosts leaves a plan with each of them."""
    dry, real = {"restore_dry_run": True, "restore_id": "x"}, {"restore_id": "x"}
    played = play(three, role(vars=dry), role(vars=real, when="inventory_hostname == 'a'"))
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 0, "c": 0}


def test_loop_over_the_role(three: Fleet) -> None:
    loop = ["one", "two", "three"]
    condition = "inventory_hostname == 'a' or restore_id != 'two'"
    played = play(
        three, role(loop=loop, vars={"restore_id": "{{ item }}"}, when=condition.replace("restore_id", "item"))
    )
    assert played.code == 0, played.output
    assert restores(three) == {"a": 3, "b": 2, "c": 2}


def test_loop_over_other_items_on_each_host(three: Fleet) -> None:
    for host, ids in (("a", ["one"]), ("b", ["one", "two"]), ("c", [])):
        three.extra[host] = {"ids": ids}
    played = play(three, role(loop="{{ ids }}", vars={"restore_id": "{{ item }}"}))
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 2, "c": 0}


def test_rescue_restores_only_the_host_that_failed(three: Fleet) -> None:
    three.extra["b"] = {"restore_snapshot": "no-such-snapshot"}
    again = role(vars={"restore_snapshot": "before-upgrade", "restore_id": "again"})
    block = {"name": "Try", "block": [role(vars={"restore_id": "first"})], "rescue": [again]}
    played = play(three, block)
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 1, "c": 1}
    assert len(three.sim.ledger.restores()) == 3


def test_host_that_failed_or_was_unreachable_before(three: Fleet) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        three.extra["c"] = {
            "ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": closed.getsockname()[1]
        }  # fmt: skip
        three.extra["a"] = {"ansible_connection": "local"}
        fail = {"name": "Fail", "ansible.builtin.fail": {"msg": "no"}, "when": "inventory_hostname == 'b'"}
        ping = {"name": "Ping", "ansible.builtin.raw": "true", "changed_when": False}
        played = play(three, fail, ping, role())
    assert played.code in (2, 4)
    assert restores(three) == {"a": 1, "b": 0, "c": 0}


def test_run_once(three: Fleet) -> None:
    played = play(three, role(run_once=True))
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 0, "c": 0}


def test_ignore_errors(three: Fleet) -> None:
    three.extra["b"] = {"restore_snapshot": "no-such-snapshot"}
    say = {"name": "Say", "ansible.builtin.debug": {"msg": "{{ inventory_hostname }} {{ restore_result.status }}"}}
    played = play(three, role("import_role", ignore_errors=True), say)
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 0, "c": 1}
    assert "b unknown" in played.output


@pytest.mark.parametrize("setting", ["any_errors_fatal", "restore_all_or_nothing"])
def test_none_is_touched_if_one_is_refused(three: Fleet, setting: str) -> None:
    three.extra["b"] = {"restore_snapshot": "no-such-snapshot"}
    keywords = {"any_errors_fatal": True} if setting == "any_errors_fatal" else {"vars": {setting: True}}
    played = play(three, role(), **keywords)
    assert played.code == 2
    assert three.sim.ledger.writes == 0
    codes = {host: row["error_code"] for host, row in played.rows.items()}
    assert codes == {"a": "all_or_nothing", "b": "snapshot_not_found", "c": "all_or_nothing"}
    assert played.tables == 1


def test_order_of_hosts(three: Fleet) -> None:
    for host, order in (("a", 2), ("b", 0), ("c", 1)):
        three.extra[host] = {"restore_order": order}
    played = play(three, role())
    assert played.code == 0, played.output
    moments = {}
    for one in three.machines:
        times = [entry.time for entry in three.sim.ledger.requests("POST") if one.id in entry.path]
        moments[one.host] = (min(times), max(times))
    assert moments["b"][1] < moments["c"][0] < moments["c"][1] < moments["a"][0]


def test_later_group_is_not_touched_after_a_failure(three: Fleet) -> None:
    three.extra["a"] = {"restore_order": -1}
    three.sim.faults.add_job("fail", three.named("a").id, "restore")
    played = play(three, role())
    assert played.code == 2
    assert restores(three) == {"a": 0, "b": 0, "c": 0}
    assert played.rows["b"]["error_code"] == played.rows["c"]["error_code"] == "earlier_group_failed"
    assert [three.power(three.named(host)) for host in ("b", "c")] == ["running", "running"]


def test_two_hosts_that_mean_one_instance(three: Fleet) -> None:
    three.extra["b"] = {"restore_instance": "a"}
    played = play(three, role())
    assert played.code == 2
    assert restores(three) == {"a": 0, "b": 0, "c": 1}
    assert played.rows["a"]["error_code"] == played.rows["b"]["error_code"] == "duplicate_target"


def test_variables_of_the_batch_must_be_equal(three: Fleet) -> None:
    three.extra["b"] = {"restore_max_parallel": 1}
    played = play(three, role())
    assert played.code == 2
    assert not three.sim.ledger.requests()
    assert "restore_max_parallel" in played.output


def test_at_most_so_many_at_once(three: Fleet) -> None:
    played = play(three, role(), vars={"restore_max_parallel": 1})
    assert played.code == 0, played.output
    spans = []
    for one in three.machines:
        times = [entry.time for entry in three.sim.ledger.requests("POST") if one.id in entry.path]
        spans.append((min(times), max(times)))
    spans.sort()
    assert all(end <= begin for (_b, end), (begin, _e) in pairwise(spans))


@pytest.mark.parametrize("setting", ["restore_all_or_nothing", "restore_max_parallel", "restore_order"])
def test_what_needs_a_shared_step_is_refused_without_one(three: Fleet, setting: str) -> None:
    played = play(three, role(), strategy="free", vars={setting: 1})
    assert played.code == 2
    assert not three.sim.ledger.requests()
    assert setting in played.output


def test_undefined_variable_is_the_fault_of_its_host(three: Fleet) -> None:
    three.extra["b"] = {"restore_snapshot": "{{ there_is_no_such_thing }}"}
    without = {"name": NAME, "rolespec_validate": False}
    played = play(three, {"name": "Restore", "ansible.builtin.include_role": without})
    assert played.code == 2
    assert restores(three) == {"a": 1, "b": 0, "c": 1}
    assert "restore_snapshot" in played.rows["b"]["message"]
    assert "there_is_no_such_thing" in played.rows["b"]["message"]


def test_token_in_a_vault(three: Fleet) -> None:
    token, password = three.sim.tokens["hostup"], "open sesame"
    secret = VaultLib([("default", VaultSecret(password.encode()))]).encrypt(token).decode()
    (three.folder / "password").write_text(password, encoding="utf-8")
    # Ansible reads JSON files of variables like this, and YAML files with the tag !vault.
    (three.folder / "secret.json").write_text(json.dumps({"restore_api_token": {"__ansible_vault": secret}}), "utf-8")
    words = ("-vvvv", "--vault-password-file", "password", "-e", "@secret.json")
    wrong = {"group/indiecloud.compute.all": {"api_token": "wrong"}}
    played = play(three, role("import_role"), words=words, module_defaults=wrong)
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 1, "c": 1}
    assert token not in played.output


def test_variables_for_the_machines_do_not_matter(three: Fleet) -> None:
    odd = {
        "ansible_become": True, "ansible_become_user": "nobody", "ansible_connection": "ssh",
        "ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_shell_type": "powershell",
        "ansible_python_interpreter": "/nowhere/python", "ansible_remote_tmp": "/nowhere",
    }  # fmt: skip
    played = play(three, role(), vars=odd)
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 1, "c": 1}
    assert len(played.rows) == 3


@pytest.mark.parametrize("group", ["group/indiecloud.compute.all", "indiecloud.compute.snapshot_restore"])
def test_module_defaults_of_the_play(three: Fleet, group: str) -> None:
    played = play(three, role(), module_defaults={group: {"api_token": "wrong-{{ inventory_hostname }}"}})
    assert played.code == 2
    assert {row["error_code"] for row in played.rows.values()} == {"authentication_failed"}
    assert three.sim.ledger.writes == 0


def test_each_host_has_its_own_token(three: Fleet) -> None:
    three.extra["b"] = {"restore_api_token": "wrong"}
    played = play(three, role())
    assert played.code == 2
    assert restores(three) == {"a": 1, "b": 0, "c": 1}
    assert played.rows["b"]["error_code"] == "authentication_failed"


@pytest.mark.parametrize("callback", ["default", "json"])
def test_token_is_in_nothing_that_is_written(three: Fleet, callback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = three.sim.tokens["hostup"]
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN", "jsonfile")
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN_CONNECTION", str(three.folder / "cache"))
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "default" if callback == "default" else "ansible.posix.json")
    if callback == "json":
        monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "minimal")
    three.extra["b"] = {"restore_snapshot": "no-such-snapshot"}
    three.extra["c"] = {"restore_targets": [{"instance": three.named("c").id, "api_token": token}]}
    show = {"name": "Show", "ansible.builtin.debug": {"var": "hostvars[inventory_hostname]['restore__plan']"}}
    words = ("-vvvv", "-e", "restore_api_url=" + three.sim.urls["hostup"])
    played = play(three, {"name": "Try", "block": [role()], "rescue": [show]}, show, vars={
        "restore_api_token": "{{ lookup('ansible.builtin.env', 'HOSTUP_API_TOKEN') }}"
    }, words=words)  # fmt: skip
    assert restores(three) == {"a": 1, "b": 0, "c": 1}, played.output
    written = [
        path.read_bytes() for path in three.folder.rglob("*") if path.is_file() and path.name != "inventory.json"
    ]
    assert token not in played.output
    assert not [content for content in written if token.encode() in content]


@pytest.fixture
def started(three: Fleet) -> Iterator[Any]:
    running: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                three.command([*PLAYBOOK]), cwd=three.folder, env=three.environment(), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
        )  # fmt: skip
        return running[-1]

    yield start
    for one in running:
        processes.end(one)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_controller_that_is_ended(three: Fleet, started: Any, number: int) -> None:
    """Its worker has a session of its own since ansible-core 2.19; it notices, and the next run continues."""
    three.sim.set_durations(restore=60.0)
    running = started()
    end = time.monotonic() + 60
    while three.posts("/restore") < 3 and time.monotonic() < end:
        time.sleep(0.05)
    assert three.posts("/restore") == 3
    workers = processes.descendants(running.pid)
    if number == signal.SIGINT:
        os.killpg(running.pid, number)
    else:
        os.kill(running.pid, number)
    running.wait(60)
    assert running.returncode != 0
    end = time.monotonic() + 20
    while any(is_alive(one) for one in workers) and time.monotonic() < end:
        time.sleep(0.1)
    assert not [one for one in workers if is_alive(one)]
    asked = len(three.sim.ledger.requests())
    time.sleep(1.0)
    assert len(three.sim.ledger.requests()) == asked
    played = three.play()
    assert played.code == 0, played.output
    assert restores(three) == {"a": 1, "b": 1, "c": 1}
    assert {three.power(one) for one in three.machines} == {"running"}


def is_alive(process: int) -> bool:
    with suppress(OSError), open(f"/proc/{process}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    return False

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keywords, loops and mistakes in a user's play, which must not make a bad change pass for a good one."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.tests.fleet.fleet import Machine
from ansible_collections.indiecloud.compute.tests.guarded.site import DATA, GUARD, NEW, OLD, ROLE, SET, TASKS, Site


def test_errors_that_the_play_ignores_fail_the_verification_all_the_same(site: Site) -> None:
    web = site.host(ill="verify")
    ended = site.change("-e", "guarded_change_commit=true", playbook=site.write(ignore_errors=True))
    assert ended.statuses == {"web1": "rolled_back"}, ended.output
    assert (site.data(web), site.restores(web)) == (OLD, 1)


def test_a_loop_makes_several_changes(site: Site) -> None:
    web = site.host()
    tasks = [*TASKS, {"name": "Again", **SET, "vars": {"file": "/etc/motd", "content": "{{ guarded_change_id }}"}}]
    looped = {**ROLE, "loop": ["CHG-1", "CHG-2"], "vars": {"guarded_change_id": "{{ item }}"}}
    ended = site.change(playbook=site.write(looped, tasks=tasks))
    assert ended.code == 0, ended.output
    assert site.guards(web) == {GUARD: OLD, "guard-CHG-2": NEW}, ended.output
    assert site.sim.cloud.disk(web.id)["/etc/motd"] == "CHG-2"


def test_scope_play_does_not_begin_without_a_host_that_failed_before(site: Site) -> None:
    site.host("web1", ill="early")
    other = site.host("web2")
    early = {"name": "Fail early", "ansible.builtin.fail": {"msg": "early"}, "when": "ill == 'early'"}
    ended = site.change("-e", "guarded_change_scope=play", playbook=site.write(early, ROLE))
    assert ended.results["web2"]["error_code"] == "invalid_option", ended.output
    assert (site.data(other), site.sim.ledger.writes) == (OLD, 0)


@pytest.mark.parametrize("text", ["- name: Check\n  no.such.module:\n", "- name: [", "name: Check\n"])
def test_a_file_of_tasks_that_cannot_be_read_is_refused_before_the_change(site: Site, text: str) -> None:
    web = site.host()
    playbook = site.write()
    (site.folder / "verify.yml").write_text(text, encoding="utf-8")
    ended = site.change(playbook=playbook)
    assert (site.data(web), site.sim.ledger.writes) == (OLD, 0), ended.output
    assert ended.results["web1"]["error_code"] == "invalid_option", ended.output


def test_another_change_does_not_begin_on_a_host_that_may_be_half_changed(site: Site) -> None:
    web = site.host(ill="fail")
    assert site.change("-e", "guarded_change_on_failure=leave").statuses == {"web1": "left"}
    site.extra["web1"]["ill"] = ""
    ended = site.change("-e", "guarded_change_id=CHG-2")
    assert ended.code == 2, ended.output
    assert site.guards(web) == {GUARD: OLD}
    assert ended.results["web1"]["error_code"] == "guarded_change_unfinished"


def test_the_rollback_is_of_the_instance_that_was_changed(site: Site) -> None:
    """Whatever its name means by then."""
    web, other = site.host("web1", ill="fail"), site.host("web2")
    site.extra["web1"]["guarded_change_instance"] = "{{ machine }}"
    site.extra["web1"]["machine"] = web.id
    site.extra["web2"]["machine"] = other.id
    swap = {"name": "Change its name", "ansible.builtin.set_fact": {"machine": other.id}, "when": "ill == 'fail'"}
    site.change(playbook=site.write(tasks=[*TASKS[:-1], swap, TASKS[-1]]))
    assert (site.restores(other), site.data(other)) == (0, NEW)
    assert (site.restores(web), site.data(web)) == (1, OLD)


@pytest.mark.parametrize("provider", ["hostup", "onetsolutions"])
def test_a_snapshot_by_somebody_else_is_not_deleted_after_a_refusal(site: Site, provider: str) -> None:
    web = site.host(provider=provider)
    site.sim.faults.add("status", method="POST", path=f"{web.id}/snapshots", status=409, times=None)
    assert site.change().code == 2
    site.sim.faults.clear()
    site.sim.cloud.write(web.id, DATA, "precious")
    site.sim.cloud.add_snapshot(web.id, GUARD)
    ended = site.change()
    assert site.guards(web) == {GUARD: "precious"}, ended.output
    assert ended.results["web1"]["error_code"] == "snapshot_name_taken"


def test_commit_does_not_claim_to_have_deleted_what_it_could_not_see(site: Site) -> None:
    web = site.host()
    assert site.change().statuses == {"web1": "kept"}
    site.sim.faults.add("field", method="GET", path=f"{web.id}/snapshots", times=None, way=["data", 0], value=None)
    ended = site.change("-e", "guarded_change_commit=true")
    assert ended.statuses == {"web1": "error"}, ended.output


def test_two_hosts_that_mean_one_instance_do_not_roll_back_each_other(site: Site) -> None:
    """With the strategy free no step knows all hosts."""
    web = site.host("web1", wait=6)
    site.extra["web2"] = {"ill": "", "wait": 3, "guarded_change_instance": web.id}
    site.machines.append(Machine("web2", web.provider, web.power, web.id))
    wait = {"name": "Wait", "ansible.builtin.command": "sleep {{ wait }}"}
    late = {**wait, "when": "inventory_hostname == 'web2'"}
    ended = site.change(playbook=site.write(late, ROLE, tasks=[*TASKS, wait], strategy="free"))
    assert ended.code == 2, ended.output
    assert (site.restores(web), site.data(web)) == (0, NEW), ended.output


@pytest.mark.parametrize("word", ["run_once", "any_errors_fatal"])
def test_a_task_that_would_take_other_hosts_out_of_the_play_is_refused(site: Site, word: str) -> None:
    """If it fails, no rescue runs on the others."""
    machines = [site.host("web1", ill="fail"), site.host("web2")]
    ended = site.change(playbook=site.write(tasks=[*TASKS[:-1], {"block": [{**TASKS[-1], word: True}]}]))
    assert {one["error_code"] for one in ended.results.values()} == {"invalid_option"}, ended.output
    assert word in ended.results["web1"]["msg"]
    assert ([site.data(one) for one in machines], site.sim.ledger.writes) == ([OLD, OLD], 0)

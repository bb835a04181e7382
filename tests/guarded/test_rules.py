# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role guarded_change refuses, and what holds whatever a user's play looks like."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.guarded.site import GUARD, NETWORK, NEW, OLD, ROLE, SET, TASKS, Site


def test_refusals(site: Site) -> None:
    """Each host has another reason. None of them is touched."""
    site.host("off")
    site.sim.cloud.instance(site.named("off").id).power = "stopped"
    site.sim.cloud.write(site.host("gone").id, NETWORK, "down")
    site.sim.cloud.add_snapshot(site.host("taken").id, GUARD)
    site.host("long", guarded_change_timeout=90000)
    site.host("typo", guarded_change_comit=True)
    site.host("gpu", provider="barrack")
    site.host("wrong", guarded_change_expected_instance_name="other")
    twin = site.host("twin")
    site.host("same", guarded_change_instance=twin.id)
    site.host("nofile", guarded_change_tasks="missing.yml")
    ended = site.change()
    assert ended.code == 2
    assert {host: one["error_code"] for host, one in ended.results.items()} == {
        "off": "instance_not_running",
        "gone": "host_unreachable",
        "taken": "snapshot_name_taken",
        "long": "snapshot_expires_soon",
        "typo": "invalid_option",
        "gpu": "invalid_option",
        "wrong": "instance_name_differs",
        "twin": "duplicate_target",
        "same": "duplicate_target",
        "nofile": "invalid_option",
    }, ended.output
    assert "guarded_change_commit is meant" in ended.results["typo"]["msg"]
    assert site.sim.ledger.writes == 0
    assert {site.data(one) for one in site.machines} == {OLD}


def test_scope_play_begins_on_no_host_if_one_is_refused(site: Site) -> None:
    well, bad = site.host("well"), site.host("bad")
    # Only the attempt shows it, when the other snapshot has been taken.
    site.sim.faults.add("status", method="POST", path=f"{bad.id}/snapshots", status=409, times=None)
    ended = site.change("-e", "guarded_change_scope=play")
    assert ended.results["well"]["error_code"] == "all_or_nothing", ended.output
    assert (site.data(well), site.data(bad), site.guards(well), site.guards(bad)) == (OLD, OLD, {}, {})
    site.sim.faults.clear()
    assert site.change("-e", "guarded_change_scope=play").statuses == {"well": "kept", "bad": "kept"}
    assert site.guards(well) == site.guards(bad) == {GUARD: OLD}


@pytest.mark.parametrize("play", [{"serial": 1}, {"strategy": "free"}])
def test_scope_play_needs_all_hosts_at_once(site: Site, play: dict[str, Any]) -> None:
    site.host("web1")
    site.host("web2")
    ended = site.change("-e", "guarded_change_scope=play", playbook=site.write(**play))
    assert ended.code == 2
    assert "guarded_change_scope: play" in ended.output
    assert site.sim.ledger.writes == 0


@pytest.mark.parametrize("play", [{"serial": 1}, {"strategy": "free"}, {"any_errors_fatal": True}])
def test_scope_host_in_any_play(site: Site, play: dict[str, Any]) -> None:
    well, bad = site.host("web1"), site.host("web2", ill="fail")
    ended = site.change(playbook=site.write(**play))
    assert (site.data(bad), site.restores(bad)) == (OLD, 1), ended.output
    assert (site.data(well), site.restores(well)) == (NEW, 0), ended.output


def test_handlers_belong_to_the_change(site: Site) -> None:
    web = site.host()
    notify = {"name": "Notify", "ansible.builtin.command": "true", "changed_when": True, "notify": "Restart"}
    handler = {"name": "Restart", "ansible.builtin.fail": {"msg": "it does not start"}}
    ended = site.change(playbook=site.write(tasks=[*TASKS, notify], handlers=[handler]))
    assert ended.statuses == {"web1": "rolled_back"}, ended.output
    assert "it does not start" in ended.results["web1"]["failure"]
    assert site.data(web) == OLD


def test_a_host_that_ends_its_play_does_not_pass_for_verified(site: Site) -> None:
    lost, other = site.host("web1"), site.host("web2")
    leave = {"name": "Leave", "ansible.builtin.meta": "end_host", "when": "inventory_hostname == 'web1'"}
    words = ("-e", "guarded_change_scope=play")
    site.change(*words, playbook=site.write(tasks=[*TASKS, leave]))
    assert (site.data(lost), site.data(other), site.restores(other)) == (NEW, OLD, 1)
    site.change(*words)
    assert (site.data(lost), site.restores(lost), site.restores(other)) == (OLD, 1, 1)


def test_another_snapshot_of_the_name_is_not_restored(site: Site) -> None:
    """At HostUp the id of a snapshot is its name, so somebody may replace the guard by one of the changed disk."""
    web = site.host(ill="fail")
    assert site.change("-e", "guarded_change_on_failure=leave").code == 2
    (guard,) = site.sim.cloud.snapshots(web.id)
    site.sim.cloud.remove_snapshot(guard)
    site.sim.cloud.add_snapshot(web.id, GUARD)
    for resume, code in (("restore", "guarded_change_rollback_failed"), ("continue", "snapshot_not_found")):
        ended = site.change("-e", f"guarded_change_on_resume={resume}")
        assert ended.results["web1"]["error_code"] == code, ended.output
    assert (site.restores(web), site.data(web)) == (0, NEW)


def test_somebody_restores_while_the_tasks_run(site: Site) -> None:
    """The change is not recorded as kept then, and not restored again."""
    web = site.host()
    restore = {
        "name": "Restore by hand",
        "indiecloud.compute.snapshot_restore": {
            "provider": "hostup", "instance": web.id, "snapshot": GUARD, "restore_id": "CHG-1", "stop": "always",
            "power_after": "previous",
        },
        "delegate_to": "localhost",
    }  # fmt: skip
    ended = site.change(playbook=site.write(tasks=[*TASKS, restore, *TASKS]))
    assert ended.results["web1"]["error_code"] == "guarded_change_in_progress", ended.output
    assert site.restores(web) == 1
    assert site.change().results["web1"]["error_code"] == "guarded_change_spent"


def test_the_role_twice_in_a_play(site: Site) -> None:
    web = site.host()
    tasks = [*TASKS, {"name": "Again", **SET, "vars": {"file": "/etc/motd", "content": "{{ guarded_change_id }}"}}]
    second = {**ROLE, "vars": {"guarded_change_id": "CHG-2"}}
    ended = site.change(playbook=site.write(ROLE, second, tasks=tasks))
    assert ended.code == 0, ended.output
    assert site.guards(web) == {GUARD: OLD, "guard-CHG-2": NEW}
    assert site.sim.cloud.disk(web.id)["/etc/motd"] == "CHG-2"


def test_the_token_is_shown_nowhere(site: Site) -> None:
    token = site.sim.tokens["hostup"]
    dump = {"name": "Dump", "ansible.builtin.debug": {"msg": "{{ hostvars | string }}"}}
    site.host(ill="fail")
    hidden = {"hosts": "all", "gather_facts": False, "tasks": [dump]}
    playbook = site.write(tasks=[*TASKS[:-1], dump, TASKS[-1]])
    content = json.loads((site.folder / "play.yml").read_text(encoding="utf-8"))
    content[0]["module_defaults"] = {"group/indiecloud.compute.all": {"api_token": token}}
    (site.folder / "play.yml").write_text(json.dumps([*content, hidden]), encoding="utf-8")
    ended = site.change("-vvvv", playbook=playbook)
    assert ended.statuses == {"web1": "rolled_back"}, ended.output[-3000:]
    assert token not in ended.output
    for path in site.folder.glob("*"):
        if path.is_file() and path.name != "play.yml":
            assert token.encode() not in path.read_bytes(), path


def test_a_rollback_without_evidence_does_not_pass_for_done(site: Site) -> None:
    """At OnetSolutions without tasks nothing tells the end of a restore, so the host is not started."""
    site.sim.switch(onet_snapshot_tasks=False)
    web = site.host(provider="onetsolutions", ill="fail")
    ended = site.change()
    assert (ended.code, ended.statuses) == (2, {"web1": "rollback_unverified"}), ended.output
    assert "evidence" in ended.results["web1"]["msg"]
    assert (site.data(web), site.restores(web), site.power(web)) == (OLD, 1, "stopped")
    assert site.change().results["web1"]["error_code"] == "guarded_change_spent"

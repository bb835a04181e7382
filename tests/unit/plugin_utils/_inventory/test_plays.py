# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory in plays, and what is kept of it between them."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME
from ansible_collections.indiecloud.compute.tests.unit.plugin_utils._inventory.world import TAGS, World

NAMED = "{{ 7 * 7 }}"


def test_the_cache(world: World) -> None:
    world.sim.cloud.add_instance("hostup", "{{ 7 * 7 }}", tags=["web"])
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(world.folder / "kept")}
    world.file("hostup", **cache, **TAGS)

    def requests(*words: str, **variables: str) -> int:
        world.sim.ledger.clear()
        listed = world.listed(*words, **variables)
        assert [item["indiecloud_name"] for item in listed["_meta"]["hostvars"].values()] == [NAMED]
        assert len(listed["tag_web"]["hosts"]) == 1
        return len(world.sim.ledger.requests())

    def flushed() -> int:
        # Not every ansible-inventory knows the word.
        world.sim.ledger.clear()
        (world.folder / "play.yml").write_text('[{"hosts": "all"}]', "utf-8")
        done = world.run("play.yml", "--list-hosts", "--flush-cache", program="playbook")
        assert "hosts (1)" in done.stdout
        return len(world.sim.ledger.requests())

    once = requests()
    assert once >= 1
    assert requests() == 0
    assert flushed() == once
    assert requests() == 0
    (kept,) = (world.folder / "kept").iterdir()
    assert world.sim.tokens["hostup"] not in kept.name + kept.read_text("utf-8")
    # Another file of the same account needs no request of its own, another account does.
    second = world.folder / "clouds" / "second.indiecloud.yml"
    second.write_text((world.folder / "clouds" / "hostup.indiecloud.yml").read_text("utf-8"), "utf-8")
    assert requests() == 0
    assert requests(HOSTUP_API_URL=world.sim.urls["hostup"].replace("127.0.0.1", "localhost")) == once
    for broken in ("", "{", "[]", '{"format": 1}', '{"form": 1, "account": [], "instances": [{}]}', "\x00"):
        for path in (world.folder / "kept").iterdir():
            path.write_text(broken, "utf-8")
        assert requests() == once, broken
        assert requests() == 0, broken


def test_play_over_a_group_restores_each_host(world: World, tmp_path: Path) -> None:
    for provider in ("onetsolutions", "hostup"):
        for name, tags in (("web1", ["web"]), ("web2", ["web"]), ("db1", ["db"])):
            vm = world.sim.cloud.add_instance(provider, name, "running", {"/etc/motd": "before"}, tags=tags)
            world.sim.cloud.add_snapshot(vm.id, "before-upgrade", age=3600.0)
            world.sim.cloud.write(vm.id, "/etc/motd", "after")
    for provider in ("onetsolutions", "hostup"):
        world.file(provider, **TAGS, **({"organization_id": world.sim.organization_id} if provider != "hostup" else {}))
    role = {"name": f"{NAME}.restore"}
    task = {
        "ansible.builtin.import_role": role,
        "vars": {"restore_snapshot": "before-upgrade"},
    }
    play = [{"hosts": "tag_web", "gather_facts": False, "tasks": [task]}]
    (tmp_path / "play.yml").write_text(json.dumps(play), "utf-8")
    record = {"INDIECLOUD_RECORD_PATH": str(tmp_path / "restores.sqlite3")}
    for attempt in range(2):
        done = world.run("play.yml", program="playbook", **record)
        assert done.returncode == 0, done.stdout + done.stderr
        restored = [world.sim.cloud.instance(item.instance_id) for item in world.sim.ledger.restores()]
        assert sorted((item.provider, item.name) for item in restored) == [
            *(("hostup", "web1"), ("hostup", "web2"), ("onetsolutions", "web1"), ("onetsolutions", "web2")),
        ], f"attempt {attempt}"
    assert all(world.sim.cloud.power(item.id) == "running" for item in restored)
    wrong = world.run(
        "play.yml", "-e", "restore_provider=hostup", "-e", "restore_force=true", program="playbook", **record
    )
    assert "another" in wrong.stdout + wrong.stderr
    assert "onetsolutions" not in {item.provider for item in world.sim.ledger.restores()[4:]}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin as users run it: ansible-inventory, against the simulator over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME, PLUGINS
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible, environment
from ansible_collections.indiecloud.compute.tests.unit.plugin_utils._inventory.world import TAGS, World, unmarked

EVERY = "{{ ansible_play_hosts | map('extract', hostvars, ['said', 'msg']) | list | to_json }}"


def test_three_clouds_in_one_folder(world: World) -> None:
    for provider in SPECS:
        for name in ("web1", "only-" + provider):
            world.sim.cloud.add_instance(provider, name, tags=["web"])
        world.file(provider, **TAGS)
    listed = world.listed()
    hosts = listed["_meta"]["hostvars"]
    assert len(hosts) == 6
    assert sorted(listed["tag_web"]["hosts"]) == sorted(hosts)
    assert {item["indiecloud_name"] for item in hosts.values()} == {"web1", *(f"only-{name}" for name in SPECS)}
    # Each has what a task needs to mean this very instance.
    for provider, spec in SPECS.items():
        mine = hosts[f"only-{provider}"]
        assert mine["indiecloud_provider"] == provider
        assert mine["indiecloud_api_url"] == world.sim.urls[provider]
        assert mine["indiecloud_id"] in {item.id for item in world.sim.cloud.instances(provider)}
        assert [name for name in ("organization_id", "project_id") if f"indiecloud_{name}" in mine] == list(spec.scope)
        assert mine["ansible_host"] in mine["indiecloud_addresses"]
    assert {item.method for item in world.sim.ledger.requests()} == {"GET"}


def test_a_name_never_means_another_instance(world: World) -> None:
    ids = [world.sim.cloud.add_instance("hostup", name).id for name in ("web", "WEB", "db", "localhost", "o'k")]
    other = world.sim.cloud.add_instance("onetsolutions", "db").id
    world.file("hostup")
    world.file("onetsolutions")
    done = world.run("--list")
    hosts = json.loads(done.stdout, object_hook=unmarked)["_meta"]["hostvars"]
    found = {name: item["indiecloud_id"] for name, item in hosts.items()}
    assert found == {
        f"web-{ids[0][-8:]}": ids[0],
        f"WEB-{ids[1][-8:]}": ids[1],
        "db": ids[2],
        f"localhost-{ids[3][-8:]}": ids[3],
        "o_k": ids[4],
        f"db-{other[-8:]}": other,
    }
    said = " ".join(done.stderr.split())
    assert said.count("have the name of another host") == 2
    assert said.count("were renamed: o_k.") == 1


def test_hostile_strings_are_not_templated(world: World, tmp_path: Path) -> None:
    mark = tmp_path / "pwned"
    evil = "{{ lookup('ansible.builtin.pipe', 'touch " + str(mark) + "') }}"
    names = [
        *(
            evil,
            "{% raw %}",
            "{# x",
            "two\nlines",
            "x" * 300,
            "../../etc/passwd",
            "-oProxyCommand=id",
            "",
            "\x1b[31mred",
        ),
        *(unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")),
    ]
    for name in names:
        world.sim.cloud.add_instance("onetsolutions", name, tags=[evil, "a b"], hostname=evil)
        world.sim.cloud.add_instance("hostup", name, tags={evil: evil, "role": "web"})
    more = {
        "compose": {"mine": "indiecloud_name ~ '!'", "theirs": "indiecloud_tags"},
        "groups": {"named": "indiecloud_name | length > 0"},
        "hostnames": ["{{ indiecloud_name }}"],
        "strict": True,
    }
    for provider in ("onetsolutions", "hostup"):
        world.file(provider, **TAGS, **more)
    (tmp_path / "play.yml").write_text(
        json.dumps(
            [
                {
                    "hosts": "all",
                    "gather_facts": False,
                    "tasks": [
                        {
                            "ansible.builtin.debug": {"msg": "{{ [indiecloud_name, mine, theirs, indiecloud_tags] }}"},
                            "register": "said",
                        },
                        {"ansible.builtin.set_fact": {"said_name": "{{ indiecloud_name }}"}},
                        {
                            "ansible.builtin.copy": {
                                "content": EVERY,
                                "dest": str(tmp_path / "said.json"),
                            },
                            "delegate_to": "localhost",
                            "run_once": True,
                        },
                    ],
                }
            ]
        ),
        "utf-8",
    )
    done = world.run("play.yml", program="playbook")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads((tmp_path / "said.json").read_text("utf-8"))
    assert sorted(item[0] for item in said) == sorted(names * 2)
    assert all(item[1] == item[0] + "!" for item in said)
    assert sorted({json.dumps(item[3], sort_keys=True) for item in said}) == sorted(
        [json.dumps([evil, "a b"]), json.dumps({evil: evil, "role": "web"}, sort_keys=True)]
    )
    assert all(item[2] == item[3] for item in said)
    listed = world.listed()
    assert all(name.replace("-", "").replace(".", "").isidentifier() or name[0].isdigit() for name in listed)
    assert len(listed["named"]["hosts"]) == 2 * (len(names) - 1)
    assert not mark.exists()


def test_filters_names_groups_and_extra_vars(world: World) -> None:
    add = world.sim.cloud.add_instance
    add("onetsolutions", "web1", "running", tags=["web"], hostname="web1.example.com")
    add("onetsolutions", "web2", "stopped", tags=["web"], hostname="web2.example.com")
    add("onetsolutions", "db1", "running", tags={"role": "db"}, hostname="db1.example.com")
    add("onetsolutions", "test-1", "running", tags=["web"], hostname="test.example.com")
    world.file(
        "onetsolutions",
        filters=[{"tags": ["web", "role={{ wanted }}"]}, {"name": "nobody"}],
        exclude_filters=[{"name": "test-*"}],
        hostnames=["{{ undefined_here }}", "{{ indiecloud_name }}.{{ domain | default('none') }}"],
        connect_with=["name"],
        compose={"what": "indiecloud_name ~ '/' ~ wanted", "bad": "nothing_of_this_name"},
        groups={"off": "indiecloud_power_state == 'stopped'", "all_of_them": True},
        keyed_groups=[
            {"key": "indiecloud_tags", "prefix": "tag"},
            {"key": "indiecloud_power_state", "prefix": "", "separator": "", "parent_group": "states"},
        ],
        use_extra_vars=True,
        leading_separator=False,
    )
    listed = world.listed("-e", "wanted=db", "-e", "domain=example.org")
    hosts = listed["_meta"]["hostvars"]
    assert sorted(hosts) == ["db1.example.org", "web1.example.org", "web2.example.org"]
    assert hosts["web1.example.org"]["ansible_host"] == "web1.example.com"
    assert hosts["web1.example.org"]["what"] == "web1/db"
    assert "bad" not in hosts["web1.example.org"]
    groups = {name: sorted(item["hosts"]) for name, item in listed.items() if "hosts" in item}
    assert groups == {
        "all_of_them": sorted(hosts),
        "off": ["web2.example.org"],
        "tag_web": ["web1.example.org", "web2.example.org"],
        "tag_role_db": ["db1.example.org"],
        "running": ["db1.example.org", "web1.example.org"],
        "stopped": ["web2.example.org"],
    }
    assert sorted(listed["states"]["children"]) == ["running", "stopped"]
    world.file("onetsolutions", hostvars_prefix="vm_", connect_with=[], hostnames=["private_ipv4", "id"], strict=True)
    hosts = world.hosts()
    assert all(name == item["vm_id"] and "ansible_host" not in item for name, item in hosts.items())


def test_only_files_of_its_name_are_read(world: World) -> None:
    path = world.file("hostup")
    other = path.with_name("hostup.yml")
    path.rename(other)
    assert "could not be verified" in world.refused()
    other.rename(path.with_name("hostup.indiecloud.yaml"))
    assert world.hosts() == {}


IMPORTS = """
import sys
from ansible.plugins.loader import inventory_loader
try:
    from ansible.plugins.loader import init_plugin_loader
except ImportError:
    pass
else:
    init_plugin_loader([])
plugin = inventory_loader.get("indiecloud.compute.instances")
assert plugin.verify_file(sys.argv[1]) is False
print(sorted(name for name in sys.modules if name.split(".")[0] in ("requests", "urllib3", "sqlite3")))
"""


def test_loading_imports_no_heavy_modules(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(tmp_path / "x.indiecloud.yml")],
        env=environment({}, tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "[]\n", done.stderr


def test_examples_can_be_read(world: World) -> None:
    done = ansible(world.folder, "doc", "-t", "inventory", "--json", f"{NAME}.instances")
    page = json.loads(done.stdout)[f"{NAME}.instances"]
    known = set(page["doc"]["options"])
    # One document: ansible-core 2.16 reads no more.
    example = yaml.safe_load(page["examples"])
    assert set(example) <= known
    assert example["plugin"] == f"{NAME}.instances"
    assert (PLUGINS / "inventory" / "instances.py").is_file()

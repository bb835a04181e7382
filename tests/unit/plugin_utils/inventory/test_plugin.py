# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin as users run it: ansible-inventory and plays, against the simulator over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.contract.ours import variables as accounts
from ansible_collections.indiecloud.compute.tests.simulator.clock import RealClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME, PLUGINS
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible, environment

TAGS = {"keyed_groups": [{"key": "indiecloud_tags", "prefix": "tag"}]}


EVERY = "{{ ansible_play_hosts | map('extract', hostvars, ['said', 'msg']) | list | to_json }}"


@dataclass
class World:
    """A simulator, a folder of inventory files, and the environment that users would set."""

    sim: Simulator
    folder: Path

    def file(self, provider: str, **options: Any) -> Path:
        path = self.folder / "clouds" / f"{provider}.indiecloud.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"plugin": f"{NAME}.instances", "provider": provider, **options}), "utf-8")
        return path

    def run(self, *words: str, program: str = "inventory", **variables: str) -> subprocess.CompletedProcess[str]:
        env = {"ANSIBLE_DEPRECATION_WARNINGS": "0", "ANSIBLE_HOST_KEY_CHECKING": "0", **accounts(self.sim), **variables}
        return ansible(self.folder, program, "-i", "clouds", *words, **env)

    def listed(self, *words: str, **variables: str) -> dict[str, Any]:
        done = self.run("--list", *words, **variables)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout, object_hook=_unmarked)
        return found

    def hosts(self, *words: str, **variables: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.listed(*words, **variables)["_meta"]["hostvars"]
        return found

    def refused(self, *words: str) -> str:
        """All that is said about an inventory that cannot be read."""
        done = self.run("--list", *words, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="1")
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        return " ".join((done.stdout + done.stderr).split())


def _unmarked(value: dict[str, Any]) -> Any:
    """What is marked as untrusted, without the mark."""
    return value["__ansible_unsafe"] if list(value) == ["__ansible_unsafe"] else value


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Simulator(clock=RealClock(speed=100.0), seed=False) as sim:
        yield World(sim, tmp_path)


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
    hosts = json.loads(done.stdout, object_hook=_unmarked)["_meta"]["hostvars"]
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
    assert said.count("would have the name of another host") == 2
    assert said.count("were renamed: o_k.") == 1


def test_hostile_strings_are_only_strings(world: World, tmp_path: Path) -> None:
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


def test_strict_tells_what_fails(world: World) -> None:
    world.sim.cloud.add_instance("hostup", "web1")
    for options in ({"compose": {"x": "nothing"}}, {"groups": {"x": "nothing"}}, {"hostnames": ["{{ nothing }}"]}):
        world.file("hostup", strict=True, **options)
        assert "nothing" in world.refused()


def test_every_mistake_is_told_at_once(world: World) -> None:
    world.file(
        "onetsolutions",
        keyed_group=[],
        api_url="ftp://example.org",
        api_token="",
        organization_id="a/b",
        api_routes={"nowhere": "/x"},
        filters=[{"nam": "web"}, {"power_state": "runing"}],
        exclude_filters=[{}],
        hostnames=["nme"],
        connect_with=["ipv5"],
        hostvars_prefix="ansible_",
        request_timeout=-1,
    )
    said = world.refused()
    for reason in (
        "there is no option 'keyed_group'; did you mean keyed_groups?",
        "api_url must be a URL",
        "there is no token for OnetSolutions",
        "organization_id 'a/b' may contain",
        "api_routes names 'nowhere'",
        "filters 1 names 'nam'",
        "filters 2: there is no power_state 'runing'",
        "exclude_filters 1 must be a dictionary",
        "hostnames names 'nme'; there is name",
        "connect_with names 'ipv5'; there is public_ipv4",
        "hostvars_prefix 'ansible_' must be",
        "request_timeout must be a number greater than 0",
    ):
        assert reason in said, reason
    assert not world.sim.ledger.requests()


def test_an_assumed_route_that_is_not_there(world: World) -> None:
    for provider in SPECS:
        world.sim.cloud.add_instance(provider, f"vm-{provider}")
    world.sim.switch(documented_only=True)
    world.file("onetsolutions")
    said = world.refused()
    assert "does not publish" in said
    assert "api_routes: {instance_list: " in said
    world.file("onetsolutions", api_routes={"instance_list": "/v1/nowhere"})
    assert "not_found" not in world.refused()
    (world.folder / "clouds" / "onetsolutions.indiecloud.yml").unlink()
    world.file("hostup")
    assert list(world.hosts()) == ["vm-hostup"]


def test_tokens_come_from_templates_and_are_never_shown(world: World) -> None:
    token = world.sim.tokens["hostup"]
    world.sim.cloud.add_instance("hostup", f"web-{token}", tags=[token])
    world.file(
        "hostup",
        api_token="{{ lookup('ansible.builtin.env', 'MY_TOKEN') }}",
        api_url="{{ address }}",
        **TAGS,
    )
    words = ("-vvvv", "-e", f"address={world.sim.urls['hostup']}")
    done = world.run("--list", *words, MY_TOKEN=token, HOSTUP_API_TOKEN="wrong", HOSTUP_API_URL="http://127.0.0.1:9")
    assert done.returncode == 0, done.stderr
    assert "web-" in done.stdout
    assert "GET " in done.stdout + done.stderr
    assert token not in done.stdout + done.stderr
    wrong = world.run("--list", *words, MY_TOKEN="s3cret-and-wrong")
    assert "api_token" in wrong.stderr
    assert "s3cret" not in wrong.stdout + wrong.stderr
    world.file("hostup", api_token="s3cret{{ oops")
    wrong = world.run("--list", *words)
    assert "the template of api_token fails" in " ".join(wrong.stderr.split())
    assert "s3cret" not in wrong.stdout + wrong.stderr


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
    for broken in ("", "{", "[]", '{"form": 1}', '{"form": 1, "account": [], "instances": [{}]}', "\x00"):
        for path in (world.folder / "kept").iterdir():
            path.write_text(broken, "utf-8")
        assert requests() == once, broken
        assert requests() == 0, broken


NAMED = "{{ 7 * 7 }}"


def test_a_play_over_a_group_and_the_role_is_all(world: World, tmp_path: Path) -> None:
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
        "vars": {"restore_snapshot": "before-upgrade", "restore_wait_interval": 0.1},
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


def test_loading_it_imports_nothing_heavy(tmp_path: Path) -> None:
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
    examples = list(yaml.safe_load_all(page["examples"]))
    assert len(examples) == 4
    for example in examples:
        assert set(example) <= known
        assert example["plugin"] == f"{NAME}.instances"
    assert (PLUGINS / "inventory" / "instances.py").is_file()

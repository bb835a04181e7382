# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stories of the guide, from its own files and commands. A program ``shopctl`` writes to the simulated disks."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests.guarded.site import DATA, NEW, OLD, Ended, Site
from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import blocks, commands

PAGE = "docs/guarded_change.md"
SHOPCTL = """#!{python}
import json, sys
import requests
verb, node = sys.argv[1:3]
found = json.load(open({nodes!r}))
url, ill = "{control}/_sim/disk", found["ill"]
def disk(*body):
    if not body:
        return requests.get(url, params=dict(instance_id=found[node])).text
    return requests.post(url, json=dict(instance_id=found[node], path="{data}", content=body[0])).text
if verb in ("upgrade", "migrate"):
    disk("{new}")
if [verb, node] == ill or (verb == "health" and ["sick", node] == ill and "{new}" in disk()):
    sys.exit(node + " is ill")
"""


class Guide(Site):
    """The site that the guide speaks of."""

    def set_up(self, *names: str, provider: str, ill: list[str]) -> None:
        for name in names:
            self.host(name, provider)
        for block in blocks("yaml"):
            first, dummy, rest = block.text.partition("\n")
            if block.page == PAGE:
                (self.folder / first.removeprefix("# ")).write_text(rest, encoding="utf-8")
        nodes = self.folder / "nodes.json"
        nodes.write_text(json.dumps({"ill": ill, **{one.host: one.id for one in self.machines}}), encoding="utf-8")
        program = self.folder / "bin" / "shopctl"
        program.parent.mkdir()
        text = SHOPCTL.format(python=sys.executable, nodes=str(nodes), control=self.control, data=DATA, new=NEW)
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)

    def environment(self) -> dict[str, str]:
        found = super().environment()
        return {**found, "PATH": os.pathsep.join([str(self.folder / "bin"), found["PATH"]])}

    def follow(self, number: int) -> Ended:
        """Run a command of the guide to ansible-playbook."""
        listed = [item for item in commands() if item.place.startswith(PAGE) and item.words[0] == "ansible-playbook"]
        words = listed[number].words
        assert words[1:3] == ("-i", "inventory.json")
        return self.change(playbook=words[3:])


@pytest.fixture
def guide(site: Site, tmp_path: Path) -> Guide:
    return Guide(site.sim, tmp_path)


def test_upgrade_a_package(guide: Guide) -> None:
    guide.set_up("web1", "web2", provider="hostup", ill=["sick", "web2"])
    assert guide.follow(0).statuses == {"web1": "would_change", "web2": "would_change"}
    assert guide.sim.ledger.writes == 0
    ended = guide.follow(1)
    assert (ended.code, ended.statuses) == (2, {"web1": "committed", "web2": "rolled_back"}), ended.output
    assert [guide.data(one) for one in guide.machines] == [NEW, OLD]
    assert guide.guards(guide.machines[0]) == {}


def test_migrate_a_database(guide: Guide) -> None:
    guide.set_up("db1", "db2", provider="onetsolutions", ill=["migrate", "db2"])
    ended = guide.follow(2)
    assert (ended.code, ended.statuses) == (2, {"db1": "rolled_back", "db2": "rolled_back"}), ended.output
    assert [guide.data(one) for one in guide.machines] == [OLD, OLD]


def test_watch_and_commit_or_go_back(guide: Guide) -> None:
    guide.set_up("web1", provider="hostup", ill=[])
    (web,) = guide.machines
    assert guide.follow(3).statuses == {"web1": "kept"}
    assert (guide.data(web), guide.guards(web)) == (NEW, {"guard-CHG-1236": OLD})
    assert guide.follow(5).code == 0
    assert (guide.data(web), guide.restores(web)) == (OLD, 1)
    # Committing what was rolled back is refused.
    assert guide.follow(4).results["web1"]["error_code"] == "guarded_change_spent"


def test_watch_and_commit(guide: Guide) -> None:
    guide.set_up("web1", provider="hostup", ill=[])
    (web,) = guide.machines
    assert guide.follow(3).statuses == {"web1": "kept"}
    assert guide.follow(4).statuses == {"web1": "committed"}
    assert (guide.data(web), guide.guards(web)) == (NEW, {})

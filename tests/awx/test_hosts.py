# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host pattern that matches nothing, or only in part, fails the playbooks instead of being skipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible import context
from ansible.errors import AnsibleError
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader

from ansible_collections.indiecloud.compute.plugins.lookup.restore_hosts import LookupModule
from ansible_collections.indiecloud.compute.tests.awx.programs import run
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator

GROUPS = {"all": ["web1", "web2", "db1"], "ungrouped": [], "web": ["web1", "web2"], "db": ["db1"], "empty": []}
PLAYBOOKS = ("restore", "restore_verify", "restore_settle", "undo")


def looked_up(pattern: Any, monkeypatch: pytest.MonkeyPatch, limit: str | None = None, **options: Any) -> list[str]:
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict())
    lookup = LookupModule(loader=DataLoader())
    variables = {"groups": GROUPS, **({"ansible_limit": limit} if limit else {})}
    found = lookup.run([pattern], variables=variables, **options)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("pattern", "limit", "found"),
    [
        ("web1", None, "web1"),
        (["web1", "db"], None, "web1,db"),
        ("web:!web2", None, "web:!web2"),
        ("web[0]", None, "web[0]"),
        ("~web\\d", "web2", "~web\\d"),
        ("all", "db", "all"),
        ("localhost", None, "localhost"),
    ],
)
def test_pattern_that_matches(pattern: Any, limit: str | None, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_up(pattern, monkeypatch, limit) == [found]


@pytest.mark.parametrize(
    "pattern", ["web9", "web1,web9", "web,!wbe2", "web,&staging", "empty", "web:!web", "", None, []]
)
def test_pattern_that_does_not_match(pattern: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleError, match="Nothing was changed"):
        looked_up(pattern, monkeypatch)


@pytest.mark.parametrize("allowed", [True, "yes", "true"])
def test_slice_of_an_inventory(allowed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_up("web9", monkeypatch, may_be_missing=allowed) == ["web9"]


def test_limit_that_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnsibleError, match="limit db"):
        looked_up("web", monkeypatch, "db")


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_playbook_fails_without_hosts(
    playbook: str, accounts: Mapping[str, str], sim: Simulator, tmp_path: Path
) -> None:
    """The inventory could not be read, so it has no host."""
    before = sim.ledger.writes
    words = ["-i", tmp_path / "missing", "-e", "restore_hosts=web1", "-e", "restore_id=CHG-1"]
    done = run(tmp_path, "ansible-playbook", f"indiecloud.compute.{playbook}", *words, **accounts)
    assert done.returncode not in (0, None), done.stdout
    assert "matches no host" in done.stdout + done.stderr
    assert sim.ledger.writes == before


def test_verification_understands_what_the_restore_does(
    accounts: Mapping[str, str], sim: Simulator, tmp_path: Path
) -> None:
    """A list of targets, and a force that must not be taken for another restore."""
    vm = sim.cloud.add_instance("hostup", name="listed", power="running", disk={"/a": "before"})
    sim.cloud.add_snapshot(vm.id, name="before-upgrade", age=3600.0)
    sim.cloud.write(vm.id, "/a", "after")
    targets = [{"provider": "hostup", "instance": vm.id, "snapshot": "before-upgrade", "id": "CHG-L"}]
    asked = json.dumps({"restore_hosts": "localhost", "restore_targets": targets, "restore_force": "yes"})

    def played(playbook: str, *words: str) -> int:
        done = run(tmp_path, "ansible-playbook", f"indiecloud.compute.{playbook}", "-e", asked, *words, **accounts)
        return done.returncode

    assert played("restore_verify") != 0
    assert played("restore") == 0
    before = sim.ledger.writes
    assert played("restore_verify") == 0
    assert played("restore_verify", "-e", '{"restore_targets": []}') != 0
    assert (sim.ledger.writes, len(sim.ledger.restores(vm.id))) == (before, 1)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task of a restore: where it keeps its record, what it takes for granted, and what it tells in the end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Accepted
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import RestoreOptions
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Scripted,
    ended,
    no_route,
    proving,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.tasks import Tasks


class TestPlace:
    def test_option_beats_the_variable_which_beats_the_home(
        self, tasks: Tasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        named = {name: str(tmp_path / name / "r.sqlite3") for name in ("option", "variable")}
        environ = {"INDIECLOUD_RECORD_PATH": named["variable"]}
        made: list[tuple[str, ...]] = []
        for options in ({"record_path": named["option"], "environ": environ}, {"environ": environ}, {}):
            assert not tasks.restore(proving(), **options).failed
            made.append(tuple(sorted(item.name for item in tmp_path.iterdir())))
        assert made == [("option",), ("option", "variable"), ("home", "option", "variable")]
        assert (tmp_path / "home/.ansible/indiecloud/restores.sqlite3").exists()

    def test_user_without_a_home_needs_the_option(self, tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
        def homeless(path: Path) -> Path:
            raise RuntimeError("Could not determine home directory.")

        monkeypatch.setattr(Path, "expanduser", homeless)
        cloud = proving()
        outcome = tasks.restore(cloud)
        assert outcome.result["error_code"] == "invalid_option"
        assert "record_path is needed: Could not determine home directory." in outcome.result["msg"]
        assert cloud.sent == []

    def test_none_leaves_no_file(self, tasks: Tasks, tmp_path: Path) -> None:
        for number in (1, 2):
            cloud = proving()
            tasks.restore(cloud, record="none", record_path=str(tmp_path / "r"), restore_id="r-1")
            assert (len(cloud.restores), number) == (1, number)
        assert list(tmp_path.iterdir()) == []

    def test_check_mode_leaves_no_file(self, tasks: Tasks, tmp_path: Path) -> None:
        outcome = tasks.restore(proving(), check=True, record_path=str(tmp_path / "r"))
        assert outcome.result["status"] == "would_restore"
        assert list(tmp_path.iterdir()) == []

    def test_provider_keeps_it_in_a_snapshot_or_in_the_tags(self, tasks: Tasks, tmp_path: Path) -> None:
        in_snapshots = proving("hostup")
        outcome = tasks.restore(in_snapshots, record="provider", record_path=str(tmp_path / "r"), restore_id="r-1")
        assert not outcome.failed, outcome.result
        assert [item[1] for item in in_snapshots.sent] == ["snapshot", "restore", "snapshot"]
        in_tags = proving().answers("read_metadata", no_route())
        tasks.restore(in_tags, record="provider", record_path=str(tmp_path / "s"))
        assert "read_metadata" in [name for _second, name in in_tags.asked]
        assert in_tags.sent == []


class TestEnd:
    def test_total_has_thousandths_of_the_seconds_of_this_run(self, tasks: Tasks) -> None:
        cloud = Scripted()

        def take_a_while(request: Any) -> Accepted:
            cloud.time.sleep(1.23456)
            return Accepted(ended())

        cloud.answers("restore", take_a_while)
        cloud.time.seconds = 100.0
        assert tasks.restore(cloud, record="none").result["timings"]["total"] == 1.235

    def test_what_could_not_be_verified_is_one_warning(self, tasks: Tasks, tmp_path: Path) -> None:
        cloud = proving().answers("get_instance", no_route()).answers("list_instances", no_route())
        outcome = tasks.restore(cloud, record_path=str(tmp_path / "r"))
        said = f"that instance {cloud.instance.id} exists, its name and power state (No route.)"
        assert outcome.warnings == [f"Could not be verified: {said}"]
        assert tasks.restore(proving(), record_path=str(tmp_path / "s")).warnings == []

    def test_failure_tells_as_much_as_a_success(self, tasks: Tasks, tmp_path: Path) -> None:
        outcome = tasks.restore(Scripted(power="running"), record_path=str(tmp_path / "r"), snapshot="none")
        assert (outcome.failed, outcome.result["instance"]["name"]) == (True, "web1")
        assert (outcome.result["status"], outcome.result["timings"]["total"]) == ("unknown", 0.0)


def test_what_is_not_given_is_as_documented(tasks: Tasks) -> None:
    """The defaults of the module, which Ansible fills in, and those of the operations are the same."""
    plugins = Path(__file__).parents[4] / "plugins"
    text = "".join((plugins / name).read_text() for name in ("doc_fragments/wait.py", "modules/snapshot_restore.py"))
    name, found = "", dict[str, str | None]()
    # Where mutants are tried there is no library for YAML.
    for option, default in re.findall(r"^ {2}(\w+):$|^ {4}default: (.+)$", text, re.MULTILINE):
        name = option or name
        found[name] = default or None
    words = {"true": True, "false": False, "1800.0": 1800.0, "2.0": 2.0}
    documented = {name: words.get(default or "", default) for name, default in found.items()}
    ours = RestoreOptions("s")._asdict()
    shared = sorted(ours.keys() & documented.keys() - {"snapshot"})
    assert len(shared) > 18
    assert {name: ours[name] for name in shared} == {name: documented[name] for name in shared}

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of what users run needs a fragment; seen on a repository with one commit too many."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GATE = Path(__file__).parents[2] / "tools" / "changelog_gate.py"
PLUGIN = "plugins/modules/snapshot.py"
FRAGMENT = "changelogs/fragments/12-snapshot.yml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    shutil.copy(GATE, tmp_path / "tools")
    for name in (PLUGIN, "docs/restore.md", "changelogs/fragments/old.yml"):
        write(tmp_path, name)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path)
    git(tmp_path, "switch", "--quiet", "--create", "change")
    return tmp_path


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def write(folder: Path, name: str, text: str = "old") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "change")


def refused(folder: Path) -> bool:
    words = [sys.executable, str(folder / "tools/changelog_gate.py"), "main"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 1


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([PLUGIN], True),
        (["roles/restore/tasks/main.yml"], True),
        ([PLUGIN, FRAGMENT], False),
        ([PLUGIN, "changelogs/fragments/notes.txt"], True),
        (["docs/restore.md", "tools/run.py"], False),
    ],
)
def test_change(repository: Path, names: list[str], expected: bool) -> None:
    for name in names:
        write(repository, name, "new")
    commit(repository)
    assert refused(repository) is expected


def test_removed_files(repository: Path) -> None:
    (repository / PLUGIN).unlink()
    (repository / "changelogs/fragments/old.yml").unlink()
    commit(repository)
    assert refused(repository)


def test_what_main_got_meanwhile_does_not_count(repository: Path) -> None:
    git(repository, "switch", "--quiet", "main")
    write(repository, PLUGIN, "new")
    commit(repository)
    git(repository, "switch", "--quiet", "change")
    assert not refused(repository)

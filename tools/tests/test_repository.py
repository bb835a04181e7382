# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is only in the repository: the Makefile, CI, and what the tarball leaves out."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import yaml
from collection import BESIDE, add_tests
from matrix import CORES, LOWEST
from paths import CHECKOUT
from release import ALLOWED, CACHES

from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import commands

MAKEFILE = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
MAKE = re.compile(r"(?:^|[\s`])make ((?:[A-Z]+=\S+ )*)([a-z-]+)")


def test_commands_of_the_guides_name_targets() -> None:
    found = [item for item in commands() if item.words[0] == "make"]
    assert found
    for command in found:
        assert {word for word in command.words[1:] if "=" not in word} <= TARGETS, command.place


def test_text_names_targets_only() -> None:
    for name in ("README.md", "CONTRIBUTING.md", ".ci/run", ".github/workflows/ci.yml"):
        text = (CHECKOUT / name).read_text(encoding="utf-8").replace('PYTHON="$PYTHON" ', "")
        text = re.sub(r"^ *# .*$", "", text, flags=re.MULTILINE)
        code = (
            text
            if not name.endswith(".md")
            else "\n".join(re.findall(r"`make [^`]+`|^    make .+$", text, re.MULTILINE))
        )
        assert {target for _variables, target in MAKE.findall(code)} <= TARGETS, name


def test_every_target_is_phony_and_explained() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS
    explained = set(re.findall(r"^([a-z-]+):.*## .+$", MAKEFILE, re.MULTILINE))
    assert TARGETS - explained == {"python"}


def test_workflow_needs_no_secret_and_pins_by_major_version() -> None:
    text = (CHECKOUT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert "secrets." not in text
    jobs = yaml.safe_load(text)["jobs"]
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", name)] == []
    assert set(jobs["matrix"]["strategy"]["matrix"]["core"]) == set(CORES)


def test_matrix_begins_where_the_collection_does() -> None:
    runtime = yaml.safe_load((CHECKOUT / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert f">={next(iter(CORES))}.0" == runtime["requires_ansible"]
    config = yaml.safe_load((CHECKOUT / "tests/config.yml").read_text(encoding="utf-8"))
    assert config["modules"]["python_requires"] == f">=3.{LOWEST}"
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    assert ", ".join(core for core in CORES if core[0].isdigit()) in readme


def test_what_git_ignores_is_not_packed() -> None:
    ignored = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    for line in (CHECKOUT / ".gitignore").read_text(encoding="utf-8").splitlines():
        name = line.strip("/").replace("*", "x")
        # ansible-galaxy leaves compiled files out by itself.
        if name and not line.startswith("#") and name != "__pycache__":
            assert any(fnmatch(name, pattern) or name.startswith(f"{pattern}/") for pattern in ignored), line


def test_nothing_that_is_packed_is_hidden() -> None:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    ignored = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    packed = [
        name
        for name in done.stdout.split("\0")
        if name and not any(fnmatch(part.as_posix(), pattern) for part in parts(name) for pattern in ignored)
    ]
    assert [name for name in packed if CACHES.search(name) and name not in ALLOWED] == []


def test_every_test_comes_beside_the_installed_collection(tmp_path: Path) -> None:
    command = ["git", "ls-files", "-z", "--", *BESIDE]
    done = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    names = {name for name in done.stdout.split("\0") if (CHECKOUT / name).is_file()}
    add_tests(tmp_path)
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert names - there == set()
    # ansible-test would take its own inventory of another run for this one's.
    assert not (tmp_path / "tests/integration/inventory").exists()


def parts(name: str) -> list[Path]:
    path = Path(name)
    return [path, *path.parents][:-1]

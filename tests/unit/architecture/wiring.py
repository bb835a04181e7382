# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is made of: the task it runs, its real argument spec, and its documentation as ansible-doc shows it."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._record.stores import RECORD_VARIABLE
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.rate_limit import VARIABLE as BUDGET_VARIABLE
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME, ROOT, modules

PACKAGE = "ansible_collections.indiecloud.compute.plugins"


@dataclass(frozen=True)
class Wiring:
    """What a module hands to ``run_module``, with the common options merged in."""

    task: Task
    spec: dict[str, dict[str, Any]]


@cache
def wiring(module: str) -> Wiring:
    """Run ``main()`` of a module up to the point where it would begin."""
    edge = importlib.import_module(f"{PACKAGE}.module_utils._ansible")
    loaded = importlib.import_module(f"{PACKAGE}.modules.{module}")
    caught: list[Wiring] = []

    def catch(task: Task, spec: dict[str, dict[str, Any]], **how: Any) -> None:
        caught.append(Wiring(task, {**edge.connection_spec(**how), **spec}))

    original, loaded.run_module = loaded.run_module, catch
    try:
        loaded.main()
    finally:
        loaded.run_module = original
    (found,) = caught
    return found


def environment(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of an Ansible command that sees this collection, and nobody's settings or tokens."""
    parent = folder / "ansible_collections" / NAME.split(".", maxsplit=1)[0]
    parent.mkdir(parents=True, exist_ok=True)
    if not (link := parent / NAME.split(".")[1]).exists():
        link.symlink_to(ROOT, target_is_directory=True)
    (config := folder / "ansible.cfg").touch()
    ours = known_variables()
    kept = {name: value for name, value in os.environ.items() if name not in ours and name != "ANSIBLE_CONFIG"}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(folder),
        "ANSIBLE_CONFIG": str(config),
        "ANSIBLE_NOCOLOR": "1",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "no_proxy": "127.0.0.1",
        **variables,
    }


def ansible(
    folder: Path, program: str, *words: str, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command-line program (the module of ansible.cli) of the Ansible these tests run with."""
    command = [sys.executable, "-m", f"ansible.cli.{program}", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(variables, folder),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def documentation(folder: Path) -> dict[str, dict[str, Any]]:
    """``doc``, ``examples`` (text) and ``return`` of each module, fragments merged."""
    done = ansible(folder, "doc", "-t", "module", "--json", *(f"{NAME}.{name}" for name in modules()))
    assert done.returncode == 0, done.stderr
    return {name.removeprefix(f"{NAME}."): page for name, page in json.loads(done.stdout).items()}


def known_variables() -> set[str]:
    """Every environment variable the code reads."""
    options = {spec.env_name(option) for spec in SPECS.values() for option in ("api_token", "api_url", *spec.scope)}
    return options | {RECORD_VARIABLE, BUDGET_VARIABLE}

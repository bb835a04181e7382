# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of importing the collection's code, without Ansible and requests."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PARENT = Path(__file__).absolute().parents[4]
PACKAGE = "ansible_collections.indiecloud.compute.plugins."
# Imported by Ansible before it loads a plugin, and needed for a request.
PROGRAM = """
import sys, time
import ansible.module_utils.basic, ansible.plugins.action.normal, ansible.plugins.inventory
if sys.argv[1] != "requests":
    import requests
started = time.process_time()
__import__(sys.argv[1])
print(time.process_time() - started, sum(name.startswith(sys.argv[2]) for name in sys.modules))
"""
NAMES = {
    "requests": "`requests`, to compare",
    PACKAGE + "module_utils._restore.task": "a restore, without anything of Ansible",
    PACKAGE + "modules.snapshot_restore": "the module `snapshot_restore`",
    PACKAGE + "action.snapshot_restore": "its action plugin, with all that workers share",
    PACKAGE + "action.instance_info": "the action plugin of `instance_info`",
    PACKAGE + "inventory.instances": "the inventory plugin, before it has a file of its own",
}
REPEATS = 4


@dataclass(frozen=True)
class Import:
    """The cost of one import in seconds: from source, which Ansible compiles each time, and from bytecode."""

    name: str
    source: float
    bytecode: float
    files: int


def imports(rounds: int) -> list[Import]:
    """The minimum of all rounds, since an import always does the same and noise only adds to it."""
    seen: dict[str, list[tuple[float, float, int]]] = {name: [] for name in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        for dummy in range(max(1, (rounds - 1) * REPEATS)):
            for name, found in seen.items():
                source, files = _once(name, {"PYTHONDONTWRITEBYTECODE": "1"})
                # The first round writes it.
                bytecode, _files = _once(name, {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder})
                found.append((source, bytecode, files))
    return [
        Import(NAMES[name], min(one[0] for one in found), min(one[1] for one in found), found[0][2])
        for name, found in seen.items()
    ]


def _once(name: str, more: dict[str, str]) -> tuple[float, int]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, PACKAGE if name.startswith(PACKAGE) else name],
        env={**os.environ, "PYTHONPATH": str(PARENT), **more},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, files = done.stdout.split()
    return float(seconds), int(files)

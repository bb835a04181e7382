# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plugin imports before it does anything. This is counted, because times vary."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import modules

PACKAGE = "ansible_collections.indiecloud.compute.plugins."
# Ansible has imported these by the time it loads a plugin.
PROGRAM = """
import json, sys
import ansible.module_utils.basic, ansible.plugins.action.normal, ansible.plugins.inventory
before = set(sys.modules)
__import__(sys.argv[1])
json.dump(sorted(set(sys.modules) - before), sys.stdout)
"""
HEAVY = (
    "sqlite3",
    "asyncio",
    "multiprocessing",
    "email.mime",
    "unittest",
    "xml",
    "concurrent",
    "ctypes",
    "difflib",
    "html",
)
LIBRARY = ("requests", "urllib3")


def imported(name: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, PACKAGE + name], capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stdout))


def within(found: set[str], tops: tuple[str, ...]) -> set[str]:
    return {name for name in found if any(name == top or name.startswith(f"{top}.") for top in tops)}


def ours(found: set[str]) -> int:
    return sum(name.startswith(PACKAGE) for name in found)


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_what_it_needs(module: str) -> None:
    found = imported(f"modules.{module}")
    # The first request imports the library.
    assert within(found, LIBRARY) == set()
    heavy = {name.split(".")[0] for name in within(found, HEAVY)}
    keeps_record = ("instance", "snapshot_restore", "snapshot_prune", "restore_info")
    assert heavy == ({"sqlite3"} if module in keeps_record else set())
    assert ours(found) <= {"snapshot_restore": 63, "snapshot_prune": 65}.get(module, 51)


@pytest.mark.parametrize("module", modules())
def test_an_action_imports_the_library_once_for_all_workers(module: str) -> None:
    found = imported(f"action.{module}")
    assert bool(within(found, LIBRARY)) == (module != "provider_info")
    assert within(found, ("difflib", "html")) == set()


def test_the_inventory_imports_nothing_before_it_has_a_file_of_its_own() -> None:
    found = imported("inventory.instances")
    assert within(found, (*LIBRARY, *HEAVY)) == set()
    # Itself and the packages above it.
    assert ours(found) <= 3


def test_the_inventory_knows_nothing_of_restores() -> None:
    for name in ("plugin_utils._inventory.hosts", "module_utils._info.listing"):
        found = imported(name)
        assert within(found, (*LIBRARY, *HEAVY)) == set()
        assert {name for name in found if "restore" in name} == set()


def test_documentation_is_read_without_what_a_request_costs() -> None:
    found = imported("doc_fragments.connection")
    assert within(found, (*LIBRARY, *HEAVY)) == set()
    assert {name for name in found if "transport" in name or "._task" in name} == set()

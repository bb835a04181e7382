# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is imported before anything is done: little, and nothing that is not needed. Counted, since times vary."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import modules
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import environment

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
# What a run needs only when something has gone wrong, or when it is asked for what few ask for.
RARE = {
    "_api.failure",
    "_api.problem",
    "_restore.lost_answer",
    "_metadata.change",
    "_record.note_format",
    "_record.provider_store",
    "_record.notes_in_snapshots",
    "_record.notes_in_tags",
}
LIBRARY = ("requests", "urllib3")


def imported(name: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, PACKAGE + name], capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stdout))


def within(found: set[str], tops: tuple[str, ...]) -> set[str]:
    return {name for name in found if any(name == top or name.startswith(f"{top}.") for top in tops)}


def rare(found: set[str]) -> set[str]:
    return {name for name in RARE if f"{PACKAGE}module_utils.{name}" in found}


def ours(found: set[str]) -> int:
    return sum(name.startswith(PACKAGE) for name in found)


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_what_it_needs(module: str) -> None:
    found = imported(f"modules.{module}")
    # The library is imported by the first request; the record is a database.
    assert within(found, LIBRARY) == set()
    heavy = {name.split(".")[0] for name in within(found, HEAVY)}
    assert heavy == ({"sqlite3"} if module == "snapshot_restore" else set())
    assert rare(found) == ({"_metadata.change"} if module == "instance_metadata" else set())
    assert ours(found) <= (60 if module == "snapshot_restore" else 50)


@pytest.mark.parametrize("module", modules())
def test_an_action_imports_little_more_and_the_library_once_for_all_workers(module: str) -> None:
    found = imported(f"action.{module}")
    assert bool(within(found, LIBRARY)) == (module != "provider_info")
    assert within(found, ("difflib", "html")) == set()
    assert rare(found) == rare(imported(f"modules.{module}"))
    # The role begins with provider_info, which brings along what the filters of the role need.
    filters = 6 if module == "provider_info" else 0
    assert ours(found) <= ours(imported(f"modules.{module}")) + 10 + filters


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
        assert rare(found) == set()


SHOWN = """
import sys
from ansible.cli.doc import DocCLI
DocCLI(["ansible-doc", *sys.argv[1:]]).run()
ours = {name for name, module in sys.modules.items() if name.startswith("PACKAGE") and not hasattr(module, "__path__")}
print("imported:", sorted(name for name in ours if ".doc_fragments." not in name))
"""


@pytest.mark.parametrize(
    "words",
    [
        ("-t", "module", "indiecloud.compute.snapshot_restore"),
        ("-t", "inventory", "indiecloud.compute.instances"),
        ("-t", "filter", "indiecloud.compute.restore_report"),
        ("-t", "role", "indiecloud.compute.restore"),
        ("-l", "indiecloud.compute"),
    ],
)
def test_documentation_is_shown_without_the_code(words: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOWN.replace("PACKAGE", PACKAGE), *words],
        env={**environment({}, tmp_path), "PAGER": "cat"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    # ansible-core 2.16 shouts the name of a role.
    assert words[-1] in done.stdout.casefold()
    assert done.stdout.endswith("imported: []\n")


def test_documentation_is_read_without_the_code() -> None:
    assert ours(imported("doc_fragments.connection")) <= 3

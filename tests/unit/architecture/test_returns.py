# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RETURN of each module lists what it really returns: the same keys in success, check mode and failure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.result import RestoreStatus
from ansible_collections.indiecloud.compute.tests.unit.architecture.scenarios import (
    ANSWERED,
    REFUSED,
    SUCCESS,
    Ending,
    endings,
)
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import modules
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import wiring

Pages = dict[str, dict[str, Any]]
RETURNED = {
    SUCCESS: {"always", "success"},
    REFUSED: {"always", "on failure"},
    ANSWERED: {"always", "on failure", "when the provider answered with an error"},
}
TYPES = {"str": str, "bool": bool, "int": int, "float": (int, float), "list": list, "dict": dict, "raw": object}
# These keys hold an object that another module documents; ``contains`` lists what a module adds to it.
SNAPSHOTS = ("snapshot_info", "snapshots")
SAME_AS = {
    "instance": ("instance_info", "instances"),
    "snapshot": SNAPSHOTS,
    "deleted": SNAPSHOTS,
    "kept": SNAPSHOTS,
}
ONLY_IN_A_LIST = {"instance_name", "age_hours", "expires_in_hours", "can_restore", "reason"}
"""What ``snapshot_info`` adds to a snapshot."""
STANDARD = {"changed", "msg"}


@pytest.mark.parametrize("module", modules())
def test_results_are_as_documented(module: str, pages: Pages, tmp_path: Path) -> None:
    documented = {name: value for name, value in pages[module]["return"].items() if name not in STANDARD}
    assert {value["returned"] for value in documented.values()} <= set().union(*RETURNED.values())
    plan = wiring(module)
    problems: list[str] = []
    seen: set[str] = set()
    for ending in endings(module, plan.task, plan.spec, tmp_path):
        expected = {name for name, value in documented.items() if value["returned"] in RETURNED[ending.kind]}
        where = f"{ending.kind} ({ending.provider})"
        if ending.outcome.failed != (ending.kind != SUCCESS):
            problems.append(f"{where}: ended with {ending.outcome.result}")
        if ending.keys != expected:
            more, less = sorted(ending.keys - expected), sorted(expected - ending.keys)
            problems.append(f"{where}: {more} not documented, {less} missing")
        problems += [f"{where}: {text}" for text in shape(ending, documented, pages)]
        seen |= {name for name, value in ending.outcome.result.items() if value not in (None, [], {})}
    assert not problems
    assert {"error_code", "next_steps"} <= seen


def shape(ending: Ending, documented: dict[str, Any], pages: Pages) -> Iterator[str]:
    """Differences in type, and in the keys of objects."""
    for name, value in documented.items():
        found = ending.outcome.result.get(name)
        if found is None:
            continue
        if not isinstance(found, TYPES[value["type"]]):
            yield f"{name} is {type(found).__name__}, not {value['type']}"
        contains = {**same(name, pages), **value.get("contains", {})}
        if not contains:
            continue
        for item in found if isinstance(found, list) else [found]:
            if set(item) != set(contains):
                yield f"{name} has the keys {sorted(set(item) ^ set(contains))} that are not in both"
            for inner, described in contains.items():
                if item.get(inner) is not None and not isinstance(item[inner], TYPES[described["type"]]):
                    yield f"{name}.{inner} is {type(item[inner]).__name__}, not {described['type']}"


def same(name: str, pages: Pages) -> dict[str, Any]:
    """The keys of the object that another module documents."""
    module, key = SAME_AS.get(name, ("", ""))
    found = pages[module]["return"][key]["contains"] if module else {}
    return {inner: value for inner, value in found.items() if key != "snapshots" or inner not in ONLY_IN_A_LIST}


def test_samples_have_the_documented_keys(pages: Pages) -> None:
    for module, page in pages.items():
        for name, value in page["return"].items():
            assert "sample" in value, (module, name)
            contains = {**same(name, pages), **value.get("contains", {})}
            samples = value["sample"] if isinstance(value["sample"], list) else [value["sample"]]
            for sample in samples:
                if contains and sample is not None:
                    assert set(sample) == set(contains), (module, name)


def test_words_of_the_restore_are_those_of_the_code(pages: Pages) -> None:
    documented = pages["snapshot_restore"]["return"]
    assert words(documented["status"]) == {status.value for status in RestoreStatus}
    # A failure names the phase in which it failed; failed itself is for the record, and prepared for guarded changes.
    assert words(documented["phase"]) == {"preflight", *(phase.value for phase in Phase)} - {"failed", "prepared"}


def words(value: dict[str, Any]) -> set[str]:
    text = value["description"]
    return set(re.findall(r"V\(([^)]+)\)", text if isinstance(text, str) else " ".join(text)))

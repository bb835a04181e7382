# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of tags in the guide is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._metadata import tags

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "metadata.md"
MODES = ["merge", "replace", "remove"]


def of_the_guide() -> list[list[str]]:
    """The rows of the table, without its head."""
    lines = GUIDE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| existing tags |"))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start : start + 6]]
    assert [cell.partition("`")[2].partition("`")[0] for cell in rows[0]] == ["", *MODES]
    return rows[2:]


@pytest.mark.parametrize(
    ("row", "found", "given", "merged", "removed"),
    [
        ("dictionary", {"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}, {"b": 2}),
        ("list", ["a", 1, True], ["a", 1.0, True], ["a", 1, True, 1.0], [1]),
        ("null or absent", None, ["a"], ["a"], None),
        ("anything else", "text", ["a"], None, None),
    ],
)
def test_table_is_true(row: str, found: Any, given: Any, merged: Any, removed: Any) -> None:
    assert len(of_the_guide()) == 4
    (cells,) = (cells for cells in of_the_guide() if cells[0] == row)
    for mode, after in (("merge", merged), ("replace", given), ("remove", removed)):
        if cells[1 + MODES.index(mode)] == "refused":
            with pytest.raises(tags.TagsRefused):
                tags.combine(found, given, mode)
        else:
            assert tags.same(tags.combine(found, given, mode), after)


def test_keys_of_a_list_are_removed_from_a_map() -> None:
    assert tags.combine({"a": 1, "b": 2}, ["a"], "remove") == {"b": 2}

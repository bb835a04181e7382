# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of tags in the guide is the one in the source, and both are true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._metadata import tags

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "metadata.md"
HEAD = ["found", "merge", "replace", "remove"]


def of_the_source() -> list[list[str]]:
    """The rows of the simple table in the docstring; a row without a first cell continues the one before."""
    _before, head, body, _after = re.split(r"^=+(?: +=+)+$\n", str(tags.__doc__), flags=re.MULTILINE)
    starts = [head.index(word) for word in HEAD]
    rows: list[list[str]] = []
    for line in (head + body).splitlines():
        cells = [line[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)]
        if cells[0]:
            rows.append(cells)
        else:
            rows[-1] = [f"{one} {more}".strip() for one, more in zip(rows[-1], cells, strict=True)]
    return rows


def of_the_guide() -> list[list[str]]:
    lines = GUIDE.read_text(encoding="utf-8").splitlines()
    start = lines.index(f"| {' | '.join(HEAD)} |")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:] if line.startswith("|")]
    return [row for row in rows[:6] if set(row) != {"---"}]


def test_they_are_equal() -> None:
    assert of_the_guide() == of_the_source()
    assert len(of_the_guide()) == 5


@pytest.mark.parametrize(
    ("row", "found", "given", "merged", "removed"),
    [
        ("map", {"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}, {"b": 2}),
        ("list", ["a", 1, True], ["a", 1.0, True], ["a", 1, True, 1.0], [1]),
        ("null, absent", None, ["a"], ["a"], None),
        ("anything else", "text", ["a"], None, None),
    ],
)
def test_they_are_true(row: str, found: Any, given: Any, merged: Any, removed: Any) -> None:
    (cells,) = (cells for cells in of_the_guide() if cells[0] == row)
    for mode, after in (("merge", merged), ("replace", given), ("remove", removed)):
        if cells[HEAD.index(mode)] == "refused":
            with pytest.raises(tags.TagsRefused):
                tags.combine(found, given, mode)
        else:
            assert tags.same(tags.combine(found, given, mode), after)


def test_keys_of_a_list_are_removed_from_a_map() -> None:
    assert tags.combine({"a": 1, "b": 2}, ["a"], "remove") == {"b": 2}

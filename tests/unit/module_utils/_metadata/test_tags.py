# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of tags hold for any JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.tags import (
    MARKER,
    TagsRefused,
    canonical,
    combine,
    same,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
MAPS = st.dictionaries(st.text().filter(lambda key: not key.startswith(MARKER)), JSON, max_size=5)
LISTS = st.lists(JSON.filter(lambda item: not (isinstance(item, str) and item.startswith(MARKER))), max_size=5)
PAIRS = st.tuples(MAPS, MAPS) | st.tuples(LISTS, LISTS)
MARKED = {MARKER: "v1"}


@given(PAIRS)
def test_merge_is_idempotent(pair: tuple[Any, Any]) -> None:
    found, wanted = pair
    once = combine(found, wanted, "merge")
    assert same(combine(once, wanted, "merge"), once)


@given(MAPS, MAPS)
def test_remove_undoes_the_merge_of_new_keys(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assume(not found.keys() & wanted.keys())
    assert same(combine(combine(found, wanted, "merge"), wanted, "remove"), found)


@given(LISTS, LISTS)
def test_remove_undoes_the_merge_of_new_items(found: list[Any], wanted: list[Any]) -> None:
    assume(not {canonical(item) for item in found} & {canonical(item) for item in wanted})
    assert same(combine(combine(found, wanted, "merge"), wanted, "remove"), found)


@given(MAPS, MAPS)
def test_merge_leaves_every_other_key_alone(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    merged = combine(found, wanted, "merge")
    assert {key: canonical(merged[key]) for key in found.keys() - wanted.keys()} == {
        key: canonical(found[key]) for key in found.keys() - wanted.keys()
    }
    assert all(same(merged[key], value) for key, value in wanted.items())


@given(LISTS, LISTS)
def test_merge_keeps_the_order_of_what_was_there(found: list[Any], wanted: list[Any]) -> None:
    merged = combine(found, wanted, "merge")
    assert same(merged[: len(found)], found)


@given(JSON, MAPS | LISTS | st.none())
def test_replace_gives_what_is_given(found: Any, wanted: Any) -> None:
    if isinstance(found, (dict, list)):
        assume(not any(isinstance(item, str) and item.startswith(MARKER) for item in found))
    assert same(combine(found, wanted, "replace"), wanted)


@given(MAPS, MAPS | st.none(), st.sampled_from(["merge", "replace", "remove"]))
def test_the_record_of_a_restore_survives_in_a_map(found: dict[str, Any], wanted: Any, mode: str) -> None:
    assert combine({**found, **MARKED}, wanted, mode)[MARKER] == "v1"


@given(LISTS, LISTS | st.none(), st.sampled_from(["merge", "replace", "remove"]))
def test_the_record_of_a_restore_survives_in_a_list(found: list[Any], wanted: Any, mode: str) -> None:
    assert f"{MARKER}=v1" in combine([*found, f"{MARKER}=v1"], wanted, mode)


@given(
    JSON.filter(lambda value: not isinstance(value, (dict, list, type(None)))),
    MAPS,
    st.sampled_from(["merge", "remove"]),
)
def test_unknown_shapes_are_changed_by_replace_only(found: Any, wanted: dict[str, Any], mode: str) -> None:
    if wanted:
        with pytest.raises(TagsRefused):
            combine(found, wanted, mode)
    else:
        assert combine(found, wanted, mode) is found


@given(JSON)
def test_nothing_given_changes_nothing(found: Any) -> None:
    for mode in ("merge", "remove"):
        for nothing in (None, {}, []):
            assert combine(found, nothing, mode) is found


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (1, "1"), (None, "null"), ([], {}), (0, False)])
def test_values_compare_as_json(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert combine([one], [other], "merge") == [one, other]


def test_keys_of_a_list_are_removed_from_a_map() -> None:
    found = {"aaa": 1, "mmm": 2, "zzz": 3, MARKER: "v1"}
    for keys, left in ((["aaa"], ["mmm", "zzz"]), (["zzz"], ["aaa", "mmm"]), (["aaa", "zzz", "other", 7], ["mmm"])):
        assert list(combine(found, keys, "remove")) == [*left, MARKER]

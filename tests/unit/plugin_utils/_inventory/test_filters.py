# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the inventory: what they mean, and that a wrong one is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance
from ansible_collections.indiecloud.compute.plugins.plugin_utils._inventory.filters import (
    KEYS,
    PLAIN,
    read_filters,
    tag_words,
)

WEB = Instance(
    "vps_01",
    "web-1",
    "running",
    hostname="web.example.com",
    ipv4="192.0.2.1",
    addresses=("192.0.2.1", "10.0.0.1"),
    tags=["web", "prod"],
    location="se",
).to_result()
MAP = Instance("vps_02", "db-1", "stopped", tags={"role": "db", "stage": "prod", "n": 1, "none": None}).to_result()
BARE = Instance("vps_03", "").to_result()


def kept(*filters: Any) -> list[str]:
    problems: list[str] = []
    read = read_filters("filters", list(filters), problems)
    assert problems == []
    return [item["id"] for item in (WEB, MAP, BARE) if any(one(item) for one in read)]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ([{"name": "web-1"}], ["vps_01"]),
        ([{"name": "web-*"}, {"name": "db-?"}], ["vps_01", "vps_02"]),
        ([{"name": ["web-[0-9]", "nobody"]}], ["vps_01"]),
        ([{"name": "WEB-1"}], []),
        ([{"name": "web"}], []),
        ([{"name": ""}], ["vps_03"]),
        ([{"name": "*", "power_state": "stopped"}], ["vps_02"]),
        ([{"power_state": ["running", "unknown"]}], ["vps_01", "vps_03"]),
        ([{"tags": "web"}], ["vps_01"]),
        ([{"tags": ["db", "web"]}], ["vps_01"]),
        ([{"tags": "role=db"}], ["vps_02"]),
        ([{"tags": "role"}], ["vps_02"]),
        ([{"tags": "n=1"}], ["vps_02"]),
        ([{"tags": "none=*"}], []),
        ([{"tags": ["prod", "stage=prod"]}], ["vps_01", "vps_02"]),
        ([{"all_tags": ["web", "prod"]}], ["vps_01"]),
        ([{"all_tags": ["web", "db"]}], []),
        ([{"address": "10.*"}], ["vps_01"]),
        ([{"ipv4": "192.0.2.*"}], ["vps_01"]),
        ([{"hostname": "*"}], ["vps_01"]),
        ([{"id": "vps_0[12]", "location": "se"}], ["vps_01"]),
    ],
)
def test_what_matches(filters: list[Any], ids: list[str]) -> None:
    assert kept(*filters) == ids


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "filters 1 must be a dictionary"),
        ("running", "filters 1 must be a dictionary"),
        ({"nam": "web"}, "filters 1: unknown key 'nam'; the keys are id, name"),
        ({"name": None}, "filters 1: name must be a string"),
        ({"name": []}, "filters 1: name must be a string"),
        ({"power_state": False}, "put words such as off and yes in quotes"),
        ({"tags": {"role": "db"}}, "filters 1: tags must be a string"),
        ({"power_state": "runing"}, "filters 1: unknown power_state 'runing'; the values are running"),
    ],
)
def test_wrong_filter_is_reported(entry: Any, said: str) -> None:
    problems: list[str] = []
    read_filters("filters", [entry], problems)
    assert len(problems) == 1
    assert said in problems[0]


def test_all_wrong_filters_are_reported() -> None:
    problems: list[str] = []
    read_filters("exclude_filters", [{"nam": "a", "tag": "b"}, {"name": {}}], problems)
    assert [text.split()[1].rstrip(":") for text in problems] == ["1", "1", "2"]


@given(st.sampled_from(PLAIN), st.text(max_size=8), st.text(max_size=8))
def test_text_without_wildcards_matches_only_itself(key: str, text: str, other: str) -> None:
    if key == "power_state" or set("*?[") & set(text):
        return
    (one,) = read_filters("filters", [{key: text}], [])
    assert one({**WEB, key: text})
    assert one({**WEB, key: other}) == (text == other)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(json, st.sampled_from(KEYS), json)
def test_any_tags_and_filters_can_be_matched(tags: Any, key: str, value: Any) -> None:
    assert all(isinstance(word, str) for word in tag_words(tags))
    for one in read_filters("filters", [{key: value}], []):
        assert one({**WEB, "tags": tags}) in (True, False)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts: whatever instances are called, no two are folded, none is what Ansible takes for something else."""

from __future__ import annotations

import re
import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.plugin_utils._inventory.names import (
    LONGEST,
    RESERVED,
    Named,
    folded,
    safe,
    unique,
)

ID_1 = "0e700000-0000-4000-8000-000000000001"
ID_2 = "0e700000-0000-4000-8000-000000000002"

texts = st.text(max_size=12) | st.sampled_from(
    ["web", "Web", "WEB", "web-00000001", "localhost", "all", "", "é", "e\u0301"]
)
lists = st.lists(st.tuples(st.uuids().map(str), texts), max_size=12, unique_by=lambda item: item[0])


def named(*items: tuple[str, str]) -> list[Named]:
    return [Named(*item) for item in items]


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("web1", "web1"),
        ("web-1.example.com", "web-1.example.com"),
        (" web 1 ", "web_1"),
        ("-oProxyCommand=id", "_oProxyCommand_id"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("{{ 7 * 7 }}", "___7___7___"),
        ("a,b:c!d&e[1:3]", "a_b_c_d_e_1_3_"),
        ("two\nlines\x1b[31m\u202e", "two_lines__31m_"),
        ("шоп-1", "шоп-1"),
        ("e\u0301te\u0301", "été"),
        ("\ud800", ""),
        ("...", ""),
        ("🦊", ""),
        ("", ""),
    ],
)
def test_characters_that_are_replaced(name: str, host: str) -> None:
    assert safe(name) == host


@given(st.text())
def test_every_name_can_be_a_host_and_a_file(name: str) -> None:
    found = safe(name)
    assert re.fullmatch(r"[\w.-]*", found)
    assert found[:1] not in ("-", ".")
    assert len(found.encode()) <= LONGEST
    assert safe(found) == found
    assert unicodedata.is_normalized("NFC", found)


@given(lists)
def test_no_two_hosts_have_the_same_name(items: list[tuple[str, str]]) -> None:
    names = unique(named(*items), {})
    assert len({folded(name) for name in names}) == len(items)
    assert not {folded(name) for name in names} & RESERVED
    assert all(re.fullmatch(r"[\w.-]+", name) for name in names)


@given(lists, st.randoms())
def test_the_order_makes_no_difference(items: list[tuple[str, str]], random: Random) -> None:
    mixed = list(items)
    random.shuffle(mixed)
    first = dict(zip((item[0] for item in items), unique(named(*items), {})))
    second = dict(zip((item[0] for item in mixed), unique(named(*mixed), {})))
    assert first == second


@given(lists, lists)
def test_no_name_is_taken_from_another_account(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> None:
    there = [Named(*item, account="one") for item in old]
    owners = {folded(name): item.owner for name, item in zip(unique(there, {}), there)}
    come = unique([Named(*item, account="two") for item in new], owners)
    assert not {folded(name) for name in come} & set(owners)


@given(lists)
def test_same_account_gets_the_same_names_again(items: list[tuple[str, str]]) -> None:
    things = [Named(*item, account="one") for item in items]
    names = unique(things, {})
    assert unique(things, {folded(name): item.owner for name, item in zip(names, things)}) == names


def test_equal_names_get_a_part_of_their_ids() -> None:
    found = unique(named((ID_1, "web"), (ID_2, "WEB"), ("x-3", "db")), {})
    assert found == ["web-00000001", "WEB-00000002", "db"]


def test_name_that_looks_like_a_suffix_is_changed() -> None:
    found = unique(named((ID_1, "web"), (ID_2, "web"), ("x-3", "web-00000001")), {})
    assert found == [f"web-{ID_1}", "web-00000002", "web-00000001-x3"]


def test_whole_id_is_used_if_its_end_is_ambiguous() -> None:
    assert unique(named(("a-12345678", "web"), ("b-12345678", "web")), {}) == ["web-a-12345678", "web-b-12345678"]


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "all", "ungrouped", "localhost "])
def test_no_instance_is_localhost(name: str) -> None:
    (found,) = unique(named((ID_1, name)), {})
    assert found == f"{name.strip()}-00000001"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options that are checked before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import NameRule
from ansible_collections.indiecloud.compute.plugins.module_utils._task import validation


def problem(problems: list[str]) -> bool:
    """Whether there is a problem; it is one printable sentence that names the option."""
    assert all(text.startswith("x ") and text.isprintable() and text.encode() for text in problems)
    return len(problems) == 1


@pytest.mark.parametrize("value", ["", " ", "a" * 256, "a\nb", "a\x9fb", "a\u2028b", "\ud800"])
def test_text_that_is_no_line_of_at_most_255_characters(value: str) -> None:
    assert problem(validation.line("x", value))


@pytest.mark.parametrize("value", ["a", " a ", "a" * 255])
def test_line(value: str) -> None:
    assert validation.line("x", value) == []


def test_length_of_a_line_may_be_another() -> None:
    assert validation.line("x", "abc", 3) == []
    assert problem(validation.line("x", "abcd", 3))


@pytest.mark.parametrize("value", ["", "  ", "x" * 300, "a\nb", "a\x00b", "a\udcffb"])
def test_text_that_is_no_id_or_name(value: str) -> None:
    assert problem(validation.line("x", value))


@pytest.mark.parametrize(
    "value", ["web1", "my web (old)", "ü-\U0001f600", "...", "50%", "a/b", "a\\b", "..", "%2f", "a" * 255]
)
def test_id_or_name(value: str) -> None:
    assert validation.line("x", value) == []


def test_plain_id() -> None:
    assert validation.plain_id("x", "a.b-c_d~1") == []
    for bad in ("a b", "ü", ".", "..", ""):
        assert problem(validation.plain_id("x", bad))


def test_name_by_the_rule_of_a_provider() -> None:
    rule = NameRule("[a-z]+", 3, "three letters")
    assert validation.named("x", "abc", rule) == []
    for bad in ("abcd", "AB", ""):
        assert "three letters" in validation.named("x", bad, rule)[0]


def test_amount() -> None:
    assert validation.positive("x", 0.001) == []
    for bad in (0.0, -1.0, float("inf"), float("nan")):
        assert problem(validation.positive("x", bad))


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, None),
        ("90", 90.0),
        (90, 90.0),
        ("90s", 90.0),
        ("1.5m", 90.0),
        ("2 H", 7200.0),
        (" 1d ", 86400.0),
        ("2w", 1209600.0),
        ("36500d", 3153600000.0),
    ],
)
def test_age(given: Any, seconds: float | None) -> None:
    assert validation.seconds("x", given) == (seconds, [])


@pytest.mark.parametrize("given", ["", "0", "0d", "-1", "1y", "36501d", "3153600000.1", "d", "1 d d", "1.", True])
def test_text_that_is_no_age(given: Any) -> None:
    found, problems = validation.seconds("x", given)
    assert (found, len(problems)) == (None, 1)


@given(st.text())
def test_any_text_gives_at_most_one_problem(value: str) -> None:
    for check in (validation.plain_id, validation.line):
        assert len(check("instance", value)) <= 1
    seconds, found = validation.seconds("max_snapshot_age", value)
    assert (seconds is None) == bool(found)

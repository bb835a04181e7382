# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields of JSON that may be anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import iso
from ansible_collections.indiecloud.compute.plugins.module_utils._providers import fields

VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.just({"a": 1})


@given(VALUES)
def test_any_value_is_read_as_what_it_is_or_none(value: Any) -> None:
    data = {"x": value}
    found = fields.text(data, "x")
    assert found is None or (isinstance(found, str) and found != "")
    number = fields.number(data, "x")
    assert number is None or abs(number) < float("inf")
    assert fields.flag(data, "x") in (None, True, False)
    when = fields.when(data, "x")
    assert when is None or when.utcoffset() == timedelta()
    assert isinstance(fields.obj(data, "x"), dict)
    assert all(isinstance(item, dict) for item in fields.objects(value))


@given(st.datetimes(), st.integers(-14, 14), st.integers(0, 9))
def test_times_with_any_zone_and_any_fraction(when: datetime, hours: int, digits: int) -> None:
    fraction = f".{when.microsecond:06}000"[: digits + 1] if digits else ""
    text = f"{when.year:04}-{when:%m-%dT%H:%M:%S}{fraction}{'+' if hours >= 0 else '-'}{abs(hours):02}:00"
    found = fields.when({"x": text}, "x")
    if found is not None:
        shown = iso(found)
        assert shown is not None
        assert fields.when({"x": shown}, "x") == found.replace(microsecond=0)
    else:
        assert when.year in (1, 9999)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2023-11-07T05:31:56Z", "2023-11-07T05:31:56Z"),
        ("2026-04-27T12:34:56.000Z", "2026-04-27T12:34:56Z"),
        ("2026-04-27T12:34:56.1234567Z", "2026-04-27T12:34:56Z"),
        ("2026-04-27T14:34:56+02:00", "2026-04-27T12:34:56Z"),
        ("2026-04-27T12:34:56", "2026-04-27T12:34:56Z"),
        ("yesterday", None),
        ("", None),
        (1767225600, None),
    ],
)
def test_times(text: Any, shown: str | None) -> None:
    assert iso(fields.when({"x": text}, "x")) == shown


def test_the_first_field_that_holds_something_counts() -> None:
    data = {"a": None, "b": "", "c": True, "d": {"x": 1}, "e": 7, "f": "no number", "g": "2.5", "h": float("nan")}
    assert fields.text(data, "a", "b", "c", "d", "e") == "7"
    assert fields.number(data, "a", "c", "d", "f", "h", "g") == 2.5
    assert fields.flag(data, "a", "e", "c") is True
    assert fields.obj(None, "a") == {}

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pauses between tries, and what Retry-After may say."""

from __future__ import annotations

import random
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api import retry

RESET = "X-RateLimit-Reset"
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_backoff_doubles_up_to_its_cap() -> None:
    highest = [retry.backoff(attempt, lambda low, high: high) for attempt in range(1, 8)]
    assert highest == [2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0]
    assert retry.backoff(10**6, lambda low, high: high) == 20.0


def test_backoff_draws_from_zero_on() -> None:
    assert [retry.backoff(attempt, lambda low, high: low) for attempt in range(1, 5)] == [0.0] * 4
    drawn = [retry.backoff(3, random.Random(seed).uniform) for seed in range(200)]
    assert min(drawn) < 1.0
    assert max(drawn) > 7.0


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_any_text_gives_a_bounded_pause_or_none(after: str, reset: str, said: str) -> None:
    check(retry.retry_after({"Retry-After": after, RESET: reset}, NOW, in_body=said, reset_header=RESET))


@given(st.datetimes(), st.integers(-24, 24))
def test_any_date_gives_a_bounded_pause(when: datetime, hours: int) -> None:
    check(retry.retry_after({"Retry-After": f"{when:%a, %d %b} {when.year:04} {when:%H:%M:%S} {hours:+03}00"}, NOW))
    check(retry.retry_after({RESET: when.isoformat() + f"{hours:+03}:00"}, NOW, reset_header=RESET))


def check(pause: float | None) -> None:
    assert pause is None or retry.SHORTEST_PAUSE <= pause <= retry.LONGEST_PAUSE


@pytest.mark.parametrize(
    ("headers", "said", "pause"),
    [
        ({}, "", None),
        ({}, "4", 4.0),
        ({"Retry-After": "5"}, "4", 5.0),
        ({"Retry-After": " 5 "}, "", 5.0),
        ({"Retry-After": "0000000000005"}, "", 5.0),
        ({"Retry-After": "9" * 70000}, "", 60.0),
        ({"Retry-After": "5.5"}, "", None),
        ({"Retry-After": "٣"}, "", None),
        ({"Retry-After": "Thu, 01 Jan 2026 00:00:20 GMT"}, "", 20.0),
        ({"Retry-After": "Thursday, 01-Jan-26 00:00:20 GMT"}, "", 20.0),
        ({"Retry-After": "Thu, 01 Jan 2026 00:00:20"}, "", 20.0),
        ({RESET: "2026-01-01T00:00:20Z"}, "", 20.0),
        ({RESET: "2026-01-01T00:00:20"}, "", 20.0),
        ({"Retry-After": "soon", RESET: "2026-01-01T01:00:20+01:00"}, "", 20.0),
        ({RESET: "1767225620"}, "", None),
    ],
)
def test_what_may_be_said(headers: dict[str, str], said: str, pause: float | None) -> None:
    assert retry.retry_after(headers, NOW, in_body=said, reset_header=RESET) == pause
    if RESET in headers:
        assert retry.retry_after(headers, NOW, in_body=said) is None

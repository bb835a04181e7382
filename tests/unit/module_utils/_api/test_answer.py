# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the body of an answer is worth, however it looks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.answer import (
    DEEPEST_JSON,
    Answer,
    is_exact,
    parse_body,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import AnswerUnreadable


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
def test_an_empty_body_is_nothing(body: bytes) -> None:
    assert parse_body(body) == (None, None)


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b'{"a": [1, 2.5, null, true, "\xc3\xbc"]}', {"a": [1, 2.5, None, True, "ü"]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'{"name": "a\\ud800b"}', {"name": "a?b"}),
        (b"[" * DEEPEST_JSON + b"]" * DEEPEST_JSON, None),
    ],
)
def test_json(body: bytes, payload: Any) -> None:
    found, unreadable = parse_body(body)
    assert unreadable is None
    assert payload is None or found == payload


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE html>", "an HTML page"),
        (b"\n  <html>", "an HTML page"),
        (b"OK", "a body that is not JSON"),
        (b'{"a": 1', "a body that is not JSON"),
        (b"\x00\xff", "a body that is not JSON"),
        (b"[NaN]", "a body that is not JSON"),
        (b"-Infinity", "a body that is not JSON"),
        (b'"\xed\xa0\x80"', "a body that is not JSON"),
        (b'{"a":' * 200_000, "JSON nested too deeply"),
        (b"[" * (DEEPEST_JSON + 1) + b"]" * (DEEPEST_JSON + 1), "JSON nested too deeply"),
    ],
)
def test_what_is_not_json(body: bytes, why: str) -> None:
    assert parse_body(body) == (None, why)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\ud8 019eE+-.ntfalsru', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_not_and_what_is_read_can_be_written(body: bytes) -> None:
    payload, unreadable = parse_body(body)
    assert payload is None or unreadable is None
    json.dumps(payload, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("payload", "found"), [(None, "nothing"), ([], "a JSON list"), ("x", "a JSON str"), (1, "a JSON int")]
)
def test_an_object_is_demanded(payload: Any, found: str) -> None:
    answer = Answer(200, {}, payload, None, "GET /x")
    with pytest.raises(AnswerUnreadable, match=f"GET /x answered 200 with {found} instead of an object"):
        answer.object()


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ('{"a": [-1, 0, 1.5, -0.0, null, true, "\\u00e9"]}', True),
        ('{"a": 123456789012345678901234567890}', True),
        ('{"a": {"b": 1}, "b": {"b": 1}}', True),
        ('{"a": [-0]}', False),
        ('{"a": 1.10}', False),
        ('{"a": 1E2}', False),
        ('{"a": {"b": 1, "b": 2}}', False),
        ('{"a": [{"b": 1, "b": 1}]}', False),
        ('{"a": "\\ud83d"}', False),
    ],
)
def test_what_cannot_be_written_back_as_it_came_is_known(text: str, exact: bool) -> None:
    body = text.encode()
    payload, unreadable = parse_body(body)
    assert is_exact(Answer(200, {}, payload, unreadable, "GET /x", body).exact) == exact

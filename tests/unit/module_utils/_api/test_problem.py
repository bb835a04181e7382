# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error bodies of every shape become one line that a person can read."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.answer import parse_body
from ansible_collections.indiecloud.compute.plugins.module_utils._api.problem import LONGEST_TEXT, Problem, read_problem

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["detail", "title", "message", "error", "errors", "code", "requestId", "retryAfter", "pointer", "field"]
            )
            | st.text(),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)

# HostUp's published example, with what the page says of errors[].
PROBLEM = {
    "type": "https://developer.hostup.se/errors/invalid_request",
    "title": "Validation failed",
    "status": 400,
    "detail": "The request body failed validation.",
    "code": "invalid_request",
    "instance": "/api/v2/orders",
    "requestId": "req_01hxa3b4c5d6e7f8g9h0j1k2m3",
    "timestamp": "2026-04-27T12:34:56.000Z",
    "errors": [
        {
            "pointer": "/items/0/eppCode",
            "detail": "`eppCode` is required for this transfer.",
            "code": "missing_required",
        }
    ],
}
CLOUDFLARE = (
    '<!DOCTYPE html>\n<html lang="en-US"><head><title>Attention Required! | Cloudflare</title>'
    "<style>body{margin:0}</style><script>var a = 1;</script></head><body><h1>Sorry, you have been blocked</h1></body>"
)


@pytest.mark.parametrize(
    ("body", "text", "code", "request_id"),
    [
        (
            PROBLEM,
            "Validation failed: The request body failed validation. "
            "(/items/0/eppCode: `eppCode` is required for this transfer.)",
            "invalid_request",
            "req_01hxa3b4c5d6e7f8g9h0j1k2m3",
        ),
        ({"detail": "Not found."}, "Not found.", None, None),
        ({"name": ["Too long.", "Not unique."]}, "name: Too long.; name: Not unique.", None, None),
        ({"non_field_errors": ["Choose one."]}, "Choose one.", None, None),
        ({"detail": "Invalid.", "name": ["Too long."]}, "Invalid. (name: Too long.)", None, None),
        ({"name": ["Long."], "size": {"id": ["No UUID."]}}, "name: Long.; size: id: No UUID.", None, None),
        (
            {"ips": [{}, {"address": ["Bad."]}], "tags": ["Bad tags."]},
            "ips: address: Bad.; tags: Bad tags.",
            None,
            None,
        ),
        (["One.", {"a": ["Two."]}], "One.; a: Two.", None, None),
        ("plain", "plain", None, None),
        (
            {"error": "Unauthorized", "message": "Bad key", "code": "UNAUTHORIZED", "requestId": "0f-1"},
            "Unauthorized: Bad key",
            "UNAUTHORIZED",
            "0f-1",
        ),
        (
            {"error": "Validation", "code": "VALIDATION_ERROR", "details": [{"field": "name", "message": "too long"}]},
            "Validation (name: too long)",
            "VALIDATION_ERROR",
            None,
        ),
        (
            {"success": False, "message": "Name taken", "request_id": "o1p2q3r4", "timestamp": "2025-12-11T16:00:00Z"},
            "Name taken",
            None,
            "o1p2q3r4",
        ),
        ({"success": False, "error": {"message": "No", "code": 7}, "detail": "More"}, "No: More", "7", None),
        ({"error": {"unknown": ""}, "detail": "Said beside"}, "Said beside", None, None),
        (
            {"status": False, "message": "Low balance", "error_reason": "bad_request"},
            "Low balance",
            "bad_request",
            None,
        ),
        ({"code": "X", "requestId": "r", "timestamp": "t"}, "", "X", "r"),
        ({}, "", None, None),
        (CLOUDFLARE, "an HTML page titled 'Attention Required! | Cloudflare'", None, None),
        ("<p>Bad <b>gateway</b> &amp; more</p>", "an HTML page: Bad gateway & more", None, None),
        ("<html><script>var x = '", "an HTML page:", None, None),
        ("error code: 1010", "error code: 1010", None, None),
        ("", "", None, None),
    ],
)
def test_known_shapes(body: Any, text: str, code: str | None, request_id: str | None) -> None:
    said = read_problem(None, body) if isinstance(body, str) and body != "plain" else read_problem(body, "")
    assert (said.text, said.code, said.request_id) == (text, code, request_id)


def test_many_fields_are_counted() -> None:
    said = read_problem({f"f{i}": ["bad"] for i in range(20)}, "").text
    assert said.startswith("f0: bad; f1: bad; ")
    assert said.endswith("f7: bad and 12 more")


def test_how_long_to_wait_may_stand_in_the_body() -> None:
    assert read_problem({"error": "Too many", "retryAfter": "12"}, "").retry_after == "12"


def test_escapes_of_terminals_and_turns_of_direction_do_not_pass() -> None:
    said = read_problem({"detail": "a\x1b[31mred\x1b]0;x\x07\r\nb\u202ec\u2028d\x85e\x00f\ud800g\u200bh"}, "").text
    assert said == "a [31mred ]0;x b c d e f g h"


@given(ANY_JSON)
def test_any_json_gives_one_line(body: Any) -> None:
    check(read_problem(body, ""))
    check(read_problem({"error": body, "errors": body, "detail": body, "code": body, "requestId": body}, ""))


@given(st.binary(max_size=300) | st.text(alphabet="<>/ titlescryp!-&#;0", max_size=200).map(str.encode))
def test_any_bytes_give_one_line(content: bytes) -> None:
    payload, dummy = parse_body(content)
    check(read_problem(payload, content.decode("utf-8", "replace")))


def check(problem: Problem) -> None:
    for text, longest in ((problem.text, LONGEST_TEXT), (problem.code or "", 100), (problem.request_id or "", 100)):
        assert len(text) <= longest
        assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in "\u2028\u2029" for letter in text)
        text.encode()


@pytest.mark.parametrize("bait", ["<script", "<title", "<", "<script>", "<title>", "&#", " ", "a>"])
def test_no_text_takes_long(bait: str) -> None:
    start = time.process_time()
    check(read_problem(None, (bait * 8000)[:8000]))
    assert time.process_time() - start < 2.0

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns error bodies of any published or usual shape into one readable line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .text import one_line

LONGEST_TEXT = 400
MOST_FIELDS = 8
_HTML_NOISE = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_HTML_TITLE = re.compile(r"<title[^>]*>(.*?)(?:</title|\Z)", re.IGNORECASE | re.DOTALL)
# Keys that name no field.
_UNNAMED = frozenset({"non_field_errors", "errors", "error", "details", "detail", "message"})
_TAG = re.compile(r"<[^>]*>")
# Keys of an envelope that do not describe the error.
_ENVELOPE = frozenset(
    ("code", "error_code", "error_reason", "instance", "requestId", "request_id", "retryAfter", "status", "success")
).union(("timestamp", "type"))


class Problem(NamedTuple):
    """An error body: one line of text, the provider's error code and its request id."""

    text: str
    code: str | None = None
    request_id: str | None = None
    retry_after: str | None = None


def read_problem(payload: Any, text: str) -> Problem:
    """Read an error body; ``payload`` is its JSON or None, ``text`` its beginning as text.

    Understands problem documents (RFC 9457), ``error`` and ``message`` objects, ``message`` with ``request_id``,
    ``detail`` or lists by field (Django REST framework), lists, HTML and plain text.
    """
    if isinstance(payload, dict):
        return _from_object(payload)
    if isinstance(payload, list):
        return Problem(_clip("; ".join(_strings(payload))))
    if isinstance(payload, str):
        return Problem(_clip(payload))
    return Problem(_from_text(text))


def _from_object(body: dict[str, Any]) -> Problem:
    code = _word(body, "code", "error_code", "error_reason")
    request_id = _word(body, "requestId", "request_id")
    texts = [body[key] for key in ("title", "detail", "message") if isinstance(body.get(key), str) and body[key]]
    error = body.get("error")
    if isinstance(error, dict):
        inner = _from_object(error)
        texts, code, request_id = [inner.text, *texts], code or inner.code, request_id or inner.request_id
    elif isinstance(error, str):
        texts.insert(0, error)
    texts = [text for i, text in enumerate(texts) if text and text not in texts[:i]]
    fields = list(_field_errors(body) if texts else _strings(body))
    text = ": ".join(texts)
    if fields:
        more = f" and {len(fields) - MOST_FIELDS} more" if len(fields) > MOST_FIELDS else ""
        listed = "; ".join(fields[:MOST_FIELDS]) + more
        text = f"{text} ({listed})" if text else listed
    return Problem(_clip(text), code, request_id, _word(body, "retryAfter"))


def _field_errors(body: dict[str, Any]) -> Iterator[str]:
    """The errors by field, besides the text about the whole: RFC 9457, ``details``, Django."""
    for key, value in body.items():
        if key in ("errors", "details") or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            yield from _strings({key: value})


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    """The texts in any JSON, each with the keys that lead to it."""
    if isinstance(value, str) and value:
        yield value
    elif depth < 6 and isinstance(value, list):
        for item in value:
            yield from _strings(item, depth + 1)
    elif depth < 6 and isinstance(value, dict):
        where = value.get("pointer") or value.get("field")
        what = value.get("detail") or value.get("message") or value.get("code")
        if isinstance(where, str) and isinstance(what, str):
            yield f"{where}: {what}"
            return
        for key, item in value.items():
            if depth == 0 and key in _ENVELOPE:
                continue
            lead = "" if key in _UNNAMED else f"{key}: "
            for text in _strings(item, depth + 1):
                yield lead + text


def _from_text(text: str) -> str:
    if "<" in text and ">" in text:
        title = _HTML_TITLE.search(text)
        body = _TAG.sub(" ", _HTML_NOISE.sub(" ", text))
        text = "an HTML page" + (f" titled {_clip(html.unescape(title.group(1)))!r}" if title else ": " + body)
    return _clip(html.unescape(text))


def _word(body: dict[str, Any], *keys: str) -> str | None:
    for key in keys:
        value = body.get(key)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value):
            return _clip(str(value), 100)
    return None


def _clip(text: str, longest: int = LONGEST_TEXT) -> str:
    return one_line(text, longest)

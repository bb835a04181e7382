# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the error bodies of all providers by their shape, so that each becomes one readable line."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LONGEST_TEXT = 400
MOST_FIELDS = 8
_HTML_NOISE = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_HTML_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class Problem:
    """What an error body says: one line of text, the provider's stable code and its request id."""

    text: str
    code: str | None = None
    request_id: str | None = None
    retry_after: str | None = None


def read_problem(payload: Any, text: str) -> Problem:
    """Describe an error body; ``payload`` is its JSON or None, ``text`` its beginning as text.

    Understands problem documents of RFC 9457 (HostUp v2, https://developer.hostup.se/errors), HostUp's legacy
    ``error``/``message`` objects, Barrack's ``message``/``request_id`` envelope, Django REST framework's ``detail`` or
    lists by field (OnetSolutions), lists, HTML and plain text.
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
    said = [body[key] for key in ("title", "detail", "message") if isinstance(body.get(key), str) and body[key]]
    error = body.get("error")
    if isinstance(error, dict):
        inner = _from_object(error)
        said, code, request_id = [inner.text], code or inner.code, request_id or inner.request_id
    elif isinstance(error, str) and error:
        said.insert(0, error)
    said = [text for i, text in enumerate(said) if text not in said[:i]]
    fields = list(_field_errors(body))
    if not said and not fields:
        fields = list(_strings(body))
    text = ": ".join(said)
    if fields:
        more = f" and {len(fields) - MOST_FIELDS} more" if len(fields) > MOST_FIELDS else ""
        text = f"{text} ({'; '.join(fields[:MOST_FIELDS])}{more})" if text else "; ".join(fields[:MOST_FIELDS]) + more
    return Problem(_clip(text), code, request_id, _word(body, "retryAfter"))


def _field_errors(body: dict[str, Any]) -> Iterator[str]:
    errors = body.get("errors")
    if isinstance(errors, list):
        for item in errors:
            if isinstance(item, dict):
                where = item.get("pointer") or item.get("field") or ""
                what = item.get("detail") or item.get("message") or item.get("code") or "invalid"
                yield f"{where}: {what}" if where else str(what)
            elif isinstance(item, str):
                yield item
    nested = errors if isinstance(errors, dict) else body
    for key, value in nested.items():
        if key != "errors" and isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            text = " ".join(value)
            yield text if key == "non_field_errors" else f"{key}: {text}"


def _strings(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif depth < 4 and isinstance(value, dict):
        for key, item in value.items():
            for text in _strings(item, depth + 1):
                yield f"{key}: {text}"
    elif depth < 4 and isinstance(value, list):
        for item in value:
            yield from _strings(item, depth + 1)


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
    line = _SPACE.sub(" ", text).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"

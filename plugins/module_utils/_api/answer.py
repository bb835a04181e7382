# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any, NamedTuple

from .errors import AnswerUnreadable

DEEPEST_JSON = 64
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


CHECK_API_URL = ("Check that api_url points at the provider's API and not at a proxy or a web page.",)


class Inexact(float):
    """A number whose text in the answer differs from how Python writes it, such as 1.10 or 1E2."""


class Answer(NamedTuple):
    """A whole answer with a status below 300: ``payload`` is its JSON, or None with ``unreadable`` saying why.

    ``exact`` is the same JSON with halves of surrogate pairs as they came, to be written back. ``size`` is that of the
    body in bytes.
    """

    status: int
    headers: Mapping[str, str]
    payload: Any
    unreadable: str | None
    request: str
    exact: Any = None
    size: int = 0

    def json(self) -> Any:
        """The payload; raises AnswerUnreadable if the body was not JSON."""
        if self.unreadable:
            raise AnswerUnreadable(
                f"{self.request} answered {self.status} with {self.unreadable}",
                next_steps=CHECK_API_URL,
            )
        return self.payload

    def object(self) -> dict[str, Any]:
        """The payload as a JSON object; raises AnswerUnreadable otherwise."""
        payload = self.json()
        if not isinstance(payload, dict):
            kind = "nothing" if payload is None else f"a JSON {type(payload).__name__}"
            raise AnswerUnreadable(
                f"{self.request} answered {self.status} with {kind} instead of an object", next_steps=CHECK_API_URL
            )
        return payload


def parse_body(body: bytes) -> tuple[Any, str | None]:
    """The JSON of a body, and why it could not be read. An empty body is readable and None."""
    if not body.strip():
        return None, None
    try:
        payload = _parse(body)
    except RecursionError:
        return None, "JSON nested too deeply"
    except ValueError:
        kind = "an HTML page" if body.lstrip()[:1] == b"<" else "a body that is not JSON"
        return None, kind
    if _too_deep(payload):
        return None, "JSON nested too deeply"
    return _whole_characters(payload) if _SURROGATE.search(body) else payload, None


def exact_payload(body: bytes, payload: Any) -> Any:
    """The payload of a readable body with halves of surrogate pairs as they came."""
    return _parse(body) if _SURROGATE.search(body) else payload


def _parse(body: bytes) -> Any:
    text = body.removeprefix(BOM_UTF8).decode()
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_number)


def _number(text: str) -> float:
    number = float(text)
    return number if repr(number) == text else Inexact(number)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _whole_characters(payload: Any) -> Any:
    """The payload without halves of surrogate pairs, which no file, database or terminal accepts."""
    return json.loads(json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace"))


def is_exact(value: Any) -> bool:
    """Whether Python writes every number and character of a JSON value as it was read."""
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(is_exact(key) and is_exact(item) for key, item in value.items())
    return all(map(is_exact, value)) if isinstance(value, list) else not isinstance(value, Inexact)


def _too_deep(payload: Any) -> bool:
    level = [payload]
    for dummy in range(DEEPEST_JSON):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []

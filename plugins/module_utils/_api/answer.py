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
    """A number whose text in the answer differs from how Python writes it, such as 1.10, 1E2 or -0."""


class Repeated(dict[str, Any]):
    """An object in which a key came twice: only the last value of it is known."""


class Answer(NamedTuple):
    """A whole answer with a status below 300: ``payload`` is its JSON, or None with ``unreadable`` saying why.

    ``size`` is that of the body in bytes.
    """

    status: int
    headers: Mapping[str, str]
    payload: Any
    unreadable: str | None
    request: str
    body: bytes = b""

    @property
    def size(self) -> int:
        return len(self.body)

    @property
    def exact(self) -> Any:
        """The payload as it came, to be written back; ``is_exact`` tells whether it can be."""
        return self.payload if self.unreadable or not self.body else _parse(self.body, whole=True)

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


def _parse(body: bytes, *, whole: bool = False) -> Any:
    """The JSON of a body; ``whole`` marks what Python would write in another way, and takes longer."""
    text = body.removeprefix(BOM_UTF8).decode()
    more: dict[str, Any] = {"parse_int": _integer, "object_pairs_hook": _object} if whole else {}
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_number, **more)


def _integer(text: str) -> float:
    return Inexact(text) if text == "-0" else int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(found)


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
        return not isinstance(value, Repeated) and all(is_exact(key) and is_exact(item) for key, item in value.items())
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

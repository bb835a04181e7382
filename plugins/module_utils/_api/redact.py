# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from .text import CUT, printable

# What html.escape() does, without the thousands of names that come with the module html.
_IN_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_ATTRIBUTES = {**_IN_HTML, **str.maketrans({'"': "&quot;", "'": "&#x27;"})}
HIDDEN = "********"
SHORTEST_IN_BASE64 = 8
"""Shorter strings would also match where no secret is."""
SHORTEST_BEGINNING = 6
"""This many characters of a secret that was cut off are a leak; fewer reveal nothing."""


class Redactor:
    """Removes secrets from texts and results, also if a provider echoes them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = sorted({form for secret in secrets if secret for form in _forms(secret)}, key=len, reverse=True)

    def text(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        if CUT in text:
            for form in self._forms:
                text = _without_beginning(text, form)
        return text

    def value(self, value: Any) -> Any:
        """The same value with every string in it, keys included, redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return value


def _without_beginning(text: str, form: str) -> str:
    """The text without any prefix of the form that ends where the text was cut off."""
    start = form[:SHORTEST_BEGINNING]
    at = text.find(start) if len(start) == SHORTEST_BEGINNING else -1
    while at >= 0:
        end = text.find(CUT, at, at + len(form) + 1)
        is_cut = end >= 0 and form.startswith(text[at:end])
        if is_cut:
            text = text[:at] + HIDDEN + text[end:]
        at = text.find(start, at + (len(HIDDEN) if is_cut else 1))
    return text


def _forms(secret: str) -> set[str]:
    """The forms in which a secret may come back: plain, on one line, in a URL, JSON, Python, HTML or base64."""
    quoted = {
        quote(secret, safe="", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
    }
    quoted |= {_PERCENT.sub(lambda match: match.group().lower(), text) for text in quoted}
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    in_json |= {text.replace("/", "\\/") for text in in_json}
    in_html = {secret.translate(table) for table in (_IN_HTML, _IN_ATTRIBUTES)}
    in_python = {repr(secret)[1:-1], repr("'\"" + secret)[4:-1]}
    return {secret, printable(secret)} | in_python | quoted | in_json | in_html | _base64_forms(secret)


def _base64_forms(secret: str) -> set[str]:
    """The base64 forms of a secret at any position, without the characters that depend on its neighbours."""
    forms = set()
    content = secret.encode("utf-8", "replace")
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + content).decode("ascii")
        start, end = -(-shift * 8 // 6), (shift + len(content)) * 8 // 6
        alone = encoded[start:end]
        if len(alone) >= SHORTEST_IN_BASE64:
            forms |= {alone, alone.replace("+", "-").replace("/", "_")}
    return forms


_PERCENT = re.compile("%[0-9A-F]{2}")

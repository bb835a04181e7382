# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading lists page by page, with an end also when a server never gives one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .._api.errors import AnswerUnreadable

MOST_PAGES = 10000


def read_pages(
    read: Callable[[str | None], tuple[list[dict[str, Any]], str | None]], *, first_page: bool = False
) -> tuple[list[dict[str, Any]], bool]:
    """Collect items of all pages, and whether that was all.

    ``read(mark)`` reads one page (None: the first) and gives its items and the mark of the next page, or None at the
    end. Raises AnswerUnreadable when a mark comes back or the pages do not end.
    """
    items, mark = read(None)
    seen: set[Hashable] = {None}
    while mark is not None and not first_page:
        if mark in seen or len(seen) >= MOST_PAGES:
            raise AnswerUnreadable(
                f"the list does not end: after {len(seen)} pages the provider points back to page {mark!r}"
                if mark in seen
                else f"the list does not end after {MOST_PAGES} pages"
            )
        seen.add(mark)
        more, mark = read(mark)
        items += more
    return items, mark is None


def page_of_link(link: Any, parameter: str) -> str | None:
    """The value of a query parameter in a ``next`` link; the link itself is never followed."""
    if not isinstance(link, str):
        return None
    try:
        values = parse_qs(urlsplit(link).query).get(parameter)
    except ValueError:
        return None
    return values[0] if values else None


def first_list(payload: Any, names: Iterable[str]) -> list[Any] | None:
    """The list in a payload of unknown envelope: bare, or under one of ``names``, at most two objects deep."""
    if isinstance(payload, list):
        return payload
    if not isinstance(payload, dict):
        return None
    wanted = tuple(names)
    for level in (payload, *(value for value in payload.values() if isinstance(value, dict))):
        for name in wanted:
            if isinstance(level.get(name), list):
                found: list[Any] = level[name]
                return found
    return None

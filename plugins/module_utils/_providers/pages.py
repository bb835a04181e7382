# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads lists page by page, and stops if a server never ends them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .._api.errors import AnswerUnreadable

MOST_PAGES = 10000
MOST_EMPTY = 10
"""A page may be empty, but a server with so many empty pages in a row never ends its list."""


def read_pages(
    read: Callable[[str | None], tuple[list[dict[str, Any]], str | None]], *, first_page: bool = False
) -> tuple[list[dict[str, Any]], bool]:
    """The items of all pages, and whether the list is complete.

    ``read(mark)`` reads one page (None: the first) and returns its items and the mark of the next page, or None at the
    end. Raises AnswerUnreadable if a mark or a whole page repeats, pages stay empty, or they do not end.
    """
    items, mark = read(None)
    last = list(items)
    empty = 0 if items else 1
    seen: set[Hashable] = {None}
    while mark is not None and not first_page:
        if mark in seen or len(seen) >= MOST_PAGES:
            why = "the provider links to a page that was read already" if mark in seen else "there is still another one"
            raise AnswerUnreadable(f"the list does not end: after {len(seen)} pages, {why}")
        seen.add(mark)
        more, mark = read(mark)
        if more and more == last:
            raise AnswerUnreadable(f"the list does not end: page {len(seen)} is a copy of the page before it")
        empty = 0 if more else empty + 1
        if empty >= MOST_EMPTY and mark is not None:
            raise AnswerUnreadable(f"the list does not end: {empty} pages in a row are empty and link to another one")
        items.extend(more)
        last = more
    return items, mark is None


def page_of_link(link: Any, parameter: str) -> str | None:
    """The value of a query parameter in a ``next`` link, or None without a link. The link itself is never followed.

    Raises AnswerUnreadable for a link without that parameter, since the list would seem complete.
    """
    if link is None or link == "":
        return None
    try:
        values = parse_qs(urlsplit(link).query).get(parameter) if isinstance(link, str) else None
    except ValueError:
        values = None
    if not values:
        raise AnswerUnreadable(f"the list has another page, and its link lacks the parameter {parameter}")
    return values[0]


def first_list(payload: Any, names: Iterable[str]) -> list[Any] | None:
    """The list in a payload of unknown structure: bare, or under one of ``names``, at most two objects deep."""
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

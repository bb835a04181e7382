# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads lists page by page, and stops if a server never ends them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from .._api.errors import AnswerUnreadable

MOST_PAGES = 10000
MOST_BYTES = 64 << 20
"""Of all pages of a list together, which are in memory at once."""
MOST_EMPTY = 10
"""A page may be empty, but a server with so many empty pages in a row never ends its list."""


class Page(NamedTuple):
    """One page as it came: its items, the mark of the next page, and how many items the whole list has by itself.

    ``size`` is in bytes.
    """

    items: list[Any]
    following: str | None = None
    total: float | None = None
    size: int = 0


def read_pages(read: Callable[[str | None], Page]) -> tuple[list[dict[str, Any]], bool]:
    """The items of all pages, and whether the list is complete.

    A list is incomplete if it counts more items than it has, or if an item is not an object. ``read(mark)`` reads one
    page (None: the first). Raises AnswerUnreadable if a mark or a whole page repeats, pages stay empty, do not end, or
    have more than ``MOST_BYTES`` together.
    """
    page = read(None)
    items, mark, total, size = list(page.items), page.following, page.total, page.size
    last = page.items
    empty = 0 if items else 1
    seen: set[Hashable] = {None}
    while mark is not None:
        if mark in seen or len(seen) >= MOST_PAGES:
            why = "the provider links to a page that was read already" if mark in seen else "there is still another one"
            raise AnswerUnreadable(f"the list does not end: after {len(seen)} pages, {why}")
        seen.add(mark)
        more, mark, counted, more_bytes = read(mark)
        size += more_bytes
        if size > MOST_BYTES:
            raise AnswerUnreadable(
                f"{len(seen)} pages of the list have more than {MOST_BYTES >> 20} MiB", error_code="answer_too_large"
            )
        total = total if counted is None else max(counted, total or 0)
        if more and more == last:
            raise AnswerUnreadable(f"the list does not end: page {len(seen)} is a copy of the page before it")
        empty = 0 if more else empty + 1
        if empty >= MOST_EMPTY and mark is not None:
            raise AnswerUnreadable(f"the list does not end: {empty} pages in a row are empty and link to another one")
        items.extend(more)
        last = more
    objects = [item for item in items if isinstance(item, dict)]
    # An item that moves from page to page while they are read comes twice, and another one is missed.
    distinct = len({str(item.get("id", item)) for item in objects})
    return objects, len(objects) == len(items) and (total is None or distinct >= total)


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

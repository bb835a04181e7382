# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges, replaces or removes tags in the form they have, since the provider publishes none.

=============  =================================  =====================  ==========================
current        merge                              replace                remove
=============  =================================  =====================  ==========================
map            given keys are set                 the given value        without equal entries, or
                                                                         the keys of a given list
list           missing items are added            the given value        without equal items
null, absent   the given value                    the given value        unchanged
anything else  refused                            the given value        refused
=============  =================================  =====================  ==========================

A map for a current list, or a list for a current map, is refused except with replace. Values compare as JSON, so 1,
1.0, true and "1" are four values. The entry with the record of a restore is kept in every mode.
"""

from __future__ import annotations

import json
from typing import Any

MARKER = "indiecloud-restore"
"""The key of the entry that records a restore: a key of a map, or a string ``indiecloud-restore=...`` in a list."""


class TagsRefused(ValueError):
    """The requested change does not fit the form of the tags; message and ``step`` are for the user."""

    def __init__(
        self, message: str, step: str = "Give tags in the form the instance has, or tags_mode: replace."
    ) -> None:
        super().__init__(message)
        self.step = step


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON."""
    return canonical(one) == canonical(other)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def combine(current: Any, given: Any, mode: str) -> Any:
    """The tags after a change; ``current`` itself if nothing changes. Raises TagsRefused."""
    if given is not None and not isinstance(given, (list, dict)):
        raise TagsRefused("tags must be a list or a dictionary")
    if _marker_of(given):
        raise TagsRefused(f"tags must not contain {MARKER}, which records a restore", f"Leave {MARKER} out of tags.")
    if mode == "replace":
        changed = _with_marker(given, current)
    elif given is None or _is_empty(given):
        return current
    else:
        changed = _merge(current, given) if mode == "merge" else _remove(current, given)
    return current if same(changed, current) else changed


def _merge(current: Any, given: Any) -> Any:
    if current is None:
        return given
    if isinstance(current, dict) and isinstance(given, dict):
        return {**current, **given}
    if isinstance(current, list) and isinstance(given, list):
        added: list[Any] = []
        known = {canonical(item) for item in current}
        for item in given:
            if canonical(item) not in known:
                known.add(canonical(item))
                added.append(item)
        return current + added
    raise _mismatch(current, given)


def _remove(current: Any, given: Any) -> Any:
    if current is None:
        return None
    if isinstance(current, dict):
        if isinstance(given, dict):
            return {key: value for key, value in current.items() if key not in given or not same(value, given[key])}
        keys = {item for item in given if isinstance(item, str) and item != MARKER}
        return {key: value for key, value in current.items() if key not in keys}
    if isinstance(current, list) and isinstance(given, list):
        gone = {canonical(item) for item in given}
        return [item for item in current if canonical(item) not in gone or is_marker(item)]
    raise _mismatch(current, given)


def _with_marker(given: Any, current: Any) -> Any:
    marker = _marker_of(current)
    if not marker:
        return given
    if given is not None and type(given) is not type(marker):
        form = "dictionary" if isinstance(marker, dict) else "list"
        raise TagsRefused(f"the tags hold the record of a restore in a {form}", f"Give tags as a {form}.")
    return {**(given or {}), **marker} if isinstance(marker, dict) else [*(given or []), *marker]


def is_marker(item: Any) -> bool:
    return isinstance(item, str) and item.startswith(MARKER)


def _marker_of(tags: Any) -> Any:
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if is_marker(key)}
    if isinstance(tags, list):
        return [item for item in tags if is_marker(item)]
    return None


def _is_empty(given: Any) -> bool:
    return given in ([], {})


def _mismatch(current: Any, given: Any) -> TagsRefused:
    return TagsRefused(
        f"the tags of the instance are {_form(current)}, and {_form(given)} is given, which needs tags_mode: replace"
    )


def _form(value: Any) -> str:
    if isinstance(value, dict):
        return "a dictionary"
    return "a list" if isinstance(value, list) else "neither a dictionary nor a list"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of which the provider publishes no shape: merged, replaced or removed in the form they are found in.

=============  =================================  =====================  ==========================
found          merge                              replace                remove
=============  =================================  =====================  ==========================
map            given keys are set                 becomes what is given  equal entries, or the keys
                                                                         of a given list, go
list           given items not in it are added    becomes what is given  equal items go
null, absent   becomes what is given              becomes what is given  stays
anything else  refused                            becomes what is given  refused
=============  =================================  =====================  ==========================

A map given for a list that is found, or the other way round, is refused except with replace. Values compare as JSON, so
that 1, 1.0, true and "1" are four things. The entry that records a restore survives every mode.
"""

from __future__ import annotations

import json
from typing import Any

MARKER = "indiecloud-restore"
"""The key of the entry that records a restore: a key of a map, or a string ``indiecloud-restore=...`` in a list."""


class TagsRefused(ValueError):
    """Tags of a form with which the wanted change makes no sense; message and ``step`` are for the user."""

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


def combine(found: Any, given: Any, mode: str) -> Any:
    """The tags after a change; ``found`` is returned as it is when nothing changes. Raises TagsRefused."""
    if given is not None and not isinstance(given, (list, dict)):
        raise TagsRefused("tags must be a list or a dictionary")
    if _marker_of(given):
        raise TagsRefused(f"tags must not contain {MARKER}, which records a restore", f"Leave {MARKER} out of tags.")
    if mode == "replace":
        changed = _with_marker(given, found)
    elif given is None or _is_empty(given):
        return found
    else:
        changed = _merge(found, given) if mode == "merge" else _remove(found, given)
    return found if same(changed, found) else changed


def _merge(found: Any, given: Any) -> Any:
    if found is None:
        return given
    if isinstance(found, dict) and isinstance(given, dict):
        return {**found, **given}
    if isinstance(found, list) and isinstance(given, list):
        added: list[Any] = []
        known = {canonical(item) for item in found}
        for item in given:
            if canonical(item) not in known:
                known.add(canonical(item))
                added.append(item)
        return found + added
    raise _mismatch(found, given)


def _remove(found: Any, given: Any) -> Any:
    if found is None:
        return None
    if isinstance(found, dict):
        if isinstance(given, dict):
            return {key: value for key, value in found.items() if key not in given or not same(value, given[key])}
        keys = {item for item in given if isinstance(item, str) and item != MARKER}
        return {key: value for key, value in found.items() if key not in keys}
    if isinstance(found, list) and isinstance(given, list):
        gone = {canonical(item) for item in given}
        return [item for item in found if canonical(item) not in gone or is_marker(item)]
    raise _mismatch(found, given)


def _with_marker(given: Any, found: Any) -> Any:
    marker = _marker_of(found)
    if not marker:
        return given
    if given is not None and type(given) is not type(marker):
        form = "dictionary" if isinstance(marker, dict) else "list"
        raise TagsRefused(
            f"the tags hold the record of a restore in a {form}; give a {form}", f"Give tags as a {form}."
        )
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


def _mismatch(found: Any, given: Any) -> TagsRefused:
    return TagsRefused(
        f"the tags of the instance are {_form(found)}, {_form(given)} is given; only tags_mode: replace changes that"
    )


def _form(value: Any) -> str:
    if isinstance(value, dict):
        return "a dictionary"
    return "a list" if isinstance(value, list) else "neither a dictionary nor a list"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that select which instances become hosts.

A filter is a dictionary. An instance matches it if it matches each entry, and an entry if it matches one of its values.
A value is a shell pattern (``*``, ``?``, ``[...]``) for the whole text, case-sensitive.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._info.listing import POWER_STATES

PLAIN = ("id", "name", "hostname", "power_state", "status", "location", "size", "image", "ipv4", "ipv6", "origin")
KEYS = (*PLAIN, "address", "tags", "all_tags")

Instance = Mapping[str, Any]
Filter = Callable[[Instance], bool]
Patterns = list["re.Pattern[str]"]


def read_filters(option: str, given: Sequence[Any], problems: list[str]) -> list[Filter]:
    """The filters of an option; errors are added to ``problems``."""
    filters = []
    for number, entry in enumerate(given or (), 1):
        where = f"{option} {number}"
        if not isinstance(entry, Mapping) or not entry:
            problems.append(f"{where} must be a dictionary such as {{power_state: running}}")
            continue
        conditions = [_condition(where, str(key), value, problems) for key, value in entry.items()]
        filters.append(_all_of([item for item in conditions if item]))
    return filters


def _all_of(conditions: Sequence[Filter]) -> Filter:
    return lambda instance: all(condition(instance) for condition in conditions)


def _condition(where: str, key: str, value: Any, problems: list[str]) -> Filter | None:
    if key not in KEYS:
        problems.append(f"{where}: unknown key {key!r}; the keys are {', '.join(KEYS)}")
        return None
    values = value if isinstance(value, list) else [value]
    texts = [str(item) for item in values if isinstance(item, (str, int, float)) and not isinstance(item, bool)]
    if not values or len(texts) != len(values):
        problems.append(
            f"{where}: {key} must be a string or a list of strings; put words such as off and yes in quotes"
        )
        return None
    patterns = [re.compile(fnmatch.translate(text)) for text in texts]
    if key == "power_state":
        unknown = [text for text in texts if not fnmatch.filter(POWER_STATES, text)]
        if unknown:
            problems.append(f"{where}: unknown power_state {unknown[0]!r}; the values are {', '.join(POWER_STATES)}")
    if key == "all_tags":
        return lambda instance: _has_all(list(tag_words(instance["tags"])), patterns)
    if key == "tags":
        return lambda instance: _has_any(tag_words(instance["tags"]), patterns)
    if key == "address":
        return lambda instance: _has_any(instance["addresses"], patterns)
    return lambda instance: instance[key] is not None and _has_any([str(instance[key])], patterns)


def _has_any(texts: Iterator[str] | Sequence[str], patterns: Patterns) -> bool:
    return any(pattern.match(text) for text in texts for pattern in patterns)


def _has_all(texts: Sequence[str], patterns: Patterns) -> bool:
    return all(any(map(pattern.match, texts)) for pattern in patterns)


def tag_words(tags: Any) -> Iterator[str]:
    """Tags as strings: the items of a list, or the keys of a dictionary and ``key=value`` for each entry."""
    if isinstance(tags, Mapping):
        for key, value in tags.items():
            yield str(key)
            if isinstance(value, (str, int, float)):
                yield f"{key}={value}"
    elif isinstance(tags, list):
        yield from (str(item) for item in tags if isinstance(item, (str, int, float)))

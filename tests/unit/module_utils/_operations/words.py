# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal words that are other objects, as those of JSON and of a database are: comparing with ``is`` is seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

Value = TypeVar("Value")


def anew(value: Value) -> Value:
    """The value with a copy of every string in it, also of those in tuples, lists and maps."""
    return cast("Value", _anew(value))


def _anew(value: Any) -> Any:
    if isinstance(value, str):
        return "".join([*value])
    if isinstance(value, tuple):
        items = map(_anew, value)
        return value._make(items) if hasattr(value, "_make") else tuple(items)
    if isinstance(value, list):
        return [_anew(item) for item in value]
    return {_anew(key): _anew(item) for key, item in value.items()} if isinstance(value, Mapping) else value

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate one expression for thousands of hosts quickly: most hosts have the same values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, nodes

# These give the same result for the same values. Others may depend on chance, time or files.
PURE_FILTERS = frozenset(
    [
        *(
            "abs",
            "bool",
            "capitalize",
            "d",
            "default",
            "first",
            "float",
            "int",
            "join",
            "last",
            "length",
            "list",
            "lower",
        ),
        *("max", "min", "regex_replace", "regex_search", "replace", "round", "sort", "split", "string", "title"),
        *("to_json", "trim", "unique", "upper"),
    ]
)
PURE_TESTS = frozenset(
    [
        *("boolean", "contains", "defined", "eq", "equalto", "even", "false", "ge", "gt", "in", "le", "lt", "mapping"),
        *("match", "ne", "none", "number", "odd", "search", "sequence", "string", "true", "undefined"),
    ]
)


@cache
def names_in(expression: str) -> frozenset[str] | None:
    """The variables that an expression uses; None if its result may depend on anything else."""
    try:
        tree = Environment().parse("{{" + expression + "}}")
    except Exception:
        return None
    if any(item.name not in PURE_FILTERS for item in tree.find_all(nodes.Filter)):
        return None
    if any(item.name not in PURE_TESTS for item in tree.find_all(nodes.Test)):
        return None
    return frozenset(item.name for item in tree.find_all(nodes.Name))


class ExpressionCache:
    """Caches results of expressions that use only the variables ``plain``, whose values are not templates.

    An expression is evaluated once for the same values; one that is only a name is not evaluated at all.
    """

    def __init__(self, plain: Collection[str]) -> None:
        self._plain = frozenset(plain)
        self._results: dict[tuple[str, ...], tuple[Any, Exception | None]] = {}

    def get(self, expression: str, variables: Mapping[str, Any], evaluate: Callable[[], Any], use: str = "") -> Any:
        """The result or the exception of ``evaluate``; ``use`` separates uses of the same expression."""
        names = names_in(expression)
        if names is None or not names <= self._plain:
            return evaluate()
        if names == {expression} and not use:
            return _copied(variables[expression])
        key = (use, expression, *(repr(variables[name]) for name in sorted(names)))
        if key not in self._results:
            try:
                self._results[key] = (evaluate(), None)
            except Exception as exc:
                self._results[key] = (None, exc)
        value, error = self._results[key]
        if error is not None:
            raise error
        return _copied(value)


def _copied(value: Any) -> Any:
    """A copy of lists and dictionaries. Strings are kept: core's tags on them would make deepcopy slow."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value

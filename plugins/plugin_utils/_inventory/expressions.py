# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluating the same expression for thousands of hosts, where most hosts have the same values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, nodes

# What gives the same result for the same values. Others may draw lots, tell the time, or look at files.
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
    """The variables that an expression uses, None when its result may depend on anything else."""
    try:
        tree = Environment().parse("{{" + expression + "}}")
    except Exception:
        return None
    if any(item.name not in PURE_FILTERS for item in tree.find_all(nodes.Filter)):
        return None
    if any(item.name not in PURE_TESTS for item in tree.find_all(nodes.Test)):
        return None
    return frozenset(item.name for item in tree.find_all(nodes.Name))


class Memory:
    """Results of expressions that use only variables of ``own``: those whose values are no templates.

    An expression with the same values is evaluated once; a name alone is not evaluated at all.
    """

    def __init__(self, own: Collection[str]) -> None:
        self._own = frozenset(own)
        self._known: dict[tuple[str, ...], tuple[Any, Exception | None]] = {}

    def recall(self, expression: str, variables: Mapping[str, Any], evaluate: Callable[[], Any], use: str = "") -> Any:
        """What ``evaluate`` gives or raises; ``use`` tells apart what the same expression is evaluated for."""
        names = names_in(expression)
        if names is None or not names <= self._own:
            return evaluate()
        if names == {expression} and not use:
            return _copied(variables[expression])
        key = (use, expression, *(repr(variables[name]) for name in sorted(names)))
        if key not in self._known:
            try:
                self._known[key] = (evaluate(), None)
            except Exception as exc:
                self._known[key] = (None, exc)
        value, problem = self._known[key]
        if problem is not None:
            raise problem
        return _copied(value)


def _copied(value: Any) -> Any:
    """The value with lists and maps of its own. Strings may carry marks, which copying in general would look at."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions are evaluated once for the same values, and each time where anything else may count."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.plugin_utils._inventory.expressions import ExpressionCache, names_in


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("a", {"a"}),
        ("a == 'x' and b is defined", {"a", "b"}),
        ("a.b | default('x') | lower", {"a"}),
        ("'root'", set()),
        ("a if b else c", {"a", "b", "c"}),
        ("lookup('env', 'HOME')", {"lookup"}),
        ("now()", {"now"}),
        ("a | random", None),
        ("a | map('random')", None),
        ("a is file", None),
        ("a ~ ", None),
        ("a }} {{ b | random", None),
    ],
)
def test_names_in_an_expression(expression: str, names: set[str] | None) -> None:
    assert names_in(expression) == names


def counted(memory: ExpressionCache, expression: str, hosts: list[dict[str, Any]]) -> tuple[list[Any], int]:
    calls = itertools.count()

    def evaluate() -> str:
        return f"result {next(calls)}"

    return [memory.get(expression, host, evaluate) for host in hosts], next(calls)


def test_same_values_are_evaluated_once() -> None:
    hosts = [{"power": "running" if i % 2 else "stopped", "id": str(i)} for i in range(5000)]
    found, calls = counted(ExpressionCache(["power", "id"]), "power == 'running'", hosts)
    assert calls == 2
    assert found == ["result 0", "result 1"] * 2500
    assert counted(ExpressionCache(["power", "id"]), "id ~ '-x'", hosts)[1] == 5000


def test_a_name_alone_is_not_evaluated() -> None:
    found, calls = counted(ExpressionCache(["tags"]), "tags", [{"tags": ["a"]}, {"tags": {"b": [1]}}])
    assert (found, calls) == ([["a"], {"b": [1]}], 0)


@pytest.mark.parametrize("expression", ["other", "power ~ other", "lookup('env', power)", "power | random"])
def test_foreign_names_are_evaluated_each_time(expression: str) -> None:
    hosts = [{"power": "running", "other": "{{ x }}"}] * 3
    assert counted(ExpressionCache(["power"]), expression, hosts) == (["result 0", "result 1", "result 2"], 3)


def test_values_of_different_types_differ() -> None:
    hosts = [{"a": value} for value in (1, "1", True, 1.0, None, "None", [1], ["1"])]
    assert counted(ExpressionCache(["a"]), "a ~ ''", hosts)[1] == len(hosts)


def test_results_are_not_shared() -> None:
    memory, hosts = ExpressionCache(["a"]), [{"a": "x"}] * 2
    first, second = (memory.get("a ~ 'y'", host, lambda: {"list": [1]}) for host in hosts)
    first["list"].append(2)
    assert second == {"list": [1]}
    assert memory.get("a ~ 'y'", hosts[0], lambda: None) == {"list": [1]}


def test_a_failure_is_remembered() -> None:
    calls = []

    def evaluate() -> None:
        calls.append(1)
        raise ValueError("no")

    memory = ExpressionCache(["a"])
    for dummy in range(3):
        with pytest.raises(ValueError, match="no"):
            memory.get("a + 1", {"a": "x"}, evaluate)
    assert len(calls) == 1


def test_conditions_and_values_are_remembered_apart() -> None:
    memory = ExpressionCache(["a"])
    assert memory.get("a ~ ''", {"a": 1}, lambda: "text") == "text"
    assert memory.get("a ~ ''", {"a": 1}, lambda: True, use="condition") is True

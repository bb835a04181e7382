# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mutants of a session of cosmic-ray: which there are, what each one reads like, and what became of it."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

KILLED, SURVIVED, INVALID = "killed", "survived", "invalid"
OUTCOMES = {KILLED: TestOutcome.KILLED, SURVIVED: TestOutcome.SURVIVED, INVALID: TestOutcome.INCOMPETENT}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    job: str
    path: Path
    operator: str
    occurrence: int
    line: int
    column: int
    function: str

    @cached_property
    def source(self) -> str:
        """The whole file with the change."""
        made = mutate_code(text(self.path), get_operator(self.operator)(), self.occurrence)
        assert isinstance(made, str), self
        return made

    @property
    def valid(self) -> bool:
        try:
            compile(self.source, str(self.path), "exec", dont_inherit=True)
        except (SyntaxError, AttributeError):  # the latter from cosmic-ray, of ``except module.Name``
            return False
        return True

    @cached_property
    def change(self) -> tuple[str, str]:
        """The changed lines before and after."""
        lines = list(difflib.ndiff(text(self.path).splitlines(), self.source.splitlines()))
        before, after = ([item[2:].strip() for item in lines if item.startswith(f"{sign} ")] for sign in ("-", "+"))
        return " ".join(before), " ".join(after)


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


def mutants(database: WorkDB, folder: Path) -> Iterator[Mutant]:
    """All that can make a difference: annotations are never run, and are left out."""
    for item in database.work_items:
        mutant = _mutant(item, folder)
        if not in_annotation(mutant) and not is_marker(mutant):
            yield mutant


def keep(database: WorkDB, mutant: Mutant, outcome: str, how: str) -> None:
    """Write down what became of a mutant, as cosmic-ray does, so that its own reports can be had as well."""
    before, after = mutant.change if outcome != INVALID else ("", "")
    database.set_result(
        mutant.job,
        WorkResult(WorkerOutcome.NORMAL, output=how, test_outcome=OUTCOMES[outcome], diff=f"-{before}\n+{after}"),
    )


def _mutant(item: WorkItem, folder: Path) -> Mutant:
    (spec,) = item.mutations
    line, column = spec.start_pos
    return Mutant(
        item.job_id,
        folder / spec.module_path.name,
        spec.operator_name,
        spec.occurrence,
        line,
        column,
        spec.definition_name or "",
    )


def in_annotation(mutant: Mutant) -> bool:
    """Whether the change is in a type, which ``from __future__ import annotations`` keeps from being run."""
    return any(_covers(node, mutant) for node in _annotations(mutant.path))


def is_marker(mutant: Mutant) -> bool:
    """Whether the change is of a star before arguments, which cosmic-ray takes for a multiplication."""
    if "BinaryOperator" not in mutant.operator:
        return False
    return not any(
        _covers(node, mutant) for node in ast.walk(tree(mutant.path)) if isinstance(node, (ast.BinOp, ast.AugAssign))
    )


@cache
def _annotations(path: Path) -> list[ast.expr]:
    found: list[ast.expr | None] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.AnnAssign, ast.arg)):
            found.append(node.annotation)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(node.returns)
    return [item for item in found if item is not None]


def _covers(node: ast.expr | ast.stmt, mutant: Mutant) -> bool:
    start, end = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    return start <= (mutant.line, mutant.column) < end


def in_function(mutant: Mutant) -> bool:
    """Whether the change is in what runs when a function is called, and not when the module is imported."""
    return any(
        node.body[0].lineno <= mutant.line <= (node.end_lineno or 0)
        for node in ast.walk(tree(mutant.path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def statement(mutant: Mutant) -> range:
    """The lines of the statement that is changed; of one that holds others, its head."""
    best = range(mutant.line, mutant.line + 1)
    found = [node for node in ast.walk(tree(mutant.path)) if isinstance(node, (ast.stmt, ast.excepthandler))]
    around = [node for node in found if node.lineno <= mutant.line <= (node.end_lineno or 0)]
    if around:
        inner = max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)))
        body = getattr(inner, "body", None)
        end = body[0].lineno - 1 if body else inner.end_lineno or inner.lineno
        best = range(inner.lineno, max(end, mutant.line) + 1)
    return best

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surveys: how AWX validates their questions, and the answers before a launch.

After ``_validate_spec_data`` of awx/api/views and ``_survey_element_validation`` of awx/main/models/mixins.py.
Stricter: a question has no keys that AWX gives no meaning to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TYPES: dict[str, type] = {
    **dict.fromkeys(("text", "textarea", "password", "multiplechoice", "multiselect"), str),
    "integer": int,
    "float": float,
}
DEMANDED: dict[str, type] = {"type": str, "question_name": str, "variable": str, "required": bool}
KEYS = {*DEMANDED, "question_description", "default", "min", "max", "choices", "new_question"}


def problems(spec: Any) -> Iterator[str]:
    """The problems of a survey; empty if AWX accepts it."""
    if not isinstance(spec, dict):
        yield "A survey is an object."
        return
    for name, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(spec.get(name), kind):
            yield f"Field '{name}' of the survey is missing, or no {kind.__name__}."
    if extra := set(spec) - {"name", "description", "spec"}:
        yield f"A survey has no {sorted(extra)}."
    questions = spec.get("spec")
    if not isinstance(questions, list) or not questions:
        yield "'spec' does not contain any questions."
        return
    seen: set[str] = set()
    for number, question in enumerate(questions):
        for problem in _question(question, seen):
            yield f"Survey question {number}: {problem}"


def _question(question: Any, seen: set[str]) -> Iterator[str]:
    if not isinstance(question, dict):
        yield "is no object."
        return
    if extra := set(question) - KEYS:
        yield f"there is no {sorted(extra)}."
    for name, kind in DEMANDED.items():
        if not isinstance(question.get(name), kind):
            yield f"'{name}' is missing, or no {kind.__name__}."
            return
    if question["variable"] in seen:
        yield f"'{question['variable']}' is asked for twice."
    seen.add(question["variable"])
    if question["type"] not in TYPES:
        yield f"'{question['type']}' is no type of questions."
        return
    for limit in ("min", "max"):
        given = question.get(limit)
        if given is not None and (not isinstance(given, int) or isinstance(given, bool)):
            yield f"the {limit} limit is expected to be an integer."
            return
    choices = question.get("choices")
    if question["type"] in ("multiplechoice", "multiselect") and not choices:
        yield "must have choices."
        return
    if question.get("default", "") != "":
        if not isinstance(question["default"], TYPES[question["type"]]):
            yield f"the default is expected to be {TYPES[question['type']].__name__}."
        # AWX silently drops a default outside of the limits.
        yield from answer_problems(question, question["default"])


def answer_problems(question: Mapping[str, Any], value: Any) -> Iterator[str]:
    """Why AWX refuses this answer."""
    name, kind = question["variable"], question["type"]
    if kind in ("text", "textarea", "password"):
        if not isinstance(value, str):
            yield f"Value {value!r} for '{name}' expected to be a string."
        elif question.get("min") is not None and len(value) < question["min"]:
            yield f"'{name}' value {value!r} is too small (length is {len(value)} must be at least {question['min']})."
        elif question.get("max") is not None and len(value) > question["max"]:
            yield f"'{name}' value {value!r} is too large (must be no more than {question['max']})."
    elif kind in ("integer", "float"):
        if type(value) not in ((int,) if kind == "integer" else (int, float)):
            yield f"Value {value!r} for '{name}' expected to be a number."
        elif question.get("min") is not None and value < question["min"]:
            yield f"'{name}' value {value} is too small (must be at least {question['min']})."
        elif question.get("max") is not None and value > question["max"]:
            yield f"'{name}' value {value} is too large (must be no more than {question['max']})."
    else:
        choices = question["choices"].splitlines() if isinstance(question["choices"], str) else question["choices"]
        for one in value if kind == "multiselect" else [value]:
            if one not in choices:
                yield f"Value {one!r} for '{name}' expected to be one of {choices}."


def refusals(spec: Mapping[str, Any], answers: Mapping[str, Any]) -> list[str]:
    """Why AWX does not launch with these answers."""
    found = []
    for question in spec["spec"]:
        if question["variable"] in answers:
            found += answer_problems(question, answers[question["variable"]])
        elif question["required"]:
            found.append(f"'{question['variable']}' value missing")
    unknown = set(answers) - {question["variable"] for question in spec["spec"]}
    return found + [f"Variables {sorted(unknown)} are not allowed on launch." for _once in range(bool(unknown))]

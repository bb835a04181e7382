# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validate the variables of the role against its argument spec, and convert them to their types.

Ansible's own validation task runs once per host and returns the whole spec in each result, which is too expensive for a
large play. It also leaves the values as they were given: a boolean from ``-e name=value`` or a survey stays a string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.yaml import yaml_load

from .._controller.core_compat import plain
from .._controller.unquoted import unquoted

ROLES = Path(__file__).parents[3] / "roles"
TARGETS = "restore_targets"


class Validated(NamedTuple):
    """The values in the types of the spec, without those that are not set, and a sentence for each problem."""

    variables: dict[str, Any]
    targets: list[dict[str, Any]] | None
    problems: list[str]


@cache
def role_options(role: str = "restore") -> dict[str, Any]:
    """The options of a role, by the names of its variables."""
    spec = ROLES / role / "meta" / "argument_specs.yml"
    options: dict[str, Any] = yaml_load(spec.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    return options


def validate(
    variables: Mapping[str, Any], targets: Sequence[Mapping[str, Any]] | None, role: str = "restore"
) -> Validated:
    """Fill in the defaults of the spec and convert the values; unknown variables are kept.

    None counts as not set, and so does an empty text for anything but a text: surveys and ``-e name=`` give it.
    """
    options = role_options(role)
    given = _without_empty(_set(plain(variables)), options)
    if targets is not None:
        of_target, found = options[TARGETS]["options"], plain(targets)
        if isinstance(found, list):
            found = [_without_empty(one, of_target) if isinstance(one, dict) else one for one in found]
        given[TARGETS] = found
    wrong = unquoted(given, f"{role}_")
    for one in given.get(TARGETS) or ():
        wrong += [f"{TARGETS}: {text}" for text in unquoted(one)] if isinstance(one, dict) else []
    result = ArgumentSpecValidator(options).validate({name: given[name] for name in given if name in options})
    found = {**given, **_set(result.validated_parameters)}
    converted = found.pop(TARGETS, None)
    return Validated(
        found,
        [_set(target) for target in converted] if isinstance(converted, list) and not result.error_messages else None,
        [*wrong, *map(_sentence, result.error_messages)],
    )


def _sentence(error: str) -> str:
    text = f"{error.rstrip('.')}."
    # Ansible lists the names and leaves it to the caller to say what is wrong with them.
    return f"Unsupported: {text}" if ". Supported parameters include" in text else text


def _without_empty(values: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    def is_empty(name: str, value: Any) -> bool:
        spec = options.get(name, {"type": "str"})
        is_text = spec.get("type", "str") in ("str", "path") and "choices" not in spec
        return not is_text and isinstance(value, str) and not value.strip()

    return {name: value for name, value in values.items() if not is_empty(name, value)}


def _set(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}

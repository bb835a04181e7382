# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credential types: their inputs, their injectors, and the environment of a job.

After docs/credentials/custom_credential_types.md of AWX. Injectors are Jinja, rendered with the inputs by name; one
that names anything else is refused. What that page does not say, such as other keys and the names of variables, is
strict here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

HIDDEN = "$encrypted$"
FIELD_KEYS = {
    **dict.fromkeys(("id", "label", "type", "help_text", "format"), str),
    **dict.fromkeys(("secret", "multiline", "ask_at_runtime"), bool),
    "choices": list,
    "default": object,
}
IDENTIFIER = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")
VARIABLE = re.compile(r"(?!ANSIBLE_)[A-Z_][A-Z0-9_]*")
JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined)


def type_problems(inputs: Any, injectors: Any) -> Iterator[str]:
    """The problems of a credential type."""
    if extra := set(inputs) - {"fields", "required"}:
        yield f"inputs: additional properties {sorted(extra)}"
    if extra := set(injectors) - {"env", "extra_vars", "file"}:
        yield f"injectors: additional properties {sorted(extra)}"
    fields = inputs.get("fields", [])
    for one in fields:
        yield from _field_problems(one)
    ids = [one.get("id") for one in fields]
    if len(set(ids)) != len(ids):
        yield "inputs: an id is used twice"
    if missing := set(inputs.get("required", [])) - set(ids):
        yield f"inputs: required fields {sorted(missing)} are not defined"
    for kind, values in injectors.items():
        for name, template in values.items():
            if kind == "env" and not VARIABLE.fullmatch(name):
                yield f"injectors: {name} is not allowed as an environment variable"
            try:
                JINJA.from_string(template).render(dict.fromkeys(ids, "x"))
            except (TemplateError, TypeError) as error:
                yield f"injectors: {name} uses an undefined field ({error})"


def _field_problems(one: Mapping[str, Any]) -> Iterator[str]:
    for name, value in one.items():
        if name not in FIELD_KEYS:
            yield f"inputs: additional property {name}"
        elif not isinstance(value, FIELD_KEYS[name]):
            yield f"inputs: {name} is expected to be {FIELD_KEYS[name].__name__}"
    for name in ("id", "label"):
        if name not in one:
            yield f"inputs: {name} is a required property"
    if not IDENTIFIER.fullmatch(str(one.get("id", ""))):
        yield f"inputs: {one.get('id')} does not match {IDENTIFIER.pattern}"
    if one.get("type", "string") not in ("string", "boolean"):
        yield f"inputs: {one['type']} is not one of string, boolean"


def input_problems(kind: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    """The problems of the inputs of a credential of this type."""
    known = {one["id"]: one for one in kind["inputs"].get("fields", [])}
    for name, value in values.items():
        if name not in known:
            yield f"inputs: {name} is no field of {kind['name']}"
        elif not isinstance(value, bool if known[name].get("type") == "boolean" else str):
            yield f"inputs: {name} has the wrong type"
    # AWX accepts such a credential but does not launch a job with it.
    for name in kind["inputs"].get("required", []):
        if not values.get(name):
            yield f"inputs: {name} is required"


def shown(kind: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as the API shows them."""
    secret = {one["id"] for one in kind["inputs"].get("fields", []) if one.get("secret")}
    return {name: HIDDEN if name in secret and value else value for name, value in values.items()}


def injected(kind: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """The environment variables of a job; an empty input is an empty variable."""
    known = {one["id"]: values.get(one["id"], "") for one in kind["inputs"].get("fields", [])}
    return {name: JINJA.from_string(text).render(known) for name, text in kind["injectors"].get("env", {}).items()}

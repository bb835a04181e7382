# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the options of an inventory file: evaluate templates, and collect all errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ...module_utils._providers.registry import SCOPE_OPTIONS
from .addresses import CONNECT_WITH
from .filters import Filter, read_filters

Option = Callable[[str], Any]
Render = Callable[[Any], Any]

PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TEXTS = ("api_token", "api_url", *SCOPE_OPTIONS, "api_auth_header", "api_auth_scheme", "ca_path")
CONNECTION = (
    *TEXTS,
    "provider",
    "api_allow_http",
    "request_timeout",
    "requests_per_minute",
    "validate_certs",
    "api_routes",
)
NAMES = ("name", "hostname", "id", *(kind for kind in CONNECT_WITH if kind != "name"))
"""The values of ``hostnames`` besides templates."""


class Options(NamedTuple):
    """The options of the file with their templates evaluated; ``problems`` are the errors in it."""

    connection: Mapping[str, Any]
    filters: Sequence[Filter]
    exclude_filters: Sequence[Filter]
    hostnames: Sequence[str]
    hostvars_prefix: str
    connect_with: Sequence[str]
    strict: bool
    problems: list[str]

    def wants(self, instance: Mapping[str, Any]) -> bool:
        """Whether an instance becomes a host."""
        if self.filters and not any(wanted(instance) for wanted in self.filters):
            return False
        return not any(unwanted(instance) for unwanted in self.exclude_filters)


def is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


def read_options(file: Mapping[str, Any], known: Sequence[str], option: Option, render: Render) -> Options:
    """Read the options of ``file``; ``known`` are the names of all options."""
    problems = [_unknown(str(name), known) for name in file if name not in known]

    def rendered(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [rendered(name, item) for item in value]
        if isinstance(value, dict):
            return {key: rendered(name, item) for key, item in value.items()}
        if not isinstance(value, str) or not is_template(value):
            return value
        try:
            return render(value)
        except Exception as exc:
            # The error may quote the template, and that of api_token may be a token by mistake.
            reason = "" if name == "api_token" else f": {str(exc).splitlines()[0] if str(exc) else ''}"
            problems.append(f"the template of {name} failed ({type(exc).__name__}{reason})")
            return None

    connection = {name: option(name) for name in CONNECTION}
    connection.update({name: rendered(name, connection[name]) for name in TEXTS})
    return Options(
        connection=connection,
        filters=read_filters("filters", rendered("filters", option("filters")), problems),
        exclude_filters=read_filters(
            "exclude_filters", rendered("exclude_filters", option("exclude_filters")), problems
        ),
        hostnames=_hostnames(option("hostnames"), problems),
        hostvars_prefix=_prefix(option("hostvars_prefix"), problems),
        connect_with=_connect_with(option("connect_with"), problems),
        strict=bool(option("strict")),
        problems=problems,
    )


def _unknown(name: str, known: Sequence[str]) -> str:
    import difflib  # Needed for unknown options only.

    near = difflib.get_close_matches(name, known, n=1)
    return f"unknown option {name!r}" + (f"; did you mean {near[0]}?" if near else "")


def _hostnames(given: Sequence[str], problems: list[str]) -> Sequence[str]:
    problems += [
        f"hostnames: unknown value {str(item)!r}; use {', '.join(NAMES)}, or a template"
        for item in given
        if item not in NAMES and not is_template(str(item))
    ]
    return given


def _connect_with(given: Sequence[str], problems: list[str]) -> Sequence[str]:
    wrong = [item for item in given if item not in CONNECT_WITH]
    problems += [f"connect_with: unknown value {str(item)!r}; use {', '.join(CONNECT_WITH)}" for item in wrong]
    return given


def _prefix(given: str, problems: list[str]) -> str:
    if not PREFIX.fullmatch(given) or given.startswith("ansible_"):
        problems.append(
            f"hostvars_prefix {given!r} must consist of letters, digits and underscores, "
            "and must not start with a digit or ansible_"
        )
    return given

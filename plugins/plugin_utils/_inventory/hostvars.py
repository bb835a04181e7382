# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a host: the data of its instance, which is never evaluated as a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible import template

from ...module_utils._metadata.tags import is_marker

# Exists since ansible-core 2.19, where only strings that are marked as trusted are evaluated as templates.
_TRUST = getattr(template, "trust_as_template", None)
# Text of these characters holds no template, so it needs no mark, which ansible-inventory would show with each value.
_HARMLESS = re.compile(r"[\w .:@/+-]*")


def host_variables(instance: Mapping[str, Any], account: Mapping[str, str], prefix: str) -> dict[str, Any]:
    """The variables, whose names start with ``prefix``; ``account`` holds those that all instances share."""
    shown = {**instance, "tags": shown_tags(instance["tags"])}
    variables = {prefix + name: untrusted(value) for name, value in shown.items()}
    return {**variables, **{prefix + name: trusted(value) for name, value in account.items()}}


def trusted(text: str) -> str:
    """Mark text of the user, or text that was checked, as trusted."""
    return text if _TRUST is None else _TRUST(text)


def shown_tags(tags: Any) -> Any:
    """The tags without those that hold the record of a restore. No tags are an empty list."""
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if not is_marker(key)}
    if isinstance(tags, list):
        return [item for item in tags if not is_marker(item)]
    return [] if tags is None else tags


def untrusted(value: Any) -> Any:
    """Mark the strings in a value that this ansible-core would otherwise evaluate as templates."""
    if _TRUST is not None:
        return value
    if isinstance(value, str):
        from ansible.utils.unsafe_proxy import wrap_var

        return value if _HARMLESS.fullmatch(value) else wrap_var(value)
    if isinstance(value, dict):
        return {untrusted(key): untrusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [untrusted(item) for item in value]
    return value

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a host: all that is known of its instance, never read as a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible import template

from ...module_utils._metadata.tags import is_marker

# Where this exists, only strings that are said to be templates are ever read as one.
_TRUST = getattr(template, "trust_as_template", None)
# Text of these characters is no template, and no expression that could do anything. Marking it as well would only be
# seen in each line that ansible-inventory prints.
_HARMLESS = re.compile(r"[\w .:@/+-]*")


def host_variables(instance: Mapping[str, Any], account: Mapping[str, str], prefix: str) -> dict[str, Any]:
    """The variables, with ``prefix`` before each; ``account`` is what belongs to every instance alike."""
    known = {**instance, "tags": shown_tags(instance["tags"])}
    told = {prefix + name: untrusted(value) for name, value in known.items()}
    return {**told, **{prefix + name: trusted(value) for name, value in account.items()}}


def trusted(text: str) -> str:
    """Text that the user wrote, or that was looked through."""
    return text if _TRUST is None else _TRUST(text)


def shown_tags(tags: Any) -> Any:
    """The tags without the record of a restore, which is no tag of the user; none is an empty list."""
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if not is_marker(key)}
    if isinstance(tags, list):
        return [item for item in tags if not is_marker(item)]
    return [] if tags is None else tags


def untrusted(value: Any) -> Any:
    """The value with each string in it marked where Ansible might take it for a template otherwise."""
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

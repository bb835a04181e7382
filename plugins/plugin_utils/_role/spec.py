# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role against its argument spec.

Ansible does the same in a task of its own for each host, which a large play cannot afford: its result holds the spec
once more for each host, and every later process of the controller pays for that memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.yaml import yaml_load

SPEC = Path(__file__).parents[3] / "roles" / "restore" / "meta" / "argument_specs.yml"


def wrong_values(variables: Mapping[str, Any], targets: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """What the spec forbids, in sentences. A variable that is None counts as not set."""
    options = yaml_load(SPEC.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    given = {name: _plain(value) for name, value in variables.items() if value is not None}
    if targets is not None:
        # The validator completes each of them, also one that is listed twice.
        given["restore_targets"] = _plain(targets)
    known = {name: value for name, value in given.items() if name in options}
    return [f"{str(error).rstrip('.')}." for error in ArgumentSpecValidator(options).validate(known).error_messages]


def _plain(value: Any) -> Any:
    """The same, of dictionaries and lists only.

    The validator copies all it gets, and containers of Ansible know the variables they were made from: a copy of one is
    a copy of all of these.
    """
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(one) for one in value]
    return value

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How this ansible-core hands arguments to a module and takes its result: what differs between its versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from ansible.module_utils import basic
from ansible.module_utils.common import json as common_json
from ansible.module_utils.common import warnings as collected
from ansible.vars import clean

JSON: Any = common_json
PROFILE = "legacy"
"""How ansible-core 2.19 and newer talk with modules that ask for nothing else."""
HAS_PROFILES = hasattr(JSON, "get_module_encoder")
# It also makes results of exceptions; an older one shows the traceback that a module dies with.
RAISES = HAS_PROFILES


class Said(NamedTuple):
    """What a module leaves on its standard output and its standard error."""

    output: str
    error: str = ""


def encoded(arguments: Mapping[str, Any]) -> bytes:
    """The arguments as a module reads them; raises what the encoder raises on what JSON cannot carry."""
    message = {"ANSIBLE_MODULE_ARGS": dict(arguments)}
    if HAS_PROFILES:
        encoder = JSON.get_module_encoder(PROFILE, JSON.Direction.CONTROLLER_TO_MODULE)
        return json.dumps(message, cls=encoder).encode()
    return json.dumps(message, cls=JSON.AnsibleJSONEncoder, vault_to_text=True).encode()


@contextmanager
def module_reads(arguments: bytes) -> Iterator[None]:
    """What belongs to one module is global in ansible.module_utils, and the items of a loop share this process."""
    kept = {name: getattr(basic, name) for name in ("_ANSIBLE_ARGS", "_ANSIBLE_PROFILE") if hasattr(basic, name)}
    lists: list[Any] = [collected._global_warnings, collected._global_deprecations]
    before = [item.copy() for item in lists]
    try:
        for item in lists:
            item.clear()
        for name in kept:
            setattr(basic, name, arguments if name == "_ANSIBLE_ARGS" else PROFILE)
        yield
    finally:
        for name, value in kept.items():
            setattr(basic, name, value)
        for item, content in zip(lists, before):
            item.clear()
            (item.update if isinstance(item, dict) else item.extend)(content)


def parsed(action: Any, said: Said) -> dict[str, Any]:
    """The result that an action makes of what a module said, cleaned as ``_execute_module()`` cleans it."""
    answer = {"rc": int(bool(said.error)), "stdout": said.output, "stderr": said.error}
    answer |= {"stdout_lines": said.output.splitlines(), "stderr_lines": said.error.splitlines()}
    found = action._parse_returned_data(*((answer, PROFILE) if HAS_PROFILES else (answer,)))
    if isinstance(found, dict):
        clean.remove_internal_keys(found)
        return found
    found.remove_internal_keys()
    return dict(found.as_result_dict(for_round_trip=True))

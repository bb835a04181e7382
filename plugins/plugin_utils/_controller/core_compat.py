# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ansible-core passes arguments to a module and reads its result; hides the differences between core versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

from ansible.module_utils import basic
from ansible.module_utils.common import json as common_json
from ansible.module_utils.common import warnings as common_warnings
from ansible.vars import clean

JSON: Any = common_json
PROFILE = "legacy"
"""The serialization profile that ansible-core 2.19 and newer use for modules that do not name one."""
HAS_PROFILES = hasattr(JSON, "get_module_encoder")
TRUSTED: dict[str, bool] = {"trusted_as_template": True} if HAS_PROFILES else {}
"""How a file is loaded whose templates count."""
RAISES = HAS_PROFILES
"""Whether core turns an exception of a module into a result. An older core shows the traceback as module output."""


class ModuleOutput(NamedTuple):
    """What a module wrote to its standard output and standard error."""

    stdout: str
    stderr: str = ""


def encode_arguments(arguments: Mapping[str, Any]) -> bytes:
    """The arguments in the form in which a module reads them.

    Raises TypeError or ValueError if a value has no JSON form.
    """
    message = {"ANSIBLE_MODULE_ARGS": dict(arguments)}
    if HAS_PROFILES:
        encoder = JSON.get_module_encoder(PROFILE, JSON.Direction.CONTROLLER_TO_MODULE)
        return json.dumps(message, cls=encoder).encode()
    return json.dumps(message, cls=JSON.AnsibleJSONEncoder, vault_to_text=True).encode()


@contextmanager
def module_globals(arguments: bytes) -> Iterator[None]:
    """Set the globals of ansible.module_utils for one module, and restore them afterwards.

    A worker may run several modules in one process, for example the items of a loop.
    """
    saved = {name: getattr(basic, name) for name in ("_ANSIBLE_ARGS", "_ANSIBLE_PROFILE") if hasattr(basic, name)}
    lists: list[Any] = [common_warnings._global_warnings, common_warnings._global_deprecations]
    contents = [item.copy() for item in lists]
    try:
        for item in lists:
            item.clear()
        for name in saved:
            setattr(basic, name, arguments if name == "_ANSIBLE_ARGS" else PROFILE)
        yield
    finally:
        for name, value in saved.items():
            setattr(basic, name, value)
        for item, content in zip(lists, contents):
            item.clear()
            (item.update if isinstance(item, dict) else item.extend)(content)


def parse_output(action: Any, output: ModuleOutput) -> dict[str, Any]:
    """The result of a module's output, parsed and cleaned as ``ActionBase._execute_module()`` does it."""
    data = {"rc": int(bool(output.stderr)), "stdout": output.stdout, "stderr": output.stderr}
    data |= {"stdout_lines": output.stdout.splitlines(), "stderr_lines": output.stderr.splitlines()}
    result = action._parse_returned_data(*((data, PROFILE) if HAS_PROFILES else (data,)))
    if isinstance(result, dict):
        clean.remove_internal_keys(result)
        return result
    result.remove_internal_keys()
    return dict(result.as_result_dict(for_round_trip=True))


def module_defaults(action: str, task: Any, templar: Any) -> dict[str, Any]:
    """The ``module_defaults`` that apply to an action at the place of a task, templated."""
    # Few action plugins need this import.
    core: Any = import_module("ansible.executor.module_common")
    if hasattr(core, "_apply_action_arg_defaults"):
        return dict(core._apply_action_arg_defaults(action, task, {}, templar))
    groups = task._parent._play._action_groups
    return dict(core.get_action_args_with_defaults(action, {}, task.module_defaults, templar, action_groups=groups))


def plain(value: Any) -> Any:
    """A copy of a variable that holds only plain dictionaries, lists and strings.

    Ansible's own containers refer to the variables that they were made from, and before ansible-core 2.19 a vaulted
    string is a sequence of its own kind.
    """
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if hasattr(value, "ciphertext") and not isinstance(value, str):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(one) for one in value]
    return value

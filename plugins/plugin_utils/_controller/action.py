# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the action plugins: run the module in the controller's worker where the result is the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.plugins.action.normal import ActionModule as NormalAction

from ...module_utils._ansible import Module, run_module
from ...module_utils._task.outcome import Task
from ...module_utils._task.run_by import JOB_VARIABLES, run_by
from ...module_utils._task.session import import_library
from . import progress
from .core_compat import encode_arguments, parse_output
from .inline import is_supported, run_inline
from .unquoted import unquoted

VARIABLE = "indiecloud_execution"
AUTO, MODULE = "auto", "module"
# ANSIBLE_KEEP_REMOTE_FILES asks for the files of modules, which exist only when modules are shipped.
KEEPS_FILES = constants.config.get_config_value("DEFAULT_KEEP_REMOTE_FILES")


class ControllerAction(NormalAction):
    """Ansible's own action for modules, which runs the module in this process where it can."""

    task: ClassVar[Task]
    spec: ClassVar[Mapping[str, Any]]
    sends: ClassVar[bool]
    can_run_inline: ClassVar[bool]

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        if problems := unquoted(self._task.args):
            text = "\n".join(problems)
            return {"failed": True, "changed": False, "error_code": "invalid_option", "msg": text}
        variables = task_vars or {}
        arguments = self._arguments(variables) if self._runs_inline(variables) else None
        if arguments is not None:
            # Set on the instance, since Mitogen overrides the method of the class. It runs the tasks of a connection
            # one after the other, so hosts that delegate to localhost would wait for each other.
            vars(self)["_execute_module"] = partial(self._execute_inline, arguments, variables)
        result: dict[str, Any] = super().run(tmp, task_vars)
        return result

    def _execute_inline(self, arguments: bytes, variables: dict[str, Any], **_options: Any) -> dict[str, Any]:
        setting = self._templar.template(variables.get(progress.VARIABLE, progress.AUTO))
        lines = progress.progress_lines(self._task, variables, setting)
        who = run_by(self._job(variables))
        return parse_output(self, run_inline(self._main, arguments, self._loader.get_basedir(), lines, who))

    def _job(self, variables: dict[str, Any]) -> dict[str, Any]:
        """What the variables say about the job of AWX."""
        names = [name for part in JOB_VARIABLES.values() for name in part if name in variables]
        return {name: self._templar.template(variables[name]) for name in names}

    def _runs_inline(self, variables: dict[str, Any]) -> bool:
        """Whether the result would be the same in this process: a local task without become, async or environment."""
        setting = self._templar.template(variables.get(VARIABLE, AUTO))
        if setting not in (AUTO, MODULE):
            raise AnsibleActionFail(f"{VARIABLE} must be {AUTO} or {MODULE}, not {str(setting)!r}")
        is_local = self._connection.transport == "local" and not self._connection.become
        if setting == MODULE or not self.can_run_inline or not is_local:
            return False
        if self._task.async_val or KEEPS_FILES:
            return False
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        return not environment

    def _arguments(self, variables: dict[str, Any]) -> bytes | None:
        """The encoded arguments; None if they cannot be encoded, so Ansible itself reports the reason."""
        arguments = dict(self._task.args)
        self._update_module_args(self._task.action, arguments, variables)
        try:
            return encode_arguments(arguments)
        except (TypeError, ValueError):
            return None

    def _main(self, module_class: type[Module]) -> None:
        run_module(type(self).task, self.spec, provider_required=self.sends, module_class=module_class)


def controller_action(task: Task, spec: Mapping[str, Any], *, sends: bool = True) -> type[ControllerAction]:
    """The action plugin of the module that runs ``task`` with the options ``spec``.

    ``sends``: the task sends requests, so it needs a provider and the library ``requests``.
    """
    # Ansible loads action plugins before it forks workers, so this imports the library once for all of them.
    can_run_inline = (not sends or import_library()) and _is_core_supported()
    members = {"task": staticmethod(task), "spec": spec, "sends": sends, "can_run_inline": can_run_inline}
    return type("ActionModule", (ControllerAction,), members)


@cache
def _is_core_supported() -> bool:
    return is_supported(NormalAction)

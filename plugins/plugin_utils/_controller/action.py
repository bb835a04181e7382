# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the action plugins: the operation runs in the controller's worker where that is the same thing."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.plugins.action.normal import ActionModule as NormalAction

from ...module_utils._ansible import Module, run_module
from ...module_utils._task.outcome import Task
from ...module_utils._task.session import import_library
from .core_compat import encoded, parsed
from .inline import run_inline, works_with
from .progress import PROGRESS, lines_of

VARIABLE = "indiecloud_execution"
AUTO, MODULE = "auto", "module"
# Who keeps the files of modules wants to look at them, or to run them by hand.
KEEPS_FILES = constants.config.get_config_value("DEFAULT_KEEP_REMOTE_FILES")


@cache
def _works() -> bool:
    return works_with(NormalAction)


class ControllerAction(NormalAction):
    """What Ansible does for a module that has no action plugin, but for the step in which the module is run."""

    task: ClassVar[Task]
    spec: ClassVar[Mapping[str, Any]]
    provider_required: ClassVar[bool] = True
    possible: ClassVar[bool] = True

    def __init_subclass__(cls, *, sends: bool = True) -> None:
        # Ansible loads the plugin before it forks the workers, so that none of them has to import the library.
        cls.possible = (not sends or import_library()) and _works()
        # They share its memory until they write to it, which a search for garbage does everywhere.
        gc.freeze()

    def _execute_module(self, *words: Any, **how: Any) -> dict[str, Any]:
        variables: dict[str, Any] = how.get("task_vars") or {}
        arguments = self._arguments(variables) if self._is_here(variables) else None
        if arguments is None:
            shipped: dict[str, Any] = super()._execute_module(*words, **how)
            return shipped
        lines = lines_of(self._task, variables, self._templar.template(variables.get(PROGRESS, AUTO)))
        return parsed(self, run_inline(self._main, arguments, self._loader.get_basedir(), lines))

    def _is_here(self, variables: dict[str, Any]) -> bool:
        """Whether the worker is as good a place as a process of its own."""
        wanted = self._templar.template(variables.get(VARIABLE, AUTO))
        if wanted not in (AUTO, MODULE):
            raise AnsibleActionFail(f"{VARIABLE} must be {AUTO} or {MODULE}, not {str(wanted)!r}")
        if wanted == MODULE or not self.possible or self._connection.transport != "local" or self._connection.become:
            return False
        if self._task.async_val or KEEPS_FILES:
            return False
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        return not environment

    def _arguments(self, variables: dict[str, Any]) -> bytes | None:
        """The arguments as JSON, or None where Ansible itself shall say why they cannot be."""
        arguments = dict(self._task.args)
        self._update_module_args(self._task.action, arguments, variables)
        try:
            return encoded(arguments)
        except (TypeError, ValueError):
            return None

    def _main(self, module_class: type[Module]) -> None:
        run_module(type(self).task, self.spec, provider_required=self.provider_required, module_class=module_class)

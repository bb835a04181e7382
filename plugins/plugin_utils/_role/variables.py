# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the variables of the role where they are valid: for one host, in a task of the role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._task.run_by import JOB_VARIABLES, run_by
from .._controller.core_compat import module_defaults, plain
from .plan import restore_plan
from .spec import TARGETS, role_options
from .spelling import misspelled

INVENTORY = tuple(f"indiecloud_{name}" for name in ("api_url", "id", "organization_id", "project_id", "provider"))
SECRETS = ("restore_api_token", "guarded_change_api_token", TARGETS)
"""An error about these does not quote the value."""
MODULE = "indiecloud.compute.snapshot_restore"
CHECK_ONLY, UNDO, VERIFIES = "restore__check_only", "restore__undo", "restore__verifies"
REQUIRES = "restore__requires_targets"
"""Set by the playbooks, whose success means that something is restored."""
AGAIN = ("force", "on_unknown")
"""Options with which a run may restore again, which a verification leaves out."""


def use_of(task: Any) -> str:
    """What identifies this use of the role: the tasks of one block of one include share their block."""
    return str(task._parent._uuid)


def is_host_by_host(task: Any) -> bool:
    """Whether the strategy of the play lets each host go at its own pace, so no task is about all of them."""
    name = str(task._parent._play.strategy).rpartition(".")[2]
    return not name.endswith(("linear", "debug"))


def plan_of_host(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The plan of one host. It never fails: ``problems`` say what is wrong with the variables."""
    reader = Reader(action, variables)
    values = reader.values((*role_options(), *INVENTORY))
    defaults = reader.attempt("module_defaults", lambda: module_defaults(MODULE, action._task, action._templar), {})
    environment = reader.attempt("environment", lambda: environment_of(action), {})
    targets = values.pop(TARGETS, None)
    if isinstance(targets, str) and not targets.strip():
        targets = None
    internal = reader.values([CHECK_ONLY, UNDO, VERIFIES, REQUIRES])
    plan = restore_plan(targets, values, str(variables["inventory_hostname"]), undo=bool(internal.get(UNDO)))
    wrong, warnings = misspelled(variables)
    problems = [*reader.problems, *wrong, *plan.problems]
    if internal.get(REQUIRES) and not plan.targets and not problems:
        problems.append("restore_targets is empty, so nothing would be restored.")
    dropped = AGAIN if internal.get(VERIFIES) else ()
    for target in plan.targets:
        options = {**plain(defaults), **target["options"]}
        target["options"] = {name: value for name, value in options.items() if name not in dropped}
    return {
        "use": use_of(action._task),
        "targets": plan.targets,
        "has_targets": targets is not None,
        "batch": plan.batch,
        "problems": problems,
        "warnings": warnings,
        "environment": environment,
        "run_by": reader.run_by(),
        "check_only": bool(internal.get(CHECK_ONLY))
        or bool(action._task.check_mode)
        or _is_true(values.get("restore_dry_run")),
        "verify": str(values.get("restore_verify") or "none"),
        "add_to_inventory": _is_true(values.get("restore_add_to_inventory")),
        "fatal": bool(action._task.any_errors_fatal),
    }


class Reader:
    """Evaluates variables one by one, so an error names its variable instead of hiding behind ``no_log``."""

    def __init__(self, action: Any, variables: Mapping[str, Any]) -> None:
        self._action, self._variables = action, variables
        self.problems: list[str] = []

    def values(self, names: Any) -> dict[str, Any]:
        found = {}
        for name in names:
            if name in self._variables:
                value = self.attempt(name, lambda name=name: self._template(name), None)
                if value is not None:
                    found[name] = value
        return found

    def run_by(self) -> dict[str, str | None]:
        """Who runs the play."""
        return run_by(self.values([name for part in JOB_VARIABLES.values() for name in part])).to_result()

    def _template(self, name: str) -> Any:
        value = self._action._templar.template(self._variables[name])
        omit = self._variables.get("omit")
        return None if omit is not None and (value is omit or value == omit) else plain(value)

    def attempt(self, name: str, evaluate: Any, otherwise: Any) -> Any:
        try:
            return evaluate()
        except Exception as exc:
            why = type(exc).__name__ if name in SECRETS else str(getattr(exc, "message", None) or exc)
            self.problems.append(f"{name} cannot be evaluated: {why.rstrip('.')}.")
            return otherwise


def environment_of(action: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in action._task.environment or ():
        values = action._templar.template(item) if item else {}
        found.update({str(name): str(value) for name, value in values.items()})
    return found


def _is_true(value: Any) -> bool:
    return str(value).lower() in ("1", "1.0", "on", "t", "true", "y", "yes")

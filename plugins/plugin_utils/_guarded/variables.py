# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a guarded change of one host, from the variables of the role where they are valid."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ...module_utils._ansible import connection_spec
from .._controller.core_compat import module_defaults, plain
from .._role.plan import BATCH, restore_plan
from .._role.spec import role_options, validate
from .._role.spelling import misspelled
from .._role.task_file import problem_of_file
from .._role.variables import INVENTORY, MODULE, Reader, environment_of, is_host_by_host, use_of

ROLE = "guarded_change"
PREFIX = f"{ROLE}_"
PLAN, ANSWER, RESULT = f"{ROLE}__plan", f"{ROLE}__answer", f"{ROLE}_result"
OF_RESTORE = (
    "provider", "api_url", "api_token", "organization_id", "project_id", "instance", "expected_instance_name",
    "record_path", "wait_timeout", "id",
)  # fmt: skip
"""Variables that mean the same as those of the role restore."""
OF_CHANGE = (
    "id", "tasks", "verify_tasks", "on_failure", "on_resume", "scope", "commit", "timeout", "wait_timeout", "max_hosts",
    "report_path",
)  # fmt: skip
HARMLESS = ("report_path",)
"""A misspelling of these is a warning, of all others a refusal."""
LATER = "-"
"""Stands for the snapshot until it was taken."""


def plan_of_host(action: Any, variables: Mapping[str, Any], *, begun: bool) -> dict[str, Any]:
    """The plan of one host. It never fails: ``problems`` say what is wrong with the variables.

    ``begun``: the change has begun, so only what is needed for its end counts.
    """
    host = str(variables["inventory_hostname"])
    reader = Reader(action, variables)
    values = reader.values((*role_options(ROLE), *INVENTORY))
    defaults = reader.attempt("module_defaults", lambda: module_defaults(MODULE, action._task, action._templar), {})
    environment = reader.attempt("environment", lambda: environment_of(action), {})
    given, dummy, wrong = validate(values, None, ROLE)
    problems, warnings = ([], []) if begun else misspelled(variables, ROLE, HARMLESS)
    problems += [*reader.problems, *wrong]
    change = {name: given.get(PREFIX + name) for name in OF_CHANGE}
    targets: list[dict[str, Any]] = []
    if not problems:
        plan = restore_plan(None, _for_restore(given), host)
        targets = plan.targets
        problems += [text.replace("restore_", PREFIX) for text in plan.problems]
        problems += [] if begun else _problems(targets[0], change, action, variables)
    # What module_defaults say about restores, such as force, is not meant for a rollback.
    shared = {name: value for name, value in plain(defaults).items() if name in connection_spec()}
    for target in targets:
        target["options"] = {**shared, **target["options"]}
    return {
        "use": use_of(action._task),
        "targets": targets,
        "has_targets": False,
        "batch": dict.fromkeys(BATCH),
        "problems": problems,
        "warnings": warnings,
        "environment": environment,
        "run_by": reader.run_by(),
        "check_only": bool(action._task.check_mode),
        "fatal": False,
        "change": change,
        "answers": _answers(variables.get(ANSWER)),
    }


def _for_restore(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {f"restore_{name}": given[PREFIX + name] for name in OF_RESTORE if PREFIX + name in given}
    return {**values, **{name: given[name] for name in INVENTORY if name in given}, "restore_snapshot": LATER}


def _answers(found: Any) -> bool | None:
    """Whether the host answered; None if it was not asked, as in check mode."""
    if not isinstance(found, Mapping) or found.get("skipped"):
        return None
    return "msg" not in found and not found.get("unreachable")


def _problems(
    target: Mapping[str, Any], change: dict[str, Any], action: Any, variables: Mapping[str, Any]
) -> list[str]:
    """What can be refused before anything is sent. Makes the paths of the task files absolute."""
    found = []
    if not target["in_place"]:
        found.append(
            f"{PREFIX}provider {target['provider']} cannot be used: a restore there makes a new instance, so nothing "
            "can be rolled back in place."
        )
    change_id = str(change["id"])
    if not change_id.strip() or len(change_id) > 128 or not change_id.isprintable():
        found.append(f"{PREFIX}id must be one line of 1 to 128 characters.")
    found += [
        f"{PREFIX}{name} must be greater than 0 and up to 1e7 seconds."
        for name in ("timeout", "wait_timeout")
        if not 0 < change[name] <= 1e7
    ]
    for name in ("tasks", "verify_tasks"):
        change[name] = os.path.join(str(variables.get("playbook_dir", "")), str(change[name]))
        problem = problem_of_file(change[name], action, alone=len(variables["ansible_play_batch"]) < 2)
        if problem:
            found.append(f"{PREFIX}{name}: {problem}")
    play = action._task._parent._play
    if change["scope"] == "play":
        lost = sorted(set(variables["ansible_play_hosts_all"]) - set(variables["ansible_play_hosts"]))
        if lost:
            found.append(
                f"{PREFIX}scope: play needs all hosts, and {', '.join(map(str, lost[:5]))} failed earlier in the play."
            )
        if is_host_by_host(action._task):
            found.append(f"{PREFIX}scope: play needs the strategy linear; with {play.strategy} hosts do not wait.")
        if play.serial and len(variables["ansible_play_batch"]) < len(variables["ansible_play_hosts_all"]):
            found.append(
                f"{PREFIX}scope: play cannot be used with serial, where earlier hosts have ended their change."
            )
    return found

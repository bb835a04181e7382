# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the rehearsal of one host, from the variables of the role where they are valid."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...module_utils._ansible import connection_spec
from ...module_utils._drill.drills import new_name
from ...module_utils._record.stores import RECORD_VARIABLE
from .._controller.core_compat import module_defaults, plain
from .._role.plan import BATCH, restore_plan
from .._role.spec import role_options, validate
from .._role.spelling import misspelled
from .._role.task_file import leaves_play, problem_of_file
from .._role.variables import INVENTORY, MODULE, Reader, environment_of, use_of

ROLE = "rehearse"
PREFIX = f"{ROLE}_"
PLAN, RESULT = f"{ROLE}__plan", f"{ROLE}_result"
OF_RESTORE = (
    "provider", "api_url", "api_token", "organization_id", "project_id", "instance", "expected_instance_name",
    "snapshot", "snapshot_as_of", "max_hourly_rate", "max_snapshot_age", "record", "record_path", "allow_unverified",
)  # fmt: skip
"""Variables that mean the same as those of the role restore."""
OF_REHEARSAL = ("id", "mode", "verify_tasks", "timeout", "report_path", "accept_billing")
HARMLESS = ("report_path",)
DRILL = "drill"
CONTAINERS = ("/.dockerenv", "/run/.containerenv")
AWX_JOB = ("awx_job_id", "tower_job_id")


def plan_of_host(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The plan of one host. It never fails: ``problems`` say what is wrong with the variables."""
    host = str(variables["inventory_hostname"])
    reader = Reader(action, variables)
    values = reader.values((*role_options(ROLE), *INVENTORY))
    defaults = reader.attempt("module_defaults", lambda: module_defaults(MODULE, action._task, action._templar), {})
    environment = reader.attempt("environment", lambda: environment_of(action), {})
    given, dummy, wrong = validate(values, None, ROLE)
    refused, warnings = misspelled(variables, ROLE, HARMLESS)
    problems = [*refused, *reader.problems, *wrong]
    rehearsal = {name: given.get(PREFIX + name) for name in OF_REHEARSAL}
    now = datetime.now(timezone.utc)
    rehearsal["id"] = rehearsal["id"] or f"{now:%Y%m%dT%H%M%SZ}"
    rehearsal["name"] = new_name(host)
    targets: list[dict[str, Any]] = []
    if not problems:
        plan = restore_plan(None, _for_restore(given, rehearsal, now), host)
        targets = plan.targets
        problems += [text.replace("restore_", PREFIX) for text in plan.problems]
        problems += _problems(targets[0], rehearsal, action, {**variables, **given}, environment)
    # What module_defaults say about restores, such as force, is not meant for a rehearsal.
    shared = {name: value for name, value in plain(defaults).items() if name in connection_spec()}
    for target in targets:
        target["options"] = {**shared, **target["options"]}
    return {
        "use": use_of(action._task),
        "targets": targets,
        "has_targets": False,
        "batch": {**dict.fromkeys(BATCH), "report_path": rehearsal["report_path"]},
        "problems": problems,
        "warnings": warnings,
        "environment": environment,
        "run_by": reader.run_by(),
        "check_only": bool(action._task.check_mode),
        "fatal": False,
        "rehearsal": rehearsal,
    }


def _for_restore(given: Mapping[str, Any], rehearsal: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    values = {f"restore_{name}": given[PREFIX + name] for name in OF_RESTORE if PREFIX + name in given}
    values.update({name: given[name] for name in INVENTORY if name in given})
    if "restore_snapshot" not in values and "restore_snapshot_as_of" not in values:
        # The newest one.
        values["restore_snapshot_as_of"] = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    is_drill = rehearsal["mode"] == DRILL
    return {
        **values,
        "restore_id": f"rehearse-{rehearsal['id']}",
        "restore_new_vm_name": rehearsal["name"],
        # A check sends nothing that is billed.
        "restore_accept_billing": bool(rehearsal["accept_billing"]) if is_drill else True,
        "restore_wait_timeout": rehearsal["timeout"],
    }


def _problems(
    target: dict[str, Any],
    rehearsal: dict[str, Any],
    action: Any,
    variables: Mapping[str, Any],
    environment: Mapping[str, str],
) -> list[str]:
    """What can be refused before anything is sent. Makes the path of the task file absolute."""
    found = []
    if target["in_place"]:
        # They only apply where a restore makes a new instance.
        for name in ("new_vm_name", "accept_billing"):
            target["options"].pop(name, None)
    if not str(rehearsal["id"]).isprintable() or not 0 < len(str(rehearsal["id"]).strip()) <= 100:
        found.append(f"{PREFIX}id must be one line of 1 to 100 characters.")
    if not 0 < rehearsal["timeout"] <= 1e7:
        found.append(f"{PREFIX}timeout must be greater than 0 and up to 1e7 seconds.")
    if rehearsal["mode"] != DRILL:
        return found
    if target["in_place"]:
        found.append(
            f"{PREFIX}mode: drill cannot be used with provider {target['provider']}, where a restore replaces the disk "
            "of the instance; use check."
        )
    if not rehearsal["verify_tasks"]:
        found.append(f"{PREFIX}verify_tasks is required with {PREFIX}mode: drill.")
    else:
        path = os.path.join(str(variables.get("playbook_dir", "")), str(rehearsal["verify_tasks"]))
        rehearsal["verify_tasks"] = path
        problem = problem_of_file(path, action, alone=len(variables["ansible_play_batch"]) < 2)
        found += [f"{PREFIX}verify_tasks: {problem}"] if problem else []
        leaves = leaves_play(path, action)
        if leaves:
            found.append(f"{PREFIX}verify_tasks: {path} uses meta: {leaves}, and nobody would delete the new instance.")
    if not _record_lasts(variables, environment) and not variables.get(f"{PREFIX}allow_unverified"):
        found.append(
            f"A drill in a container or an AWX job needs {PREFIX}record_path on a volume that outlives it, since the "
            "record says which instance to delete if the job dies."
        )
    return found


def _record_lasts(variables: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    """Whether the record outlives the controller, as far as can be told."""
    environ = {**os.environ, **environment}
    if variables.get(f"{PREFIX}record_path") or environ.get(RECORD_VARIABLE):
        return True
    in_container = bool(environ.get("container")) or any(Path(path).exists() for path in CONTAINERS)
    return not in_container and not any(name in variables for name in AWX_JOB)

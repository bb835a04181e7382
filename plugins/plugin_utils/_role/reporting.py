# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last steps of the role: the table, the report files, their history, and who is told about them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.utils.display import Display

from ...module_utils._task.run_by import RunBy
from .._controller import progress
from .._report.evidence import Written, write_evidence
from .._report.report import Format, report_as
from .._report.wording import clean
from .registered import PLAN, RESULT, registered
from .task_file import problem_of_file
from .variables import is_host_by_host

HISTORY = "restores.history.jsonl"
ENDINGS: dict[Format, str] = {"json": "json", "markdown": "md", "html": "html"}

display = Display()


def report(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Show one table of all hosts, or of one where each is on its own, and write the report files."""
    found = variables[PLAN]["plan"]
    everyone = [name for name in map(str, variables["ansible_play_hosts_all"]) if _takes_part(variables, name)]
    options = {
        "active": [str(name) for name in variables["ansible_play_hosts"]],
        "title": found["batch"].get("report_title") or "Restore report",
        "created_at": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
        "check_mode": found["check_only"],
        "run_by": RunBy(**found["run_by"]),
    }
    hosts = [str(variables["inventory_hostname"])] if is_host_by_host(action._task) else everyone
    written = _write(variables, found, everyone, options) if found["batch"].get("report_path") else Written([], [])
    lines: list[str] = [*report_as("lines", _results(variables, hosts), hosts=hosts, **options), *written.notes]
    read_by_people = progress.is_read_by_people()
    for line in lines if read_by_people else ():
        display.display(line)
    notice = _notice(action, variables, found)
    if notice.get("notify_tasks"):
        notice["report"] = {**report_as("data", _results(variables, hosts), hosts=hosts, **options), "lines": lines}
    warnings = [*written.problems, *notice.pop("problems", ())]
    return {**({} if read_by_people else {"msg": lines}), **notice, "warnings": warnings}


def _write(
    variables: Mapping[str, Any], found: Mapping[str, Any], everyone: Sequence[str], options: Mapping[str, Any]
) -> Written:
    """Write the files about ``everyone``, and a line of the history for each restore of this use of the role."""
    results = _results(variables, everyone)
    texts = {ending: report_as(form, results, hosts=everyone, **options) for form, ending in ENDINGS.items()}
    whole = report_as("data", results, hosts=everyone, **options)
    ours = {name for name in everyone if _is_reported_with(found, registered(variables, name, PLAN))}
    about = {name: whole[name] for name in ("title", "created_at")}
    entries = [
        {**about, "reported_by": whole["run_by"], **item}
        for item in whole["restores"]
        if item["acted"] and item["host"] in ours
    ]
    path, suffix = str(found["batch"]["report_path"]), "-check" if found["check_only"] else ""
    place = f"{path}restore{suffix}" if path.endswith("/") else f"{path}{suffix}"
    return write_evidence(place, texts, entries, HISTORY, acted=whole["acted"])


def _is_reported_with(found: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    """Whether a host reports together with this one: with ``serial`` those of other batches have done so."""
    planned = (other or {}).get("plan") or {}
    return all(planned.get(name) == found[name] for name in ("use", "reporter"))


def _notice(action: Any, variables: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The file of the tasks that notify somebody, or what is wrong with it."""
    path = found["batch"].get("notify_tasks")
    if not path:
        return {}
    place = os.path.join(str(variables.get("playbook_dir", "")), str(path))
    if not os.path.exists(place):
        # A playbook of the collection has a folder of its own.
        place = os.path.abspath(str(path))
    problem = problem_of_file(place, action, alone=True)
    if problem:
        return {"problems": [f"Nobody was notified. restore_notify_tasks: {problem}"]}
    return {"notify_tasks": place}


def unnotified(action: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Say in a rescue that nobody was notified, which changes nothing about the restores."""
    task, failure = variables.get("ansible_failed_task") or {}, variables.get("ansible_failed_result") or {}
    why = "its output is hidden by no_log" if task.get("no_log") else clean(failure.get("msg") or "it failed")
    return {"warnings": [f"restore_notify_tasks failed in {clean(task.get('name') or task.get('action'))}: {why}"]}


def _takes_part(variables: Mapping[str, Any], host: str) -> bool:
    """Whether a host belongs to the report: not one that the role added to the inventory itself."""
    return not registered(variables, host, "restore__is_added") or registered(variables, host, RESULT) is not None


def _results(variables: Mapping[str, Any], hosts: Iterable[str]) -> list[Any]:
    return [registered(variables, host, RESULT) or [] for host in hosts]

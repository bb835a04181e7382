# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the user. A file of them is loaded before it is needed: an error in it ends the play, and what should
follow is not done.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ansible.errors import AnsibleError, AnsibleFileNotFound, AnsibleParserError
from ansible.playbook.helpers import load_list_of_blocks
from ansible.playbook.task_include import TaskInclude

from .._controller.core_compat import TRUSTED

FOR_ALL = ("run_once", "any_errors_fatal")
"""If a task with one of these fails, Ansible takes all other hosts out of the play, so nobody could roll them back."""


META = ("meta", "ansible.builtin.meta", "ansible.legacy.meta")
LEAVING = ("end_batch", "end_host", "end_play", "end_role")
"""With these of ``meta`` a host skips the tasks of the role that should follow."""


def what_failed(variables: Mapping[str, Any]) -> str:
    """The task that failed and its message, in a rescue. What ``no_log`` hides stays hidden."""
    task, result = variables.get("ansible_failed_task") or {}, variables.get("ansible_failed_result") or {}
    message = str(result.get("msg") or "it failed").rstrip(". ")
    if task.get("no_log") or result.get("_ansible_no_log"):
        message = "it failed, and no_log hides why"
    return f"{task.get('name') or task.get('action')}: {message}"


def leaves_play(path: str, action: Any) -> str | None:
    """The ``meta`` of ``LEAVING`` that a file of tasks uses, None if it uses none or cannot be loaded."""
    try:
        return next(_leaving(action._loader.load_from_file(path, **TRUSTED)), None)
    except AnsibleError:
        return None


def problem_of_file(path: str, action: Any, *, alone: bool) -> str | None:
    """Why Ansible cannot run the tasks in a file safely, None if it can. ``alone``: for a play with one host."""
    if not os.path.isfile(path):
        return f"there is no file {path}."
    try:
        data = action._loader.load_from_file(path, **TRUSTED)
        if not isinstance(data, list) or not data:
            return f"{path} holds no list of tasks."
        found = None if alone else next(_for_all(data), None)
        if found:
            return (
                f"{path} uses {found}: if that task fails, Ansible takes the other hosts out of the play without a "
                "rollback. For a task of one host use when: inventory_hostname == ansible_play_hosts[0]."
            )
        # An error that is not about the file itself may be gone when the tasks are run.
        with suppress(AnsibleFileNotFound):
            _parse(data, path, action)
    except AnsibleParserError as exc:
        return f"{path} cannot be loaded: {exc.message}."
    except AnsibleError:
        return None
    return None


def _for_all(data: Any) -> Iterator[str]:
    """The keywords of ``FOR_ALL`` that a list of tasks and blocks uses."""
    for item in data if isinstance(data, list) else ():
        if isinstance(item, Mapping):
            yield from (word for word in FOR_ALL if item.get(word) not in (None, False, "no", "false"))
            for part in ("block", "rescue", "always"):
                yield from _for_all(item.get(part))


def _leaving(data: Any) -> Iterator[str]:
    for item in data if isinstance(data, list) else ():
        if isinstance(item, Mapping):
            yield from (word for name in META if (word := str(item.get(name)).strip()) in LEAVING)
            for part in ("block", "rescue", "always"):
                yield from _leaving(item.get(part))


def _parse(data: list[Any], path: str, action: Any) -> None:
    """Parse tasks as ``include_tasks`` does it."""
    task, loader = action._task, action._loader
    play = task._parent._play
    with suppress(AttributeError):
        manager = play._variable_manager
        words = {"role": task._role, "variable_manager": manager, "loader": loader}
        include = TaskInclude.load({"ansible.builtin.include_tasks": path}, block=task._parent, **words)
        load_list_of_blocks(data, play=play, parent_block=include.build_parent_block(), **words)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load a file of tasks before it is needed: an error in it ends the play, and nothing is rolled back then."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from ansible.errors import AnsibleError, AnsibleFileNotFound, AnsibleParserError
from ansible.playbook.helpers import load_list_of_blocks
from ansible.playbook.task_include import TaskInclude

from .._controller.core_compat import TRUSTED


def problem_of_file(path: str, action: Any) -> str | None:
    """Why Ansible cannot run the tasks in a file, None if it can."""
    if not os.path.isfile(path):
        return f"there is no file {path}."
    try:
        data = action._loader.load_from_file(path, **TRUSTED)
        if not isinstance(data, list) or not data:
            return f"{path} holds no list of tasks."
        # An error that is not about the file itself may be gone when the tasks are run.
        with suppress(AnsibleFileNotFound):
            _parse(data, path, action)
    except AnsibleParserError as exc:
        return f"{path} cannot be loaded: {exc.message}."
    except AnsibleError:
        return None
    return None


def _parse(data: list[Any], path: str, action: Any) -> None:
    """Parse tasks as ``include_tasks`` does it."""
    task, loader = action._task, action._loader
    play = task._parent._play
    with suppress(AttributeError):
        manager = play._variable_manager
        words = {"role": task._role, "variable_manager": manager, "loader": loader}
        include = TaskInclude.load({"ansible.builtin.include_tasks": path}, block=task._parent, **words)
        load_list_of_blocks(data, play=play, parent_block=include.build_parent_block(), **words)

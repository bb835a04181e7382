# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown while a task runs in the controller's worker."""

from __future__ import annotations

from typing import Any

from ansible.utils.display import Display

display = Display()


class Show:
    """Lines about one task; none where it must not be logged."""

    def __init__(self, task: Any, variables: dict[str, Any]) -> None:
        self._host = str(variables.get("inventory_hostname", ""))
        self._silent = bool(task.no_log)

    def request(self, line: str) -> None:
        """One request, for -v."""
        if not self._silent:
            display.v(line, host=self._host)

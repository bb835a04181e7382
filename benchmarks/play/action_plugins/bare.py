# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor of an Ansible task: an action plugin that does nothing but send the requests."""

from __future__ import annotations

from typing import Any

import requests
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {self._task.args['token']}"
            found = [session.get(url).json() for url in self._task.args["urls"]]
        return {"changed": False, "found": found}

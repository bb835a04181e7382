# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.indiecloud.compute.plugins.modules.snapshot_restore import SPEC
from ansible_collections.indiecloud.compute.plugins.plugin_utils._rehearse.steps import STEPS


class ActionModule(ActionBase):
    """A step of the role ``rehearse``. It needs no connection, neither to the host nor to localhost."""

    _requires_connection = False
    spec = SPEC

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        return {**result, "changed": False, **STEPS[str(self._task.args["step"])](self, task_vars or {})}

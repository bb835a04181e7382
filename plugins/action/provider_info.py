# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import ClassVar

from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import providers_task
from ansible_collections.indiecloud.compute.plugins.plugin_utils._controller.action import ControllerAction
from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.outcome import restore_outcomes
from ansible_collections.indiecloud.compute.plugins.plugin_utils._role.plan import restore_plan


class ActionModule(ControllerAction, sends=False):
    task = providers_task
    spec: ClassVar = {}
    provider_required = False
    # The role begins with this module: what its filters need is imported here, once, and not in each worker.
    filters: ClassVar = (restore_outcomes, restore_plan)

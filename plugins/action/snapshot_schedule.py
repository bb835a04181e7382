# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.indiecloud.compute.plugins.module_utils._snapshot.schedule import schedule_task
from ansible_collections.indiecloud.compute.plugins.modules.snapshot_schedule import SPEC
from ansible_collections.indiecloud.compute.plugins.plugin_utils._controller.action import controller_action

ActionModule = controller_action(schedule_task, SPEC)

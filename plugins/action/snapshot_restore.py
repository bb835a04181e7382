# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ..module_utils._operations.restore_task import restore_task
from ..modules.snapshot_restore import SPEC
from ..plugin_utils._controller.action import ControllerAction


class ActionModule(ControllerAction):
    task = restore_task
    spec = SPEC

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of all modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without changing anything.
  diff_mode:
    description: Returns details on what has changed, or would change in check mode, when in diff mode.
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
  action:
    description: Has an action plugin that runs the module in the controller's process if the connection is local.
    support: full
    details: With C(become), C(async), C(environment) or C(indiecloud_execution=module), the module runs as usual.
  async:
    description: Supports the C(async) keyword.
    support: full
  platform:
    description: Target systems the module runs on.
    platforms: posix
    support: full
  action_group:
    description: Use C(group/indiecloud.compute.all) in C(module_defaults) to set options for all modules at once.
    support: full
    membership:
      - indiecloud.compute.all
"""

    # Modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: This module does not modify state.
  diff_mode:
    support: N/A
    details: This module does not modify state.
  idempotent:
    support: full
    details: This module does not modify state.
"""

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every module says about itself."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and tells what it would do without changing anything.
  diff_mode:
    description: Returns what changed, or would change, in diff mode.
  idempotent:
    description: Run again with the same options it changes nothing more.
  action:
    description: Has an action plugin, which runs it in the controller's own process where the connection is local.
    support: full
    details: Not with C(become), C(async) or C(environment); then, and with C(indiecloud_execution=module), it is shipped.
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
    details: It only reads.
  diff_mode:
    support: N/A
    details: It only reads.
  idempotent:
    support: full
    details: It only reads.
"""

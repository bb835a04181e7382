# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How long to wait."""

    DOCUMENTATION = r"""
options:
  wait_timeout:
    description:
      - Timeout of the whole task, in seconds.
    type: float
"""

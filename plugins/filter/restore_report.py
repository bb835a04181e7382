# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``restore_report``; its documentation is in the YAML file beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils._report.report import restore_report


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"restore_report": restore_report}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that YAML reads as something else: ``snapshot: 1.10`` is the number 1.1, and ``instance: on`` is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = (
    "instance", "snapshot", "new_vm_name", "restore_id", "expected_instance_name", "name", "prefix", "hostname", "id",
)  # fmt: skip
"""Options that take an id or a name. A whole number may be one, such as the number of a ticket."""


def unquoted(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    """A sentence for each name that lost its spelling; ``prefix`` is what the names of the options begin with."""
    return [
        f"{prefix}{name} is read by YAML as {str(value).lower()}: put the value in quotes."
        for name, value in ((name, values.get(prefix + name)) for name in NAMES)
        if isinstance(value, (bool, float))
    ]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of the role registered for each host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLAN, BATCH, RESULT = "restore__plan", "restore__batch", "restore_result"


def registered(variables: Mapping[str, Any], host: str, name: str) -> Any:
    """A registered result or fact of a host, as it is: templating the results of all hosts on each would be slow."""
    hostvars = variables["hostvars"]
    manager = getattr(hostvars, "_variable_manager", None)
    facts = getattr(manager, "_nonpersistent_fact_cache", None)
    if isinstance(facts, Mapping):
        return facts.get(host, {}).get(name)
    return hostvars.raw_get(host).get(name)

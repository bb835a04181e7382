# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our code with one rule broken, in memory. The adversary must notice each.

A patch names the rule it breaks, and the profile by which its stories are drawn: a script of the attack, or the same
moves as always, more often those that the rule is about.
"""

from __future__ import annotations

from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches import (  # noqa: F401 (they register)
    answers,
    audit,
    bounds,
    checks,
    doubt,
    evidence,
    identity,
    lists,
    power,
    records,
    repeats,
    safety,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import PATCHES, Patch

__all__ = ["PATCHES", "Patch"]

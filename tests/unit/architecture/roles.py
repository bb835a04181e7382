# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles, their options and their defaults."""

from __future__ import annotations

from typing import Any

import yaml

from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import ROOT


def roles() -> list[str]:
    return sorted(path.parents[1].name for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"))


def specs() -> dict[str, dict[str, dict[str, Any]]]:
    """The options of each role's main entry point."""
    found = {}
    for role in roles():
        text = (ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
        found[role] = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return found


def defaults(role: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text(encoding="utf-8")) or {}

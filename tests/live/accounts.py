# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts for the live tests: real ones from a file that is never in git, else those of the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.indiecloud.compute.plugins.module_utils._ansible import connection_spec
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS

SECTION = "live_accounts"
CONNECTION = frozenset(connection_spec())
OWN = frozenset({"instance", "destructive"})
DESTRUCTIVE = frozenset({"instance", "expected_instance_name", "snapshot", "new_vm_name", "accept_billing"})


class ConfigWrong(ValueError):
    """The file is incomplete or wrong; lists all problems."""


@dataclass(frozen=True)
class Account:
    """One account. ``destructive`` names the only instance that may be stopped, restored and given snapshots."""

    provider: str
    connection: Mapping[str, Any]
    instance: str | None = None
    destructive: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path) -> list[Account]:
    """The accounts of a file; raises ConfigWrong."""
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    section = content.get(SECTION) if isinstance(content, dict) else None
    if not isinstance(section, dict) or not section:
        raise ConfigWrong(f"{path} has no section {SECTION} with an account below the name of its provider")
    problems: list[str] = []
    found = [_account(name, value, problems) for name, value in section.items()]
    if problems:
        raise ConfigWrong(f"{path}: " + "; ".join(problems))
    return found


def _account(name: str, value: Any, problems: list[str]) -> Account:
    if name not in SPECS:
        problems.append(f"{name} is none of {', '.join(sorted(SPECS))}")
    if not isinstance(value, dict):
        problems.append(f"{name} is no mapping")
        return Account(name, {})
    destructive = value.get("destructive") or {}
    unknown = [str(key) for key in value if key not in {*CONNECTION, *OWN}]
    unknown += [f"destructive.{key}" for key in destructive if key not in DESTRUCTIVE]
    problems += [f"{name}.{key} is unknown" for key in unknown]
    if destructive:
        for key in ("instance", "expected_instance_name"):
            if not destructive.get(key):
                problems.append(f"{name}.destructive needs {key}: what may be overwritten is named twice")
    connection = {key: item for key, item in value.items() if key in CONNECTION}
    return Account(name, {**connection, "provider": name}, value.get("instance"), destructive)

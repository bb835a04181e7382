# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator, inventory files, and the programs that read them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.indiecloud.compute.tests.contract.ours import variables as accounts
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import NAME
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import ansible

TAGS = {"keyed_groups": [{"key": "indiecloud_tags", "prefix": "tag"}]}


@dataclass
class World:
    """A simulator, a folder of inventory files, and the environment that users would set."""

    sim: Simulator
    folder: Path

    def file(self, provider: str, **options: Any) -> Path:
        path = self.folder / "clouds" / f"{provider}.indiecloud.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"plugin": f"{NAME}.instances", "provider": provider, **options}), "utf-8")
        return path

    def run(self, *words: str, program: str = "inventory", **variables: str) -> subprocess.CompletedProcess[str]:
        env = {"ANSIBLE_DEPRECATION_WARNINGS": "0", "ANSIBLE_HOST_KEY_CHECKING": "0", **accounts(self.sim), **variables}
        return ansible(self.folder, program, "-i", "clouds", *words, **env)

    def listed(self, *words: str, **variables: str) -> dict[str, Any]:
        done = self.run("--list", *words, **variables)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout, object_hook=unmarked)
        return found

    def hosts(self, *words: str, **variables: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.listed(*words, **variables)["_meta"]["hostvars"]
        return found

    def refused(self, *words: str) -> str:
        """All that is said about an inventory that cannot be read."""
        done = self.run("--list", *words, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="1")
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        return " ".join((done.stdout + done.stderr).split())


def unmarked(value: dict[str, Any]) -> Any:
    """What is marked as untrusted, without the mark."""
    return value["__ansible_unsafe"] if list(value) == ["__ansible_unsafe"] else value

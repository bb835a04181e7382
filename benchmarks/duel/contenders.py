# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes part: how each is started, and what it needs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .arena import PER_MINUTE, TOKENS, Arena

SCRIPTS = Path(__file__).absolute().parent / "scripts"
PARENT = SCRIPTS.parents[4]
# Of OnetSolutions, at the simulator.
ORGANIZATION, PROJECT = "0e700000-0000-4000-8000-00000000000a", "0e700000-0000-4000-8000-00000000000b"
PLAY = ("ansible-playbook", "-i", "inventory.json")


@dataclass(frozen=True)
class Contender:
    """``script`` is a file of scripts/ without the name of the provider; ``command`` is followed by its path.

    ``programs`` and ``packages`` are those that it needs.
    """

    key: str
    name: str
    script: str
    command: tuple[str, ...]
    programs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def path(self, provider: str) -> Path:
        stem, dot, ending = self.script.partition(".")
        return SCRIPTS / f"{stem}_{provider}{dot}{ending}"

    def lines(self, provider: str) -> int:
        """Lines of code: neither empty ones nor comments."""
        text = self.path(provider).read_text(encoding="utf-8").splitlines()
        return sum(1 for line in text if line.strip() and not line.startswith("#") and line != "---")

    def missing(self) -> list[str]:
        programs = [name for name in self.programs if not shutil.which(name, path=search_path())]
        return programs + [name for name in self.packages if importlib.util.find_spec(name) is None]


def _mitogen() -> dict[str, str]:
    found = importlib.util.find_spec("ansible_mitogen")
    if found is None or found.origin is None:
        return {}
    folder = Path(found.origin).parent / "plugins" / "strategy"
    return {"ANSIBLE_STRATEGY": "mitogen_linear", "ANSIBLE_STRATEGY_PLUGINS": str(folder)}


# A play with uri needs a fork for each VM that waits; the role does not.
URI = (*PLAY, "--forks", "50")
CONTENDERS = [
    Contender("role", "the role", "role.yml", PLAY, ("ansible-playbook",)),
    Contender("uri", "`uri` play", "uri.yml", URI, ("ansible-playbook",)),
    Contender(
        "mitogen", "`uri` play, Mitogen", "uri.yml", URI, ("ansible-playbook",), ("ansible_mitogen",), _mitogen()
    ),
    Contender(
        "curl", "`curl --retry`, `xargs -P 50`", "curl.sh", ("xargs", "-a", "targets.txt", "-P", "50", "-n", "2", "sh"),
        ("xargs", "curl", "jq"),
    ),
    Contender("vm", "asyncio, polls each VM", "by_vm.py", (sys.executable,), (), ("httpx",)),
    Contender("list", "asyncio, polls lists", "by_list.py", (sys.executable,), (), ("httpx",)),
]  # fmt: skip


def search_path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def environment(contender: Contender, arena: Arena) -> dict[str, str]:
    one, folder = arena.setup, arena.folder
    limit = {"INDIECLOUD_REQUESTS_PER_MINUTE": str(PER_MINUTE)} if one.limited else {}
    return {
        **os.environ,
        "PATH": search_path(),
        "HOME": str(folder),
        "NO_PROXY": "127.0.0.1",
        # For the scripts.
        "URL": arena.url,
        "TOKEN": TOKENS[one.provider],
        "ORG": ORGANIZATION,
        "PROJECT": PROJECT,
        "EVERY": "2" if one.size <= 50 else "5",
        # For the plays.
        "ANSIBLE_COLLECTIONS_PATH": str(PARENT),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "tmp"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_NOCOLOR": "1",
        "INDIECLOUD_RECORD_PATH": str(folder / "restores.sqlite3"),
        "ONETSOLUTIONS_ORGANIZATION_ID": ORGANIZATION,
        "ONETSOLUTIONS_PROJECT_ID": PROJECT,
        f"{one.provider.upper()}_API_URL": arena.url,
        f"{one.provider.upper()}_API_TOKEN": TOKENS[one.provider],
        **limit,
        **contender.environment,
    }

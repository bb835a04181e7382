# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated clouds with their default contents, and what their ledger says."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.indiecloud.compute.tests.processes import child

SIMULATOR = Path(__file__).resolve().parents[2] / "tests/simulator"
FILE = "/etc/motd"
# A real provider needs minutes. What the demonstration shows does not depend on it.
SECONDS = {"restore": 1, "power": 0, "create": 0}


@dataclass(frozen=True)
class Host:
    """A host of files/inventory.yml. `made` is the name of the instance a restore makes, where it makes one."""

    provider: str
    name: str
    instance: str
    made: str | None = None


SHOP = Host("onetsolutions", "shop", "web1")
MAIL = Host("hostup", "mail", "web1")
TRAIN = Host("barrack", "train", "gpu1", made="train-restored")
HOSTS = (SHOP, MAIL, TRAIN)


class Clouds:
    """A running simulator."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(self.url + "/_sim/" + path, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def instance(self, host: Host, name: str | None = None) -> dict[str, Any] | None:
        """The state of the host's instance, or of another one at its provider."""
        listed = self.ask(f"state?provider={host.provider}")["instances"]
        return next((one for one in listed if one["name"] == (name or host.instance)), None)

    def disk(self, host: Host, name: str | None = None) -> str | None:
        found = self.instance(host, name)
        return found["disk"].get(FILE) if found else None

    def environment(self) -> dict[str, str]:
        """What the collection reads to reach these clouds."""
        state = self.ask("state?provider=barrack")
        found = {
            "ONETSOLUTIONS_ORGANIZATION_ID": state["organization_id"],
            "ONETSOLUTIONS_PROJECT_ID": state["project_id"],
        }
        for host in HOSTS:
            prefix = host.provider.upper()
            found[f"{prefix}_API_TOKEN"] = f"sim-{host.provider}-token"
            found[f"{prefix}_API_URL"] = self.url + ("/api" if host.provider == "barrack" else "")
        return found


@contextmanager
def clouds(scratch: Path, env: dict[str, str]) -> Iterator[Clouds]:
    """Start a simulator on a free port."""
    seconds = [word for name, number in SECONDS.items() for word in (f"--{name}-seconds", str(number))]
    with child([sys.executable, "-u", SIMULATOR, "--port", "0", *seconds], scratch, env) as server:
        assert server.stdout
        url = server.stdout.readline().strip()
        if not url.startswith("http://"):
            sys.exit(f"The simulator did not start: {url} {server.stdout.read()}")
        yield Clouds(url)

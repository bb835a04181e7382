# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated clouds, and what their ledger says."""

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
FILE = "/srv/data"
SNAPSHOT = "before-upgrade"
RESTORE_SECONDS, POWER_SECONDS = 3, 1


@dataclass(frozen=True)
class Host:
    """A host of the inventory. `made` is the name of the instance a restore makes, where it makes one."""

    provider: str
    name: str
    saved: str
    lost: str
    made: str | None = None


HOSTS = (
    Host("onetsolutions", "shop", "41 orders", "41 orders, half upgraded"),
    Host("hostup", "mail", "7 mailboxes", "0 mailboxes"),
    Host("barrack", "train", "epoch 12", "epoch 13, diverged", made="train-restored"),
)


class Clouds:
    """A running simulator."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, method: str = "GET", body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/_sim/" + path, data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def instance(self, provider: str, name: str) -> dict[str, Any] | None:
        listed = self.ask(f"state?provider={provider}")["instances"]
        return next((one for one in listed if one["name"] == name), None)

    def write_after_the_snapshot(self) -> None:
        for host in HOSTS:
            found = self.instance(host.provider, host.name) or {}
            self.ask("disk", "POST", {"instance_id": found["id"], "path": FILE, "content": host.lost})

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
    """Start a simulator that holds HOSTS on a free port."""
    seed = scratch / "clouds.json"
    instances = [
        {
            "provider": host.provider,
            "name": host.name,
            "power": "running",
            "disk": {FILE: host.saved},
            "snapshots": [{"name": SNAPSHOT, "age": 3600}],
        }
        for host in HOSTS
    ]
    seed.write_text(json.dumps({"instances": instances}), encoding="utf-8")
    seconds = ["--restore-seconds", str(RESTORE_SECONDS), "--power-seconds", str(POWER_SECONDS)]
    with child([sys.executable, "-u", SIMULATOR, "--port", "0", "--seed-file", seed, *seconds], scratch, env) as server:
        assert server.stdout
        url = server.stdout.readline().strip()
        if not url.startswith("http://"):
            sys.exit(f"The simulator did not start: {url} {server.stdout.read()}")
        yield Clouds(url)

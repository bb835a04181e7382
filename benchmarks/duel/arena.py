# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider of one match: a simulator as a process of its own, and what its ledger says."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

ROOT = Path(__file__).absolute().parents[2]
SNAPSHOT = "before-upgrade"
TOKENS = {"hostup": "sim-hostup-token", "onetsolutions": "sim-onetsolutions-token"}
PER_MINUTE, PER_SECOND = 1000, 100
LOST_SHARE, SEED = 0.05, 7


@dataclass(frozen=True)
class Setup:
    """How many VMs there are, and the speed of the provider in real seconds."""

    provider: str
    size: int
    restore: float = 20.0
    power: float = 4.0
    latency: float = 0.05

    @property
    def limited(self) -> bool:
        return self.size > 20

    @property
    def work(self) -> float:
        """The seconds in which one VM is stopped, restored and started."""
        return self.power + self.restore + self.power

    @property
    def writes(self) -> float:
        """The seconds until the last VM runs if three writes for each VM are sent as early as the limits allow."""
        if not self.limited:
            return 0.0
        minutes, rest = divmod(3 * self.size - 1, PER_MINUTE)
        return minutes * 60.0 + rest // PER_SECOND + self.power

    @property
    def bound(self) -> float:
        return max(self.work, self.writes)


@dataclass(frozen=True)
class Score:
    """What happened at the provider. ``doubled`` are restores of a VM beyond its first."""

    requests: int
    refused: int
    doubled: int
    unrestored: int
    left_off: int


@dataclass
class Arena:
    """Running VMs, each with a snapshot. ``targets`` are the ids of VM and snapshot."""

    setup: Setup
    folder: Path
    url: str = ""
    targets: list[tuple[str, str]] = field(default_factory=list)

    def __enter__(self) -> Arena:
        one = self.setup
        machines = [
            {"provider": one.provider, "name": f"vm-{index:05d}", "power": "running", "disk": {"/data": "1"},
             "disk_now": {"/data": "2"}, "snapshots": [{"name": SNAPSHOT, "age": 3600}]}
            for index in range(one.size)
        ]  # fmt: skip
        seed = self.folder / "seed.json"
        seed.write_text(json.dumps({"instances": machines}), encoding="utf-8")
        words = ["--seed-file", seed, "--latency", one.latency, "--restore-seconds", one.restore]
        words += ["--power-seconds", one.power, *(["--rate-limit", one.provider] if one.limited else [])]
        self._server = subprocess.Popen(
            [sys.executable, ROOT / "tests" / "simulator", *map(str, words)], stdout=subprocess.PIPE, text=True
        )
        assert self._server.stdout is not None
        self.url = self._server.stdout.readline().strip()
        key = "name" if one.provider == "hostup" else "id"
        self.targets = [(vm["id"], vm["snapshots"][0][key]) for vm in self._machines()]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait()

    def ask(self, what: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        return requests.request(method, f"{self.url}/_sim/{what}", json=body, timeout=60).json()

    def _machines(self) -> list[dict[str, Any]]:
        return list(self.ask(f"state?provider={self.setup.provider}")["instances"])

    def lose_answers(self) -> None:
        """The first restore of some VMs takes effect, but is not answered. The same VMs for each contender."""
        lost = random.Random(SEED).sample(self.targets, max(1, round(self.setup.size * LOST_SHARE)))
        self.ask("faults", [{"kind": "cut_after", "method": "POST", "path": f"{vm}/.*restore$"} for vm, _name in lost])

    def restores_sent(self) -> int:
        return sum(one["path"].endswith("/restore") for one in self.ask("requests?method=POST&path_contains=/restore"))

    def score(self) -> Score:
        """Once no VM is being worked on any more."""
        machines = self._machines()
        while any(vm["working_on"] for vm in machines):
            time.sleep(0.2)
            machines = self._machines()
        requests = self.ask("requests")
        restores = Counter(entry["instance_id"] for entry in self.ask("ledger")["restores"])
        return Score(
            requests=len(requests),
            refused=sum(entry["status"] == 429 for entry in requests),
            doubled=restores.total() - len(restores),
            unrestored=self.setup.size - len(restores),
            left_off=sum(vm["power"] != "running" for vm in machines),
        )

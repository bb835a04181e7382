# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role on a large fleet with OnetSolutions' published limits: how long, how many requests, how much memory.

python tests/fleet/large.py --size 500
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

HERE = Path(__file__).absolute()
ROOT = HERE.parents[2]
PARENT = ROOT.parents[2]
sys.path.insert(0, str(PARENT))

from ansible_collections.indiecloud.compute.tests import processes  # noqa: E402 - run by its path

ORGANIZATION, PROJECT = "0e700000-0000-4000-8000-00000000000a", "0e700000-0000-4000-8000-00000000000b"
TOKEN = "sim-onetsolutions-token"
SNAPSHOT = "before-upgrade"


@dataclass(frozen=True)
class Plan:
    """The fleet, and the speed of the provider in real seconds."""

    size: int
    forks: int = 5
    per_minute: int = 1000
    per_second: int = 100
    latency: float = 0.05
    restore_seconds: float = 20.0
    power_seconds: float = 4.0
    limited: bool = True


@dataclass(frozen=True)
class Measured:
    """The measurements, from the simulator's ledger and the kernel."""

    plan: Plan
    code: int
    seconds: float
    cpu: float
    memory: int
    requests: Mapping[str, int]
    refused: int
    restored: int
    posts: int
    request_seconds: float

    @property
    def sent(self) -> int:
        return sum(self.requests.values())

    @property
    def bound(self) -> float:
        """The least possible seconds: the work on one, or three writes for each as early as the limits allow."""
        plan = self.plan
        minutes, rest = divmod(3 * plan.size - 1, plan.per_minute)
        writes = minutes * 60.0 + rest // plan.per_second + plan.power_seconds
        return max(plan.restore_seconds + 2 * plan.power_seconds, writes if plan.limited else 0.0)


def measure(plan: Plan, folder: Path, output: Path | None = None) -> Measured:
    with simulator(plan, folder) as url:
        started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        play = subprocess.Popen(
            command(folder), cwd=folder, env=environment(plan, folder, url), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=(output or folder / "output").open("w"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        watch = Memory(play.pid)
        try:
            code = play.wait()
        finally:
            watch.over.set()
            processes.end(play)
        watch.join()
        seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        ledger, requests = ask(url, "ledger"), ask(url, "requests")
    times = [entry["time"] for entry in requests]
    return Measured(
        plan=plan,
        code=code,
        seconds=seconds,
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        memory=watch.most,
        requests=Counter(kind(entry) for entry in requests),
        refused=sum(entry["status"] == 429 for entry in requests),
        restored=len({entry["instance_id"] for entry in ledger["restores"]}),
        posts=sum(entry["path"].endswith("/restore") for entry in requests),
        request_seconds=max(times) - min(times) if times else 0.0,
    )


def kind(entry: Mapping[str, Any]) -> str:
    path = re.sub(r".*/compute", "", entry["path"].split("?")[0])
    return f"{entry['method']} " + re.sub(r"/[0-9a-f-]{36}", "/ID", path)


@contextmanager
def simulator(plan: Plan, folder: Path) -> Iterator[str]:
    machines = [
        {"provider": "onetsolutions", "name": f"vm-{index:05d}", "power": "running", "disk": {"/d": "1"},
         "disk_now": {"/d": "2"}, "snapshots": [{"name": SNAPSHOT, "age": 3600}]}
        for index in range(plan.size)
    ]  # fmt: skip
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"instances": machines}), encoding="utf-8")
    words = ["--seed-file", seed, "--latency", plan.latency, "--restore-seconds", plan.restore_seconds]
    words += ["--power-seconds", plan.power_seconds, *(["--rate-limit"] if plan.limited else [])]
    server = subprocess.Popen(
        [sys.executable, ROOT / "tests" / "simulator", *map(str, words)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        state = ask(url, "state?provider=onetsolutions")
        hosts = {
            one["name"]: {"restore_instance": one["id"], "restore_snapshot": one["snapshots"][0]["id"]}
            for one in state["instances"]
        }
        shared = {"restore_provider": "onetsolutions", "restore_max_hosts": plan.size}
        (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}), encoding="utf-8")
        yield url
    finally:
        server.terminate()
        server.wait()


def command(folder: Path) -> list[str]:
    program = shutil.which(
        "ansible-playbook", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    assert program, "ansible-core is not installed beside this Python"
    return [program, "-i", str(folder / "inventory.json"), "indiecloud.compute.restore", "-e", "restore_hosts=all"]


def environment(plan: Plan, folder: Path, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "HOME": str(folder),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "tmp"),
        "ANSIBLE_FORKS": str(plan.forks),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_COLLECTIONS_PATH": str(PARENT),
        "INDIECLOUD_RECORD_PATH": str(folder / "restores.sqlite3"),
        "ONETSOLUTIONS_ORGANIZATION_ID": ORGANIZATION,
        "ONETSOLUTIONS_PROJECT_ID": PROJECT,
        "ONETSOLUTIONS_API_URL": url,
        "ONETSOLUTIONS_API_TOKEN": TOKEN,
        "INDIECLOUD_REQUESTS_PER_MINUTE": str(plan.per_minute) if plan.per_minute != 1000 else "",
    }


def ask(url: str, what: str) -> Any:
    return requests.get(f"{url}/_sim/{what}", timeout=60).json()


class Memory(threading.Thread):
    """Measures the memory of a play each second; memory that its processes share is counted once (PSS).

    They stand still meanwhile. Else what was shared by a process that ends is counted again for those read after it.
    """

    def __init__(self, leader: int) -> None:
        super().__init__(daemon=True)
        self.leader, self.most, self.over = leader, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(1.0):
            stopped: list[int] = []
            try:
                # The leader first, since it is the one that forks.
                stop(self.leader, stopped)
                for child in processes.descendants(self.leader):
                    stop(child, stopped)
                self.most = max(self.most, sum(pss(one) for one in stopped))
            finally:
                for one in stopped:
                    with suppress(ProcessLookupError):
                        os.kill(one, signal.SIGCONT)


def stop(process: int, stopped: list[int]) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGSTOP)
        stopped.append(process)


def pss(process: int) -> int:
    """Kilobytes."""
    with suppress(OSError, ValueError, IndexError):
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        return int(text.partition("\nPss:")[2].split()[0])
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--forks", type=int, default=5)
    parser.add_argument("--unlimited", action="store_true", help="no limits at the simulator")
    parser.add_argument("--output", type=Path, help="keep what ansible-playbook printed")
    options = parser.parse_args()
    plan = Plan(options.size, forks=options.forks, limited=not options.unlimited)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(plan, Path(folder), options.output)
    size = plan.size
    print(f"{size} instances, {plan.forks} forks, load {' '.join(map(str, map(round, os.getloadavg())))}")
    for name, number in sorted(found.requests.items(), key=lambda item: -item[1]):
        print(f"  {number / size:7.2f} {name}")
    print(f"requests          {found.sent} ({found.sent / size:.2f} for each instance), 429: {found.refused}")
    print(f"restored          {found.restored}, restores sent {found.posts}, exit code {found.code}")
    print(f"time              {found.seconds:.1f} s, of it with requests {found.request_seconds:.1f} s")
    print(f"bound             {found.bound:.1f} s, ratio {found.seconds / found.bound:.3f}")
    print(f"CPU               {found.cpu:.1f} s ({found.cpu / size * 1000:.0f} ms for each instance)")
    print(f"memory            {found.memory / 1024:.0f} MB")
    return found.code


if __name__ == "__main__":
    sys.exit(main())

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both forms of execution, in the controller's worker and shipped, give the same results and do the same things."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.wiring import environment

HERE = Path(__file__).parent / "parity"
SLOW = "vps_01hxa3b4c5d6e7f80000000077"
HOSTILE = "{{ lookup('pipe', 'touch owned') }} {% raw %} {# x #} ${HOME} \u2028 ä"
# Our own clock shows in these; the clouds' clock is the same for both.
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|\+00:00)?")
ADDRESS = re.compile(r"\b127\.0\.0\.1:\d+")
TIMED = {"timings", "timedout"}
# Where a module died, in ansible-core before 2.19: it names files that are elsewhere.
TRACES = {"module_stderr", "exception"}
RANDOM = {"claim"}


class Ticking(ManualClock):
    """Time passes with each look at it, so that the same requests get the same answers."""

    def now(self) -> float:
        self.advance(0.01)
        return super().now()


@dataclass(frozen=True)
class Seen:
    """What one form gave: the results in their order, what the clouds were asked, and what was printed."""

    results: list[dict[str, Any]]
    requests: list[tuple[str, str, Any]]
    printed: str
    folder: Path


def run(folder: Path, form: str, playbook: str, *words: str, free: bool = False, **variables: str) -> Seen:
    """Run a playbook of ``parity/`` in one form (``free``: as its tasks choose), against clouds as good as new."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE, folder)
    (folder / "beside.txt").write_text("no certificate")
    durations = {"restore": 0.01, "power": 0.01, "create": 0.01}
    with Simulator(clock=Ticking(), durations=durations, seed=True) as sim:
        sim.cloud.add_instance("hostup", name=HOSTILE, id="vps_01hxa3b4c5d6e7f80000000066")
        sim.faults.add("echo_token", path="vps_01hxa3b4c5d6e7f80000000099", times=None)
        sim.faults.add("slow", path=SLOW, times=None, seconds=2.0)
        command = [sys.executable, "-m", "ansible.cli.playbook", "-i", "hosts.ini", playbook, *words]
        extra = {"api": sim.url, "folder": str(folder), "ansible_python_interpreter": sys.executable}
        if not free:
            extra["indiecloud_execution"] = form
        settings = {
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_CALLBACK_PLUGINS": str(folder / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "dump_results",
            "DUMP_RESULTS": str(folder / "results.jsonl"),
            "PYTHONHASHSEED": "0",
            "PARITY_FOLDER": str(folder),
            "HOSTUP_API_TOKEN": "sim-hostup-token",
            "ONETSOLUTIONS_API_TOKEN": "env-token-of-onetsolutions",
            **variables,
        }
        done = subprocess.run(
            [*command, "-e", json.dumps(extra)],
            cwd=folder,
            env=environment(settings, folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        requests = [(item.method, item.path, item.status) for item in sim.ledger.requests()]
    results = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    return Seen(results, requests, done.stdout + done.stderr, folder)


def differences(one: Any, two: Any, path: str = "") -> Iterator[str]:
    """Where two results differ, and how."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in sorted({*one, *two}):
            if key in TRACES | RANDOM and key in one and key in two:
                continue
            if key in TIMED and key in one and key in two:
                one, two = {**one, key: sorted(one[key])}, {**two, key: sorted(two[key])}
            yield from differences(one.get(key, "-"), two.get(key, "-"), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for index, (left, right) in enumerate(zip(one, two)):
            yield from differences(left, right, f"{path}[{index}]")
    elif without_clocks(one) != without_clocks(two) or type(one) is not type(two):
        yield f"{path}: {one!r} / {two!r}"


def without_clocks(value: Any) -> Any:
    return ADDRESS.sub("ADDRESS", TIME.sub("TIME", value)) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Seen, Seen]:
    # The same folder for both, since results name it.
    folder = tmp_path_factory.mktemp("parity") / "run"
    return run(folder, "auto", "tasks.yml"), run(folder, "module", "tasks.yml")


def test_every_result_is_the_same(both: tuple[Seen, Seen]) -> None:
    here, shipped = both
    assert [item["task"] for item in here.results] == [item["task"] for item in shipped.results], here.printed
    pairs = zip(here.results, shipped.results)
    assert [f"{one['task']}{line}" for one, two in pairs for line in differences(one, two)] == []


def test_the_clouds_are_asked_the_same(both: tuple[Seen, Seen]) -> None:
    # A module goes on for a while after its task is over, an operation in the worker does not.
    asked = [[item for item in seen.requests if SLOW not in item[1]] for seen in both]
    assert len(asked[0]) > 50
    assert asked[0] == asked[1]


def test_no_token_is_shown_and_no_name_is_a_template(both: tuple[Seen, Seen]) -> None:
    for seen in both:
        shown = seen.printed + json.dumps(seen.results)
        assert "sim-onetsolutions-token" not in shown
        assert "env-token-of-onetsolutions" not in shown
        assert HOSTILE[:40] in json.dumps(seen.results)
        assert not list(seen.folder.rglob("owned"))


SHIPPED = "Using module file"


def forms(seen: Seen) -> dict[str, list[str]]:
    """By task, how it was run."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^TASK ", seen.printed, flags=re.MULTILINE)[1:]:
        name = re.match(r"\[(.*?)\] \**$", part, re.MULTILINE)
        assert name is not None, part
        shipped = [line for line in part.splitlines() if SHIPPED in line and "indiecloud" in line]
        found[name.group(1)] = ["shipped"] * len(shipped)
    return found


def test_execution_depends_on_what_the_task_needs(tmp_path: Path) -> None:
    seen = run(tmp_path / "run", "auto", "forms.yml", "-vvv", free=True)
    wrong = {name: how for name, how in forms(seen).items() if bool(how) != name.startswith("shipped")}
    assert len(forms(seen)) > 10
    assert wrong == {}, seen.printed
    said = {item["task"]: item["result"] for item in seen.results}
    assert "indiecloud_execution must be auto or module, not 'sometimes'" in said["here: a word that is none"]["msg"]


def test_module_is_shipped_if_the_library_is_missing(tmp_path: Path) -> None:
    (tmp_path / "missing" / "requests").mkdir(parents=True)
    (tmp_path / "missing" / "requests" / "__init__.py").write_text("raise ImportError('not here')")
    seen = run(tmp_path / "run", "auto", "library.yml", "-vvv", PYTHONPATH=str(tmp_path / "missing"))
    assert forms(seen) == {"needs the library": ["shipped"], "needs none": []}

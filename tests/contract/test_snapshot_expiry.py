# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source ``snapshot_expiry``: which events it emits, once each, whatever the provider answers."""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError, InvalidOption
from ansible_collections.indiecloud.compute.plugins.module_utils._info.expiry import LONGEST_PAUSE, Watch, wanted
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.architecture.tree import ROOT

from .ours import runtime_of

HOUR = 3600.0
SOURCE = "extensions/eda/plugins/event_source/snapshot_expiry.py"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(clock=ManualClock(), seed=False) as running:
        yield running


def watch(sim: Simulator, provider: str = "hostup", **options: Any) -> Watch:
    asked = wanted({**sim.connection(provider), **options})
    return Watch(asked, Context(asked.params, environ={}, runtime=runtime_of(sim.clock)))


def told(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return sorted((one["type"], one["instance"]["name"], one["threshold"]) for one in events)


def test_one_event_for_each_snapshot_and_threshold(sim: Simulator) -> None:
    web, db = (sim.cloud.add_instance("hostup", name, "running", {}) for name in ("web", "db"))
    sim.cloud.add_snapshot(web.id, "old", age=10 * HOUR)
    sim.cloud.add_snapshot(db.id, "new", age=HOUR)
    source = watch(sim, expires_in=["12h", "2h"], older_than="20h")
    assert source.read() == []
    sim.clock.advance(3 * HOUR)
    (event,) = source.read()
    assert told([event]) == [("snapshot_expires", "web", "12h")]
    assert event["instance"]["id"] == web.id
    assert (event["snapshot"]["name"], event["snapshot"]["is_newest"]) == ("old", True)
    assert source.read() == []

    # A newer snapshot is a new one to tell about, also under the name of an old one.
    sim.cloud.add_snapshot(web.id, "newer", age=0)
    sim.clock.advance(9.5 * HOUR)
    events = source.read()
    assert told(events) == [
        ("snapshot_expires", "db", "12h"),
        ("snapshot_expires", "web", "2h"),
        ("snapshot_old", "web", "20h"),
    ]
    assert [one["snapshot"]["is_newest"] for one in events if one["instance"]["name"] == "web"] == [False, False]
    assert sim.ledger.writes == 0


@pytest.mark.parametrize("provider", sorted(SPECS))
def test_every_provider_is_watched(sim: Simulator, provider: str) -> None:
    vm = sim.cloud.add_instance(provider, "web", "running", {})
    sim.cloud.add_snapshot(vm.id, "nightly", age=20 * HOUR)
    (event,) = watch(sim, provider, older_than="5h").read()
    assert (event["provider"], event["snapshot"]["name"], event["instance"]["id"]) == (provider, "nightly", vm.id)
    assert sim.tokens[provider] not in json.dumps(event)
    known = sim.connection(provider)
    assert {name: event[name] for name in SPECS[provider].scope} == {
        name: known[name] for name in SPECS[provider].scope
    }


def test_provider_errors_are_told_once_and_reading_goes_on(sim: Simulator) -> None:
    vm = sim.cloud.add_instance("hostup", "web", "running", {})
    sim.cloud.add_snapshot(vm.id, "nightly", age=20 * HOUR)
    source = watch(sim, older_than="5h", interval="10m")
    sim.faults.add("status", method="GET", path="vps", status=503, times=None, after_effect=False)
    (event,) = source.read()
    assert (event["type"], event["provider"]) == ("snapshots_unreadable", "hostup")
    assert event["message"]
    assert sim.tokens["hostup"] not in json.dumps(event)
    pauses = []
    for _again in range(5):
        assert source.read() == []
        pauses.append(source.pause)
    assert pauses == [1200, 2400, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]

    sim.faults.clear()
    assert told(source.read()) == [("snapshot_old", "web", "5h")]
    assert source.pause == 600
    sim.faults.add("status", method="GET", path="vps", status=401, times=1)
    (other,) = source.read()
    assert other["error_code"] != event["error_code"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "expires_in"),
        ({"expires_in": "soon"}, "soon"),
        ({"expires_in": "6h", "interval": 0}, "interval"),
        ({"expires_in": "6h", "threshold": "6h"}, "no option threshold"),
        ({"expires_in": "6h", "validate_certs": "no"}, "validate_certs"),
    ],
)
def test_wrong_options_end_the_source(sim: Simulator, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOption, match=words):
        watch(sim, **options)


def test_a_source_without_a_token_ends(sim: Simulator) -> None:
    with pytest.raises(CloudError, match="no token for HostUp"):
        watch(sim, expires_in="6h", api_token="").read()
    assert sim.ledger.requests() == []


async def first_events(entry: Any, number: int, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the source as ansible-rulebook does, until it has emitted so many events."""
    queue: asyncio.Queue[Any] = asyncio.Queue()
    source = asyncio.create_task(entry(queue, options))
    try:
        return [await asyncio.wait_for(queue.get(), 30) for _number in range(number)]
    finally:
        source.cancel()
        with suppress(asyncio.CancelledError):
            await source


def test_the_interface_of_ansible_rulebook() -> None:
    with Simulator(seed=False) as sim:
        vm = sim.cloud.add_instance("hostup", "web", "running", {})
        for name in ("one", "two"):
            sim.cloud.add_snapshot(vm.id, name, age=20 * HOUR)
        entry = runpy.run_path(str(ROOT / SOURCE))["main"]
        assert asyncio.iscoroutinefunction(entry)
        options = {**sim.connection("hostup"), "expires_in": ["12h"], "interval": "0.1s", "eda_feedback_queue": None}
        found = asyncio.run(first_events(entry, 2, options))
        assert sorted(event["snapshot"]["name"] for event in found) == ["one", "two"]


ALONE = """
import asyncio, json, runpy, sys
async def show():
    queue = asyncio.Queue()
    source = asyncio.create_task(runpy.run_path(sys.argv[1])["main"](queue, json.loads(sys.argv[2])))
    done, _pending = await asyncio.wait({source, asyncio.create_task(queue.get())}, return_when="FIRST_COMPLETED")
    print(json.dumps(done.pop().result()))
    source.cancel()
asyncio.run(show())
"""


@pytest.mark.parametrize("hidden", [False, True])
def test_it_finds_its_collection(tmp_path: Path, hidden: bool) -> None:
    """``hidden``: behind a package of the same name, as the package ansible brings one."""
    place = tmp_path / "site" / "ansible_collections" / "indiecloud" / "compute"
    place.parent.mkdir(parents=True)
    place.symlink_to(ROOT, target_is_directory=True)
    decoy = tmp_path / "packages"
    (decoy / "ansible_collections").mkdir(parents=True)
    if hidden:
        (decoy / "ansible_collections" / "__init__.py").touch()
    with Simulator(seed=False) as sim:
        vm = sim.cloud.add_instance("hostup", "web", "running", {})
        sim.cloud.add_snapshot(vm.id, "nightly", age=20 * HOUR)
        options = json.dumps({**sim.connection("hostup"), "expires_in": "12h"})
        done = subprocess.run(
            [sys.executable, "-c", ALONE, str(place / SOURCE), options],
            env={**os.environ, "PYTHONPATH": str(decoy)}, cwd=tmp_path, capture_output=True, text=True, check=False,
            timeout=60,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["snapshot"]["name"] == "nightly"

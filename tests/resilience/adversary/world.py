# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a story: the real operations against a cloud that may lie, in virtual time, in one process."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import metadata_task
from ansible_collections.indiecloud.compute.plugins.module_utils._power.task import power_task
from ansible_collections.indiecloud.compute.plugins.module_utils._record import sqlite_store
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.resilience.adversary import onetsolutions, wire
from ansible_collections.indiecloud.compute.tests.resilience.adversary.barrack import Barrack
from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import Cloud
from ansible_collections.indiecloud.compute.tests.resilience.adversary.gateway import Gateway
from ansible_collections.indiecloud.compute.tests.resilience.adversary.hostup import HostUp
from ansible_collections.indiecloud.compute.tests.resilience.adversary.onetsolutions import OnetSolutions
from ansible_collections.indiecloud.compute.tests.resilience.adversary.people import WHILE_RUNNING_TASKS, People
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import Killed, Put, RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import (
    Kill,
    Move,
    Pass,
    Person,
    Run,
    Settings,
    Story,
    Weather,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import (
    MARKER,
    START,
    VM,
    Attempt,
    Clock,
    NoRoute,
    Request,
    Snap,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.wire import Raw, Sent

CLOUDS: dict[str, type[Cloud]] = {"onetsolutions": OnetSolutions, "hostup": HostUp, "barrack": Barrack}
TASKS = {"restore": restore_task, "power": power_task, "snapshot": snapshot_task, "metadata": metadata_task}
LATENCY = 0.1
TOKENS = {1: "sim-token-of-the-first-account", 2: "sim-token-of-the-second-account"}
MOST_BYTES = 100 << 20
"""A run that reads more is ended: it would eat the memory of the machine."""
MIDDLE_OF_RUN = frozenset({"start", "stop", "write", "work", "rename", "replace", "tags", "task"})


class World:
    """Two controllers, two accounts, and the people in between."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story = story
        self.folder = folder
        self.clock = Clock()
        make = CLOUDS[story.settings.provider]
        self.clouds = {1: make(story.settings, self.clock)}
        self.make = make
        self.runs: list[RunState] = []
        self.stack: list[RunState] = []
        self.disks = {"A": "works", "B": "works"}
        self.counted: Counter[str] = Counter()
        self.people = People(self)
        self.gateway = Gateway(self)

    @property
    def settings(self) -> Settings:
        return self.clouds[1].settings

    # Time.

    def advance(self, seconds: float) -> None:
        target = self.clock.now + max(0.0, seconds)
        while (due := min(cloud.next_due() for cloud in self.clouds.values())) <= target:
            self.clock.now = max(due, self.clock.now)
            for cloud in self.clouds.values():
                cloud.settle()
        self.clock.now = target

    def runtime(self, who: str) -> Runtime:
        skew = self.settings.clock_a if who == "A" else self.settings.clock_b
        return Runtime(
            monotonic=lambda: self.clock.now - START,
            now=lambda: datetime.fromtimestamp(self.clock.now + skew, timezone.utc),
            sleep=self.advance,
            uniform=lambda low, high: (low + high) / 2,
            alarm=lambda seconds, action: SimpleNamespace(cancel=lambda: None),
        )

    # Moves.

    def do(self, move: Move) -> list[RunState]:
        """Make one move; gives the runs that it consisted of."""
        if isinstance(move, Run):
            self.counted[f"run {move.task}" + (" in check mode" if move.check else "")] += 1
            if move.check_first:
                before = self.run(replace(move, check=True, check_first=False, faults=(), kill=None, meanwhile=()))
                return [before, self.run(move)]
            return [self.run(move)]
        if isinstance(move, Pass):
            self.counted["time passes"] += 1
            self.advance(move.seconds)
        elif isinstance(move, Person):
            self.counted[f"person: {move.action}"] += 1
            self.people.act(move)
        elif isinstance(move, Weather):
            self.counted[f"weather: {move.name}"] += 1
            for cloud in self.clouds.values():
                cloud.settings = replace(cloud.settings, **{move.name: move.value})
        else:
            self.counted[f"record {move.state}"] += 1
            self.disks[move.who] = move.state
        return []

    # Runs.

    def run(self, move: Run) -> RunState:
        if move.account not in self.clouds:
            self.clouds[move.account] = self.make(self.story.settings, self.clock)
        cloud = self.clouds[move.account]
        run = RunState(len(self.runs), move, cloud, dict(move.options), self.clock.now)
        run.target, run.key = self._identity(run)
        run.started_state = run.target.power if run.target else ""
        if run.target is not None and cloud.provider == "hostup":
            run.slots_left = self._slots_left(cloud, run.target)
        self.runs.append(run)
        params = {**self._connection(move), **self._record(move), **run.options}
        params = {name: value for name, value in params.items() if value is not None or name in ("vpc", "tags")}
        context = Context(params, move.check, {}, self.runtime(move.who), given=frozenset(run.options))
        self.stack.append(run)
        try:
            with wire.installed(self.settings.wire, self.exchange), self._store():
                run.outcome = execute(TASKS[move.task], context)
        except Killed:
            run.killed = True
        finally:
            self.stack.pop()
            run.end = self.clock.now
            if self.stack:
                self.stack[-1].others += run.end - run.start
        return run

    def _identity(self, run: RunState) -> tuple[VM | None, tuple[Any, ...] | None]:
        cloud, options = run.cloud, run.options
        if not run.is_restore:
            wanted = options.get("instance")
            found = [vm for vm in cloud.vms if vm.alive and wanted in (vm.id, vm.name)]
            return (found[0] if len(found) == 1 else None), None
        wanted = options.get("instance")
        vms = [vm for vm in cloud.vms if vm.alive and wanted in (vm.id, vm.name)]
        vm = vms[0] if len(vms) == 1 else None
        creates = cloud.provider == "barrack"
        if creates:
            snaps = [snap for owner in cloud.vms for snap in cloud.live_snapshots(owner)]
        else:
            snaps = cloud.live_snapshots(vm) if vm else []
        snap = self.find_snap(snaps, str(options.get("snapshot")))
        target = options.get("new_vm_name") if creates else (vm.id if vm else None)
        if target is None:
            return vm, None
        auto = f"auto:{snap.number}" if snap else None
        name = options.get("restore_id") or auto
        return (None if creates else vm), ((run.move.account, target, name) if name else None)

    @staticmethod
    def _slots_left(cloud: Cloud, vm: VM) -> int:
        settings = cloud.settings
        if not settings.hostup_available:
            return 0
        return 9 if settings.hostup_slots < 0 else settings.hostup_slots - len(cloud.live_snapshots(vm))

    @staticmethod
    def find_snap(snaps: list[Snap], wanted: str) -> Snap | None:
        found = [snap for snap in snaps if wanted in (snap.id, snap.name)]
        return found[0] if len(found) == 1 else None

    def _connection(self, move: Run) -> dict[str, Any]:
        base = f"http://127.0.0.1:{8000 + move.account}"
        found: dict[str, Any] = {
            "provider": self.settings.provider,
            "api_url": base + ("/api" if self.settings.provider == "barrack" else ""),
            "api_token": TOKENS[move.account],
        }
        if self.settings.provider == "onetsolutions":
            found.update(organization_id=onetsolutions.ORGANIZATION, project_id=onetsolutions.PROJECT)
        return found

    def _record(self, move: Run) -> dict[str, Any]:
        if move.task != "restore":
            return {}
        folder = self.folder / move.who
        if self.disks[move.who] == "unusable":
            folder.mkdir(exist_ok=True)
            (folder / "file").touch()
            return {"record_path": str(folder / "file" / "restores.sqlite3")}
        return {"record_path": str(folder / "restores.sqlite3")}

    @contextmanager
    def _store(self) -> Iterator[None]:
        """Writes of a record go through ``on_record_write``."""
        world = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *args: Any) -> Any:
                if sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE", "REPLAC"):
                    world.on_record_write()
                return super().execute(sql, *args)

        class Library:
            connect = staticmethod(lambda *args, **more: sqlite3.connect(*args, factory=Connection, **more))

            def __getattr__(self, name: str) -> Any:
                return getattr(sqlite3, name)

        with patch.object(sqlite_store, "sqlite3", Library()):
            yield

    def on_record_write(self) -> None:
        run = self.stack[-1]
        run.counts["record"] += 1
        run.now = frozenset({"record"})
        run.record_writes += 1
        kill = run.move.kill
        if kill and kill.when == "record" and run.matches(kill.at):
            self.counted["killed at a record write"] += 1
            raise Killed
        failing = any(item.what == "record_fails" and run.matches(item.at, item.times) for item in run.move.faults)
        if failing or self.disks[run.move.who] == "fails":
            run.fired.append("record_fails")
            self.counted["fault: record_fails"] += 1
            raise sqlite3.OperationalError("database or disk is full")

    # The wire.

    def exchange(self, sent: Sent) -> Raw:
        run = self.stack[-1]
        account = int(sent.host.rpartition(":")[2]) - 8000
        cloud = self.clouds[account]
        if sent.headers.get("Authorization") != f"Bearer {TOKENS[account]}":
            run.wrong.append(f"the token of account {account} was not sent to it")
        try:
            kind, ids = cloud.classify(sent.method, sent.path)
        except NoRoute:
            kind, ids = "unknown", ()
        self._count(run, sent.method, kind)
        now = run.now
        for at, move in run.move.meanwhile:
            if run.matches(at):
                self._interject(run, move)
        run.now = now
        if self._dies(run, "before"):
            raise Killed
        self.advance(LATENCY)
        request = Request(sent.method, sent.path, sent.query, sent.headers, sent.text, kind, ids, run=run)
        self._note(run, request)
        fault = next((item for item in run.move.faults if run.matches(item.at, item.times)), None)
        raw, readings = self.gateway.respond(run, cloud, request, sent, fault)
        if self._dies(run, "after"):
            if request.attempt is not None and request.attempt.told != "not_sent":
                request.attempt.told = "unknown"
            raise Killed
        run.bytes_read += len(raw.body)
        if run.bytes_read > MOST_BYTES:
            raise Killed
        run.readings += [replace(item, shown=self.clock.now) for item in readings]
        return raw

    @staticmethod
    def _count(run: RunState, method: str, kind: str) -> None:
        run.now = frozenset({"any", "read" if method == "GET" else "write", kind})
        run.counts.update(run.now)

    def _dies(self, run: RunState, when: str) -> bool:
        kill: Kill | None = run.move.kill
        if kill is None or kill.when != when or not run.matches(kill.at):
            return False
        self.counted[f"killed {when} a request"] += 1
        return True

    def _interject(self, run: RunState, move: Any) -> None:
        run.interrupted = True
        if isinstance(move, Run):
            self.counted["a run inside a run"] += 1
            self.do(move)
            return
        if isinstance(move, Person):
            known = move.action in MIDDLE_OF_RUN and (move.action != "task" or move.arg in WHILE_RUNNING_TASKS)
            if not known:
                return
        self.do(move)
        unread = run.counts["snapshots"] == ("snapshots" in run.now)
        if unread and isinstance(move, Person) and move.action in ("replace", "delete_snapshot"):
            # It has not looked up yet which snapshot is meant.
            run.target, run.key = self._identity(run)

    def _note(self, run: RunState, request: Request) -> None:
        """Keep what the checks need to know of a request as it leaves."""
        run.requests.append((self.clock.now, request.method, request.kind))
        if request.kind == "restore":
            attempt = Attempt(
                len(run.cloud.attempts), run, self.clock.now, user_agent=request.headers.get("User-Agent", "")
            )
            attempt.power_seen = tuple(run.readings)
            request.attempt = attempt
            run.attempts.append(attempt)
            run.cloud.attempts.append(attempt)
        elif request.kind == "put":
            _at, shown = run.served.get(request.ids[0].lower(), (0.0, None))
            fresh = len(run.requests) > 1 and run.requests[-2][2] in ("instance", "hostname")
            run.puts.append(Put(self.clock.now, request.ids[0], request.text, shown, fresh))
            if MARKER in request.text:
                run.notes_written.append(self.clock.now)
        elif request.kind == "snapshot" and MARKER in request.text:
            run.notes_written.append(self.clock.now)


@contextmanager
def world_of(story: Story, folder: Path | None = None) -> Iterator[World]:
    """A world in a folder that goes with it."""
    shared = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="adversary-", dir=shared if shared.is_dir() else None))
    try:
        yield World(story, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)

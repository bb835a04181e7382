# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a story: the real operations against a cloud that may lie, in virtual time, in one process."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import metadata_task
from ansible_collections.indiecloud.compute.plugins.module_utils._power.task import power_task
from ansible_collections.indiecloud.compute.plugins.module_utils._record import sqlite_store
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.resilience.adversary import lies, onetsolutions, wire
from ansible_collections.indiecloud.compute.tests.resilience.adversary.barrack import Barrack
from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import (
    START,
    VM,
    Attempt,
    Clock,
    Cloud,
    NoRoute,
    Reading,
    Refuse,
    Reply,
    Request,
    Snap,
    Work,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.hostup import HostUp
from ansible_collections.indiecloud.compute.tests.resilience.adversary.onetsolutions import OnetSolutions
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import (
    At,
    Disk,
    Fault,
    Kill,
    Move,
    Pass,
    Person,
    Run,
    Settings,
    Story,
    Weather,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.wire import Lost, Raw, Sent

CLOUDS: dict[str, type[Cloud]] = {"onetsolutions": OnetSolutions, "hostup": HostUp, "barrack": Barrack}
TASKS = {"restore": restore_task, "power": power_task, "snapshot": snapshot_task, "metadata": metadata_task}
LATENCY = 0.1
MARKER = "indiecloud-restore"
"""The entry in tags, or the beginning of a description, that keeps a record at the provider (docs of record)."""
TOKENS = {1: "sim-token-of-the-first-account", 2: "sim-token-of-the-second-account"}
NEVER = float("inf")
MOST_BYTES = 100 << 20
"""A run that reads more is ended: it would eat the memory of the machine."""
MIDDLE_OF_RUN = frozenset({"start", "stop", "write", "work", "rename", "replace", "tags", "task"})
WHILE_RUNNING_TASKS = frozenset({"resize_vps", "change_hostname", "other_instance", "other_snapshot"})


class Killed(BaseException):
    """The controller is dead; nothing of it runs any more."""


@dataclass(eq=False)
class RunState:
    """One run of a task, and all that can be said of it afterwards."""

    number: int
    move: Run
    cloud: Cloud
    options: dict[str, Any]
    start: float
    key: tuple[Any, ...] | None = None
    """The identity of the restore: account, target, and restore_id or snapshot."""
    target: VM | None = None
    end: float = 0.0
    outcome: Outcome | None = None
    killed: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    now: frozenset[str] = frozenset()
    """The kinds of what it does at this moment."""
    requests: list[tuple[float, str, str]] = field(default_factory=list)
    """Time, method, kind."""
    readings: list[Reading] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    others: float = 0.0
    """Seconds that other runs took inside of this one."""
    interrupted: bool = False
    served: dict[str, tuple[float, str]] = field(default_factory=dict)
    """By instance id: when, and with which body, its metadata was last shown."""
    puts: list[Put] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What was seen to be wrong while it ran."""
    record_writes: int = 0
    bytes_read: int = 0
    slots_left: int = 1
    """How many snapshots the plan of the instance still holds when the run begins."""
    first_power: str | None = None
    started_state: str = ""
    prior_effects: int = 0
    notes_written: list[float] = field(default_factory=list)

    @property
    def result(self) -> dict[str, Any]:
        return self.outcome.result if self.outcome else {}

    @property
    def is_restore(self) -> bool:
        return self.move.task == "restore"

    @property
    def by_person(self) -> bool:
        """Whether a person said that it may restore once more."""
        return bool(self.options.get("force")) or self.options.get("on_unknown") == "restore"

    @property
    def undisturbed(self) -> bool:
        return not (self.fired or self.interrupted or self.killed or self.move.faults)

    def matches(self, at: At, times: int = 1) -> bool:
        """Whether the request (or write of the record) of this moment is meant."""
        return at.kind in self.now and at.nth <= self.counts[at.kind] < at.nth + times


@dataclass
class Put:
    """A write of metadata as it left the client, and what the instance was shown as before."""

    time: float
    vm_id: str
    body: str
    shown: str | None
    fresh: bool
    """Whether the instance was shown by the request just before."""


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
        self.cache: dict[tuple[str, ...], tuple[float, Raw, tuple[Reading, ...]]] = {}
        self.counted: Counter[str] = Counter()
        self.person_power: list[float] = []
        """When a person changed the power of web1."""

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
            self.person(move)
        elif isinstance(move, Weather):
            self.counted[f"weather: {move.name}"] += 1
            for cloud in self.clouds.values():
                cloud.settings = replace(cloud.settings, **{move.name: move.value})
        else:
            self.counted[f"record {move.state}"] += 1
            self.disks[move.who] = move.state
        return []

    def person(self, move: Person) -> None:
        cloud = self.clouds[1]
        web, action = cloud.web, move.action
        if action in ("start", "stop", "use", "work"):
            self._person_power(cloud, web, action)
        elif action == "write":
            if web.power == "running":
                cloud.write(web)
        elif action == "rename":
            web.name = str(move.arg)
            web.modified = self.clock.now
        elif action in ("replace", "delete_snapshot"):
            for snap in cloud.live_snapshots(web):
                if snap.name == move.arg:
                    snap.gone = snap.deleted = True
                    if action == "replace":
                        cloud.add_snapshot(web, snap.name, self.clock.now)
        elif action in ("tags", "untag"):
            self._person_tags(cloud, web, remove=action == "untag")
        elif action == "delete_new":
            for vm in cloud.billed[-1:]:
                vm.alive = False
                cloud.notes_lost = self.clock.now
        elif action == "foreign":
            self._person_makes(cloud, str(move.arg))
        elif isinstance(cloud, OnetSolutions) and (move.arg in WHILE_RUNNING_TASKS or not self._in_doubt(cloud)):
            # A restore that somebody else began after ours, of the same snapshot, could not be told from it.
            onetsolutions.other_work(cloud, str(move.arg))

    def _in_doubt(self, cloud: Cloud) -> bool:
        """Whether a restore was sent that no run has brought to an end."""
        last = {run.key: run for run in self.runs if run.cloud is cloud and run.is_restore and not run.move.check}
        ended = ("restored", "accepted_unverified", "already_restored")
        return any(
            item.told not in ("refused", "not_sent") and last[item.run.key].result.get("status") not in ended
            for item in cloud.attempts
        )

    def _person_power(self, cloud: Cloud, web: VM, action: str) -> None:
        if cloud.restoring(web):
            # A console says that it is busy.
            return
        if action != "stop" and web.power == "stopped":
            self._console(cloud, web, "start")
            self.advance(5.0)
        if action in ("use", "work") and web.power == "running":
            cloud.write(web)
        if action == "use":
            self.advance(60.0)
        if action in ("stop", "use") and web.power == "running":
            self._console(cloud, web, "stop")
            self.advance(5.0)

    def _console(self, cloud: Cloud, web: VM, action: str) -> None:
        self.person_power.append(self.clock.now)
        work = cloud.begin(web, action, 2.0, word=onetsolutions.TYPES[action], by="person")
        work.word = onetsolutions.TYPES[action]
        cloud.set_power(web, "starting" if action == "start" else "stopping", self.clock.now, "person")

    def _person_tags(self, cloud: Cloud, web: VM, *, remove: bool) -> None:
        if isinstance(cloud, OnetSolutions):
            tags = onetsolutions.exact(web.extra["tags"])
            if remove:
                if isinstance(tags, dict):
                    tags.pop(MARKER, None)
                elif isinstance(tags, list):
                    tags = [item for item in tags if not str(item).startswith(MARKER)]
            elif isinstance(tags, dict):
                tags["edited"] = str(next(cloud.numbers))
            else:
                tags = [*(tags or []), f"edited-{next(cloud.numbers)}"]
            web.extra["tags"] = onetsolutions.written(tags)
            web.modified = self.clock.now
        elif remove:
            for snap in web.snapshots:
                if (snap.description or "").startswith(MARKER):
                    snap.gone = snap.deleted = True
        if remove:
            cloud.notes_lost = self.clock.now

    def _person_makes(self, cloud: Cloud, name: str) -> None:
        number = next(cloud.numbers)
        made = {
            "onetsolutions": f"0e700000-0000-4000-8000-{number:012d}",
            "hostup": f"vps_01hxa3b4c5d6e7f8{number:010d}",
            "barrack": f"BRK-{700000 + number}D",
        }[cloud.provider]
        cloud.add_vm(made, name, "running", self.clock.now)

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

        before, sqlite_store.sqlite3 = sqlite_store.sqlite3, Library()  # type: ignore[assignment]
        try:
            yield
        finally:
            sqlite_store.sqlite3 = before

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
        raw, readings = self._respond(run, cloud, request, sent, fault)
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

    def _respond(
        self, run: RunState, cloud: Cloud, request: Request, sent: Sent, fault: Fault | None
    ) -> tuple[Raw, tuple[Reading, ...]]:
        what, arg = (fault.what, fault.arg) if fault else ("", None)
        attempt = request.attempt
        if what == "not_sent" and self.settings.wire == "socket":
            what = "lost_before"
        if what:
            run.fired.append(what)
            self.counted[f"fault: {what}" + (f" {arg}" if isinstance(arg, str) else "")] += 1
        if what == "not_sent":
            self._tell(attempt, "not_sent")
            raise Lost(sent=False)
        if what == "lost_before":
            self.advance(1.0)
            raise Lost(sent=True)
        if what == "held":
            self._hold(cloud, request, float(arg))
            self.advance(min(sent.timeout, 30.0))
            raise Lost(sent=True, slow=True)
        if what in ("refuse", "odd") or (what == "early" and arg):
            reply = lies.reply(cloud, str(arg))
            if lies.is_own(str(arg)):
                cloud.answered(request, reply.status)
            if what != "odd" and lies.is_definite(cloud.provider, str(arg)):
                self._tell(attempt, "refused")
            return self._raw(cloud, reply)._replace(early=what == "early"), ()
        if what in ("cached", "stale") and (kept := self._kept(cloud, request, with_age=what == "cached")):
            return kept
        request.fails = what == "work_fails"
        subject = self._about_other(cloud, request) if what == "other" else request
        reply = self._handled(cloud, subject)
        if attempt is not None:
            attempt.arrived = self.clock.now
        instead = lies.reply(cloud, str(arg)) if what in ("refuse_after", "odd_after") else None
        shown = instead if instead is not None and lies.is_own(str(arg)) else reply
        cloud.answered(request, shown.status)
        seconds = reply.seconds + (float(arg) if what == "slow" else 0.0)
        if seconds >= sent.timeout:
            self.advance(sent.timeout)
            raise Lost(sent=True, slow=True)
        self.advance(seconds)
        if what == "lost_after":
            raise Lost(sent=True)
        if instead is not None:
            return self._raw(cloud, instead), ()
        if what == "names_other":
            self._name_other(cloud, reply, str(arg))
        raw = self._raw(cloud, reply)._replace(cut=what == "cut", early=what == "early")
        if what == "cut" and raw.body:
            return raw, ()
        self._tell(attempt, "accepted" if reply.status < 300 else "refused")
        if request.method == "GET" and reply.status == 200 and not self.settings.endless:
            self.cache[self._place(request)] = (self.clock.now, raw, reply.readings)
            if request.kind in ("instance", "hostname") and what != "other":
                run.served[request.ids[0].lower()] = (self.clock.now, raw.body.decode())
        return raw, reply.readings

    def _handled(self, cloud: Cloud, request: Request) -> Reply:
        if request.kind == "unknown":
            return cloud.refusal(Refuse(404, "Not found.", "not_found"))
        return cloud.handle(request)

    @staticmethod
    def _tell(attempt: Attempt | None, told: str) -> None:
        if attempt is not None:
            attempt.told = told

    def _hold(self, cloud: Cloud, request: Request, seconds: float) -> None:
        attempt = request.attempt
        if attempt is not None:
            attempt.held, attempt.held_until = True, self.clock.now + seconds
        request.late = True

        def deliver(when: float) -> None:
            if attempt is not None:
                attempt.held, attempt.arrived = False, when
            if request.kind != "unknown":
                cloud.answered(request, cloud.handle(request).status)

        cloud.at(self.clock.now + seconds, deliver)

    @staticmethod
    def _place(request: Request) -> tuple[str, ...]:
        return (request.path, *(f"{name}={value}" for name, value in sorted(request.query.items())))

    def _kept(self, cloud: Cloud, request: Request, *, with_age: bool) -> tuple[Raw, tuple[Reading, ...]] | None:
        """What a cache in front of the provider, or a copy of its data, has kept, for two minutes at most."""
        found = self.cache.get(self._place(request))
        if request.method != "GET" or found is None or not 1.0 <= self.clock.now - found[0] <= 120.0:
            return None
        at, raw, readings = found
        now = {"Age": str(int(self.clock.now - at))} if with_age else cloud.date_headers()
        headers = {**raw.headers, **now}
        return raw._replace(headers=headers), readings

    @staticmethod
    def _about_other(cloud: Cloud, request: Request) -> Request:
        if request.kind not in ("instance", "status") or not request.ids:
            return request
        return replace(request, ids=(cloud.other_id, *request.ids[1:]))

    def _name_other(self, cloud: Cloud, reply: Reply, how: str) -> None:
        """Let the answer to a restore name work that is none of it, and that has ended well."""
        now = self.clock.now
        makes: dict[str, dict[str, Any]] = {
            "other_instance": {"word": "snapshot_rollback", "owner": cloud.other_id},
            "other_kind": {"word": "snapshot_create"},
            "older": {"word": "snapshot_rollback", "created": now - 600.0},
            "other_snapshot": {"word": "snapshot_rollback", "parameters": {"result": {"snapshotName": "another"}}},
        }
        work = Work(cloud.job_id(), "other", cloud.web, now, now, done=True, listed_from=NEVER, **makes[how])
        if cloud.provider == "onetsolutions":
            work.word = "resize_vps" if how == "other_kind" else "restore_snapshot"
            if how == "other_snapshot":
                work.parameters = {"snapshot_id": cloud.snapshot_id("another", 999)}
        cloud.web.work.append(work)
        payload = reply.payload
        if not isinstance(payload, dict):
            return
        if isinstance(payload.get("operation"), dict):
            payload["operation"].update(jobId=work.id, pollUrl=f"/api/jobs/{work.id}")
        elif isinstance(cloud, OnetSolutions):
            shown = cloud._task(work)
            if "task" in payload:
                payload["task"] = shown
            elif "task_id" in payload:
                payload["task_id"] = work.id
            else:
                payload.clear()
                payload.update(shown)

    def _raw(self, cloud: Cloud, reply: Reply) -> Raw:
        headers = {"Content-Type": "application/json", **cloud.date_headers(), **reply.headers}
        if reply.text is not None:
            body = reply.text.encode()
        else:
            body = b"" if reply.payload is None else json.dumps(reply.payload).encode()
        return Raw(reply.status, headers, body)


@contextmanager
def world_of(story: Story, folder: Path | None = None) -> Iterator[World]:
    """A world in a folder that goes with it."""
    shared = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="adversary-", dir=shared if shared.is_dir() else None))
    try:
        yield World(story, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


__all__ = ["Disk", "RunState", "World", "formatdate", "world_of"]

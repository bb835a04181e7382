# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A story: how the provider behaves, and the moves in order. Plain data that prints as sentences.

The default of each field is the harmless case, so that a shrunk story names only what matters.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Union


@dataclass(frozen=True)
class Settings:
    """What the published pages leave open, decided for one story. Times are seconds."""

    provider: str = "hostup"
    power: str = "stopped"
    """Power state of web1 when the story begins."""
    power_after: str = "stopped"
    """As the provider leaves an instance after a restore: stopped, running, previous. No page says."""
    restore_seconds: float = 10.0
    power_seconds: float = 4.0
    snapshot_seconds: float = 5.0
    second_restore: str = "refused"
    """A restore during a restore: refused or queued. HostUp: "The API queues an operation", and no idempotency key."""
    start_during: str = "refused"
    """A start during a restore: refused or allowed (no page says)."""
    guest_ignores_shutdown: bool = False
    """No page says what becomes of a graceful shutdown that the guest ignores."""
    date: str = "good"
    """The Date header: good, missing, or aged (from a cache, with Age). No page promises one."""
    date_skew: float = 0.0
    stamp_skew: float = 0.0
    """Of times in bodies against Date: two machines of the provider."""
    clock_a: float = 0.0
    clock_b: float = 0.0
    """How far the clocks of the controllers A and B are ahead."""
    short_list: str = "no"
    """How a list of instances says that it is not whole: no, total_larger, null_item, nameless. What it hides is the
    instance that was made last; no page says that lists are whole."""
    endless: bool = False
    """A list of instances has another page for ever, each of some megabytes: pages publish no limit."""
    wire: str = "session"
    """session: requests is replaced. socket: requests, urllib3 and http.client run on a socket in memory."""

    onet_answer: str = "empty"
    """restore_snapshot: the 202 has no response schema. empty, task, task_id, nested."""
    onet_tasks: str = "listed"
    """No page lists tasks (missing), or says whether a restore makes one (no_restores)."""
    onet_task_kind: str = "restore_snapshot"
    """get-instance-task: the readable list of task types breaks off after nine."""
    onet_task_names: bool = True
    """get-instance-task: parameters are any JSON, and optional. Whether they name the snapshot."""
    onet_task_delay: float = 0.0
    """Until a task appears in lists."""
    onet_task_word: str = "completed"
    """get-instance-task: of the status words only pending is readable."""
    onet_lock_task: bool = False
    """A restore starts a second task, lock_snapshot, that names the snapshot and ends early: types go on."""
    onet_lists: str = "paginated"
    onet_order: str = "newest"
    onet_tags: str = "list"
    """replace_instance: tags are untyped JSON. list, map, null, numbers, surrogate."""
    onet_sync_lag: float = 0.0
    """replace_instance: last_synced_at is when the hypervisor was last read."""

    hostup_envelope: str = "legacy"
    """get-jobs-jobid has data.status; users of the API also read operation.status and status."""
    hostup_status: int = 202
    """The page of the restore shows no status number; its siblings say 202."""
    hostup_operation: str = "full"
    """operation is optional in the schema, and pollUrl may be null: full, no_poll, none."""
    hostup_running: str = "allowed"
    """Whether an instance must be stopped first is not stated: allowed, refused."""
    hostup_newer: str = "kept"
    """What becomes of newer snapshots is not stated: kept, lost, refused."""
    hostup_gates: str = "open"
    """get-v2-vps-id-backups: gates take in in-flight job checks (in_flight); for snapshots not stated (open, none)."""
    hostup_slots: int = 9
    """get-v2-vps-id-snapshots: limits.totalSnapshots; 0 without capacity, -1: not shown."""
    hostup_available: bool = True
    """get-v2-vps-id-snapshots: available is false without capacity."""
    hostup_created: str = "shown"
    """get-v2-vps-id-snapshots: createdAt is string or null: shown, null."""
    hostup_job_vanishes: bool = False
    """For how long a job can be read is not stated."""
    hostup_stop_route: bool = True
    """No page has the path of the forced stop."""
    hostup_audit: str = "missing"
    """get-v2-audit-log: needs the scope audit:read (forbidden); no delay is stated (good, delayed); missing: 404."""
    hostup_current: bool = False
    """get-vm-vmid-snapshots has a pseudo-entry current; whether v2 filters it out is not stated."""

    barrack_answer: str = "sync"
    """Several minutes "depending on snapshot size", ACTIVE in the example: the call blocks (sync) or not (async)."""
    barrack_lists: str = "bare"
    """The fields of the schema Pagination are not shown: bare, data, pages."""
    barrack_list: str = "there"
    """The path of the list is not published: there, missing (404)."""
    barrack_names: str = "documented"
    """Fields of other answers than that to the restore are not shown: documented, short."""
    barrack_duplicate: str = "refused"
    """What the API does with a name in use is not stated: refused, allowed."""
    barrack_provenance: str = "none"
    """Fields of the details are not shown: none, boot_source, snapshot."""

    def different(self) -> dict[str, Any]:
        """The fields that are not at their default, without the provider."""
        found = {item.name: (getattr(self, item.name), item.default) for item in fields(self)}
        return {name: value for name, (value, default) in found.items() if value != default and name != "provider"}


class At(NamedTuple):
    """The ``nth`` request of a run that is of a kind. ``any`` counts all, ``read`` all GET, ``write`` all others."""

    kind: str = "any"
    nth: int = 1

    def __str__(self) -> str:
        word = {"any": "request", "read": "read", "write": "write"}.get(self.kind, self.kind + " request")
        return f"{word} {self.nth}" if self.nth > 1 or self.kind == "any" else f"the first {word}"


class Fault(NamedTuple):
    """What becomes of a request; ``lies.py`` says which, and what allows it."""

    what: str
    at: At = At("restore")
    arg: Any = None
    times: int = 1

    def __str__(self) -> str:
        more = "" if self.arg is None else f" ({self.arg})"
        again = f" and the {self.times - 1} like it after that" if self.times > 1 else ""
        return f"{self.at}{again}: {self.what.replace('_', ' ')}{more}"


class Kill(NamedTuple):
    """The controller dies: ``before`` a request leaves, ``after`` it worked (nobody reads the answer), or at a write
    of its record (``record``, where ``at.nth`` counts writes)."""

    when: str = "before"
    at: At = At()

    def __str__(self) -> str:
        if self.when == "record":
            return f"it dies at write {self.at.nth} of its record"
        return f"it dies {self.when} {self.at}"


@dataclass(frozen=True)
class Person:
    """Somebody acts in the provider's console."""

    action: str = "use"
    arg: Any = None

    def __str__(self) -> str:
        what = {
            "start": "starts web1",
            "stop": "stops web1",
            "write": "writes to the disk of web1 if it runs",
            "use": "starts web1, writes to its disk and stops it",
            "work": "starts web1 and writes to its disk",
            "rename": f"renames web1 to {self.arg!r}",
            "replace": f"replaces the snapshot {self.arg!r} by another one of this name",
            "delete_snapshot": f"deletes the snapshot {self.arg!r}",
            "tags": "edits the tags of web1",
            "untag": "removes our entry from the tags of web1, or our snapshots",
            "delete_new": "deletes the new instance",
            "foreign": f"makes an instance named {self.arg!r} by hand",
            "task": f"has other work of the kind {self.arg!r} listed",
        }
        return f"a person {what[self.action]}"


@dataclass(frozen=True)
class Pass:
    """Time passes."""

    seconds: float = 60.0

    def __str__(self) -> str:
        for size, word in ((86400, "days"), (3600, "hours"), (60, "minutes")):
            if self.seconds >= 2 * size:
                return f"{self.seconds / size:g} {word} pass"
        return f"{self.seconds:g} seconds pass"


@dataclass(frozen=True)
class Weather:
    """From now on the provider behaves differently: a setting changes."""

    name: str
    value: Any

    def __str__(self) -> str:
        return f"from now on {self.name} is {self.value!r}"


@dataclass(frozen=True)
class Disk:
    """The record of a controller: ``fails`` (each write of it), ``unusable`` (its path cannot exist), ``works``."""

    who: str = "A"
    state: str = "fails"

    def __str__(self) -> str:
        what = {
            "fails": "can be read and not written",
            "unusable": "is set to a path that cannot exist",
            "works": "works again",
        }
        return f"the record of controller {self.who} {what[self.state]}"


@dataclass(frozen=True)
class Run:
    """A controller runs a task. ``check_first``: the same in check mode just before, to compare."""

    task: str = "restore"
    options: tuple[tuple[str, Any], ...] = ()
    who: str = "A"
    account: int = 1
    check: bool = False
    check_first: bool = False
    faults: tuple[Fault, ...] = ()
    kill: Kill | None = None
    meanwhile: tuple[tuple[At, Any], ...] = ()
    """Moves of others just before a request of this run: Person, Pass, or a Run of the other controller."""

    def __str__(self) -> str:
        chosen = ", ".join(f"{name}: {value}" for name, value in self.options)
        verb = {"restore": "restores", "power": "changes the power of", "metadata": "changes the metadata of"}
        what = f"{verb.get(self.task, 'takes a snapshot of')} web1 ({chosen})"
        where = "" if self.account == 1 else " in another account"
        mode = " in check mode" if self.check else ""
        before = " (checked first)" if self.check_first else ""
        more = [str(item) for item in self.faults]
        more += [f"just before {at}, {move}" for at, move in self.meanwhile]
        more += [str(self.kill)] if self.kill else []
        return f"controller {self.who} {what}{where}{mode}{before}" + "".join(f"; {item}" for item in more)


Move = Union[Run, Person, Pass, Weather, Disk]  # noqa: UP007 - pylint of ansible-core 2.15 takes no |


@dataclass(frozen=True, repr=False)
class Story:
    settings: Settings = Settings()
    moves: tuple[Move, ...] = ()

    def __repr__(self) -> str:
        return f"\n{self}\n"

    def __str__(self) -> str:
        odd = ", ".join(f"{name} {value!r}" for name, value in self.settings.different().items())
        lines = [f"At {self.settings.provider}" + (f" ({odd})" if odd else "") + ":"]
        lines += [f"  {number}. {move}" for number, move in enumerate(self.moves, 1)]
        return "\n".join(lines)

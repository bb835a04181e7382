# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stories of a campaign are like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Fault, Move

Options = dict[str, Any]


class Choice(NamedTuple):
    """A place in a script where one of several moves is made."""

    moves: tuple[Move, ...]


TIMES = ("2025-12-31T22:30:00Z", "2025-12-31T23:30:00Z")
"""Before each of them web1 has another newest snapshot."""


@dataclass(frozen=True)
class Profile:
    """What a campaign likes: weights of moves, and options, settings and faults that it fixes or prefers."""

    providers: tuple[str, ...] = ("hostup", "onetsolutions", "barrack")
    settings: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """Choices of settings that replace the usual ones."""
    options: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    """If given, the only faults at a restore."""
    runs: tuple[int, int] = (1, 4)
    calm: int = 40
    """Percent of runs without a fault."""
    tasks: tuple[str, ...] = ("restore",) * 12 + ("power", "metadata", "snapshot")
    odd: int = 18
    """Percent of settings that are not the usual ones."""
    killing: tuple[At, ...] = ()
    """If given, the only requests at which a controller dies."""
    waits: int = 60
    """Percent of chapters in which time passes before the run, and in which somebody acts (``persons``)."""
    persons: int = 40
    moments: tuple[str, ...] = ("snapshots", "restore", "status", "instance", "power", "snapshot", "task", "tasks",
                                "read", "any", "put")  # fmt: skip
    """Requests before which somebody acts inside a run."""
    forms: tuple[str, ...] = ()
    """If given, the only forms of answers in place of the plain one."""
    late: tuple[float, ...] = (30.0, 100.0, 400.0, 800.0)
    """Seconds after which a held request may arrive."""
    people: tuple[str, ...] = ("use", "work", "start", "stop", "write", "rename", "replace", "delete_snapshot", "tags",
                               "untag", "delete_new", "foreign", "task")  # fmt: skip
    middle: int = 15
    """Percent of runs in which somebody acts."""
    kills: int = 18
    checks: int = 12
    rivals: int = 4
    """Percent of runs with a run of another controller inside."""
    accounts: int = 2
    """Percent of runs in another account."""
    extra: tuple[Fault, ...] = ()
    """Faults that each restore has in addition."""
    record_faults: int = 4
    """Percent of faults that are about the record."""
    read_faults: tuple[str, ...] = ("refuse_read", "lost_before", "cached", "stale", "other", "cut")
    weather: int = 10
    disks: int = 4
    passes: tuple[float, ...] = (150.0, 60.0, 5.0, 1000.0, 4000.0, 43200.0, 200000.0)
    script: tuple[Move | Choice, ...] = ()
    """If given, the moves. The restores in it are the same one, with drawn options where it gives none."""


ANY = Profile()
# Of each setting the choices beside its default.
CHOICES: dict[str, dict[str, tuple[Any, ...]]] = {
    "": {
        "power": ("running", "running"),
        "power_after": ("running", "previous"),
        "restore_seconds": (90.0, 600.0),
        "power_seconds": (40.0,),
        "snapshot_seconds": (60.0,),
        "second_restore": ("queued",),
        "start_during": ("allowed",),
        "guest_ignores_shutdown": (True,),
        "date": ("missing", "aged"),
        "date_skew": (-55.0, 40.0),
        "stamp_skew": (-4.0, 4.0, -50.0, 50.0),
        "clock_a": (-50.0, 50.0),
        "clock_b": (-50.0, 50.0),
        "short_list": ("total_larger", "null_item", "nameless"),
    },
    "onetsolutions": {
        "onet_answer": ("task", "task_id", "nested"),
        "onet_tasks": ("no_restores", "missing"),
        "onet_task_kind": ("rollback_vps", "snapshot_job"),
        "onet_task_names": (False,),
        "onet_task_delay": (5.0, 40.0),
        "onet_task_word": ("success", "fini"),
        "onet_lock_task": (True,),
        "onet_lists": ("bare",),
        "onet_order": ("oldest",),
        "onet_tags": ("map", "null", "numbers", "surrogate"),
        "onet_sync_lag": (20.0, 90.0),
    },
    "hostup": {
        "hostup_envelope": ("operation", "top"),
        "hostup_status": (200,),
        "hostup_operation": ("no_poll", "none"),
        "hostup_running": ("refused",),
        "hostup_newer": ("lost", "refused"),
        "hostup_gates": ("in_flight", "none"),
        "hostup_slots": (3, 2, -1, 0),
        "hostup_available": (False,),
        "hostup_created": ("null",),
        "hostup_job_vanishes": (True,),
        "hostup_stop_route": (False,),
        "hostup_audit": ("good", "delayed", "forbidden"),
        "hostup_current": (True,),
    },
    "barrack": {
        "barrack_answer": ("async",),
        "barrack_lists": ("data", "pages"),
        "barrack_list": ("missing",),
        "barrack_names": ("short",),
        "barrack_duplicate": ("allowed",),
        "barrack_provenance": ("boot_source", "snapshot"),
    },
}
LIKELY = ("power", "power_after", "second_restore", "start_during")
CHANGING = (
    *("date", "date_skew", "restore_seconds", "onet_tasks", "onet_order", "hostup_gates", "hostup_slots"),
    *("hostup_created", "hostup_audit", "short_list", "barrack_list", "hostup_available"),
)
"""Settings that may change in a story."""

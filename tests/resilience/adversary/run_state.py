# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a task in a story, and what can be said of it afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome
from ansible_collections.indiecloud.compute.tests.resilience.adversary.cloud import Cloud
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Run
from ansible_collections.indiecloud.compute.tests.resilience.adversary.things import VM, Attempt, Reading


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

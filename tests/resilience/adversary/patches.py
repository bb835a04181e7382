# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our code with one rule broken, in memory. The adversary must notice each.

A patch names the rule it breaks, and the profile by which its stories are drawn: the same moves as always, more often
those that the rule is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from ansible_collections.indiecloud.compute.plugins.module_utils._api import answer, transport
from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import Applied, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import PowerState, Snapshot, SnapshotList
from ansible_collections.indiecloud.compute.plugins.module_utils._providers import base, onetsolutions, pages
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.answers import ErrorFormat
from ansible_collections.indiecloud.compute.plugins.module_utils._record import notes_in_tags, record
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import (
    evidence,
    lost_answer,
    power_after,
    preflight,
    safety_snapshot,
    sending,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.evidence import End
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.in_place import InPlace
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import Restore
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.result import RestoreSent
from ansible_collections.indiecloud.compute.plugins.module_utils._task import session, validation
from ansible_collections.indiecloud.compute.tests.resilience.adversary.generate import ANY, Profile
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Fault

RESTORES = ("restore",)
IN_PLACE = ("hostup", "onetsolutions")
LOST = Profile(
    providers=IN_PLACE,
    tasks=RESTORES,
    faults=("lost_after", "refuse_after", "refuse", "lost_before"),
    runs=(2, 4),
    calm=20,
    kills=0,
    checks=0,
    middle=0,
    weather=0,
    disks=0,
    people=("work", "use"),
    odd=4,
)
"""Answers to restores are lost or refused, over several runs."""


@dataclass(frozen=True)
class Patch:
    rule: int
    name: str
    apply: Callable[[ExitStack], None]
    profile: Profile = ANY

    @contextmanager
    def applied(self) -> Iterator[None]:
        with ExitStack() as stack:
            self.apply(stack)
            yield


PATCHES: list[Patch] = []


def broken(rule: int, profile: Profile = ANY) -> Callable[[Callable[[ExitStack], None]], Callable[[ExitStack], None]]:
    """Adds a patch that breaks a rule."""

    def add(apply: Callable[[ExitStack], None]) -> Callable[[ExitStack], None]:
        PATCHES.append(Patch(rule, apply.__name__, apply, profile))
        return apply

    return add


def put(stack: ExitStack, owner: Any, name: str, value: Any) -> None:
    stack.enter_context(patch.object(owner, name, value))


# Rule 1: only evidence or a person ends the doubt.


@broken(
    1,
    replace(
        LOST,
        runs=(2, 3),
        waits=100,
        passes=(150.0, 1000.0),
        faults=("lost_after", "refuse"),
        settings={"onet_tasks": ("missing", "no_restores")},
    ),
)
def refused_repeat_makes_it_failed(stack: ExitStack) -> None:
    def fail(self: Restore, exc: Any) -> None:
        self.enter(Phase.FAILED, error_code=exc.error_code)

    original = sending.send

    def send(restore: Restore) -> None:
        original(restore)
        lost = restore.lost_answer
        if restore.record.phase == Phase.SENT and lost is not None and lost.applied == Applied.NO:
            restore.enter(Phase.FAILED, error_code=lost.error_code)
            raise lost

    put(stack, Restore, "fail", fail)
    put(stack, sending, "send", send)


@broken(
    1,
    replace(
        LOST,
        providers=("onetsolutions",),
        faults=("lost_after", "refuse_after"),
        extra=(Fault("refuse", At("tasks", 2), "401 own", 60),),
    ),
)
def later_errors_are_raised_as_they_are(stack: ExitStack) -> None:
    put(stack, Restore, "run", lambda self, *, check_mode: self._run(check_mode))


@broken(1, LOST)
def doubt_is_reported_as_not_sent(stack: ExitStack) -> None:
    original = lost_answer.outcome_unknown

    def outcome(restore: Restore) -> Any:
        found = original(restore)
        restore.result.restore_sent = RestoreSent.NO
        return found

    put(stack, lost_answer, "outcome_unknown", outcome)


@broken(
    1,
    replace(
        LOST,
        providers=("barrack",),
        options={"on_unknown": (None,), "force": (None,)},
        faults=("held",),
        late=(400.0, 800.0),
        settings={"barrack_duplicate": ("allowed",)},
    ),
)
def new_instance_is_repeated_like_one_in_place(stack: ExitStack) -> None:
    put(stack, lost_answer, "is_repeat_due", lambda restore: True)
    from ansible_collections.indiecloud.compute.plugins.module_utils._restore.new_instance import NewInstance

    put(stack, NewInstance, "repeat_is_harmless", lambda self: True)


# Rule 2: what a refusal is.

ODD = replace(LOST, providers=("hostup", "onetsolutions", "barrack"), faults=("refuse_after", "odd", "odd_after"))


@broken(2, ODD)
def any_4xx_is_a_refusal(stack: ExitStack) -> None:
    def applied(self: ErrorFormat, error: ProviderError) -> Applied:
        return Applied.NO if 400 <= error.status < 500 else Applied.UNKNOWN

    put(stack, ErrorFormat, "applied", applied)


@broken(2, replace(ODD, providers=("hostup",), faults=("refuse_after",), forms=("409 upstream_failed",)))
def upstream_failed_is_a_refusal(stack: ExitStack) -> None:
    def applied(self: ErrorFormat, error: ProviderError) -> Applied:
        return original(self._replace(undecided_codes=()), error)

    original = ErrorFormat.applied
    put(stack, ErrorFormat, "applied", applied)


@broken(2, replace(ODD, faults=("odd",), providers=("onetsolutions",)))
def page_in_html_is_an_acceptance(stack: ExitStack) -> None:
    def parse(body: bytes) -> Any:
        return None, None

    put(stack, transport, "parse_body", lambda body: parse(body) if body[:1] == b"<" else answer.parse_body(body))


@broken(2, replace(LOST, faults=("early",), settings={"wire": ("socket",)}, runs=(1, 2)))
def early_answer_is_the_answer(stack: ExitStack) -> None:
    from http.client import HTTPResponse

    from ansible_collections.indiecloud.compute.plugins.module_utils._api import in_flight

    put(stack, in_flight, "_final_response", lambda: HTTPResponse)


# Rule 3: what proves a restore.

EVIDENCE = replace(
    LOST,
    faults=("names_other", "lost_after", "lost_before"),
    people=("task",),
    calm=30,
    options={"power_after": ("previous",)},
)


@broken(3, replace(EVIDENCE, providers=("onetsolutions",)))
def any_task_counts(stack: ExitStack) -> None:
    put(stack, base.Provider, "other_work", lambda *dummy: None)


@broken(3, replace(EVIDENCE, providers=("hostup",), faults=("names_other",)))
def job_that_is_named_is_believed(stack: ExitStack) -> None:
    put(stack, base.Provider, "other_work", lambda *dummy: None)


@broken(3, replace(EVIDENCE, providers=("onetsolutions",)))
def task_from_before_the_request_counts(stack: ExitStack) -> None:
    original = evidence._candidates

    def candidates(machine: Any, snapshot_id: str, known: Any) -> Any:
        return original(machine, snapshot_id, known._replace(operations_before=""))

    put(stack, evidence, "_candidates", candidates)


@broken(3, replace(EVIDENCE, providers=("onetsolutions",), settings={"onet_lock_task": (True,)}, calm=90))
def first_of_several_tasks_counts(stack: ExitStack) -> None:
    put(stack, evidence, "_identify", lambda items, known: items[-1]._replace(certain=True) if items else None)
    put(stack, evidence, "_is_only", lambda *dummy: True)


@broken(3, replace(LOST, faults=("slow",), calm=70))
def acceptance_is_taken_for_the_end(stack: ExitStack) -> None:
    def end(machine: Any, snapshot_id: str, operation: Any, known: Any) -> End:
        return End(True, operation)

    from ansible_collections.indiecloud.compute.plugins.module_utils._restore import in_place

    put(stack, in_place, "end_in_place", end)


# Rule 5: lists.

LISTS = Profile(
    providers=("barrack",),
    tasks=RESTORES,
    runs=(2, 3),
    calm=80,
    kills=0,
    checks=0,
    people=("foreign",),
    settings={"short_list": ("total_larger", "null_item", "nameless"), "barrack_duplicate": ("allowed",)},
)


@broken(5, LISTS)
def incomplete_list_is_complete(stack: ExitStack) -> None:
    original = preflight.find_by_name
    from ansible_collections.indiecloud.compute.plugins.module_utils._restore import new_instance

    put(stack, new_instance, "find_by_name", lambda *args: (original(*args)[0], True))


@broken(5, replace(LISTS, settings={**LISTS.settings, "short_list": ("null_item", "total_larger")}))
def dropped_items_are_forgotten(stack: ExitStack) -> None:
    original = pages.read_pages
    from ansible_collections.indiecloud.compute.plugins.module_utils._providers import barrack

    put(stack, barrack, "read_pages", lambda read: (original(read)[0], True))


@broken(
    5,
    Profile(
        providers=IN_PLACE,
        tasks=RESTORES,
        calm=100,
        kills=0,
        checks=0,
        middle=0,
        persons=90,
        people=("foreign",),
        options={"instance": ("web1",)},
        settings={"short_list": ("null_item", "total_larger", "nameless")},
    ),
)
def name_is_looked_up_in_an_incomplete_list(stack: ExitStack) -> None:
    from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import InstanceList

    put(stack, InstanceList, "complete", True)
    put(stack, InstanceList, "names_are_complete", True)


# Rule 6: when a repeat is allowed.

REPEATS = replace(
    LOST, faults=("held", "lost_after"), calm=30, options={"power_after": ("previous", "started"), "stop": ("always",)}
)


@broken(
    6,
    replace(
        REPEATS, providers=("hostup",), faults=("held",), passes=(5.0, 60.0), late=(800.0,), persons=90, calm=50,
        people=("work", "write"), options={"power_after": ("started",), "stop": ("always",)},
    ),
)  # fmt: skip
def no_quiet_time(stack: ExitStack) -> None:
    put(stack, InPlace, "quiet_seconds", property(lambda self: 0.0))


@broken(6, replace(REPEATS, passes=(4000.0, 43200.0), people=("use",)))
def repeat_however_late(stack: ExitStack) -> None:
    put(stack, lost_answer, "REPEAT_WITHIN", 1e9)


@broken(
    6,
    replace(
        REPEATS, faults=("lost_after",), people=("work",), persons=90, waits=90, passes=(150.0, 1000.0),
        settings={"onet_tasks": ("missing",), "hostup_gates": ("open",)}, runs=(2, 3),
    ),
)  # fmt: skip
def repeat_of_what_was_seen_running(stack: ExitStack) -> None:
    put(stack, lost_answer, "_seen_running", lambda restore: None)
    put(stack, InPlace, "repeat_is_harmless", lambda self: True)


@broken(6, replace(REPEATS, people=("use",), providers=("onetsolutions",), passes=(150.0, 600.0)))
def work_that_was_seen_is_ignored(stack: ExitStack) -> None:
    original = InPlace.look_for_lost_restore

    def look(self: InPlace, seconds: float) -> Any:
        return original(self, seconds)[0], None

    put(stack, InPlace, "look_for_lost_restore", look)


# Rule 7: safety snapshots.

SAFE = replace(
    LOST,
    faults=("refuse", "lost_before", "lost_after"),
    options={"safety_snapshot": ("required",), "stop": ("always",), "power_after": ("previous", "started")},
)


@broken(7, SAFE)
def safety_snapshot_is_used_again(stack: ExitStack) -> None:
    original = safety_snapshot._take

    def take(restore: InPlace) -> Snapshot:
        listed = (restore.facts.listed or SnapshotList(())).snapshots
        known = next((item for item in listed if item.name.startswith("pre-")), None)
        return known if known is not None else original(restore)

    put(stack, safety_snapshot, "_take", take)


MEANWHILE = replace(SAFE, calm=90, middle=90, people=("work",), moments=("snapshots", "task", "status"))


@broken(7, replace(MEANWHILE, providers=("hostup",), settings={"snapshot_seconds": (60.0, 5.0)}))
def nobody_looks_after_the_safety_snapshot(stack: ExitStack) -> None:
    put(stack, safety_snapshot, "require_still_stopped", lambda restore: None)


@broken(
    7, replace(MEANWHILE, options={**SAFE.options, "stop": ("if_required",)}, providers=("hostup",), people=("write",))
)
def safety_snapshot_of_a_running_instance(stack: ExitStack) -> None:
    put(stack, safety_snapshot, "refusals", lambda restore: [])
    put(stack, safety_snapshot, "require_still_stopped", lambda restore: None)


@broken(
    7, replace(SAFE, calm=90, settings={"hostup_slots": (0, 2), "power": ("running", "stopped")}, providers=("hostup",))
)
def required_goes_on_without(stack: ExitStack) -> None:
    original = safety_snapshot.take

    def take(restore: InPlace) -> None:
        options = restore.options
        restore.options = options._replace(safety_snapshot="auto")
        try:
            original(restore)
        finally:
            restore.options = options

    put(stack, safety_snapshot, "take", take)
    put(stack, safety_snapshot, "refusals", lambda restore: [])


# Rule 8: power.

POWER = replace(
    LOST,
    calm=70,
    settings={"power": ("running", "running", "stopped")},
    options={"power_after": ("previous",), "stop": ("always",)},
    kills=20,
)


@broken(8, replace(POWER, providers=("onetsolutions",)))
def started_without_evidence(stack: ExitStack) -> None:
    original = power_after._wanted
    put(stack, power_after, "_wanted", lambda restore, end: original(restore, end._replace(verified=True)))


@broken(8, replace(POWER, settings={"power_after": ("running",), "power": ("stopped",)}, calm=60))
def stopped_without_having_seen_the_end(stack: ExitStack) -> None:
    put(stack, power_after, "_saw_the_end", lambda restore: True)


@broken(8, replace(POWER, kills=60, killing=(At("restore"), At("power")), calm=95, waits=20, persons=0))
def former_power_state_is_what_is_found(stack: ExitStack) -> None:
    original = Restore._resume

    def resume(self: Restore, known: Any) -> None:
        original(self, known._replace(previous_power_state=self.facts.settled_power_state))

    put(stack, Restore, "_resume", resume)


@broken(8, replace(POWER, options={"power_after": ("leave", "stopped"), "stop": ("always",)}))
def always_started(stack: ExitStack) -> None:
    put(stack, power_after, "_wanted", lambda restore, end: PowerState.RUNNING)


@broken(8, replace(POWER, options={"stop": ("never",)}, providers=("hostup",)))
def stopped_without_leave(stack: ExitStack) -> None:
    put(stack, InPlace, "will_stop", lambda self: self.facts.power_state != PowerState.STOPPED)
    from ansible_collections.indiecloud.compute.plugins.module_utils._restore import guards

    put(stack, guards, "_power", lambda *dummy: [])


# Rule 9: records at the provider.

RIVALS = Profile(
    providers=("onetsolutions",),
    tasks=RESTORES,
    runs=(1, 3),
    calm=85,
    kills=20,
    checks=0,
    disks=0,
    weather=0,
    rivals=60,
    options={"record": ("provider",), "force": (None,), "on_unknown": (None,), "restore_id": ("r1",)},
)


@broken(9, RIVALS)
def anybody_overrules_a_record(stack: ExitStack) -> None:
    put(stack, notes_in_tags, "_outranks", lambda *dummy: True)
    put(stack, notes_in_tags, "_latest_claim", lambda found: _Same())


class _Same:
    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


@broken(9, RIVALS)
def claims_of_others_are_not_waited_for(stack: ExitStack) -> None:
    from ansible_collections.indiecloud.compute.plugins.module_utils._record.provider_store import ProviderRecord

    put(stack, ProviderRecord, "wait_turn", lambda *dummy: False)
    put(stack, notes_in_tags.TagsNotes, "_write_once", _write_blindly)


def _write_blindly(self: Any, known: Any) -> None:
    fresh = self._provider.read_metadata(known.target)
    changed = notes_in_tags._with_note(fresh.values.get("tags"), notes_in_tags.encode([known]))
    self._provider.write_metadata(known.target, fresh, {"tags": changed})
    self._known = notes_in_tags._stamp([known])


# Rule 10: identity.


@broken(10, Profile(tasks=RESTORES, calm=95, runs=(2, 3), accounts=50, kills=0, options={"force": (None,)}))
def account_is_no_part_of_the_identity(stack: ExitStack) -> None:
    put(stack, base.Provider, "account", property(lambda self: ""))


@broken(
    10,
    Profile(
        providers=("hostup",), tasks=RESTORES, calm=95, middle=90, people=("replace",), kills=0, runs=(1, 2),
        settings={"power": ("running",)}, moments=("power", "status", "task"), persons=0, odd=4,
    ),
)  # fmt: skip
def replaced_snapshot_is_not_noticed(stack: ExitStack) -> None:
    put(stack, InPlace, "_require_same_snapshot", lambda self, known: None)


@broken(
    10,
    Profile(
        providers=IN_PLACE, tasks=RESTORES, calm=0, kills=0, read_faults=("other",), runs=(1, 2),
        settings={"power": ("running", "stopped")}, options={"stop": ("never", "if_required", "always")},
    ),
)  # fmt: skip
def answer_about_another_id_is_believed(stack: ExitStack) -> None:
    put(stack, base.Provider, "_of", lambda self, instance, instance_id: instance)


# Rule 11: what is echoed.

ECHO = Profile(
    providers=("onetsolutions",),
    tasks=("restore", "metadata"),
    calm=90,
    kills=0,
    settings={"onet_tags": ("numbers", "surrogate", "map")},
    options={"record": ("provider",)},
)


@broken(11, ECHO)
def inexact_values_are_echoed(stack: ExitStack) -> None:
    put(stack, onetsolutions, "is_exact", lambda value: True)


@broken(11, replace(ECHO, settings={}))
def vpc_is_left_out(stack: ExitStack) -> None:
    original = onetsolutions._replacement

    def replacement(data: Any, changes: Any) -> Any:
        return {name: value for name, value in original(data, changes).items() if name != "vpc_id"}

    put(stack, onetsolutions, "_replacement", replacement)


# Rule 12: check mode.

CHECKED = Profile(tasks=RESTORES, checks=90, calm=95, kills=0, middle=0, disks=30, runs=(1, 2))


@broken(12, CHECKED)
def check_does_not_ask_whether_the_record_can_be_written(stack: ExitStack) -> None:
    original = FileRecord.refusals
    put(
        stack,
        FileRecord,
        "refusals",
        lambda self, *args, **more: [] if self._read_only else original(self, *args, **more),
    )


@broken(
    12,
    replace(
        CHECKED, providers=("hostup",), settings={"hostup_slots": (2, 0)}, options={"safety_snapshot": ("required",)}
    ),
)
def check_does_not_ask_for_a_free_slot(stack: ExitStack) -> None:
    put(stack, safety_snapshot, "refusals", lambda restore: [])


@broken(12, CHECKED)
def check_mode_writes(stack: ExitStack) -> None:
    original = Restore.proceed

    def proceed(self: Restore, decision: Any, check_mode: bool) -> None:
        original(self, decision, False)

    put(stack, Restore, "proceed", proceed)


# Rule 13: bounds.


@broken(13, Profile(tasks=RESTORES, calm=90, options={"wait_timeout": (1e12,)}, kills=0))
def times_have_no_range(stack: ExitStack) -> None:
    put(stack, validation, "positive", lambda name, value: [])


@broken(13, replace(LOST, settings={"restore_seconds": (600.0,)}, options={"wait_timeout": (60.0,)}, faults=("held",)))
def deadline_is_not_kept(stack: ExitStack) -> None:
    original = Deadline.__init__

    def init(self: Deadline, seconds: float, runtime: Any) -> None:
        original(self, seconds if seconds < 60.0 else seconds + 400.0, runtime)

    put(stack, Deadline, "__init__", init)


@broken(13, Profile(tasks=RESTORES, calm=100, kills=0, settings={"endless": (True,)}, options={"instance": ("web1",)}))
def lists_have_no_bound(stack: ExitStack) -> None:
    for name in ("MOST_BYTES", "LARGEST_LIST", "MOST_TOTAL_BYTES"):
        if hasattr(pages, name):
            put(stack, pages, name, 1 << 60)


@broken(13, replace(LOST, record_faults=80, calm=40))
def failed_record_after_the_sending_says_nothing_of_it(stack: ExitStack) -> None:
    def enter(self: Restore, phase: Phase, **changes: Any) -> None:
        try:
            self.record = self.store.save(self.record.at(phase, self.runtime.now(), **changes))
        except record.RecordUnavailable:
            self.result.restore_sent = RestoreSent.NO
            raise
        if phase != Phase.FAILED:
            self.result.phase = phase

    put(stack, Restore, "enter", enter)


__all__ = ["PATCHES", "Patch", "session"]

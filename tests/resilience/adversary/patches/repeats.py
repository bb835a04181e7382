# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 6: when a restore may be sent again."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from ansible_collections.indiecloud.compute.plugins.module_utils._restore import lost_answer, sending
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.in_place import InPlace
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import (
    CALM,
    LOST_AFTER,
    LOST_BEFORE,
    USE,
    WORK,
    broken,
    put,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import Choice
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Fault, Pass, Run

REPEATS = replace(
    CALM,
    settings={"power": ("stopped",), "onet_tasks": ("missing",), "hostup_gates": ("open", "none")},
    options={
        "stop": ("always",),
        "restore_id": ("r1",),
        "record": ("file",),
        "power_after": ("previous", "started"),
        "safety_snapshot": ("never",),
        "on_unknown": (None,),
        "force": (None,),
    },
)
"""Nothing tells what became of a restore whose answer was lost."""


@broken(
    6,
    replace(
        REPEATS,
        providers=("hostup",),
        settings={**REPEATS.settings, "hostup_running": ("allowed",)},
        options={**REPEATS.options, "power_after": ("started",)},
        script=(Run(faults=(Fault("held", At("restore"), 800.0),)), Pass(5.0), Run(), WORK),
    ),
)
def no_quiet_time(stack: ExitStack) -> None:
    put(stack, InPlace, "quiet_seconds", property(lambda self: 0.0))


@broken(6, replace(REPEATS, script=(LOST_AFTER, Choice((Pass(4000.0), Pass(43200.0))), USE, Run())))
def repeat_however_late(stack: ExitStack) -> None:
    put(stack, lost_answer, "REPEAT_WITHIN", 1e9)


@broken(6, replace(REPEATS, script=(LOST_AFTER, Pass(1000.0), WORK, Run())))
def repeat_of_what_was_seen_running(stack: ExitStack) -> None:
    put(stack, lost_answer, "_seen_running", lambda *dummy: None)
    put(stack, InPlace, "repeat_is_harmless", lambda self: True)


@broken(
    6,
    replace(
        REPEATS,
        providers=("hostup",),
        settings={**REPEATS.settings, "power_after": ("running",), "restore_seconds": (10.0,)},
        script=(LOST_AFTER, Pass(1000.0), USE, Run()),
    ),
)
def instance_that_the_restore_left_running_is_not_seen(stack: ExitStack) -> None:
    original = lost_answer._seen_running
    put(stack, lost_answer, "_seen_running", lambda restore, state: original(restore, restore.facts.power_state))


@broken(
    6,
    replace(
        REPEATS,
        providers=("onetsolutions",),
        settings={"onet_tasks": ("no_restores",)},
        script=(LOST_AFTER, USE, Pass(150.0), Run()),
    ),
)
def work_that_was_seen_is_ignored(stack: ExitStack) -> None:
    original = InPlace.look_for_lost_restore
    put(stack, InPlace, "look_for_lost_restore", lambda self, seconds: (original(self, seconds)[0], None))


@broken(
    6,
    replace(
        REPEATS,
        providers=("hostup",),
        options={**REPEATS.options, "safety_snapshot": ("required",), "on_unknown": ("restore",)},
        script=(LOST_BEFORE, WORK, Run()),
    ),
)
def repeat_does_not_stop_and_takes_no_snapshot(stack: ExitStack) -> None:
    put(stack, InPlace, "repeat", sending.send)
    put(stack, InPlace, "before_sending", lambda self: None)

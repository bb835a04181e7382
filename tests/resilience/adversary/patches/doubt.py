# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 1: only evidence or a person ends the doubt."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import Applied
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import lost_answer, sending
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.new_instance import NewInstance
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import Restore
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.result import RestoreSent
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import (
    CALM,
    LOST,
    LOST_AFTER,
    USE,
    broken,
    put,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import Choice
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Fault, Pass, Run


@broken(
    1,
    replace(
        CALM,
        settings={"onet_tasks": ("missing", "no_restores"), "hostup_gates": ("open", "none"), "power": ("stopped",)},
        options={"record": ("file", "provider"), "restore_id": ("r1",), "stop": ("always",)},
        script=(LOST_AFTER, Pass(1000.0), Run(faults=(Fault("refuse"),)), USE, Run()),
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
        CALM,
        providers=("onetsolutions",),
        settings={"onet_tasks": ("listed", "no_restores")},
        script=(Run(faults=(Fault("lost_after"), Fault("refuse", At("tasks", 2), "401 own", 60))),),
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
        CALM,
        providers=("barrack",),
        settings={"barrack_duplicate": ("allowed",), "barrack_list": ("there",)},
        options={"record": ("file", "provider"), "on_unknown": (None,), "force": (None,)},
        script=(
            Choice(tuple(Run(faults=(Fault("held", At("restore"), seconds),)) for seconds in (400.0, 800.0))),
            Pass(150.0),
            Run(),
        ),
    ),
)
def new_instance_is_repeated_like_one_in_place(stack: ExitStack) -> None:
    put(stack, lost_answer, "is_repeat_due", lambda restore: True)
    put(stack, NewInstance, "repeat_is_harmless", lambda self: True)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 8: power."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import PowerState
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import guards, history, power_after
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.in_place import InPlace
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import Restore
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import CALM, broken, put
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import Choice
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Kill, Pass, Run, Weather

POWER = replace(
    CALM,
    settings={"power": ("running",)},
    options={
        "power_after": ("previous",),
        "stop": ("always",),
        "restore_id": ("r1",),
        "record": ("file",),
        "wait": (None,),
    },
    script=(Run(),),
)


@broken(
    8,
    replace(
        POWER,
        providers=("onetsolutions",),
        settings={
            **POWER.settings,
            "onet_tasks": ("missing", "no_restores"),
            "onet_answer": ("empty",),
            "onet_sync_lag": (0.0,),
        },
    ),
)
def started_without_evidence(stack: ExitStack) -> None:
    original = power_after._wanted
    put(stack, power_after, "_wanted", lambda restore, end: original(restore, end._replace(verified=True)))


@broken(
    8,
    replace(
        POWER,
        settings={"power_after": ("running",), "power": ("stopped",), "onet_tasks": ("listed",)},
        options={name: value for name, value in POWER.options.items() if name != "wait"},
        script=(Run(options=(("wait", False),)), Pass(1000.0), Run(options=(("wait", None),))),
    ),
)
def stopped_without_having_seen_the_end(stack: ExitStack) -> None:
    put(stack, power_after, "_saw_the_end", lambda restore: True)


@broken(
    8,
    replace(
        POWER,
        options={**POWER.options, "record": ("file", "provider")},
        script=(
            Choice((Run(kill=Kill("after", At("power"))), Run(kill=Kill("before", At("restore"))))),
            Pass(150.0),
            Run(),
        ),
    ),
)
def former_power_state_is_what_is_found(stack: ExitStack) -> None:
    original = Restore._resume

    def resume(self: Restore, known: Any) -> None:
        original(self, known._replace(previous_power_state=self.facts.settled_power_state))

    put(stack, Restore, "_resume", resume)


@broken(
    8,
    replace(
        POWER,
        providers=("onetsolutions",),
        settings={**POWER.settings, "onet_tasks": ("missing",), "onet_answer": ("empty",), "power_after": ("stopped",)},
        script=(Run(), Pass(200000.0), Weather("onet_tasks", "listed"), Run(options=(("restore_id", "r2"),))),
    ),
)
def former_power_state_of_another_restore_long_ago(stack: ExitStack) -> None:
    put(stack, history, "LONG_AGO", timedelta(days=999))


@broken(8, replace(POWER, options={**POWER.options, "power_after": ("leave", "stopped")}))
def always_started(stack: ExitStack) -> None:
    put(stack, power_after, "_wanted", lambda restore, end: PowerState.RUNNING)


@broken(8, replace(POWER, options={**POWER.options, "stop": ("never",), "power_after": ("leave", "started")}))
def stopped_without_leave(stack: ExitStack) -> None:
    put(stack, InPlace, "will_stop", lambda self: self.facts.power_state != PowerState.STOPPED)
    put(stack, guards, "_power", lambda *dummy: [])

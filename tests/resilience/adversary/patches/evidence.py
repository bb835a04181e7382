# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 3: what proves a restore."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._providers import base
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import evidence, in_place
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.evidence import End
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import (
    CALM,
    LOST,
    LOST_BEFORE,
    broken,
    put,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import Choice
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Person, Run

ONET = replace(
    CALM,
    providers=("onetsolutions",),
    settings={"power": ("stopped",), "onet_tasks": ("listed",)},
    options={"restore_id": ("r1",), "snapshot": ("before-upgrade",), "stop": ("always",), "record": ("file",)},
)
"""Tasks are listed, and those of restores are among them."""


@broken(
    3,
    replace(
        ONET,
        script=(LOST_BEFORE, Choice((Person("task", "other_instance"), Person("task", "other_snapshot"))), Run()),
    ),
)
def any_task_counts(stack: ExitStack) -> None:
    put(stack, base.Provider, "other_work", lambda *dummy: None)


@broken(3, replace(LOST, faults=("names_other",), providers=("hostup",)))
def job_that_is_named_is_believed(stack: ExitStack) -> None:
    put(stack, base.Provider, "other_work", lambda *dummy: None)


@broken(3, replace(ONET, script=(Choice((Person("task", "old_done"), Person("task", "old_failed"))), LOST_BEFORE)))
def task_from_before_the_request_counts(stack: ExitStack) -> None:
    original = evidence._candidates

    def candidates(machine: Any, snapshot_id: str, known: Any) -> Any:
        return original(machine, snapshot_id, known._replace(operations_before=""))

    put(stack, evidence, "_candidates", candidates)


@broken(
    3,
    replace(
        ONET,
        settings={
            **ONET.settings,
            "onet_lock_task": (True,),
            "onet_order": ("oldest",),
            "onet_answer": ("empty",),
            "restore_seconds": (90.0,),
        },
        script=(Run(),),
    ),
)
def first_of_several_tasks_counts(stack: ExitStack) -> None:
    put(stack, evidence, "_identify", lambda items, known: items[-1]._replace(certain=True) if items else None)
    put(stack, evidence, "_is_only", lambda *dummy: True)


@broken(3, replace(LOST, faults=("slow",), calm=70))
def acceptance_is_taken_for_the_end(stack: ExitStack) -> None:
    put(stack, in_place, "end_in_place", lambda machine, snapshot_id, operation, known: End(True, operation))

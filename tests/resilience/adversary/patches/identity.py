# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 10: identity."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Snapshot, SnapshotList
from ansible_collections.indiecloud.compute.plugins.module_utils._providers import base
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import as_of, in_place, restore
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.in_place import InPlace
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import Restore
from ansible_collections.indiecloud.compute.plugins.module_utils._task.resolve import Found
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import (
    CALM,
    LOST_BEFORE,
    broken,
    put,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import TIMES, Choice
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Fault, Pass, Person, Run


@broken(10, replace(CALM, options={"record": ("file",), "force": (None,)}, script=(Run(), Run(account=2))))
def account_is_no_part_of_the_identity(stack: ExitStack) -> None:
    put(stack, base.Provider, "account", property(lambda self: ""))


REPLACED = replace(
    CALM,
    providers=("hostup",),
    settings={"power": ("running",), "power_seconds": (40.0,)},
    options={"stop": ("always",), "snapshot": ("before-upgrade",), "safety_snapshot": ("never",)},
    script=(Run(meanwhile=((At("power"), Person("replace", "before-upgrade")),)),),
)
"""Somebody replaces the snapshot by another one of its name while the instance is stopped."""


@broken(
    10,
    replace(
        CALM,
        settings={"power": ("stopped",)},
        options={"restore_id": ("r1",), "snapshot_as_of": (TIMES[0],), "max_snapshot_age": (None,)},
        script=(Run(),),
    ),
)
def newest_snapshot_of_all_is_chosen(stack: ExitStack) -> None:
    def choose(restore: Restore, listed: SnapshotList, instance_id: str | None) -> Found[Snapshot]:
        newest = max(listed.snapshots, key=lambda item: str(item.created_at))
        return Found(newest.id, newest)

    put(stack, as_of, "choose", choose)


@broken(10, REPLACED)
def replaced_snapshot_is_not_noticed(stack: ExitStack) -> None:
    put(stack, InPlace, "_require_same_snapshot", lambda self, known: None)


@broken(10, replace(REPLACED, settings={**REPLACED.settings, "hostup_created": ("null",)}))
def snapshots_without_a_date_are_all_the_same(stack: ExitStack) -> None:
    put(stack, in_place, "same_snapshot", lambda known, now: known.created_at == now.created_at)


@broken(
    10,
    replace(
        REPLACED,
        providers=("onetsolutions",),
        settings={"power": ("stopped",), "onet_tasks": ("missing",)},
        options={**REPLACED.options, "on_unknown": ("restore",), "restore_id": ("r1",), "record": ("file",)},
        script=(
            LOST_BEFORE,
            Pass(150.0),
            Choice(
                tuple(
                    Run(meanwhile=((At("read", number), Person("replace", "before-upgrade")),))
                    for number in range(3, 9)
                )
            ),
        ),
    ),
)
def repeat_takes_the_snapshot_that_has_the_name_now(stack: ExitStack) -> None:
    put(stack, restore, "require_same_snapshot", lambda *dummy: None)


@broken(
    10,
    replace(
        CALM,
        providers=("hostup",),
        settings={"power": ("running",), "hostup_running": ("allowed",)},
        options={"stop": ("never",), "safety_snapshot": ("never",)},
        script=(Choice(tuple(Run(faults=(Fault("other", At("instance"), None, times),)) for times in (1, 9))),),
    ),
)
def answer_about_another_id_is_believed(stack: ExitStack) -> None:
    put(stack, base.Provider, "_of", lambda self, instance, instance_id: instance)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 7: safety snapshots."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Snapshot, SnapshotList
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import safety_snapshot
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.in_place import InPlace
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import CALM, USE, broken, put
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import Choice
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Fault, Person, Run

SAFE = replace(
    CALM,
    options={
        "safety_snapshot": ("required",),
        "stop": ("always",),
        "power_after": ("previous", "started"),
        "restore_id": ("r1",),
        "record": ("file", "provider"),
    },
)


@broken(7, replace(SAFE, script=(Run(faults=(Fault("refuse"),)), USE, Run())))
def safety_snapshot_is_used_again(stack: ExitStack) -> None:
    original = safety_snapshot._take

    def take(restore: InPlace) -> Snapshot:
        listed = (restore.facts.listed or SnapshotList(())).snapshots
        known = next((item for item in listed if item.name.startswith("pre-")), None)
        return known if known is not None else original(restore)

    put(stack, safety_snapshot, "_take", take)


MIDDLE = replace(
    SAFE,
    providers=("hostup",),
    settings={"snapshot_seconds": (60.0,), "power": ("stopped",), "hostup_running": ("allowed",)},
    script=(Choice(tuple(Run(meanwhile=((At("task", number), Person("work")),)) for number in (1, 2, 3))),),
)
"""Somebody starts the instance while its safety snapshot is taken."""


@broken(7, MIDDLE)
def nobody_looks_after_the_safety_snapshot(stack: ExitStack) -> None:
    put(stack, safety_snapshot, "require_still_stopped", lambda restore: None)


@broken(
    7,
    replace(
        MIDDLE,
        settings={**MIDDLE.settings, "power": ("running",)},
        options={**SAFE.options, "stop": ("if_required",)},
        script=(Choice(tuple(Run(meanwhile=((At("task", number), Person("write")),)) for number in (1, 2, 3))),),
    ),
)
def safety_snapshot_of_a_running_instance(stack: ExitStack) -> None:
    put(stack, safety_snapshot, "refusals", lambda restore, **more: [])
    put(stack, safety_snapshot, "require_still_stopped", lambda restore: None)


@broken(
    7,
    replace(
        SAFE,
        providers=("hostup",),
        settings={"hostup_slots": (0, 2), "power": ("running", "stopped")},
        options={**SAFE.options, "record": ("file",)},
        script=(Run(),),
    ),
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
    put(stack, safety_snapshot, "refusals", lambda restore, **more: [])

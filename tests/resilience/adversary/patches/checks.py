# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules 11 and 12: what is echoed, and check mode."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._providers import onetsolutions
from ansible_collections.indiecloud.compute.plugins.module_utils._record.sqlite_store import FileRecord
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import safety_snapshot
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import Restore
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import CALM, broken, put
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import Choice, Profile
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Disk, Run

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


CHECKED = Run(check_first=True)


@broken(12, replace(CALM, options={"record": ("file",)}, script=(Disk("A", "unusable"), CHECKED)))
def check_does_not_ask_whether_the_record_can_be_written(stack: ExitStack) -> None:
    original = FileRecord.refusals

    def refusals(self: FileRecord, target: str, instance: Any, listed: Any, *, fresh: bool) -> Any:
        return [] if self._read_only else original(self, target, instance, listed, fresh=fresh)

    put(stack, FileRecord, "refusals", refusals)


@broken(
    12,
    replace(
        CALM,
        providers=("hostup",),
        settings={"hostup_slots": (2, 0)},
        options={"safety_snapshot": ("required",), "record": ("file",), "stop": ("always",)},
        script=(CHECKED,),
    ),
)
def check_does_not_ask_for_a_free_slot(stack: ExitStack) -> None:
    put(stack, safety_snapshot, "refusals", lambda restore, **more: [])


@broken(
    12,
    replace(
        CALM,
        providers=("onetsolutions",),
        settings={"onet_tags": ("numbers", "surrogate")},
        options={"record": ("provider",), "metadata": ("name", "hostname"), "stop": ("always",)},
        script=(Choice((CHECKED, Run("metadata", check_first=True))),),
    ),
)
def check_does_not_ask_whether_metadata_can_be_echoed(stack: ExitStack) -> None:
    put(stack, onetsolutions.OnetSolutions, "require_writable_metadata", lambda self, found: None)


@broken(12, replace(CALM, script=(CHECKED,)))
def check_mode_writes(stack: ExitStack) -> None:
    original = Restore.proceed
    put(stack, Restore, "proceed", lambda self, decision, check_mode: original(self, decision, False))

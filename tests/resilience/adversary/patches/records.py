# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 9: records at the provider."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._record import notes_in_tags
from ansible_collections.indiecloud.compute.plugins.module_utils._record.provider_store import ProviderRecord
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import CALM, broken, put
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import Choice
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Kill, Run

RIVAL = Run(who="B", kill=Kill("after", At("restore")))
RIVALS = replace(
    CALM,
    providers=("onetsolutions",),
    settings={"onet_tags": ("list", "map"), "power": ("running",), "restore_seconds": (600.0,)},
    options={
        "record": ("provider",),
        "restore_id": ("r1",),
        "stop": ("always",),
        "wait_timeout": (None,),
        "max_snapshot_age": (None,),
        "force": (None,),
        "on_unknown": (None,),
    },
    script=(Choice(tuple(Run(meanwhile=((At("instance", number), RIVAL),)) for number in range(3, 12))),),
)
"""Another controller restores the same in the middle of a run."""


@broken(9, RIVALS)
def anybody_overrules_a_record(stack: ExitStack) -> None:
    put(stack, notes_in_tags, "_outranks", lambda *dummy, **more: True)
    put(stack, notes_in_tags, "_latest_claim", lambda found: _Same())


class _Same:
    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


@broken(9, RIVALS)
def claims_of_others_are_not_waited_for(stack: ExitStack) -> None:
    put(stack, ProviderRecord, "wait_turn", lambda *dummy: False)
    put(stack, notes_in_tags.TagsNotes, "_write_once", _write_blindly)


def _write_blindly(self: Any, known: Any) -> None:
    fresh = self._provider.read_metadata(known.target)
    changed = notes_in_tags._with_note(fresh.values.get("tags"), notes_in_tags.encode([known]))
    self._provider.write_metadata(known.target, fresh, {"tags": changed})
    self._known = notes_in_tags._stamp([known])

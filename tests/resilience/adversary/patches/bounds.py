# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 13: bounds, and errors that say what to do."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._providers import pages
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase, RecordUnavailable
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.restore import Restore
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.result import RestoreSent
from ansible_collections.indiecloud.compute.plugins.module_utils._task import validation
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import CALM, LOST, broken, put
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Run


@broken(13, replace(CALM, options={"wait_timeout": (1e12,)}, script=(Run(),)))
def times_have_no_range(stack: ExitStack) -> None:
    put(stack, validation, "positive", lambda name, value: [])


@broken(13, replace(LOST, settings={"restore_seconds": (600.0,)}, options={"wait_timeout": (60.0,)}, faults=("held",)))
def deadline_is_not_kept(stack: ExitStack) -> None:
    original = Deadline.__init__

    def init(self: Deadline, seconds: float, runtime: Any) -> None:
        original(self, seconds if seconds < 60.0 else seconds + 400.0, runtime)

    put(stack, Deadline, "__init__", init)


@broken(
    13,
    replace(
        CALM,
        settings={"endless": (True,), "onet_lists": ("paginated",), "wire": ("session",)},
        options={"instance": ("web1",)},
        script=(Run(),),
    ),
)
def lists_have_no_bound(stack: ExitStack) -> None:
    put(stack, pages, "MOST_BYTES", 1 << 60)


@broken(13, replace(LOST, record_faults=80, calm=40))
def failed_record_after_the_sending_says_nothing_of_it(stack: ExitStack) -> None:
    def enter(self: Restore, phase: Phase, **changes: Any) -> None:
        try:
            self.record = self.store.save(self.record.at(phase, self.runtime.now(), **changes))
        except RecordUnavailable:
            self.result.restore_sent = RestoreSent.NO
            raise
        if phase != Phase.FAILED:
            self.result.phase = phase

    put(stack, Restore, "enter", enter)

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads when nobody knows whether a restore was applied."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    ProviderError,
    RouteUnconfirmed,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Record
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.lost_answers import failure, lost
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import Scripted, status


class TestWords:
    def test_in_place(self) -> None:
        cloud = Scripted()
        error = failure(cloud.answers("restore", AnswerLost("Cut.")), restore_id="r-1")
        assert error.message == (
            f"the restore of {cloud.instance.id} was sent at 2025-12-31T23:59:58Z and its answer was lost (Cut.); "
            "whether it was applied is unknown: no operation of it was found, and the instance reads as stopped"
        )
        assert error.next_steps[0] == f"Look at {cloud.instance.id} in the provider's console; do not start it before."
        assert error.next_steps[1:3] == (
            "If it was restored, run again with restore_id: r-1 and on_unknown: accept.",
            "If it was not, run again with restore_id: r-1 and on_unknown: restore.",
        )
        assert "which does no harm" in error.next_steps[3]

    def test_running(self) -> None:
        cloud = Scripted("hostup", power="running")
        error = failure(cloud.answers("restore", status(503, request_id="q")))
        assert error.message.endswith("the instance reads as running")
        assert error.next_steps[0] == "Look at vps_1 in the provider's console."
        assert len(error.next_steps) == 3
        assert isinstance(error, ProviderError)
        assert (error.status, error.request_id) == (503, "q")

    def test_one_that_we_have_stopped_reads_as_stopped(self) -> None:
        cloud = Scripted(power="running").answers("restore", AnswerLost("Cut."))
        error = failure(cloud, stop=True)
        assert error.message.endswith("the instance reads as stopped")
        assert error.next_steps[0].endswith("; do not start it before.")

    @pytest.mark.parametrize("state", ["unknown", "starting", "stopping", "running"])
    def test_only_a_stopped_one_must_not_be_started(self, state: str) -> None:
        cloud = Scripted("hostup", power=state)
        error = failure(cloud.answers("restore", AnswerLost("Cut.")))
        assert error.message.endswith(f"the instance reads as {state}")
        assert "do not start it" not in error.next_steps[0]

    def test_of_what_was_never_read_nothing_is_known(self) -> None:
        cloud = Scripted().answers("restore", AnswerLost("Cut."))
        cloud.answers("get_instance", RouteUnconfirmed("No route.", status=404))
        cloud.answers("list_instances", RouteUnconfirmed("No list.", status=404))
        assert failure(cloud).message.endswith("the instance reads as unknown")

    def test_after_a_run_that_ended_it_has_no_reason(self) -> None:
        cloud = Scripted()
        store = lost(cloud)
        cloud.put(power_state="running")
        error = failure(cloud, store, stop=True)
        assert "its answer was lost; whether" in error.message
        assert len(error.next_steps) == 3

    def test_new_instance(self) -> None:
        error = failure(Scripted("barrack").answers("restore", AnswerLost("Cut.")))
        assert error.message.endswith("is unknown: no instance is named 'copy'")
        assert error.next_steps[0] == "Look in the provider's console for the new instance."
        assert len(error.next_steps) == 3
        cloud = Scripted("barrack").answers("restore", AnswerLost("Cut."))
        cloud.answers("list_instances", RouteUnconfirmed("No list.", status=404))
        assert failure(cloud, allow_unverified=True).message.endswith("the instances cannot be listed")

    def test_record_is_of_use_to_the_next_run(self) -> None:
        store = lost(Scripted())
        assert isinstance(store.last, Record)
        assert store.last.was_stopped
        assert store.last.unfinished

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the record says at each step, and what later runs take from it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Accepted
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Record, RecordStore
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    ended,
    proving,
    record_of,
    restored,
)

ROLE: dict[str, Any] = {"stop": True, "stop_always": True, "start": "previous"}


class TestRecord:
    def test_phases_are_written_before_what_belongs_to_them(self) -> None:
        cloud = proving(power="running")
        store = Kept()
        seen: list[tuple[str, str]] = []

        def noting(method: str, value: Any) -> Any:
            def say(*arguments: Any) -> Any:
                seen.append((method, store.last.phase))
                return value

            return say

        cloud.answers("restore", noting("restore", Accepted(ended())))
        cloud.answers("set_power", lambda action: noting(action, cloud.put(power_state="stopped") and None)())
        run = restored(cloud, store, **{**ROLE, "start": "never"})
        assert seen == [("shutdown", "stopping"), ("restore", "sent")]
        assert store.phases == ["claimed", "stopping", "sent", "accepted", "settled", "done"]
        assert (run.report.phase, run.report.status, run.report.changed) == ("done", "restored", True)

    def test_has_what_the_next_run_needs(self) -> None:
        cloud = proving(power="running")
        store = Kept()
        run = restored(cloud, store, **ROLE)
        record = store.last
        assert (record.snapshot_id, record.snapshot_name) == ("snap-1", "before")
        assert record.snapshot_created_at == "2025-12-31T22:00:00Z"
        assert (record.default_id, record.restore_id) == (True, run.report.restore_id)
        assert (record.previous_power_state, record.stopped_by_us) == ("running", True)
        assert record.claimed_at == "2026-01-01T00:00:00Z"
        assert record.outcome == "restored"
        assert len(record.claim or "") == 8
        store = Kept()
        restored(proving(), store, restore_id="x")
        assert (store.last.default_id, store.last.stopped_by_us) == (False, False)
        assert store.last.previous_power_state == "stopped"

    def test_target_is_held_by_its_id(self) -> None:
        class Held(Kept):
            def holding(self, provider: str, target: str, deadline: Any) -> Any:
                held.append((provider, target))
                return super().holding(provider, target, deadline)

        held: list[tuple[str, str]] = []
        cloud = proving()
        restored(cloud, Held(), instance="web1")
        restored(proving("barrack"), Held())
        assert held == [("onetsolutions", cloud.instance.id), ("barrack", "copy")]

    def test_what_force_gives_up_is_written_down(self) -> None:
        cloud = proving()
        other = record_of(cloud, restore_id="other")
        store = Kept(other)
        restored(cloud, store, restore_id="r-1", force=True)
        given_up = next(item for item in store.records if item.restore_id == "other")
        assert (given_up.phase, given_up.error_code) == ("failed", "superseded")
        assert store.phases[:2] == ["failed", "claimed"]

    def test_other_run_that_is_at_work_is_waited_for(self) -> None:
        cloud = proving()
        turns = []

        class Taking(Kept):
            def wait_turn(self, record: Record, deadline: Any) -> bool:
                turns.append(record.phase)
                if len(turns) == 2:
                    self.save(record._replace(phase="done"))
                return len(turns) < 3

        store = Taking(record_of(cloud, phase="accepted"))
        assert restored(cloud, store, restore_id="r-1").report.status == "already_restored"
        assert turns == ["accepted", "accepted"]
        assert cloud.sent == []
        turns.clear()
        store = Taking(record_of(cloud, phase="claimed"))
        restored(cloud, store, restore_id="r-1", check=True)
        restored(cloud, Kept(), restore_id="r-1", check=True)
        assert turns == []

    def test_what_was_read_before_another_run_let_go_is_read_again(self) -> None:
        for waits, reads in ((True, 2), (False, 1)):
            cloud = proving("hostup")

            class Slow(Kept):
                def holding(self, provider: str, target: str, deadline: Any, waits: bool = waits) -> Any:
                    return nullcontext(waits)

            restored(cloud, Slow())
            assert [name for _second, name in cloud.asked].count("get_instance") == reads


class TestFormerPower:
    @pytest.mark.parametrize(
        ("changes", "former"),
        [
            ({"phase": "failed", "stopped_by_us": True}, "running"),
            ({"phase": "failed", "sent_at": "2025-12-31T23:59:00Z"}, "running"),
            ({"phase": "failed"}, "stopped"),
            ({"phase": "done", "outcome": "accepted_unverified", "stopped_by_us": True}, "running"),
            ({"phase": "done", "outcome": "restored", "stopped_by_us": True}, "stopped"),
            ({"phase": "done", "outcome": None, "stopped_by_us": True}, "stopped"),
        ],
    )
    def test_of_an_attempt_that_may_have_left_it_stopped(self, changes: dict[str, Any], former: str) -> None:
        cloud = proving()
        store = Kept(record_of(cloud, **{"previous_power_state": "running", **changes}))
        run = restored(cloud, store, restore_id="r-2", start="previous")
        assert run.report.previous_power_state == former
        assert cloud.actions == (["start"] if former == "running" else [])
        assert store.last.stopped_by_us == (former == "running")

    @pytest.mark.parametrize("phase", ["accepted", "claimed", "sent", "settled", "stopping"])
    @pytest.mark.parametrize("more", [{"stopped_by_us": True}, {"sent_at": "2025-12-31T23:59:00Z"}, {}])
    def test_of_an_attempt_that_is_given_up(self, phase: str, more: dict[str, Any]) -> None:
        cloud = proving()
        store = Kept(record_of(cloud, phase=phase, previous_power_state="running", **more))
        run = restored(cloud, store, restore_id="r-2", start="previous", force=True)
        assert run.report.previous_power_state == ("running" if more else "stopped")

    def test_one_that_runs_by_now_is_as_it_was(self) -> None:
        cloud = proving("hostup", power="running")
        store = Kept(record_of(cloud, phase="failed", stopped_by_us=True, previous_power_state="stopped"))
        run = restored(cloud, store, restore_id="r-2", start="previous")
        assert run.report.previous_power_state == "running"
        assert not store.last.stopped_by_us

    def test_only_the_latest_counts(self) -> None:
        cloud = proving()
        older = record_of(cloud, phase="failed", stopped_by_us=True, previous_power_state="running")
        newer = record_of(cloud, restore_id="r-3", phase="done", outcome="restored", updated_at="2026-01-01T00:00:00Z")
        run = restored(cloud, Kept(older, newer), restore_id="r-2", start="previous")
        assert run.report.previous_power_state == "stopped"

    def test_unknown_word_is_read_again_before_the_stop(self) -> None:
        cloud = proving(power="unknown")
        store = Kept()
        unknown, running, stopped = (
            cloud.instance._replace(power_state=word) for word in ("unknown", "running", "stopped")
        )
        cloud.answers("read_power", unknown, running, stopped)
        run = restored(cloud, store, **{**ROLE, "until": "settled"})
        assert run.report.previous_power_state == "running"
        assert (store.last.previous_power_state, store.last.stopped_by_us) == ("running", True)
        assert cloud.sent[0][0] == 2.4

    def test_word_that_stays_unknown_is_not_put_back(self) -> None:
        cloud = proving(power="unknown")
        store = Kept()
        cloud.answers("set_power", lambda action: cloud.put(power_state="stopped") and None)
        run = restored(cloud, store, **ROLE)
        assert (run.report.previous_power_state, store.last.previous_power_state) == (None, None)
        assert cloud.actions == ["shutdown"]
        assert cloud.sent[0][0] == 30.0
        assert run.report.warnings == ["The former power state is not known, so that the instance was not started."]

    def test_nothing_is_read_again_where_it_is_not_put_back(self) -> None:
        cloud = proving(power="unknown")
        cloud.answers("set_power", lambda action: cloud.put(power_state="stopped") and None)
        restored(cloud, **{**ROLE, "start": "never"})
        assert cloud.sent[0][0] == 0.0


def test_record_of_nothing_remembers_nothing() -> None:
    for number in (1, 2):
        cloud = proving("hostup")
        run = restored(cloud, RecordStore(), restore_id="r-1")
        assert (run.report.status, len(cloud.restores), number) == ("restored", 1, number)
        assert [name for _second, name in cloud.asked].count("get_instance") == 1

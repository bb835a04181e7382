# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record itself: what it says by itself, and what is none of its times."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import (
    UNFINISHED,
    Record,
    RecordStore,
    new_claim,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import Facts
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    record_of,
)
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START, FakeTime


def record(**changes: Any) -> Record:
    return record_of(Scripted(), **changes)


def test_least_that_is_known_is_nothing() -> None:
    made = record()
    assert not made.stopped_by_us
    assert set(made[made._fields.index("previous_power_state") :]) == {None, False}


def test_unfinished_by_its_phase() -> None:
    for phase in ("claimed", "stopping", "sent", "accepted", "settled"):
        assert record(phase=phase).unfinished
        assert phase in UNFINISHED
    assert not record(phase="done").unfinished
    assert not record(phase="failed").unfinished


@pytest.mark.parametrize(
    ("previous", "by_us", "stopped"),
    [
        ("stopped", False, True),
        ("running", True, True),
        ("running", False, False),
        (None, False, False),
        (None, True, True),
    ],
)
def test_stopped_when_it_was_sent(previous: str | None, by_us: bool, stopped: bool) -> None:
    assert record(previous_power_state=previous, stopped_by_us=by_us).was_stopped == stopped


def test_times_are_times_with_a_zone_or_none() -> None:
    names = {
        "sent_at": "sent_time",
        "snapshot_created_at": "snapshot_time",
        "claimed_at": "claimed_time",
        "updated_at": "updated_time",
        "lease_until": "lease_time",
    }
    for field, time in names.items():
        assert getattr(record(**{field: "2026-01-01T00:00:00Z"}), time) == START
        assert getattr(record(**{field: "2026-01-01T02:00:00+02:00"}), time) == START
        for wrong in (None, "", "yesterday", "2026-01-01T00:00:00"):
            assert getattr(record(**{field: wrong}), time) is None


def test_next_phase_has_its_time() -> None:
    moved = record().at("done", datetime(2026, 5, 1, tzinfo=timezone.utc), outcome="restored")
    assert (moved.phase, moved.updated_at, moved.outcome) == ("done", "2026-05-01T00:00:00Z", "restored")


def test_claims_differ() -> None:
    claims = {new_claim() for dummy in range(50)}
    assert len(claims) == 50
    assert {len(claim) for claim in claims} == {8}


def test_store_that_remembers_nothing_stands_in_nobodys_way() -> None:
    store, time = RecordStore(), FakeTime()
    with store.holding("p", "t", Deadline(1.0, time.runtime)) as waited:
        assert waited is False
    store.look(Facts("t", "s", False))
    assert store.refusals(Facts("t", "s", False)) == store.all_of("p", "t") == []
    assert store.find("p", "t", "r") is None
    assert store.wait_turn(record(), Deadline(1.0, time.runtime)) is False
    assert store.take_over(record()) == store.save(record()) == record()
    assert time.pauses == []


def test_one_record_of_a_target_is_found_by_its_id() -> None:
    one, two = record(restore_id="one"), record(restore_id="two")
    store = Kept(one, two)
    assert store.find(one.provider, one.target, "two") == two
    assert store.find(one.provider, one.target, "three") is None

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a record of a restore says by itself."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import UNFINISHED, Phase, new_claim
from ansible_collections.indiecloud.compute.tests.unit.module_utils._record.records import record
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import START


def test_every_phase_but_the_last_two_is_unfinished() -> None:
    # Nor is what has not begun.
    assert set(Phase) - UNFINISHED == {Phase.PREPARED, Phase.DONE, Phase.FAILED}
    assert all(record(phase=phase).unfinished == (phase in UNFINISHED) for phase in Phase)


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
def test_whether_the_instance_was_stopped_when_the_restore_was_sent(
    previous: str | None, by_us: bool, stopped: bool
) -> None:
    assert record(previous_power_state=previous, stopped_by_us=by_us).was_stopped == stopped


@pytest.mark.parametrize("field", ["sent", "snapshot_created", "claimed", "updated", "lease"])
def test_times_have_a_zone_or_are_none(field: str) -> None:
    column = {"lease": "lease_until"}.get(field, f"{field}_at")
    name = f"{field.removesuffix('_created')}_time"
    assert getattr(record(**{column: "2026-01-01T02:00:00+02:00"}), name) == START
    for wrong in (None, "", "yesterday", "2026-01-01T00:00:00"):
        assert getattr(record(**{column: wrong}), name) is None


def test_next_phase_has_its_time() -> None:
    moved = record().at(Phase.DONE, datetime(2026, 5, 1, tzinfo=timezone.utc), outcome="restored")
    assert (moved.phase, moved.updated_at, moved.outcome) == ("done", "2026-05-01T00:00:00Z", "restored")


def test_claims_differ() -> None:
    assert len({new_claim() for dummy in range(50)}) == 50

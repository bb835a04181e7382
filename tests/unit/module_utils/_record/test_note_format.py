# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of text that a provider keeps for us: nothing is lost in it, and nothing in it is trusted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import PowerState
from ansible_collections.indiecloud.compute.plugins.module_utils._record.note_format import (
    LONGEST,
    NAMES,
    PREFIX,
    decode,
    encode,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Phase, Record, RecordUnavailable

texts = st.text(min_size=1, max_size=40)
maybe = st.none() | texts
OF_NEW_INSTANCES = ("instance_id", "drill", "drill_host", "drill_verdict", "deleted_at")
"""Notes are kept where a restore replaces a disk."""
records = st.builds(
    Record,
    provider=st.just("p"),
    account=st.just("a"),
    target=st.just("t"),
    restore_id=texts,
    snapshot_id=texts,
    snapshot_name=maybe,
    snapshot_created_at=maybe,
    default_id=st.booleans(),
    phase=st.sampled_from(sorted(Phase)),
    claimed_at=texts,
    updated_at=texts,
    stopped_by_us=st.booleans(),
    **dict.fromkeys(OF_NEW_INSTANCES, st.none()),
    name_was_free=st.just(False),
    run_by=st.none(),
    **dict.fromkeys(
        (
            *("sent_at", "operation_id", "operation_path", "outcome", "error_code"),
            *(
                "repeated_at",
                "attempts",
                "operations_before",
                "safety_snapshot",
                "repeat_unsafe",
                "claim",
                "lease_until",
                "snapshot_as_of",
            ),
            *("change", "change_mark", "change_by", "change_until"),
        ),
        maybe,
    ),
    **dict.fromkeys(("previous_power_state", "left_power"), st.none() | st.sampled_from(PowerState)),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*NAMES.values(), "x"]), inner),
    max_leaves=20,
)


def test_every_field_is_written_but_what_the_place_tells() -> None:
    assert NAMES.keys() == set(Record._fields) - {
        "provider",
        "account",
        "target",
        "run_by",
        "name_was_free",
        *OF_NEW_INSTANCES,
    }
    assert len(set(NAMES.values())) == len(NAMES)


@given(records)
def test_the_latest_record_comes_back_whole(record: Record) -> None:
    assert decode(encode([record]), "p", "a", "t") == [record]


@given(records, records)
def test_of_earlier_ones_what_tells_that_they_were_done_comes_back(latest: Record, earlier: Record) -> None:
    past = earlier._replace(phase=Phase.DONE)
    found = decode(encode([latest, past]), "p", "a", "t")
    assert found[0] == latest
    known = ("restore_id", "snapshot_id", "snapshot_name", "snapshot_created_at", "default_id", "phase", "outcome")
    assert [getattr(found[1], name) for name in known] == [getattr(past, name) for name in known]


@given(st.text(max_size=200) | values.map(lambda value: PREFIX + json.dumps(value)))
@example(PREFIX + "[" * 90_000)
@example(PREFIX + "[]" * 60_000)
@example(PREFIX + '[{"id": "a", "snapshot": "b", "phase": "DONE", "since": "c", "at": "d"}]')
def test_anything_else_is_unavailable_or_a_record(text: str) -> None:
    found, refusal = [], None
    try:
        found = decode(text, "p", "a", "t")
    except RecordUnavailable as exc:
        refusal = exc
    assert refusal is None or (refusal.next_steps and len(refusal.message) < 500)
    assert all(isinstance(item, Record) and item.phase in set(Phase) for item in found)
    for item in found:
        # Times that are none do not stop a run.
        assert item.sent_time is None or item.sent_time.tzinfo
        assert item.lease_time is None or item.lease_time.tzinfo


@pytest.mark.parametrize("phase", sorted(Phase))
def test_a_note_is_short(phase: str) -> None:
    record = Record(
        "p", "a", "t", "CHG-1", "s", "before", "2026-01-01T00:00:00Z", False, phase, "2026", "2026", claim="ab"
    )
    assert len(encode([record])) < 255


GOOD = {"id": "a", "snapshot": "b", "phase": "done", "since": "c", "at": "d"}


@pytest.mark.parametrize(
    "item",
    [
        {**GOOD, "phase": "over"},
        {**GOOD, "id": ""},
        {**GOOD, "id": None},
        {**GOOD, "sent": ""},
        {**GOOD, "auto": 1.5},
        {**GOOD, "stopped": "yes"},
        [],
    ],
    ids=str,
)
def test_field_of_a_wrong_type_is_refused(item: Any) -> None:
    assert decode(PREFIX + json.dumps([GOOD]), "p", "a", "t")
    with pytest.raises(RecordUnavailable):
        decode(PREFIX + json.dumps([item]), "p", "a", "t")


def test_a_line_has_a_largest_size() -> None:
    line = PREFIX + json.dumps([GOOD])
    assert decode(line.ljust(LONGEST), "p", "a", "t")
    with pytest.raises(RecordUnavailable):
        decode(line.ljust(LONGEST + 1), "p", "a", "t")

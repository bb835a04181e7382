# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes at the provider beside a file: which of the two is believed, who waits for whom, and what is noted when."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Deadline
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._record.provider_store import (
    UNKNOWN_SINCE,
    ProviderRecord,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._record.record import Record, TargetBusy
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.options import Facts
from ansible_collections.indiecloud.compute.plugins.module_utils._task.refusal import Refusal
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Kept,
    Scripted,
    record_of,
    status,
)

NEVER = "2026-01-01T01:00:00Z"


class Noted:
    """Notes in memory. ``done`` has what was asked of them."""

    def __init__(self, *records: Record, renews: bool = True) -> None:
        self.records = list(records)
        self.lease_seconds = 120.0
        self.renews = renews
        self.done: list[tuple[str, Record]] = []
        self.error: Exception | None = None

    def look(self, facts: Facts) -> list[Record]:
        return self.records

    def read(self, target: str) -> list[Record]:
        return self.records

    def refusals(self, facts: Facts) -> list[Refusal]:
        return [Refusal("x", "y", "z")]

    def _note(self, what: str, record: Record) -> Record:
        if self.error is not None:
            raise self.error
        self.done.append((what, record))
        return record

    def claim(self, record: Record) -> Record:
        return self._note("claim", record)

    def take_over(self, record: Record) -> Record:
        return self._note("take_over", record._replace(claim="new"))

    def write(self, record: Record) -> None:
        self._note("write", record)


class Both:
    """A store of a file and notes."""

    def __init__(self, *filed: Record, notes: Noted | None = None, patient: bool = True, **options: Any) -> None:
        self.cloud = Scripted("hostup", **options)
        self.file = Kept(*filed)
        self.notes = notes or Noted()
        self.warnings: list[str] = []
        self.store = ProviderRecord(self.file, self.notes, self.cloud, self.warnings.append, patient=patient)
        self.store.look(Facts("vps_1", "snap-1", True))

    def known(self) -> list[Record]:
        return self.store.all_of("hostup", "vps_1")


def ours(**changes: Any) -> Record:
    return record_of(Scripted("hostup"), **{"claim": "ours", "lease_until": NEVER, **changes})


def theirs(**changes: Any) -> Record:
    return ours(**{"claim": "theirs", **changes})


class TestBelieved:
    def test_what_only_one_has(self) -> None:
        assert Both(ours()).known() == [ours()]
        assert Both(notes=Noted(theirs())).known() == [theirs()]

    @pytest.mark.parametrize(
        ("filed", "noted", "note_wins"),
        [
            ("sent", "claimed", False),
            ("accepted", "sent", False),
            ("sent", "settled", True),
            ("claimed", "settled", True),
            ("stopping", "settled", True),
            ("accepted", "settled", True),
            ("settled", "settled", False),
            ("settled", "done", True),
            ("sent", "done", True),
            ("done", "done", False),
            ("failed", "done", False),
            ("failed", "settled", False),
            ("done", "settled", False),
        ],
    )
    def test_of_one_claim_the_file_but_for_a_later_end(self, filed: str, noted: str, note_wins: bool) -> None:
        file, note = ours(phase=filed, error_code="file"), ours(phase=noted, error_code="note")
        assert Both(file, notes=Noted(note)).known() == [note if note_wins else file]

    @pytest.mark.parametrize(
        ("phase", "second", "note_wins"),
        [
            ("done", "01", False),
            ("done", "00", True),
            ("done", "-1", True),
            ("sent", "01", True),
            ("failed", "01", True),
            ("accepted", "01", True),
        ],
    )
    def test_of_two_claims_the_note_but_for_our_own_later_end(self, phase: str, second: str, note_wins: bool) -> None:
        file = ours(phase=phase, claimed_at=f"2025-12-31T23:59:{second}Z".replace("59:-1", "58:59"))
        assert Both(file, notes=Noted(theirs())).known() == [theirs() if note_wins else file]

    def test_latest_first(self) -> None:
        late = ours(restore_id="late", updated_at="2026-01-01T00:00:00Z")
        assert [item.restore_id for item in Both(ours(), notes=Noted(late)).known()] == ["late", "r-1"]
        assert [item.restore_id for item in Both(late, notes=Noted(theirs())).known()] == ["late", "r-1"]

    def test_one_restore_is_found_among_them(self) -> None:
        store = Both(ours(restore_id="other"), ours()).store
        assert store.find("hostup", "vps_1", "r-1") == ours()
        assert store.find("hostup", "vps_1", "none") is None

    def test_refusals_are_those_of_the_notes(self) -> None:
        assert [item.code for item in Both().store.refusals(Facts("vps_1", "s", True))] == ["x"]


class TestTurns:
    def wait(self, both: Both, record: Record, seconds: float = 1800.0) -> bool:
        return both.store.wait_turn(record, Deadline(seconds, both.cloud.time.runtime))

    def test_nobody_waits_for_what_nobody_holds(self) -> None:
        for lease in (None, "2026-01-01T00:00:00Z", "2025-12-31T23:00:00Z"):
            assert not self.wait(Both(), theirs(lease_until=lease))
        assert not self.wait(Both(patient=False), theirs())
        assert not self.wait(Both(ours()), ours())

    def test_claim_of_another_is_waited_for_to_its_end(self) -> None:
        for end, seconds in (("25", 30.0), ("20", 20.0), ("21", 30.0), ("01", 10.0)):
            both = Both(notes=Noted(theirs(lease_until=f"2026-01-01T00:00:{end}Z")))
            assert self.wait(both, theirs(lease_until=f"2026-01-01T00:00:{end}Z"))
            assert both.cloud.time.seconds == seconds

    def test_change_of_the_note_ends_the_wait(self) -> None:
        for note in (
            [],
            [theirs(claim="third")],
            [theirs(lease_until="2026-01-01T02:00:00Z")],
            [theirs(restore_id="x")],
            [theirs(claim="aaaa")],
            [theirs(lease_until="2025-12-31T23:00:00Z")],
            [theirs(restore_id="a")],
        ):
            both = Both(notes=Noted(*note))
            assert self.wait(both, theirs())
            assert both.cloud.time.seconds == 10.0

    def test_deadline_ends_it_with_what_to_do(self) -> None:
        both = Both(notes=Noted(theirs()))
        with pytest.raises(TargetBusy, match=f"it may be at work until {NEVER}") as caught:
            self.wait(both, theirs(), 25.0)
        assert caught.value.error_code == "restore_in_progress"
        assert both.cloud.time.seconds == 25.0


class TestTakingOver:
    def taken(self, both: Both, record: Record) -> Record:
        return both.store.take_over(record)

    def test_of_another_is_claimed_anew(self) -> None:
        both = Both(notes=Noted(theirs()))
        taken = self.taken(both, theirs(phase="accepted"))
        assert (taken.claim, taken.lease_until, taken.repeat_unsafe) == ("new", "2026-01-01T00:02:00Z", None)
        assert both.file.records == [taken]

    def test_what_may_have_been_sent_is_not_sent_again_unless_it_can_be_looked_up(self) -> None:
        for lists, error, since, safe in (
            (True, None, "2025-12-31T23:59:00Z", True),
            (True, None, None, False),
            (True, status(500), "2025-12-31T23:59:00Z", False),
            (False, None, "2025-12-31T23:59:00Z", False),
        ):
            both = Both(lists_operations=lists)
            if error:
                both.cloud.answers("restores_since", error)
            taken = self.taken(both, theirs(phase="sent", sent_at=since))
            assert taken.repeat_unsafe == (None if safe else UNKNOWN_SINCE)
        for phase in ("claimed", "stopping", "accepted", "settled"):
            assert self.taken(Both(), theirs(phase=phase)).repeat_unsafe is None
        assert self.taken(Both(), theirs(phase="sent", repeat_unsafe="seen")).repeat_unsafe == "seen"

    @pytest.mark.parametrize(("renews", "lease"), [(True, NEVER), (False, "2026-01-01T00:02:00Z")])
    def test_our_own_is_gone_on_with(self, renews: bool, lease: str) -> None:
        both = Both(ours(), notes=Noted(renews=renews))
        taken = self.taken(both, ours(phase="accepted"))
        assert (taken.claim, taken.lease_until, both.notes.done) == ("ours", lease, [])

    def test_release_ends_the_lease_where_it_can(self) -> None:
        both = Both()
        both.store.release(ours())
        assert both.notes.done == [("write", ours(lease_until="2026-01-01T00:00:00Z"))]
        both = Both(notes=Noted(renews=False))
        both.store.release(ours())
        assert both.notes.done == []
        both.notes.renews, both.notes.error = True, status(500)
        both.store.release(ours())


class TestSaving:
    def test_claim_is_noted_before_it_is_filed(self) -> None:
        both = Both()
        saved = both.store.save(ours(phase="claimed", lease_until=None))
        assert both.notes.done == [("claim", saved)]
        assert both.file.records == [saved]
        assert (saved.lease_until, saved.updated_at) == ("2026-01-01T00:02:00Z", "2026-01-01T00:00:00Z")
        both = Both()
        both.notes.error = TargetBusy("Busy.")
        with pytest.raises(TargetBusy):
            both.store.save(ours(phase="claimed"))
        assert both.file.records == []

    def test_claim_that_is_ours_is_written_again(self) -> None:
        both = Both(ours(phase="failed"))
        both.store.save(ours(phase="claimed"))
        assert [what for what, _record in both.notes.done] == ["write"]

    @pytest.mark.parametrize("phase", ["accepted", "done", "failed", "sent", "settled", "stopping"])
    def test_only_a_claim_is_claimed(self, phase: str) -> None:
        both = Both()
        both.store.save(ours(phase=phase))
        assert [what for what, _record in both.notes.done] == ["write"]

    def test_what_is_given_up_is_only_filed(self) -> None:
        both = Both(ours())
        both.store.save(ours(phase="failed", error_code="superseded"))
        assert (both.notes.done, both.file.last.phase) == ([], "failed")
        both.store.save(ours(phase="failed", error_code="other"))
        assert len(both.notes.done) == 1

    @pytest.mark.parametrize("phase", ["claimed", "stopping", "sent", "accepted", "settled", "done", "failed"])
    @pytest.mark.parametrize("renews", [True, False])
    def test_lease_is_renewed_until_the_restore_is_over(self, phase: str, renews: bool) -> None:
        both = Both(ours(), notes=Noted(renews=renews), seconds=60.0)
        saved = both.store.save(ours(phase=phase))
        renewed = renews and phase in ("claimed", "stopping", "sent", "accepted")
        assert saved.lease_until == ("2026-01-01T00:02:00Z" if renewed else NEVER)
        assert both.notes.done == [("write", saved)]

    def test_lease_of_what_is_being_sent_lasts_for_the_run(self) -> None:
        both = Both(ours(), seconds=1800.0)
        assert both.store.save(ours(phase="sent")).lease_until == "2026-01-01T00:30:00Z"
        for phase in ("claimed", "stopping", "accepted"):
            assert both.store.save(ours(phase=phase)).lease_until == "2026-01-01T00:02:00Z"

    @pytest.mark.parametrize("phase", ["stopping", "sent"])
    def test_what_cannot_be_noted_before_the_sending_is_not_done(self, phase: str) -> None:
        before = ours(phase="claimed")
        both = Both(before)
        both.notes.error = status(403)
        with pytest.raises(ProviderError):
            both.store.save(ours(phase=phase))
        assert both.file.records == [before]
        for claim in (None, "aaaa", "theirs"):
            both = Both(theirs(phase="done", claim=claim))
            both.notes.error = status(403)
            with pytest.raises(CloudError):
                both.store.save(ours(phase=phase))
            assert both.file.last.phase == phase

    @pytest.mark.parametrize(
        ("phase", "said"), [("accepted", "came to 'accepted'"), ("settled", "came to 'settled'"), ("done", "is done")]
    )
    def test_what_cannot_be_noted_after_it_is_a_warning(self, phase: str, said: str) -> None:
        both = Both(ours())
        both.notes.error = status(403)
        assert both.store.save(ours(phase=phase)).phase == phase
        assert both.file.last.phase == phase
        assert both.warnings == [f"the provider's own record does not say that the restore {said}: No."]

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``record: provider``: the note of another controller beside ours, and providers that keep a note in another form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.tags import MARKER
from ansible_collections.indiecloud.compute.plugins.module_utils._record.note_format import PREFIX
from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request

from .conftest import HOSTUP, ONET, ROLE, Cloud
from .hooks import On
from .test_record_adversity import note

FOREVER = "2099-01-01T00:00:00Z"


@pytest.fixture
def store() -> str:
    return "provider"


@ONET
class TestTags:
    @pytest.mark.parametrize(
        ("restore_id", "phase", "replaced"),
        [
            ("other", "claimed", True),
            ("other", "stopping", True),
            ("other", "sent", False),
            ("other", "accepted", False),
            ("other", "done", False),
            ("ours", "accepted", True),
            ("ours", "done", False),
        ],
    )
    def test_who_has_sent_a_restore_replaces_only_notes_that_say_less(
        self, cloud: Cloud, restore_id: str, phase: str, replaced: bool
    ) -> None:
        def overwrite() -> None:
            theirs = {**note(cloud), "id": restore_id, "claim": "theirs", "phase": phase, "lease": FOREVER}
            cloud.vm.extra["tags"] = [PREFIX + json.dumps([theirs])]

        cloud.sim.hooks = On("POST", "/restore", overwrite, after=True)
        outcome = cloud.restore(restore_id="ours")
        assert outcome.result["status"] == "restored", outcome.result
        assert (note(cloud)["claim"] != "theirs") == replaced
        assert bool(outcome.warnings) == (not replaced)

    @pytest.mark.parametrize("tags", [[], ["theirs"]])
    def test_note_that_was_removed_before_the_restore_stops_it(self, cloud: Cloud, tags: list[str]) -> None:
        cloud.killed_in("stopping", **ROLE)
        cloud.sim.hooks = On("GET", "/snapshots", lambda: cloud.vm.extra.update(tags=tags))
        outcome = cloud.restore(**ROLE)
        assert outcome.result["error_code"] == "restore_in_progress", outcome.result
        assert (cloud.posts, cloud.vm.extra["tags"]) == (0, tags)

    def test_claim_that_is_overwritten_within_three_seconds_is_lost(self, cloud: Cloud) -> None:
        def overwrite() -> None:
            cloud.vm.extra["tags"] = [PREFIX + json.dumps([{**note(cloud), "claim": "theirs", "lease": FOREVER}])]

        cloud.sim.hooks = On("PUT", "", overwrite, after=True)
        outcome = cloud.restore(wait_timeout=60.0)
        assert outcome.result["error_code"] == "restore_in_progress", outcome.result
        assert cloud.posts == 0

    def test_reading_that_lags_behind_the_write_is_waited_for(self, cloud: Cloud) -> None:
        cloud.vm.extra["tags"] = ["mine"]
        cloud.restore(check=True)
        reads = len(cloud.sim.ledger.requests(method="GET"))
        cloud.sim.faults.add("wrong_type", method="GET", nth=reads + 2, times=3, keys=["tags"], value=["mine"])
        assert cloud.restore().result["status"] == "restored"

    def test_provider_that_drops_tags_is_no_place_for_a_record(self, cloud: Cloud) -> None:
        cloud.sim.hooks = On("PUT", "", lambda: cloud.vm.extra.update(tags=[]), after=True, always=True)
        assert cloud.restore().result["error_code"] == "record_unavailable"
        assert cloud.posts == 0

    def test_provider_that_sorts_tags_is_no_place_for_a_record(self, cloud: Cloud) -> None:
        cloud.vm.extra["tags"] = ["b", "a"]
        cloud.sim.hooks = On(
            "PUT", "", lambda: cloud.vm.extra.update(tags=sorted(cloud.vm.extra["tags"])), after=True, always=True
        )
        outcome = cloud.restore()
        assert outcome.result["error_code"] == "not_applied", outcome.result
        assert "record: file" in str(outcome.result["next_steps"])
        assert cloud.posts == 0
        assert not any(item.startswith(MARKER) for item in cloud.vm.extra["tags"])

    def test_refusal_that_does_not_pass_stops_before_the_restore(self, cloud: Cloud) -> None:
        cloud.sim.faults.add("status", method="PUT", status=409, times=None)
        began = cloud.clock.now()
        assert cloud.restore().failed
        assert cloud.posts == 0
        assert cloud.clock.now() - began < 120.0

    def test_two_records_in_one_list_stop_everything(self, cloud: Cloud) -> None:
        cloud.restore()
        cloud.vm.extra["tags"] *= 2
        cloud.sim.ledger.clear()
        assert cloud.restore(restore_id="another").result["error_code"] == "record_unavailable"
        assert cloud.writes == 0

    def test_only_the_last_few_restores_are_remembered(self, cloud: Cloud) -> None:
        cloud.vm.extra["tags"] = []
        for number in range(8):
            assert not cloud.restore(restore_id=f"r{number}").failed
        (line,) = cloud.vm.extra["tags"]
        assert [item["id"] for item in json.loads(line.removeprefix(PREFIX))] == [f"r{n}" for n in range(7, 1, -1)]


@HOSTUP
class TestSnapshots:
    def rival(self, cloud: Cloud, age: float, claim: str, **changes: Any) -> None:
        """With our claim, that of another controller shows up, made so many seconds before it."""

        def appear() -> None:
            ours = cloud.sim.cloud.snapshots(cloud.vm.id)[-1]
            (record,) = json.loads(ours.extra["description"].removeprefix(PREFIX))
            theirs = {**record, "id": "two", "claim": claim, **changes}
            made = cloud.sim.cloud.add_snapshot(cloud.vm.id, name="pre-two")
            made.created = ours.created - age
            made.extra["description"] = PREFIX + json.dumps([theirs])

        cloud.sim.hooks = On("POST", "/snapshots", appear, after=True)

    @pytest.mark.parametrize(("age", "wins"), [(1.0, False), (-1.0, True)])
    def test_of_two_claims_the_earlier_one_wins(self, cloud: Cloud, age: float, wins: bool) -> None:
        self.rival(cloud, age, "zzzz")
        self.check(cloud, wins=wins)

    @pytest.mark.parametrize(("claim", "wins"), [("0", False), ("zzzz", True)])
    def test_two_claims_of_one_second_have_one_winner(self, cloud: Cloud, claim: str, wins: bool) -> None:
        self.rival(cloud, 0.0, claim)
        self.check(cloud, wins=wins)

    def test_end_of_another_restore_is_no_rival(self, cloud: Cloud) -> None:
        self.rival(cloud, 1.0, "zzzz", phase="settled")
        self.check(cloud, wins=True)

    def check(self, cloud: Cloud, *, wins: bool) -> None:
        outcome = cloud.restore(restore_id="one")
        if wins:
            assert (outcome.result["status"], cloud.posts) == ("restored", 1), outcome.result
        else:
            assert (outcome.result["error_code"], cloud.posts) == ("restore_in_progress", 0), outcome.result

    @pytest.mark.parametrize("kept", [None, "cut off"])
    def test_description_that_is_not_kept_is_no_record(self, cloud: Cloud, kept: str | None) -> None:
        def forget() -> None:
            cloud.sim.cloud.snapshots(cloud.vm.id)[-1].extra["description"] = kept

        cloud.sim.hooks = On("POST", "/snapshots", forget, after=True)
        assert cloud.restore().result["error_code"] == "record_unavailable"
        assert cloud.posts == 0

    def test_gate_that_closes_for_a_moment_does_not_lose_the_end(self, cloud: Cloud) -> None:
        cloud.sim.hooks = closing = ClosedGate(cloud)
        outcome = cloud.restore()
        assert (outcome.result["status"], outcome.warnings) == ("restored", []), outcome.result
        (end,) = (item for item in cloud.sim.cloud.snapshots(cloud.vm.id) if item.name.startswith("done-"))
        assert end.created > closing.closed_at + cloud.seconds_of_a_restore + 20.0


class ClosedGate(Hooks):
    """The gate for snapshots closes with the restore, and opens twenty seconds after its end."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.closed_at = 0.0

    def worked(self, request: Request) -> None:
        now, extra = self._cloud.clock.now(), self._cloud.vm.extra
        if request.path.endswith("restore"):
            extra["gates"] = {"canCreate": {"allowed": False, "reason": "Busy.", "code": "busy"}}
            self.closed_at = now
        elif self.closed_at and now > self.closed_at + self._cloud.seconds_of_a_restore + 20.0:
            extra.pop("gates", None)

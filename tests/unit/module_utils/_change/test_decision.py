# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does with each state, alone and with the other hosts of the play."""

from __future__ import annotations

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._change.decision import (
    Decision,
    Wish,
    decide,
    decide_together,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._change.state import State
from ansible_collections.indiecloud.compute.plugins.module_utils._task.refusal import Refusal

PLAIN = Wish("CHG-1")
CONTINUE = Wish("CHG-1", on_resume="continue")
LEAVE = Wish("CHG-1", on_failure="leave")
COMMIT = Wish("CHG-1", commit=True)


def said(decision: Decision) -> str:
    return decision.code if isinstance(decision, Refusal) else str(decision)


@pytest.mark.parametrize(
    ("state", "plain", "go_on", "leave", "commit"),
    [
        (State.NEW, "change", "change", "change", "change"),
        (State.PREPARING, "change", "change", "change", "change"),
        (State.CHANGING, "roll_back", "resume", "guarded_change_unfinished", "roll_back"),
        (State.LEFT, "roll_back", "resume", "guarded_change_unfinished", "roll_back"),
        (State.KEPT, "nothing", "nothing", "nothing", "commit"),
        (State.COMMITTED, "nothing", "nothing", "nothing", "nothing"),
        (State.ROLLING_BACK, "roll_back", "roll_back", "roll_back", "roll_back"),
        (State.ROLLBACK_FAILED, "roll_back", "roll_back", "roll_back", "roll_back"),
        (State.ROLLED_BACK, *["guarded_change_spent"] * 4),
        (State.FOREIGN, *["guarded_change_id_used"] * 4),
    ],
)
def test_alone(state: State, plain: str, go_on: str, leave: str, commit: str) -> None:
    wishes = (PLAIN, CONTINUE, LEAVE, COMMIT)
    assert [said(decide(state, wish)) for wish in wishes] == [plain, go_on, leave, commit]


@pytest.mark.parametrize(
    ("wish", "states", "expected"),
    [
        # It died before all had begun.
        (CONTINUE, (State.CHANGING, State.PREPARING), ("resume", "change")),
        (PLAIN, (State.CHANGING, State.PREPARING), ("roll_back", "guarded_change_elsewhere")),
        # It died while it recorded the success: the others were verified too.
        (PLAIN, (State.KEPT, State.CHANGING), ("nothing", "keep")),
        (COMMIT, (State.COMMITTED, State.KEPT, State.CHANGING), ("nothing", "commit", "commit")),
        # It died during the rollback.
        (CONTINUE, (State.ROLLED_BACK, State.CHANGING), ("guarded_change_spent", "roll_back")),
        (CONTINUE, (State.ROLLING_BACK, State.CHANGING), ("roll_back", "roll_back")),
        # A person rolled one host back later; that is no reason to discard the writes of the others.
        (PLAIN, (State.ROLLED_BACK, State.KEPT), ("guarded_change_spent", "nothing")),
        # A new host.
        (PLAIN, (State.KEPT, State.NEW), ("nothing", "guarded_change_elsewhere")),
        (PLAIN, (State.ROLLED_BACK, State.NEW), ("guarded_change_spent", "guarded_change_elsewhere")),
        (PLAIN, (State.NEW, State.NEW), ("change", "change")),
    ],
)
def test_together(wish: Wish, states: tuple[State, ...], expected: tuple[str, ...]) -> None:
    found = dict(enumerate(states))
    decisions = decide_together(found, wish, {host: decide(state, wish) for host, state in found.items()})
    assert tuple(said(decisions[host]) for host in found) == expected

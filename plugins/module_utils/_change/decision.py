# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does with a guarded change, from its state and from what the other hosts of the play have come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeVar, Union

from .._api.models import Word
from .._task.refusal import Refusal
from .state import HALF_CHANGED, ROLLBACK_BEGAN, UNTOUCHED, VERIFIED, State

Host = TypeVar("Host")
NEW_ID = "Set another guarded_change_id for another change."


class Action(Word):
    """What this run does. ``change`` takes a new snapshot, ``resume`` goes on with the snapshot of the first run."""

    CHANGE = "change"
    RESUME = "resume"
    ROLL_BACK = "roll_back"
    KEEP = "keep"
    COMMIT = "commit"
    NOTHING = "nothing"


RUNS_TASKS = frozenset({Action.CHANGE, Action.RESUME})
Decision = Union[Action, Refusal]


class Wish(NamedTuple):
    """What the user asks for. ``on_resume`` is None if it was not set."""

    change_id: str
    on_failure: Literal["restore", "leave"] = "restore"
    on_resume: Literal["restore", "continue"] | None = None
    commit: bool = False


def decide(state: State, wish: Wish) -> Decision:
    """What to do with one instance."""
    if state in UNTOUCHED:
        return Action.CHANGE
    if state in HALF_CHANGED:
        return _resume(state, wish)
    if state in ROLLBACK_BEGAN:
        return Action.ROLL_BACK
    if state == State.KEPT:
        return Action.COMMIT if wish.commit else Action.NOTHING
    if state == State.COMMITTED:
        return Action.NOTHING
    if state == State.ROLLED_BACK:
        return Refusal(
            "guarded_change_spent",
            f"guarded change {wish.change_id!r} was rolled back, and a second rollback under its id would do nothing",
            NEW_ID,
        )
    text = f"the id {wish.change_id!r} belongs to a restore of this instance that is no guarded change"
    return Refusal("guarded_change_id_used", text, NEW_ID)


def _resume(state: State, wish: Wish) -> Decision:
    if wish.on_resume is None and wish.on_failure == "leave":
        how = "failed and was left as it is" if state == State.LEFT else "was interrupted"
        return Refusal(
            "guarded_change_unfinished",
            f"guarded change {wish.change_id!r} {how}, and guarded_change_on_failure is leave",
            "Set guarded_change_on_resume: restore to roll it back, or continue to run the tasks again.",
        )
    return Action.RESUME if wish.on_resume == "continue" else Action.ROLL_BACK


def decide_together(
    states: Mapping[Host, State], wish: Wish, decisions: Mapping[Host, Decision]
) -> dict[Host, Decision]:
    """The same for ``scope: play``: all hosts come to the same end, also where an earlier run died half-way.

    A host is kept only after all were verified, and none is rolled back unless all are.
    """
    found = set(states.values())
    verified = bool(found & VERIFIED)
    back = not verified and (State.ROLLED_BACK in found or Action.ROLL_BACK in decisions.values())
    return {host: _with_others(states[host], wish, decisions[host], back, verified) for host in states}


def _with_others(state: State, wish: Wish, decision: Decision, back: bool, verified: bool) -> Decision:
    if isinstance(decision, Refusal):
        return decision
    if back and state in HALF_CHANGED:
        return Action.ROLL_BACK
    if verified and state in HALF_CHANGED:
        return Action.COMMIT if wish.commit else Action.KEEP
    if (back or verified) and state in UNTOUCHED:
        ended = "is rolled back" if back else "was verified"
        return Refusal(
            "guarded_change_elsewhere",
            f"guarded change {wish.change_id!r} {ended} on other hosts of the play, and guarded_change_scope is play; "
            "nothing was changed on this host",
            "Leave this host out, or set another guarded_change_id for a new change of all hosts.",
        )
    return decision

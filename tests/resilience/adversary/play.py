# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays stories, says what was wrong, and makes a story that went wrong as short as it can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ansible_collections.indiecloud.compute.tests.resilience.adversary.invariants import (
    Violation,
    after_run,
    at_end,
    parity,
)
from ansible_collections.indiecloud.compute.tests.resilience.adversary.run_state import RunState
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Fault, Run, Settings, Story
from ansible_collections.indiecloud.compute.tests.resilience.adversary.world import World, world_of


@dataclass
class Played:
    """How a story went."""

    story: Story
    violations: list[Violation] = field(default_factory=list)
    moves: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    """What each run came to."""

    def __str__(self) -> str:
        lines = [str(self.story), "Results:", *(f"  {item}" for item in self.told), "Wrong:"]
        return "\n".join([*lines, *(f"  {item}" for item in self.violations)])


def play(story: Story) -> Played:
    """Play a story to its end, or to its first violation."""
    played = Played(story)
    with world_of(story) as world:
        for move in story.moves:
            before = len(world.runs)
            made = world.do(move)
            for run in world.runs[before:]:
                played.told.append(_tell(run))
                played.violations += after_run(world, run, played.checks)
            if len(made) == 2:
                played.violations += parity(world, *made, played.checks)
            if played.violations:
                break
        played.violations += at_end(world, played.checks)
        played.moves = world.counted
    return played


def _tell(run: RunState) -> str:
    if run.outcome is None:
        return f"run {run.number + 1} of {run.move.who} died"
    result = run.result
    said = f"failed with {result.get('error_code')}" if run.outcome.failed else str(result.get("status", "ok"))
    sent = "".join(
        f"; restore sent, told {item.told}"
        + (", took effect" if item.effective else ", under way" if item.outstanding else "")
        for item in run.attempts
    )
    mode = " in check mode" if run.move.check else ""
    return f"run {run.number + 1} of {run.move.who}{mode} {said}{sent}"


def shortened(story: Story, is_wrong: Callable[[Story], bool], most: int = 250) -> Story:
    """A story that is still wrong and has little that could be left out; tries at most so many."""
    left = most
    for simplify in (_fewer_moves, _plainer_settings, _plainer_moves, _fewer_moves, _plainer_moves):
        position = 0
        while left > 0:
            candidate = simplify(story, position)
            if candidate is None:
                break
            left -= 1
            if candidate != story and is_wrong(candidate):
                story = candidate
            else:
                position += 1
    return story


def _fewer_moves(story: Story, position: int) -> Story | None:
    """Without some moves; positions count from the end, for the last moves often add nothing."""
    number = len(story.moves)
    for size in (4, 2, 1):
        places = max(0, number - size + 1)
        if position < places:
            start = number - size - position
            return replace(story, moves=story.moves[:start] + story.moves[start + size :])
        position -= places
    return None


def _plainer_settings(story: Story, position: int) -> Story | None:
    names = [*story.settings.different()]
    if position >= len(names):
        return None
    name = names[position]
    return replace(story, settings=replace(story.settings, **{name: getattr(Settings(), name)}))


def _plainer_moves(story: Story, position: int) -> Story | None:
    for number, move in enumerate(story.moves):
        simpler = list(_simpler_move(move))
        if position < len(simpler):
            return replace(story, moves=(*story.moves[:number], simpler[position], *story.moves[number + 1 :]))
        position -= len(simpler)
    return None


USUAL = {
    "record": "file",
    "stop": "always",
    "power_after": "previous",
    "restore_id": "r1",
    "snapshot": "before-upgrade",
}


def _simpler_move(move: Any) -> Iterator[Any]:
    if not isinstance(move, Run):
        for item in fields(move):
            if item.name == "seconds" and move.seconds > 150.0:
                yield replace(move, seconds=150.0)
        return
    default = Run()
    for name in ("check", "check_first", "kill", "account"):
        if getattr(move, name) != getattr(default, name):
            yield replace(move, **{name: getattr(default, name)})
    for name in ("faults", "meanwhile"):
        items = getattr(move, name)
        for number in range(len(items)):
            yield replace(move, **{name: items[:number] + items[number + 1 :]})
    for number, (at, other) in enumerate(move.meanwhile):
        for simpler in _simpler_move(other):
            changed = (*move.meanwhile[:number], (at, simpler), *move.meanwhile[number + 1 :])
            yield replace(move, meanwhile=changed)
    for number, fault in enumerate(move.faults):
        for simpler in _simpler_fault(fault):
            yield replace(move, faults=(*move.faults[:number], simpler, *move.faults[number + 1 :]))
    needed = {"instance", "snapshot", "new_vm_name", "accept_billing", "state", "name"}
    for name, value in move.options:
        rest = tuple(item for item in move.options if item[0] != name)
        if name not in needed and name not in USUAL:
            yield replace(move, options=rest)
        elif USUAL.get(name, value) != value:
            yield replace(move, options=tuple(sorted((*rest, (name, USUAL[name])))))


def _simpler_fault(fault: Fault) -> Iterator[Fault]:
    if fault.times > 1:
        yield fault._replace(times=1)
    if fault.at.nth > 1:
        yield fault._replace(at=At(fault.at.kind, 1))


def explained(story: Story, rules: frozenset[int] | None = None) -> Played:
    """The shortest story found that is wrong in the same way."""
    first = play(story)
    wanted = rules or frozenset(item.rule for item in first.violations)

    def is_wrong(candidate: Story) -> bool:
        return any(item.rule in wanted for item in play(candidate).violations)

    return play(shortened(story, is_wrong))


__all__ = ["Played", "World", "explained", "play", "shortened"]

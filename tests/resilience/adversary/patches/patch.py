# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import ANY, Profile
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Fault, Person, Run

IN_PLACE = ("hostup", "onetsolutions")
RESTORES = ("restore",)
CALM = Profile(
    providers=IN_PLACE, tasks=RESTORES, calm=100, kills=0, checks=0, middle=0, weather=0, disks=0, persons=0, odd=4
)
"""Restores that nothing disturbs, in a cloud that is mostly the usual one."""
LOST = Profile(
    providers=IN_PLACE,
    tasks=RESTORES,
    faults=("lost_after", "refuse_after", "refuse", "lost_before"),
    runs=(2, 4),
    calm=20,
    kills=0,
    checks=0,
    middle=0,
    weather=0,
    disks=0,
    people=("work", "use"),
    odd=4,
)
"""Answers to restores are lost or refused, over several runs."""
LOST_AFTER = Run(faults=(Fault("lost_after"),))
LOST_BEFORE = Run(faults=(Fault("lost_before"),))
USE = Person("use")
WORK = Person("work")


@dataclass(frozen=True)
class Patch:
    rule: int
    name: str
    apply: Callable[[ExitStack], None]
    profile: Profile = ANY

    @contextmanager
    def applied(self) -> Iterator[None]:
        with ExitStack() as stack:
            self.apply(stack)
            yield


PATCHES: list[Patch] = []


def broken(rule: int, profile: Profile = ANY) -> Callable[[Callable[[ExitStack], None]], Callable[[ExitStack], None]]:
    """Adds a patch that breaks a rule."""

    def add(apply: Callable[[ExitStack], None]) -> Callable[[ExitStack], None]:
        PATCHES.append(Patch(rule, apply.__name__, apply, profile))
        return apply

    return add


def put(stack: ExitStack, owner: Any, name: str, value: Any) -> None:
    stack.enter_context(patch.object(owner, name, value))

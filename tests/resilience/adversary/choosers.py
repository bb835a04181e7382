# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What draws the choices of a story: hypothesis, which shrinks what it finds, or a seed, which is quick."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Chooser(Protocol):
    def one_of(self, choices: Sequence[T]) -> T:
        """One of these, the first being the simplest."""

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases; False is simpler."""

    def several(self, make: Callable[[], T], least: int, most: int) -> list[T]:
        """A list of what ``make`` gives."""


class Seeded:
    """Draws by a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.random() * len(choices))]

    def chance(self, percent: int) -> bool:
        return self._random.random() * 100 < percent

    def several(self, make: Callable[[], T], least: int, most: int) -> list[T]:
        return [make() for dummy in range(self._random.randint(least, most))]


class Drawn:
    """Draws by hypothesis."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw

    def one_of(self, choices: Sequence[T]) -> T:
        found: T = self._draw(st.sampled_from(choices)) if len(choices) > 1 else choices[0]
        return found

    def chance(self, percent: int) -> bool:
        return bool(self._draw(st.integers(0, 99)) >= 100 - percent)

    def several(self, make: Callable[[], T], least: int, most: int) -> list[T]:
        @st.composite
        def items(draw: Any) -> T:
            before, self._draw = self._draw, draw
            try:
                return make()
            finally:
                self._draw = before

        found: list[T] = self._draw(st.lists(items(), min_size=least, max_size=most))
        return found

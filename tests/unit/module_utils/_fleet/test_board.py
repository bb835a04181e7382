# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shared reading counts for a target if its request left after the target's own last write was answered."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import (
    AnswerLost,
    CloudError,
    ProviderError,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._fleet.board import Board, Fetched
from ansible_collections.indiecloud.compute.plugins.module_utils._fleet.crew import Threads


class Virtual(Threads):
    """Workers that sleep on a clock of the test."""

    def __init__(self, clock: Lists) -> None:
        super().__init__()
        self._clock = clock

    def sleep(self, seconds: float) -> None:
        self._clock.now += seconds


class Lists:
    """A list whose readings are numbered, and the clock."""

    def __init__(self) -> None:
        self.now, self.count = 0.0, 0
        self.error: CloudError | None = None
        self.crew = Virtual(self)
        self.board: Board[int] = Board(self.crew, lambda: self.now, lambda: False)

    def fetch(self) -> Fetched[int]:
        if self.error:
            raise self.error
        left, self.count = self.now, self.count + 1
        self.now += 0.2
        return Fetched(self.count, left, 2)

    def read(self, seen: int = 0, after: float = -1.0, readers: int = 10, seconds: float = 60.0) -> int | None:
        found = self.board.read(seen, after, self.fetch, seconds, readers)
        return None if found is None else found.value


def test_reading_is_shared_until_it_was_seen() -> None:
    lists = Lists()
    assert [lists.read(), lists.read(), lists.read()] == [1, 1, 1]
    assert lists.read(seen=1) == 2
    assert lists.now >= 1.0


def test_reading_from_before_a_write_does_not_count() -> None:
    lists = Lists()
    lists.read()
    # The request left at 0.0, and the answer to the write came at 0.1, while the reading was on its way.
    assert lists.read(after=0.1) == 2
    assert lists.read(after=0.1) == 2


def test_list_that_costs_more_than_single_readings() -> None:
    lists = Lists()
    lists.read()
    assert lists.read(seen=1, readers=2) is None
    # What is there already costs nothing.
    assert lists.read(seen=0, readers=1) == 1


@pytest.mark.parametrize(("error", "again"), [(AnswerLost("x"), 1), (ProviderError("x", status=403), None)])
def test_list_that_cannot_be_read(error: CloudError, again: int | None) -> None:
    lists = Lists()
    lists.error = error
    assert lists.read() is None
    lists.error = None
    assert lists.read() == again


def test_one_of_many_reads_for_all() -> None:
    crew, count, mutex = Threads(), 0, threading.Lock()
    clock = [0.0]
    board: Board[int] = Board(crew, lambda: clock[0], lambda: False)
    found: list[int] = []

    def fetch() -> Fetched[int]:
        nonlocal count
        with mutex:
            count += 1
        crew.sleep(0.1)
        return Fetched(count, clock[0], 1)

    def job() -> None:
        reading = board.read(0, -1.0, fetch, 10.0, 50)
        assert reading is not None
        found.append(reading.number)

    crew.run([job] * 50)
    assert (count, found) == (1, [1] * 50)

# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tests can see a mutant, and in which order they are tried: from the lines that each test met."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from coverage import CoverageData


class Choice:
    """The lines that each test met in each file."""

    def __init__(self, database: Path, usual: dict[str, float]) -> None:
        self._data = CoverageData(str(database))
        self._data.read()
        self._usual = usual
        self._files: dict[Path, dict[str, set[int]]] = {}

    def meeting(self, path: Path, lines: Iterable[int] | None) -> list[str]:
        """The tests that ran one of the lines, or any line of a function of the file.

        Those come first that took a way of their own through the file, and of those that took the same the fastest.
        """
        met = self._of(path)
        wanted = set(lines) if lines is not None else None
        chosen = [test for test, seen in met.items() if test in self._usual and (wanted is None or seen & wanted)]
        ways: defaultdict[frozenset[int], list[str]] = defaultdict(list)
        for test in sorted(chosen, key=self._usual.__getitem__):
            ways[frozenset(met[test])].append(test)
        turns = [(turn, self._usual[test], test) for way in ways.values() for turn, test in enumerate(way)]
        return [test for _turn, _seconds, test in sorted(turns)]

    def _of(self, path: Path) -> dict[str, set[int]]:
        if path not in self._files:
            met: defaultdict[str, set[int]] = defaultdict(set)
            for line, contexts in self._data.contexts_by_lineno(str(path)).items():
                for context in contexts:
                    test = context.rpartition("|")[0]
                    if test:
                        met[test].add(line)
            self._files[path] = dict(met)
        return self._files[path]

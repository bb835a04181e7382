# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many stories: ``make adversary RUNS=100000 SEED=1``, or one of them: ``make adversary ARGS='--story 4711'``.

Ends with how often each move was made and each invariant was checked, and with 1 where one was violated.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from ansible_collections.indiecloud.compute.tests.resilience.adversary.campaigns import story_of
from ansible_collections.indiecloud.compute.tests.resilience.adversary.play import Played, explained, play

BLOCK = 200
PROGRESS = 10000
Found = tuple[int, str, str]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="adversary", description=__doc__)
    made.add_argument("--runs", type=int, default=1000, help="how many stories")
    made.add_argument("--seed", type=int, default=1, help="the seed of the first; the next ones follow")
    made.add_argument("--jobs", type=int, default=2, help="processes")
    made.add_argument("--most", type=int, default=20, help="how many kinds of violation to shorten and print")
    made.add_argument("--provider", help="one provider only")
    made.add_argument("--story", type=int, help="play the story of this seed, and print it")
    made.add_argument("--as-is", action="store_true", help="with --story: do not shorten it")
    return made


def block(first: int, number: int, provider: str | None) -> tuple[list[Found], Counter[str], Counter[str]]:
    """Play the stories of so many seeds."""
    found: list[Found] = []
    moves: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    for seed in range(first, first + number):
        story = story_of(seed, provider)
        played = play(story)
        moves.update(played.moves)
        checks.update(played.checks)
        found += [(seed, str(item), story.settings.provider) for item in played.violations[:1]]
    return found, moves, checks


def main(words: list[str] | None = None) -> int:
    options = parser().parse_args(words)
    if options.story is not None:
        one: Played = (play if options.as_is else explained)(story_of(options.story, options.provider))
        print(one)
        return bool(one.violations)
    started = time.monotonic()
    found: list[Found] = []
    moves: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    starts = range(options.seed, options.seed + options.runs, BLOCK)
    with ProcessPoolExecutor(options.jobs) as pool:
        sizes = [min(BLOCK, options.seed + options.runs - first) for first in starts]
        played = pool.map(block, starts, sizes, [options.provider] * len(sizes))
        for first, (some, made, checked) in zip(starts, played, strict=True):
            if (first - options.seed) % PROGRESS == 0:
                print(f"{first - options.seed} stories, {len(found)} with a violation", file=sys.stderr, flush=True)
            for seed, what, provider in some:
                print(f"seed {seed}, {provider}: {what}", file=sys.stderr, flush=True)
            found += some
            moves.update(made)
            checks.update(checked)
    kinds: dict[tuple[str, str], list[int]] = {}
    for seed, what, provider in found:
        kinds.setdefault((provider, what), []).append(seed)
    for (provider, what), seeds in sorted(kinds.items(), key=lambda item: -len(item[1]))[: options.most]:
        print(f"\n=== {len(seeds)} stories at {provider}: {what}")
        print(f"make adversary ARGS='--story {seeds[0]}'   # also {', '.join(map(str, seeds[1:5])) or 'no other'}")
        print(explained(story_of(seeds[0], options.provider)), flush=True)
    _print_counts("moves", moves)
    _print_counts("checks", checks)
    seconds = time.monotonic() - started
    seeds = f"seeds {options.seed} to {options.seed + options.runs - 1}"
    print(f"\n{options.runs} stories ({seeds}) in {seconds:.0f} s, {len(found)} with a violation")
    return bool(found)


def _print_counts(title: str, counted: Counter[str]) -> None:
    print(f"\n{title}:")
    for name, number in sorted(counted.items()):
        print(f"  {number:>9} {name}")


if __name__ == "__main__":
    sys.exit(main())

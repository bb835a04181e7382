# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many stories: ``python -m …tests.resilience.adversary --runs 100000 --seed 1 --jobs 2``.

Ends with how often each move was made and each invariant was checked, and with 1 where one was violated.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from ansible_collections.indiecloud.compute.tests.resilience.adversary.generate import ANY, seeded
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches import PATCHES
from ansible_collections.indiecloud.compute.tests.resilience.adversary.play import Played, explained, play
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Story

BLOCK = 200
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


def story_of(seed: int, provider: str | None) -> Story:
    """Half of the stories are of any kind, the others are about one rule each."""
    kinds = [item.profile for item in PATCHES if provider is None or provider in item.profile.providers]
    profile = kinds[seed // 2 % len(kinds)] if seed % 2 else ANY
    return seeded(seed, replace(profile, providers=(provider,)) if provider else profile)


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
        played: Played = (play if options.as_is else explained)(story_of(options.story, options.provider))
        print(played)
        return bool(played.violations)
    started = time.monotonic()
    found: list[Found] = []
    moves: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    starts = range(options.seed, options.seed + options.runs, BLOCK)
    with ProcessPoolExecutor(options.jobs) as pool:
        sizes = [min(BLOCK, options.seed + options.runs - first) for first in starts]
        for some, made, checked in pool.map(block, starts, sizes, [options.provider] * len(sizes)):
            found += some
            moves.update(made)
            checks.update(checked)
    kinds: dict[tuple[str, str], list[int]] = {}
    for seed, what, provider in found:
        kinds.setdefault((provider, what), []).append(seed)
    for (provider, what), seeds in sorted(kinds.items(), key=lambda item: -len(item[1]))[: options.most]:
        print(f"\n=== {len(seeds)} stories at {provider}: {what} (seeds {', '.join(map(str, seeds[:5]))})")
        print(explained(story_of(seeds[0], options.provider)), flush=True)
    _print_counts("moves", moves)
    _print_counts("checks", checks)
    seconds = time.monotonic() - started
    print(f"\n{options.runs} stories in {seconds:.0f} s, {len(found)} with a violation")
    return bool(found)


def _print_counts(title: str, counted: Counter[str]) -> None:
    print(f"\n{title}:")
    for name, number in sorted(counted.items()):
        print(f"  {number:>9} {name}")


if __name__ == "__main__":
    sys.exit(main())

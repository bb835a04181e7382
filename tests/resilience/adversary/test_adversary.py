# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promise holds whatever a provider answers: hundreds of stories, others each day. A broken rule is noticed."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.resilience.adversary.campaigns import story_of
from ansible_collections.indiecloud.compute.tests.resilience.adversary.generate import seeded, stories
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches import PATCHES, Patch
from ansible_collections.indiecloud.compute.tests.resilience.adversary.play import Played, explained, play
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import Profile
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Story

SEED = int(os.environ.get("SEED") or date.today().toordinal())
EXAMPLES = int(os.environ.get("EXAMPLES") or 200)
"""Stories of each provider that hypothesis invents."""
STORIES = 1200
"""Stories by their seeds, which are those of ``make adversary``."""
RULES = range(1, 14)
MOST_STORIES = 100
"""In so many a broken rule must be noticed."""


@pytest.mark.parametrize("provider", sorted(SPECS))
def test_no_invented_story_breaks_the_promise(provider: str) -> None:
    moves: Counter[str] = Counter()
    checks: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
    )
    @given(stories(Profile(providers=(provider,))))
    def tell(story: Story) -> None:
        played = play(story)
        moves.update(played.moves)
        checks.update(played.checks)
        if played.violations:
            raise AssertionError(f"\n{played}\nTo repeat it: SEED={SEED} EXAMPLES={EXAMPLES}, and this test")

    tell()
    # A machine that did nothing would prove nothing.
    assert moves["run restore"] > EXAMPLES
    assert min(checks.values()) > 0


@pytest.mark.parametrize("part", range(6))
def test_no_story_of_today_breaks_the_promise(part: int) -> None:
    first = SEED * STORIES + part * STORIES // 6
    for number in range(first, first + STORIES // 6):
        if play(story_of(number)).violations:
            pytest.fail(f"{explained(story_of(number))}\nTo repeat it: make adversary ARGS='--story {number}'")


def test_each_rule_has_a_patch_that_breaks_it() -> None:
    assert {item.rule for item in PATCHES} == set(RULES)


@pytest.mark.parametrize("broken", PATCHES, ids=lambda item: f"{item.rule}-{item.name}")
def test_broken_rule_is_noticed(broken: Patch) -> None:
    for number in range(MOST_STORIES):
        story = seeded(number, broken.profile)
        with broken.applied():
            wrong = play(story)
        if _is_noticed(wrong) and not play(story).violations:
            return
    pytest.fail(f"rule {broken.rule} was broken in {MOST_STORIES} stories, and nothing noticed")


def _is_noticed(played: Played) -> bool:
    """A patch that does not fit the code any more ends in a defect, which notices no rule."""
    defects = ("TypeError", "AttributeError", "NameError", "KeyError")
    return any(not any(word in item.what for word in defects) for item in played.violations)

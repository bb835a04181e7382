# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promise holds whatever a provider answers: some hundreds of stories. Many more: ``python -m …adversary``."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.tests.resilience.adversary.generate import Profile, seeded, stories
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches import PATCHES, Patch
from ansible_collections.indiecloud.compute.tests.resilience.adversary.play import play
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Story

EXAMPLES = int(os.environ.get("EXAMPLES") or 200)
RULES = range(1, 14)
MOST_STORIES = 150
"""In so many a broken rule must be noticed."""


@pytest.mark.parametrize("provider", sorted(SPECS))
def test_no_story_breaks_the_promise(provider: str) -> None:
    moves: Counter[str] = Counter()
    checks: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
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
            raise AssertionError(f"\n{played}")

    tell()
    # A machine that did nothing would prove nothing.
    assert moves["run restore"] > EXAMPLES
    assert min(checks.values()) > 0


def test_each_rule_has_a_patch_that_breaks_it() -> None:
    assert {item.rule for item in PATCHES} == set(RULES)


@pytest.mark.parametrize("broken", PATCHES, ids=lambda item: f"{item.rule}-{item.name}")
def test_broken_rule_is_noticed(broken: Patch) -> None:
    for seed in range(MOST_STORIES):
        story = seeded(seed, broken.profile)
        with broken.applied():
            wrong = play(story).violations
        if wrong and not play(story).violations:
            return
    pytest.fail(f"rule {broken.rule} was broken in {MOST_STORIES} stories, and nobody noticed")

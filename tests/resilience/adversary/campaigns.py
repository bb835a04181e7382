# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which story a seed tells: any, one that is mostly about some rules, or the attack of a patch with variations."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.indiecloud.compute.tests.resilience.adversary.generate import seeded
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches import PATCHES
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import IN_PLACE, LOST, RESTORES
from ansible_collections.indiecloud.compute.tests.resilience.adversary.profiles import ANY, Profile
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import At, Story

QUIET = Profile(tasks=RESTORES, calm=90, kills=0, checks=0, disks=0, weather=0)
REPEATS = replace(LOST, faults=("held", "lost_after"), calm=30, passes=(5.0, 150.0, 600.0, 1000.0, 4000.0))
SAFE = replace(
    LOST,
    faults=("refuse", "lost_before", "lost_after"),
    options={"safety_snapshot": ("required",), "stop": ("always",), "power_after": ("previous", "started")},
)
POWER = replace(
    LOST,
    calm=70,
    kills=20,
    settings={"power": ("running", "running", "stopped")},
    options={"power_after": ("previous", "stopped", "started"), "stop": ("always", "never", "if_required")},
)
CAMPAIGNS = (
    LOST,
    replace(LOST, faults=("refuse_after", "odd", "odd_after"), providers=ANY.providers),
    replace(LOST, faults=("names_other", "lost_after", "lost_before"), people=("task",), calm=30),
    replace(LOST, record_faults=80, calm=40),
    replace(
        QUIET,
        providers=("barrack",),
        runs=(2, 3),
        calm=60,
        people=("foreign", "delete_new"),
        settings={"short_list": ("no", "total_larger", "null_item", "nameless"), "barrack_duplicate": ("allowed",)},
    ),
    REPEATS,
    replace(REPEATS, people=("use", "work"), persons=90, settings={"onet_tasks": ("no_restores", "missing", "listed")}),
    SAFE,
    replace(SAFE, calm=90, middle=90, people=("work", "write"), moments=("snapshots", "task", "status")),
    POWER,
    replace(POWER, kills=60, killing=(At("restore"), At("power")), calm=95, waits=20, persons=0),
    replace(
        QUIET,
        providers=IN_PLACE,
        kills=20,
        rivals=60,
        options={"record": ("provider",), "force": (None,), "restore_id": ("r1",)},
    ),
    replace(QUIET, accounts=50, middle=50, people=("replace", "rename"), runs=(2, 3)),
    replace(QUIET, providers=IN_PLACE, calm=0, read_faults=("other", "cached", "stale"), runs=(1, 2)),
    Profile(
        providers=("onetsolutions",),
        tasks=("restore", "metadata"),
        calm=80,
        kills=0,
        people=("tags", "rename"),
        settings={"onet_tags": ("numbers", "surrogate", "map", "list")},
        options={"record": ("provider",)},
    ),
    Profile(tasks=("power", "snapshot", "metadata", "restore"), providers=ANY.providers),
    Profile(checks=90, calm=95, kills=0, middle=0, disks=30, runs=(1, 2)),
)
"""What the random stories of one quarter of the seeds are about."""
LARGE = 1000
"""One story of so many reads lists of a hundred megabytes, which takes seconds."""


def story_of(seed: int, provider: str | None = None) -> Story:
    """The story of a seed, of one provider if given."""
    profile = profile_of(seed, provider)
    return seeded(seed, replace(profile, providers=(provider,)) if provider else profile)


def profile_of(seed: int, provider: str | None) -> Profile:
    number = seed // 4
    if seed % 4 == 1:
        return _chosen(CAMPAIGNS, number, provider)
    if seed % 4 == 3:
        scripts = tuple(item.profile for item in PATCHES if _is_large(item.profile) == (number % LARGE == 0))
        return _chosen(scripts, number, provider)
    return ANY


def _chosen(profiles: tuple[Profile, ...], number: int, provider: str | None) -> Profile:
    fitting = [item for item in profiles if provider is None or provider in item.providers] or [ANY]
    return fitting[number % len(fitting)]


def _is_large(profile: Profile) -> bool:
    return "endless" in profile.settings

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule 5: lists, and what is missing from them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import InstanceList
from ansible_collections.indiecloud.compute.plugins.module_utils._providers import barrack, pages
from ansible_collections.indiecloud.compute.plugins.module_utils._restore import new_instance, preflight
from ansible_collections.indiecloud.compute.tests.resilience.adversary.patches.patch import CALM, broken, put
from ansible_collections.indiecloud.compute.tests.resilience.adversary.story import Person, Run

SHORT = ("total_larger", "null_item", "nameless")
TWICE = replace(
    CALM,
    providers=("barrack",),
    settings={"short_list": SHORT, "barrack_duplicate": ("allowed",), "barrack_list": ("there",)},
    options={"allow_unverified": (None,), "new_vm_name": ("restored",), "max_hourly_rate": (None,)},
    script=(Person("foreign", "restored"), Run()),
)
"""A list hides the instance that has the name of the new one."""


@broken(5, TWICE)
def incomplete_list_is_complete(stack: ExitStack) -> None:
    original = preflight.find_by_name
    put(stack, new_instance, "find_by_name", lambda *args: (original(*args)[0], True))


@broken(5, replace(TWICE, settings={**TWICE.settings, "short_list": ("null_item", "total_larger")}))
def dropped_items_are_forgotten(stack: ExitStack) -> None:
    original = pages.read_pages
    put(stack, barrack, "read_pages", lambda read: (original(read)[0], True))


@broken(
    5,
    replace(
        CALM,
        settings={"short_list": SHORT, "onet_lists": ("paginated",)},
        options={"instance": ("web1",), "stop": ("always",)},
        script=(Person("foreign", "web1"), Run()),
    ),
)
def name_is_looked_up_in_an_incomplete_list(stack: ExitStack) -> None:
    put(stack, InstanceList, "complete", True)
    put(stack, InstanceList, "names_are_complete", True)

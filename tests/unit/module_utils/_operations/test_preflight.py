# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read before a new instance is made, and what is said where it cannot be."""

from __future__ import annotations

from typing import Any

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance, InstanceList
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.preflight import find_by_name
from ansible_collections.indiecloud.compute.tests.unit.module_utils._operations.scripted import (
    Scripted,
    no_route,
    refusals,
    restored,
)

COPY = Instance("BRK-9", "copy", power_state="running", origin="snap-1")


def unverified(cloud: Scripted, **options: Any) -> list[str]:
    return restored(cloud, check=True, **options).report.unverified


def test_of_whom_a_snapshot_was_taken_is_said_where_it_is_asked_for() -> None:
    cloud = Scripted("barrack")
    assert unverified(cloud, instance="BRK-1") == []
    cloud.snapshots = [cloud.snapshots[0]._replace(instance_id=None)]
    assert unverified(cloud, instance="BRK-1") == ["that snapshot before was taken of instance BRK-1"]
    assert unverified(cloud) == []
    assert refusals(cloud, instance="BRK-1", snapshot="none") == ["snapshot_not_found"]


def test_name_is_looked_up_in_the_whole_list() -> None:
    cloud = Scripted("barrack").answers("list_instances", InstanceList((), complete=False))
    assert refusals(cloud) == ["name_unverified"]
    (said,) = unverified(cloud, allow_unverified=True)
    assert said.startswith("that no instance is named 'copy' already (the list ends before what it counts")
    cloud.answers("list_instances", no_route())
    (said,) = unverified(cloud, allow_unverified=True)
    assert said == "that no instance is named 'copy' already (No route.)"
    assert unverified(Scripted("barrack")) == []


def test_name_that_is_found_needs_no_whole_list() -> None:
    cloud = Scripted("barrack").answers("list_instances", InstanceList((COPY,), complete=False))
    cloud.answers("get_instance", COPY)
    assert restored(cloud, check=True).report.status == "already_restored"


def test_exact_name_of_one_that_is_there() -> None:
    others = (COPY._replace(id="a", name="Copy"), COPY._replace(id="b", power_state="deleted"))
    cloud = Scripted("barrack").answers("list_instances", InstanceList((*others, COPY)))
    cloud.answers("get_instance", COPY._replace(ipv4="192.0.2.1"))
    assert find_by_name(cloud, "copy") == (COPY._replace(ipv4="192.0.2.1"), True)
    cloud.answers("get_instance", no_route())
    assert find_by_name(cloud, "copy") == (COPY, True)
    cloud.answers("list_instances", InstanceList(others, complete=False))
    assert find_by_name(cloud, "copy") == (None, False)


def test_price_is_read_where_it_matters() -> None:
    asked: list[bool] = []
    cloud = Scripted("barrack").answers("hourly_price", lambda read_only: asked.append(read_only) or (1.0, "USD"))
    restored(cloud, check=True)
    restored(cloud, check=True, max_hourly_rate=2.0)
    restored(cloud, max_hourly_rate=2.0)
    assert asked == [True, False]

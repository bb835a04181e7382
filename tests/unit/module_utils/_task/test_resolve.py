# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instance or snapshot an option means: exactly one, or a refusal."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, ClassVar

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import ProviderError, RouteUnconfirmed
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import (
    Instance,
    InstanceList,
    Snapshot,
    SnapshotList,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Provider
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._task.refusal import Refused
from ansible_collections.indiecloud.compute.plugins.module_utils._task.resolve import (
    Found,
    find_instance,
    find_snapshot,
    require_instance,
    unlisted_snapshot,
)

ID = "123e4567-e89b-12d3-a456-426614174000"
WEB = Instance(ID, "web1", power_state="running", power_state_raw="Started")


class Listed(Provider):
    """A provider that knows these instances, and counts what it is asked. Errors are raised instead of answers."""

    spec: ClassVar = SPECS["onetsolutions"]

    def __init__(
        self,
        *instances: Instance,
        get: Exception | None = None,
        listing: Exception | None = None,
        complete: bool = True,
    ) -> None:
        self.instances, self.get, self.listing, self.complete = instances, get, listing, complete
        self.asked: list[Any] = []

    def get_instance(self, instance_id: str) -> Instance:
        self.asked.append(("get", instance_id))
        if self.get is not None:
            raise self.get
        found = [item for item in self.instances if item.id == instance_id]
        if not found:
            raise ProviderError("There is none.", status=404)
        return found[0]._replace(power_state_raw="Started")

    def list_instances(self, name: str | None = None) -> InstanceList:
        self.asked.append(("list", name))
        if self.listing is not None:
            raise self.listing
        return InstanceList(self.instances, self.complete)


def no_route(status: int = 404) -> RouteUnconfirmed:
    return RouteUnconfirmed("No such route.", status=status, next_steps=("Set api_routes.",))


def code(found: Found[Any]) -> str | None:
    """The code of the refusal, if there is one."""
    return found.refusal and found.refusal.code


class TestById:
    def test_is_one_request(self) -> None:
        provider = Listed(WEB)
        assert find_instance(provider, ID) == Found(ID, WEB)
        assert provider.asked == [("get", ID)]

    def test_instance_that_has_an_id_for_its_name_is_not_meant(self) -> None:
        namesake = Instance("00000000-e89b-12d3-a456-426614174000", ID)
        assert find_instance(Listed(namesake, WEB), ID).thing == WEB
        assert find_instance(Listed(namesake), ID).missing

    def test_unknown_one_is_refused_after_one_request(self) -> None:
        provider = Listed()
        found = find_instance(provider, ID)
        assert (found.id, found.missing, found.refusal and found.refusal.code) == (None, True, "instance_not_found")
        assert provider.asked == [("get", ID)]

    @pytest.mark.parametrize("status", [403, 405, 500])
    def test_another_error_is_no_answer(self, status: int) -> None:
        with pytest.raises(ProviderError):
            find_instance(Listed(WEB, get=ProviderError("No.", status=status)), ID)

    @pytest.mark.parametrize("status", [404, 405])
    def test_is_looked_for_in_the_list_where_the_route_may_not_exist(self, status: int) -> None:
        provider = Listed(WEB, get=no_route(status))
        assert find_instance(provider, ID) == Found(ID, WEB)
        assert provider.asked == [("get", ID), ("list", None)]
        assert find_instance(Listed(get=no_route(status)), ID).missing

    def test_is_taken_unverified_where_neither_route_answers_or_the_list_is_incomplete(self) -> None:
        for provider in (
            Listed(get=no_route(), listing=no_route()),
            Listed(get=no_route(), complete=False),
        ):
            found = find_instance(provider, ID)
            assert (found.id, found.thing, found.refusal, found.missing) == (ID, None, None, False)
            assert found.unverified == (f"that instance {ID} exists, its name and power state (No such route.)",)


class TestByName:
    def test_details_are_read_where_the_list_has_none(self) -> None:
        bare = WEB._replace(power_state_raw=None)
        assert find_instance(Listed(bare), "web1").thing == WEB
        assert find_instance(Listed(bare, get=no_route()), "web1") == Found(ID, bare)

    def test_needs_a_list(self) -> None:
        assert code(find_instance(Listed(WEB, listing=no_route()), "web1")) == "instance_name_unresolvable"

    def test_one_instance_that_is_listed_twice_is_one(self) -> None:
        assert find_instance(Listed(WEB, WEB), "web1").thing == WEB


class TestExpectedName:
    def test_another_name_is_refused(self) -> None:
        assert require_instance(Listed(WEB), ID, "web1").thing == WEB
        with pytest.raises(Refused) as caught:
            require_instance(Listed(WEB), ID, "web2")
        assert caught.value.error_code == "instance_name_differs"

    def test_unknown_instance_is_refused_for_that_alone(self) -> None:
        with pytest.raises(Refused) as caught:
            require_instance(Listed(), "web1", "web2")
        assert [item.code for item in caught.value.refusals] == ["instance_not_found"]


class TestSnapshots:
    def near(self, wanted: str, *names: str) -> str:
        """The names that are suggested instead."""
        refusal = find_snapshot(Listed(), wanted, SnapshotList(tuple(Snapshot(name, name) for name in names))).refusal
        assert refusal is not None
        return refusal.message.partition("; there is ")[2]

    def test_two_of_one_name_differ_by_their_times(self) -> None:
        first = Snapshot("nightly", "nightly", created_at=datetime(2026, 1, 1, tzinfo=timezone.utc))
        second = first._replace(created_at=datetime(2026, 1, 2, tzinfo=timezone.utc))
        assert find_snapshot(Listed(), "nightly", SnapshotList((first, first))).thing == first
        assert code(find_snapshot(Listed(), "nightly", SnapshotList((first, second)))) == "snapshot_ambiguous"

    def test_similar_names_are_suggested_first(self) -> None:
        names = ["zzz", "before-upgrade1", "before-upgrade2", "before-upgrade3", "before-upgrade4"]
        assert self.near("before-upgrade", *names).count("before-upgrade") == 3
        assert self.near("x" * 30, *"abcdef") == "'a', 'b', 'c', 'd', 'e'"

    def test_comparing_is_bounded(self) -> None:
        """Neither very long names nor very many are compared, and what is shown is cut."""
        assert "'wanted-1'" not in self.near("wanted-2", *(f"q{index:07}" for index in range(2000)), "wanted-1")
        assert "bbb" not in self.near("b" * 81, *(f"aaa{index}" for index in range(5)), "b" * 80)
        assert self.near("x", "a" * 100) == f"'{'a' * 79}…'"

    def test_unlisted_one_passes_by_its_id(self) -> None:
        found = unlisted_snapshot(Listed(), ID, no_route())
        assert (found.id, found.refusal, len(found.unverified)) == (ID, None, 1)
        assert code(unlisted_snapshot(Listed(), "nightly", no_route())) == "snapshot_name_unresolvable"

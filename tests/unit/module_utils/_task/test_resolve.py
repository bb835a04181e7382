# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an option means among what a provider lists, and what is said when it means nothing or too much."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, ClassVar

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import ProviderError, RouteUnconfirmed
from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance, InstanceList, Snapshot
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Provider
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._task.refusal import Refused
from ansible_collections.indiecloud.compute.plugins.module_utils._task.resolve import (
    Found,
    canonical_id,
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
        provider = Listed(WEB._replace(power_state_raw=None))
        assert find_instance(provider, "web1").thing == WEB
        assert provider.asked == [("list", "web1"), ("get", ID)]
        provider = Listed(WEB)
        assert find_instance(provider, "web1").thing == WEB
        assert provider.asked == [("list", "web1")]

    def test_details_that_cannot_be_read_are_done_without(self) -> None:
        bare = WEB._replace(power_state_raw=None)
        assert find_instance(Listed(bare, get=no_route()), "web1") == Found(ID, bare)

    def test_needs_a_list(self) -> None:
        refusal = find_instance(Listed(WEB, listing=no_route()), "web1").refusal
        assert refusal is not None
        assert refusal.code == "instance_name_unresolvable"
        assert refusal.next_step == "Set the option instance to an id. Set api_routes."

    def test_same_thing_twice_is_one(self) -> None:
        assert find_instance(Listed(WEB, WEB), "web1").thing == WEB


class TestExpectedName:
    def test_is_demanded(self) -> None:
        assert require_instance(Listed(WEB), ID, "web1").thing == WEB
        assert require_instance(Listed(WEB), ID).thing == WEB
        with pytest.raises(Refused, match="is named 'web1', not 'web2'") as caught:
            require_instance(Listed(WEB), ID, "web2")
        assert caught.value.error_code == "instance_name_differs"

    def test_unknown_instance_is_refused_for_that_alone(self) -> None:
        with pytest.raises(Refused) as caught:
            require_instance(Listed(), "web1", "web2")
        assert [item.code for item in caught.value.refusals] == ["instance_not_found"]

    def test_of_what_cannot_be_read_nothing_is_demanded(self) -> None:
        assert require_instance(Listed(get=no_route(), listing=no_route()), ID, "web2").thing is None


def snapshot_refusal(wanted: str, *snapshots: Snapshot) -> str:
    refusal = find_snapshot(Listed(), wanted, snapshots).refusal
    assert refusal is not None
    return f"{refusal.code}: {refusal.message}"


class TestSnapshots:
    def test_two_of_one_name_are_two_by_their_times(self) -> None:
        first = Snapshot("nightly", "nightly", created_at=datetime(2026, 1, 1, tzinfo=timezone.utc))
        second = first._replace(created_at=datetime(2026, 1, 2, tzinfo=timezone.utc))
        assert find_snapshot(Listed(), "nightly", (first, first)).thing == first
        assert snapshot_refusal("nightly", first, second).startswith("snapshot_ambiguous: snapshot 'nightly' matches 2")

    def test_at_most_ten_are_listed(self) -> None:
        said = snapshot_refusal("x", *(Snapshot(f"id{number}", "x") for number in range(11)))
        assert "matches 11 snapshots" in said
        assert "id9 (named 'x')" in said
        assert "id10" not in said

    def test_closest_names_are_shown(self) -> None:
        names = ["zzz", "before-upgrade1", "before-upgrade2", "before-upgrade3", "before-upgrade4"]
        said = snapshot_refusal("before-upgrade", *(Snapshot(name, name) for name in names))
        assert said.partition("; there is ")[2].count("before-upgrade") == 3
        assert "zzz" not in said

    def test_else_the_first_five(self) -> None:
        said = snapshot_refusal("x" * 30, *(Snapshot(name, name) for name in "abcdef"))
        assert said.endswith("; there is 'a', 'b', 'c', 'd', 'e'")
        assert "; there is" not in snapshot_refusal("x")

    def test_much_longer_names_are_not_compared(self) -> None:
        for more, near in ((8, True), (9, False)):
            for wanted, name in (("b" * 30, "b" * (30 + more)), ("b" * (30 + more), "b" * 30)):
                others = [Snapshot(word, word) for word in ("aaa1", "aaa2", "aaa3", "aaa4", "aaa5", name)]
                assert (repr(name) in snapshot_refusal(wanted, *others).partition("; there is ")[2]) == near

    def test_many_names_are_not_compared(self) -> None:
        def shown(number: int) -> bool:
            others = [Snapshot(f"q{index:07}", f"q{index:07}") for index in range(number)]
            return "'wanted-1'" in snapshot_refusal("wanted-2", *others, Snapshot("wanted-1", "wanted-1"))

        assert shown(1999)
        assert not shown(2000)

    def test_very_long_names_are_not_compared(self) -> None:
        for length, near in ((80, True), (81, False)):
            others = [Snapshot(word, word) for word in ("aaa1", "aaa2", "aaa3", "aaa4", "aaa5", "b" * (length - 1))]
            said = snapshot_refusal("b" * length, *others).partition("; there is ")[2]
            assert ("bbb" in said) == near

    def test_names_are_cut(self) -> None:
        said = snapshot_refusal("x", Snapshot("a" * 100, "a" * 100))
        assert f"; there is '{'a' * 79}…'" in said

    def test_unlisted_one_passes_by_its_id(self) -> None:
        found = unlisted_snapshot(Listed(), ID, no_route())
        assert (found.id, found.refusal) == (ID, None)
        assert found.unverified == (f"that snapshot {ID} exists, and its age (No such route.)",)
        refusal = unlisted_snapshot(Listed(), "nightly", no_route()).refusal
        assert refusal is not None
        assert refusal.code == "snapshot_name_unresolvable"


def test_case_of_an_id_is_the_providers_where_it_does_not_matter() -> None:
    provider = Listed(WEB)
    assert provider.capabilities.ids_ignore_case
    assert canonical_id(provider, ID.upper()) == ID
    assert canonical_id(provider, "Web1") == "Web1"
    assert find_instance(provider, ID.upper()).thing == WEB

    class Exact(Listed):
        spec: ClassVar = SPECS["hostup"]

    assert canonical_id(Exact(), "vps_ABC") == "vps_ABC"

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kept list of instances is used for the account it is of, and only if it is whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance, InstanceList
from ansible_collections.indiecloud.compute.plugins.module_utils._info import listing
from ansible_collections.indiecloud.compute.plugins.module_utils._info.listing import Account, Listing
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, open_provider

WEB = Instance("i", "web1", power_state="running", addresses=("192.0.2.1",))
ITEM = WEB.to_result()
TEXTS = ("id", "name", "power_state", "addresses", "hostname", "ipv4", "ipv6")
SCOPE = {"organization_id": "org", "project_id": "proj"}


def account(**options: object) -> Account:
    params = {"provider": "onetsolutions", "api_token": "x", **SCOPE, **options}
    return Account.of(open_provider(Context(params), 100.0, []))


class TestAccount:
    def test_default_url_is_left_out_of_its_variables(self) -> None:
        assert account().variables() == {"provider": "onetsolutions", **SCOPE}
        other = account(api_url="https://aaa.example")
        assert other.variables()["api_url"] == other.api_url

    def test_key_depends_on_provider_url_scope_and_route(self) -> None:
        made = Account("hostup", "https://x", True, {"b": "2", "a": "1"}, "/list")
        others = [
            made._replace(provider="barrack"),
            made._replace(api_url="https://y"),
            made._replace(scope={"a": "1"}),
            made._replace(list_path="/other"),
        ]
        assert len({item.key for item in [made, *others]}) == 5
        assert made.key == made._replace(scope={"a": "1", "b": "2"}).key


class TestKeptList:
    @pytest.fixture(autouse=True)
    def _cloud(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0

        def opened(context: Context, seconds: float, problems: list[str]) -> Any:
            provider = open_provider(Context({"provider": "onetsolutions", "api_token": "x", **SCOPE}), 100.0, [])
            monkeypatch.setattr(type(provider), "list_instances", self.listed)
            return provider

        monkeypatch.setattr(listing, "open_provider", opened)

    def listed(self, *dummy: Any, **more: Any) -> InstanceList:
        self.asked += 1
        return InstanceList((WEB,))

    def read(self, kept: Any) -> Listing:
        found = Listing()
        outcome = execute(listing.listing_task(found, [], lambda key: kept), Context({}))
        assert not outcome.failed, outcome.result
        return found

    def test_is_used_for_its_account(self) -> None:
        first = self.read(None)
        again = self.read(json.loads(json.dumps(first.to_keep())))
        assert (first.was_kept, again.was_kept, again.instances) == (False, True, first.instances)
        assert self.asked == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"form": 2},
            {"account": None},
            {"account": ["hostup", "https://y", [], "/list"]},
            {"instances": None},
            {"instances": [None]},
            {"instances": [{"id": "i"}]},
            *({"instances": [{**ITEM, name: 7}]} for name in TEXTS),
            {"instances": [{**ITEM, "addresses": [7]}]},
            {"instances": [{**ITEM, "more": 1}]},
            {"instances": [ITEM, {**ITEM, "id": None}]},
        ],
    )
    def test_is_read_again_if_it_is_of_another_account_or_broken(self, change: dict[str, Any]) -> None:
        good = json.loads(json.dumps(Listing(account(), [ITEM]).to_keep()))
        self.read(good)
        assert self.asked == 0
        self.read({**good, **change})
        assert self.asked == 1

    def test_each_id_is_listed_once(self) -> None:
        items = [{**ITEM, "id": name, "name": f"{name}{index}"} for index, name in enumerate("abcab")]
        kept = json.loads(json.dumps(Listing(account(), items).to_keep()))
        assert [item["id"] for item in self.read(kept).instances] == ["c", "a", "b"]

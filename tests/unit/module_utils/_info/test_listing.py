# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of instances: whole or not at all, from every form a provider may give it, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance
from ansible_collections.indiecloud.compute.plugins.module_utils._info.listing import (
    FIELDS,
    Account,
    Listing,
    listing_task,
)
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS
from ansible_collections.indiecloud.compute.plugins.module_utils._task.outcome import Outcome, execute
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.simulator.switches import Switches

MANY = 230
VARIANTS = [
    pytest.param(provider, item.switches, id=f"{provider}-{item.name}")
    for provider in SPECS
    for item in Switches.all_variants()
    if item.provider in (None, provider) and "documented_only" not in item.switches
]


def params(sim: Simulator, provider: str, **changes: Any) -> dict[str, Any]:
    return {**sim.connection(provider), **changes}


def run(options: dict[str, Any], kept: Callable[[str], Any] = lambda key: None) -> tuple[Listing, Outcome]:
    listing = Listing()
    return listing, execute(listing_task(listing, [], kept), Context(options))


@pytest.mark.parametrize(("provider", "switches"), VARIANTS)
def test_all_pages_are_read(provider: str, switches: dict[str, Any]) -> None:
    with Simulator(clock=ManualClock(), switches={"barrack_auth": "bearer", **switches}, instances=MANY) as sim:
        if switches.get("barrack_auth") == "x-api-key":
            options = params(sim, provider, api_auth_header="X-API-Key", api_auth_scheme="")
        else:
            options = params(sim, provider)
        listing, outcome = run(options)
        assert not outcome.failed, outcome.result
        assert {item["id"] for item in listing.instances} == {item.id for item in sim.cloud.instances(provider)}
        assert len(listing.instances) >= MANY
        assert {item.method for item in sim.ledger.requests()} == {"GET"}


@pytest.mark.parametrize("provider", ["onetsolutions", "hostup"])
def test_incomplete_list_is_an_error(provider: str) -> None:
    with Simulator(clock=ManualClock(), instances=MANY) as sim:
        sim.faults.add("status", status=403, nth=2, times=None)
        listing, outcome = run(params(sim, provider))
        assert (outcome.failed, outcome.result["error_code"]) == (True, "permission_denied")
        assert listing.instances == ()
        assert len(sim.ledger.requests()) == 2


def test_cached_list_is_used() -> None:
    with Simulator(clock=ManualClock(), seed=True) as sim:
        first, dummy = run(params(sim, "hostup"))
        asked = len(sim.ledger.requests())
        kept = json.loads(json.dumps(first.to_cache()))
        second, dummy = run(params(sim, "hostup"), lambda key: kept)
        assert second.from_cache
        assert second.instances == first.instances
        assert second.variables == first.variables
        assert len(sim.ledger.requests()) == asked
        assert sim.tokens["hostup"] not in json.dumps(kept)


ROW = Instance("vps_1", "web1").to_result()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: None,
        lambda kept: "text",
        lambda kept: [kept],
        lambda kept: {},
        lambda kept: {**kept, "format": 0},
        lambda kept: {**kept, "account": ["hostup", "https://example.org", [], "/"]},
        lambda kept: {**kept, "instances": None},
        lambda kept: {**kept, "instances": [None]},
        lambda kept: {**kept, "instances": [{"id": "vps_1", "name": "web1"}]},
        lambda kept: {**kept, "instances": [{**ROW, "more": 1}]},
        lambda kept: {**kept, "instances": [{**ROW, "id": 7}]},
        lambda kept: {**kept, "instances": [{**ROW, "ipv4": ["192.0.2.1"]}]},
        lambda kept: {**kept, "instances": [{**ROW, "addresses": "192.0.2.1"}]},
        lambda kept: {**kept, "instances": [{**ROW, "addresses": [7]}]},
    ],
)
def test_broken_cache_is_ignored(spoil: Callable[[Any], Any]) -> None:
    with Simulator(clock=ManualClock(), seed=True) as sim:
        first, dummy = run(params(sim, "hostup"))
        sim.ledger.clear()
        second, outcome = run(params(sim, "hostup"), lambda key: spoil(first.to_cache()))
        assert not outcome.failed
        assert not second.from_cache
        assert second.instances == first.instances
        assert len(sim.ledger.requests()) == 1


def test_each_account_and_token_is_kept_apart() -> None:
    """opsmill/infrahub-ansible#374: one token was shown the cached hosts of another."""
    accounts = [
        {"provider": "hostup"},
        {"provider": "hostup", "api_url": "https://hostup.example.org"},
        {"provider": "hostup", "api_routes": {"instance_list": "/api/v3/vps"}},
        {"provider": "onetsolutions", "organization_id": "a", "project_id": "b"},
        {"provider": "onetsolutions", "organization_id": "a", "project_id": "c"},
        {"provider": "barrack"},
    ]
    keys: list[str] = []

    def note(key: str) -> None:
        keys.append(key)
        raise RuntimeError("nothing is to be asked for here")

    for account in accounts:
        for token in ("one", "two"):
            assert run({"api_token": token, **account}, note)[1].failed
    assert len(keys) == 2 * len(accounts)
    assert len(set(keys)) == len(keys)
    assert all(key.isidentifier() for key in keys)


def test_default_url_is_left_out_of_the_variables_of_an_account() -> None:
    with Simulator(clock=ManualClock()) as sim:
        listing, dummy = run(params(sim, "onetsolutions"))
        assert listing.variables["api_url"] == sim.urls["onetsolutions"]
    made = Account("hostup", "https://x", True, {"a": "1"}, "/list")
    assert made.variables() == {"provider": "hostup", "a": "1"}


def test_the_token_is_hidden_also_where_the_provider_echoes_it() -> None:
    with Simulator(clock=ManualClock()) as sim:
        token = sim.tokens["hostup"]
        sim.cloud.add_instance("hostup", name=f"web-{token}", tags=[token])
        listing, dummy = run(params(sim, "hostup"))
        assert token not in json.dumps(listing.to_cache())
        assert listing.instances[0]["name"] == "web-********"
        assert set(listing.instances[0]) == FIELDS


def test_instance_on_two_pages_is_listed_once() -> None:
    with Simulator(clock=ManualClock(), instances=120) as sim:
        listing, dummy = run(params(sim, "hostup"))
        doubled = {**listing.to_cache(), "instances": [*listing.instances, *listing.instances[:5]]}
        again, dummy = run(params(sim, "hostup"), lambda key: doubled)
        assert [item["id"] for item in again.instances[:-5]] == [item["id"] for item in listing.instances[5:]]
        assert len(again.instances) == len(listing.instances)

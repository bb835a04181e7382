# Copyright: (c) 2026, indiecloud.compute contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose limit counts, and that all who use an account keep to it: by what the simulator was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.clock import Runtime
from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import InvalidOption, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._api.limiter import Window
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Provider
from ansible_collections.indiecloud.compute.plugins.module_utils._task.session import Context, open_provider
from ansible_collections.indiecloud.compute.tests.simulator.clock import ManualClock
from ansible_collections.indiecloud.compute.tests.simulator.server import Simulator
from ansible_collections.indiecloud.compute.tests.unit.module_utils.fakes import FakeTime

VARIABLE = "INDIECLOUD_REQUESTS_PER_MINUTE"
PUBLISHED = (Window(1000, 60.0), Window(100, 1.0))


def opened(
    folder: Path | None, sim: Simulator | None = None, runtime: Runtime | None = None, **options: Any
) -> Provider:
    params = {"provider": "onetsolutions", "api_token": "sk-1", "organization_id": "o", "project_id": "p"}
    if sim is not None:
        provider = options.get("provider", "onetsolutions")
        params.update(api_token=sim.tokens[provider], api_url=sim.urls[provider])
        params.update(organization_id=sim.organization_id, project_id=sim.project_id)
    environ = {name: options.pop(name) for name in (VARIABLE,) if name in options}
    context = Context(
        {**params, **options}, environ=environ, runtime=runtime or FakeTime().runtime, shared_state_dir=folder
    )
    return open_provider(context, 1000.0, [])


def windows(folder: Path, **options: Any) -> tuple[Window, ...]:
    limiter = opened(folder, **options).transport.limiter
    assert limiter is not None
    return limiter.windows


def test_published_limit_unless_the_user_says_another(tmp_path: Path) -> None:
    assert windows(tmp_path) == windows(tmp_path, **{VARIABLE: " "}) == PUBLISHED
    assert windows(tmp_path, **{VARIABLE: "500"}) == (Window(500, 60.0), Window(50, 1.0))
    assert windows(tmp_path, requests_per_minute=250, **{VARIABLE: "x"}) == (Window(250, 60.0), Window(25, 1.0))
    for number in (1, 10_000):
        (window,) = windows(tmp_path, provider="hostup", requests_per_minute=number)
        assert window.requests == number
    assert windows(tmp_path, provider="hostup") == ()
    assert windows(tmp_path, provider="hostup", requests_per_minute=60) == (Window(60, 60.0),)


def test_wrong_limit_is_cut_in_the_message() -> None:
    with pytest.raises(InvalidOption, match=f"not '{'x' * 20}'"):
        opened(None, requests_per_minute="x" * 20)
    with pytest.raises(InvalidOption, match=f"not '{'x' * 19}…'"):
        opened(None, requests_per_minute="x" * 21)


@pytest.mark.parametrize("wrong", [0, -5, 10_001, "many", "1.5", "\uff11"])
def test_impossible_limit_is_refused(wrong: Any) -> None:
    for options, name in (({"requests_per_minute": wrong}, "requests_per_minute"), ({VARIABLE: str(wrong)}, VARIABLE)):
        with pytest.raises(InvalidOption, match=f"{name} must be a number from 1 to 10000"):
            opened(None, **options)


def test_accounts_do_not_share(tmp_path: Path) -> None:
    found = [opened(tmp_path, **options) for options in ({}, {"api_token": "sk-2"}, {"provider": "hostup"})]
    found.append(opened(tmp_path, api_url="https://other.example"))
    paths = {one.transport.limiter.path for one in found if one.transport.limiter}
    assert len(paths) == 4
    assert opened(None).transport.limiter is None


def test_two_processes_keep_to_what_the_provider_allows(tmp_path: Path) -> None:
    """The simulator refuses what is too much, in the time in which they wait."""
    clock = ManualClock()
    runtime = Runtime(monotonic=clock.monotonic, sleep=clock.sleep)
    with Simulator(clock=clock, seed=True, rate_limit=True) as sim:
        both = [opened(tmp_path, sim, runtime) for dummy in range(2)]
        for number in range(1200):
            both[number % 2].list_instances()
        times = [entry.time for entry in sim.ledger.requests()]
        assert {entry.status for entry in sim.ledger.requests()} == {200}
    for window in PUBLISHED:
        assert all(later - earlier >= window.seconds for earlier, later in zip(times, times[window.requests :]))


def test_retry_after_holds_up_the_other_process(tmp_path: Path) -> None:
    clock = ManualClock()
    runtime = Runtime(monotonic=clock.monotonic, sleep=clock.sleep)
    hasty = Runtime(monotonic=clock.monotonic, sleep=clock.sleep)
    with Simulator(clock=clock, seed=True) as sim:
        asked, other = (
            opened(tmp_path, sim, runtime, provider="hostup"),
            opened(tmp_path, sim, hasty, provider="hostup"),
        )
        asked.transport.deadline = type(asked.transport.deadline)(10.0, runtime)
        sim.faults.add("rate_limited", retry_after=40)
        with pytest.raises(ProviderError):
            asked.list_instances()
        other.list_instances()
        first, second = (entry.time for entry in sim.ledger.requests())
    assert second - first >= 40.0

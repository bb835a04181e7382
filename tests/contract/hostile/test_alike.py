# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that look alike, and lists without end."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import instances_task
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.pages import MOST_PAGES
from ansible_collections.indiecloud.compute.tests.contract.conftest import Cloud
from ansible_collections.indiecloud.compute.tests.resilience.faults.bench import unclear
from ansible_collections.indiecloud.compute.tests.simulator.messages import Later, Request, Response
from ansible_collections.indiecloud.compute.tests.simulator.providers.base import Provider

IN_PLACE = pytest.mark.parametrize("provider", ["hostup", "onetsolutions"])
ALIKE = {
    "case": ("web-x", "Web-X"),
    "composed or not": (unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")),
    "Cyrillic": ("pay", "p\u0430y"),
    "full width": ("web9", "web\uff19"),
    "Turkish": ("istanbul", "\u0130stanbul"),
    "sharp s": ("strasse", "stra\u00dfe"),
    "hidden joiner": ("web", "we\u200bb"),
    "trailing space": ("web", "web "),
    "right to left": ("abc", "a\u202ebc"),
}


@IN_PLACE
@pytest.mark.parametrize("alike", ALIKE)
class TestNames:
    def test_other_name_is_never_taken(self, cloud: Cloud, alike: str) -> None:
        wanted, other = ALIKE[alike]
        cloud.sim.cloud.add_instance(cloud.provider, name=other, power="stopped")
        outcome = cloud.restore(instance=wanted)
        assert outcome.result["error_code"] == "instance_not_found", outcome.result
        assert cloud.writes == 0

    def test_of_both_the_exact_one_is_taken(self, cloud: Cloud, alike: str) -> None:
        wanted, other = ALIKE[alike]
        first = cloud.sim.cloud.add_instance(cloud.provider, name=other, power="stopped")
        cloud.vm.name = wanted
        outcome = cloud.restore(instance=wanted)
        assert outcome.result["status"] == "restored", outcome.result
        assert (cloud.restores, len(cloud.sim.ledger.restores(first.id))) == (1, 0)

    def test_expected_name_is_exact(self, cloud: Cloud, alike: str) -> None:
        wanted, other = ALIKE[alike]
        cloud.vm.name = other
        outcome = cloud.restore(expected_instance_name=wanted)
        assert outcome.result["error_code"] == "instance_name_differs", outcome.result
        assert cloud.writes == 0


class Endless:
    """Answers each list with one more page; ``mark`` makes the next one's of the number of this one."""

    def __init__(self, cloud: Cloud, mark: Callable[[int], str]) -> None:
        self.pages, self._mark, self._work = 0, mark, cloud.sim._handled
        self._cloud = cloud

    def __call__(self, provider: Provider, request: Request) -> Response | Later:
        if not request.path.rstrip("/").endswith(("/vps", "/instances")):
            return self._work(provider, request)
        self.pages += 1
        mark, item = (
            self._mark(self.pages),
            {"id": f"vm-{self.pages}", "name": f"n{self.pages}", "powerState": "running"},
        )
        if provider.name == "hostup":
            data = {"items": [item], "pagination": {"limit": 1, "hasMore": True, "nextCursor": mark}}
            template = self._work(provider, request)
            assert isinstance(template, Response)
            return Response(200, _filled(template.payload, data))
        link = f"{self._cloud.sim.url}{request.path}?page={mark}"
        return Response(200, {"count": 10**6, "next": link, "previous": None, "results": [item]})


def _filled(payload: Any, data: dict[str, Any]) -> Any:
    """The provider's own envelope with these items and this mark in it."""
    if isinstance(payload, list):
        return data["items"]
    if not isinstance(payload, dict):
        return payload
    known = {"hasMore": True, "nextCursor": data["pagination"]["nextCursor"]}
    return {key: known.get(key, _filled(value, data)) for key, value in payload.items()}


@pytest.mark.parametrize("switches", [{"barrack_lists": "paginated"}])
class TestPages:
    def ask(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, mark: Callable[[int], str]) -> tuple[Any, int]:
        endless = Endless(cloud, mark)
        monkeypatch.setattr(cloud.sim, "_handled", endless)
        outcome = cloud.run(instances_task)
        assert outcome.failed
        assert unclear(outcome.result) == []
        return outcome, endless.pages

    @IN_PLACE
    @pytest.mark.parametrize("cycle", [1, 2, 7])
    def test_cycle(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, cycle: int) -> None:
        _outcome, pages = self.ask(cloud, monkeypatch, lambda number: str(number % cycle + 5))
        assert pages <= cycle + 2

    @IN_PLACE
    def test_no_end(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        _outcome, pages = self.ask(cloud, monkeypatch, lambda number: str(number + 1))
        assert pages <= MOST_PAGES

    def test_slow_without_end(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        """A second for each page: the deadline is nearer than the last page."""

        def mark(number: int) -> str:
            cloud.clock.advance(1.0)
            return str(number + 1)

        _outcome, pages = self.ask(cloud, monkeypatch, mark)
        assert pages <= 400

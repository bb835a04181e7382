# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which routes were requested, and how the provider answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.indiecloud.compute.plugins.module_utils._api.errors import CloudError, ProviderError
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import Provider
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import SPECS

WORKS, MISSING, OTHER, UNTRIED = "answers", "not there (404 or 405)", "answered otherwise", "not tried"
RANK = (UNTRIED, OTHER, MISSING, WORKS)


class Routes:
    """The best answer that was seen from each route."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], str] = {}

    @contextmanager
    def watched(self) -> Iterator[Routes]:
        asked = Provider.call

        def call(provider: Provider, name: str, *arguments: Any, **send: Any) -> Any:
            try:
                answer = asked(provider, name, *arguments, **send)
            except CloudError as exc:
                status = exc.status if isinstance(exc, ProviderError) else None
                self._note(provider, name, MISSING if status in (404, 405) else OTHER)
                raise
            self._note(provider, name, WORKS)
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Provider, "call", call)
            yield self

    def _note(self, provider: Provider, name: str, what: str) -> None:
        key = (provider.spec.name, name)
        self._seen[key] = max(self._seen.get(key, UNTRIED), what, key=RANK.index)

    def of(self, provider: str) -> dict[str, str]:
        """The answers by name of the route."""
        return {name: self._seen.get((provider, name), UNTRIED) for name in SPECS[provider].routes}

    def lines(self, provider: str, *, real: bool) -> list[str]:
        """The table; with a real account it shows which assumed routes are confirmed."""
        found = self.of(provider)
        lines = [f"{provider}: {sum(item == WORKS for item in found.values())} of {len(found)} routes answer"]
        for name, what in found.items():
            route = SPECS[provider].routes[name]
            evidence = "documented" if route.documented else "assumed"
            confirmed = real and what == WORKS and not route.documented
            mark = "  <- CONFIRMED: please tell the project" if confirmed else ""
            lines.append(f"  {evidence:10} {route.method:6} {name:18} {what}{mark}")
        return lines

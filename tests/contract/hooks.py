# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that happens in the cloud while a run is in the middle of it."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.indiecloud.compute.tests.simulator.hooks import Hooks
from ansible_collections.indiecloud.compute.tests.simulator.messages import Request


class On(Hooks):
    """Calls ``act`` as a request by this method to a path with this end arrives, or ``after`` it had its effect.

    Only the first such request counts, or ``always`` each one.
    """

    def __init__(
        self, method: str, end: str, act: Callable[[], object], *, after: bool = False, always: bool = False
    ) -> None:
        self._method, self._end, self._act, self._after, self._always = method, end, act, after, always
        self._acted = False

    def _at(self, request: Request, *, after: bool) -> None:
        fits = request.method == self._method and request.path.endswith(self._end)
        if fits and after == self._after and (self._always or not self._acted):
            self._acted = True
            self._act()

    def arrived(self, request: Request) -> bool:
        self._at(request, after=False)
        return True

    def worked(self, request: Request) -> None:
        self._at(request, after=True)

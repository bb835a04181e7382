# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error answer to a restore request means: refused for certain, or perhaps applied all the same."""

from __future__ import annotations

from typing import NamedTuple

from .._api.errors import Applied, BodyKind, ProviderError

UNDECIDED = frozenset({408, 425})
"""The server gave up waiting for the request, or will not process it yet: an upstream may have it."""

NEEDS_BODY = frozenset({409, 429})
"""Statuses of which only the body says whether the request was refused."""


class ErrorFormat(NamedTuple):
    """The provider's own error answers, which a proxy or a web firewall in front of it does not send.

    ``keys``: an object has at least one of them; empty where no page publishes the body, so any JSON object or list
    counts. ``bodiless``: the statuses that the page of the restore publishes without a body. ``undecided_codes``: the
    beginnings of codes that are published for failures behind the API too. ``documented`` is the page.
    """

    documented: str
    keys: frozenset[str] = frozenset()
    bodiless: frozenset[int] = frozenset()
    undecided_codes: tuple[str, ...] = ()

    def is_own(self, error: ProviderError) -> bool:
        """Whether the provider itself sent the answer."""
        if error.body_kind == BodyKind.EMPTY:
            return error.status in self.bodiless
        if error.body_kind == BodyKind.OBJECT:
            return not self.keys or bool(self.keys & error.body_keys)
        return error.body_kind == BodyKind.LIST and not self.keys

    def applied(self, error: ProviderError) -> Applied:
        """Whether a restore request that was answered like this may have been applied."""
        refused = 400 <= error.status < 500 and error.status not in UNDECIDED and self.is_own(error)
        if refused and self.undecided_codes and (error.provider_code or "").startswith(self.undecided_codes):
            refused = False
        return Applied.NO if refused else Applied.UNKNOWN


def refused_by_status(status: int) -> bool:
    """Whether the provider itself certainly refused a request that its own log shows with this status."""
    return 400 <= status < 500 and status not in UNDECIDED and status not in NEEDS_BODY

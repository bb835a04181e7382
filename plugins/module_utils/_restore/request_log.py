# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the provider's own log of requests says about a restore whose answer was lost.

An entry carries the attempt id of the request, which the record knows, so it is exactly this request. A request that
the log does not show may have arrived all the same.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from .._api.errors import AnswerUnreadable, CloudError, ProviderError
from .._providers.answers import refused_by_status
from .._providers.base import LoggedRequest
from .evidence import CLOCK_SKEW

if TYPE_CHECKING:
    from .restore import Restore

LATEST = timedelta(hours=2)
"""How long after it was sent a request is looked for: the provider may have got it late."""


class Logged(NamedTuple):
    """The answer that the log shows: accepted, or refused with this status."""

    accepted: bool
    status: int
    request_id: str | None = None


class RequestLog:
    """Reads the log until it shows the answer. ``readable`` is False where it cannot be read in this run."""

    def __init__(self, restore: Restore) -> None:
        self._restore = restore
        self.readable = restore.capabilities.logs_requests

    def look(self) -> Logged | None:
        """The answer to the requests of this restore, or None if the log does not show it. Raises nothing."""
        record = self._restore.record
        sent, latest = record.sent_time, record.last_sent_time
        # Another controller may have sent it, and its note has no more than the claim.
        wanted = (*record.attempt_ids, *((record.claim,) if record.claim else ()))
        if not self.readable or sent is None or latest is None:
            return None
        try:
            found = self._restore.provider.logged_restores(
                self._restore.facts.instance_id, wanted, sent - CLOCK_SKEW, latest + LATEST
            )
        except ProviderError as exc:
            # The token may lack the permission, which stays so during a run.
            self.readable = exc.status == 429 or exc.status >= 500
            return None
        except AnswerUnreadable:
            self.readable = False
            return None
        except CloudError:
            return None
        return _answer(record.attempt_ids, found)


def _answer(attempts: list[str], found: tuple[LoggedRequest, ...]) -> Logged | None:
    """Accepted if one request was, refused if all were, which takes that the ids of all are known."""
    for item in found:
        if 200 <= item.status < 300:
            return Logged(True, item.status, item.request_id)
    refusals = [_refusal([item for item in found if item.attempt == attempt]) for attempt in attempts]
    latest = refusals[-1] if refusals else None
    if latest is None or None in refusals:
        return None
    return Logged(False, latest.status, latest.request_id)


def _refusal(entries: list[LoggedRequest]) -> LoggedRequest | None:
    """The refusal of one request, if the log shows nothing else of it: a gateway may have sent it twice."""
    return entries[-1] if entries and all(refused_by_status(item.status) for item in entries) else None

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore whose answer was lost: look for it, adopt what is found, and never repeat it on a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.errors import Applied, CloudError, OutcomeUnknown, ProviderError
from .._api.models import PowerState
from .._record.record import Phase
from . import sending
from .evidence import EVIDENCE_SECONDS
from .result import RestoreStatus

if TYPE_CHECKING:
    from .restore import Restore

QUIET_SECONDS = 120.0
"""A restore that does not show this long after it was sent has neither begun nor is it queued."""
REPEAT_WITHIN = 3600.0
"""After this long it is not certain that a stopped instance has not run in between."""
HARMLESS = (
    "Or run again without on_unknown: an instance that stayed stopped is restored again, at the earliest two minutes "
    "after the first request, which does no harm."
)


def recover(restore: Restore) -> None:
    """Adopt the restore if it is found; else follow ``on_unknown``. Sends at most once more in a run.

    Raises OutcomeUnknown with what was seen.
    """
    resumed, record = not restore.sent_now, restore.record
    with restore.result.timed("restore"):
        against = _seen_running(restore) if resumed else None
        look = max(EVIDENCE_SECONDS, QUIET_SECONDS - _age(restore)) if resumed and not against else EVIDENCE_SECONDS
        accepted, work = restore.look_for_lost_restore(look)
    if accepted is not None:
        restore.accept(accepted)
        return
    if record.repeat_unsafe is None and (against or work):
        restore.enter(Phase.SENT, repeat_unsafe=against or work)
    on_unknown = restore.options.on_unknown
    if on_unknown == "accept":
        restore.result.unverified.append("that the restore was applied: on_unknown: accept assumes it")
        restore.enter(Phase.SETTLED, outcome=RestoreStatus.ACCEPTED_UNVERIFIED)
    elif resumed and (on_unknown == "restore" or restore.repeat_is_harmless()):
        with restore.result.timed("restore"):
            sending.send(restore)
    else:
        restore.store.release(restore.record)
        raise _outcome_unknown(restore)


def is_repeat_due(restore: Restore) -> bool:
    """Whether the first request is old enough to have shown, and recent enough to know what happened since."""
    return QUIET_SECONDS <= _age(restore) <= REPEAT_WITHIN


def _age(restore: Restore) -> float:
    """Seconds since the first request was sent."""
    sent = restore.record.sent_time
    return 0.0 if sent is None else (restore.now() - sent).total_seconds()


def _seen_running(restore: Restore) -> str | None:
    state = restore.facts.power_state
    if state in (None, PowerState.STOPPED) or not restore.record.was_stopped:
        return None
    return f"the instance was seen {state} after the restore was sent"


def _outcome_unknown(restore: Restore) -> CloudError:
    """The error for a restore that was sent and of which nothing more can be learned."""
    record, lost = restore.record, restore.lost_answer
    why = f" ({lost.message})" if lost else ""
    again = f"restore_id: {record.restore_id}"
    message = (
        f"the restore of {record.target} was sent at {record.sent_at} and its answer was lost{why}; whether it was "
        f"applied is unknown: {record.repeat_unsafe or restore.nothing_seen()}"
    )
    steps = (
        restore.where_to_check(),
        f"If it was restored, run again with {again} and on_unknown: accept.",
        f"If it was not, run again with {again} and on_unknown: restore.",
        *((HARMLESS,) if record.was_stopped and not record.repeat_unsafe else ()),
    )
    if isinstance(lost, ProviderError):
        return ProviderError(
            message,
            status=lost.status,
            provider_code=lost.provider_code,
            request_id=lost.request_id,
            error_code=OutcomeUnknown.error_code,
            next_steps=steps,
            applied=Applied.UNKNOWN,
        )
    return OutcomeUnknown(message, next_steps=steps)

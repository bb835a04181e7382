# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore whose answer was lost: look for it, adopt what is found, and never repeat it on a guess."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .._api.errors import Applied, CloudError, ProviderError, RestoreInDoubt
from .._api.models import Accepted, PowerState, iso
from .._record.record import Phase
from .evidence import EVIDENCE_SECONDS
from .request_log import Logged
from .result import RestoreSent, RestoreStatus

if TYPE_CHECKING:
    from .restore import Restore

LONGEST_LOOK = 120.0
"""How long a run looks for a lost restore at most, before it asks a person or a later run."""
REPEAT_WITHIN = 3600.0
"""After this long it is not certain that a stopped instance has not run in between."""


def recover(restore: Restore) -> None:
    """Adopt the restore if it is found; else follow ``on_unknown``. Sends at most once more in a run.

    Raises RestoreInDoubt with what was seen.
    """
    resumed = not restore.sent_now
    with restore.result.timed("restore"):
        against = _seen_running(restore, restore.facts.power_state) if resumed else None
        seconds = _seconds_to_look(restore, against) if resumed else EVIDENCE_SECONDS
        logged, accepted, work = restore.request_log.look(), None, None
        if logged is None:
            accepted, work = _look(restore, seconds)
            logged = None if accepted else restore.request_log.look()
    if logged is not None and logged.accepted:
        accepted = Accepted(request_id=logged.request_id)
    if accepted is not None:
        restore.accept(accepted)
        return
    if logged is not None:
        _end_refused(restore, logged)
        return
    against = against or _seen_running(restore, restore.power_now())
    if restore.record.repeat_unsafe is None and (against or work):
        restore.enter(Phase.SENT, repeat_unsafe=against or work)
    on_unknown = restore.options.on_unknown
    if on_unknown == "accept":
        restore.result.unverified.append("that the restore was applied: on_unknown: accept assumes it")
        restore.enter(Phase.SETTLED, outcome=RestoreStatus.ACCEPTED_UNVERIFIED)
        restore.in_doubt = False
    elif resumed and (on_unknown == "restore" or (is_repeat_due(restore) and restore.repeat_is_harmless())):
        restore.repeat()
    else:
        raise outcome_unknown(restore) from restore.lost_answer


def require_known(restore: Restore) -> None:
    """In check mode: raises RestoreInDoubt unless the provider's log shows that another controller's was accepted."""
    logged = restore.request_log.look()
    if logged is None or not logged.accepted:
        raise outcome_unknown(restore)


def _end_refused(restore: Restore, logged: Logged) -> None:
    """The restore was refused, so it is sent again like a first one, or this run fails with the refusal."""
    if not restore.sent_now and restore.options.on_unknown != "accept":
        restore.begin_again()
        return
    request = f" (request {logged.request_id})" if logged.request_id else ""
    refusal = ProviderError(
        f"the restore of {restore.record.target} was refused with status {logged.status}{request}: its answer was "
        "lost, and the provider's own log of requests shows this",
        status=logged.status,
        request_id=logged.request_id,
        applied=Applied.NO,
        next_steps=("Correct the cause, and run again with the same restore_id and without on_unknown: accept.",),
    )
    restore.enter(Phase.FAILED, error_code=refusal.error_code)
    restore.in_doubt, restore.result.restore_sent = False, RestoreSent.REFUSED
    raise refusal


def _look(restore: Restore, seconds: float) -> tuple[Accepted | None, str | None]:
    try:
        return restore.look_for_lost_restore(seconds)
    except CloudError:
        if restore.options.on_unknown == "fail":
            raise
        # A person has decided, and needs no evidence.
        return None, None


def is_repeat_due(restore: Restore) -> bool:
    """Whether the latest request is old enough to have shown, and the first one recent enough."""
    return _age(restore) >= restore.quiet_seconds and _age(restore, restore.record.sent_time) <= REPEAT_WITHIN


def _seconds_to_look(restore: Restore, against: str | None) -> float:
    """Until the quiet time is over, if this run waits for that."""
    left = 0.0 if against or restore.record.repeat_unsafe else restore.quiet_seconds - _age(restore)
    return min(LONGEST_LOOK, left) if EVIDENCE_SECONDS < left <= LONGEST_LOOK else EVIDENCE_SECONDS


def _age(restore: Restore, sent: datetime | None = None) -> float:
    """Seconds since a request was sent, by default the latest one."""
    sent = sent or restore.record.last_sent_time
    return 0.0 if sent is None else (restore.now() - sent).total_seconds()


def _seen_running(restore: Restore, state: PowerState | None) -> str | None:
    if state in (None, PowerState.STOPPED) or not restore.record.was_stopped:
        return None
    return f"the instance was seen {state} after the restore was sent"


def _retry_at(restore: Restore) -> datetime | None:
    """When a later run may know more, or repeat the restore by itself if the instance stays stopped until then."""
    record = restore.record
    if restore.store.is_lost(record):
        return restore.store.held_until(record)
    if not record.was_stopped or record.repeat_unsafe or not restore.may_repeat:
        return None
    sent = record.last_sent_time or restore.now()
    return sent + timedelta(seconds=restore.quiet_seconds)


def outcome_unknown(restore: Restore) -> RestoreInDoubt:
    """The error for a restore that was sent and of which nothing more can be learned. Later runs may continue it."""
    record = restore.record
    again = f"restore_id: {record.restore_id}"
    restore.result.restore_sent = RestoreSent.UNKNOWN
    restore.result.retry_at = retry_at = _retry_at(restore)
    lost = f" ({restore.lost_answer.message})" if restore.lost_answer else ""
    if restore.store.is_lost(record):
        what = (
            f"another controller claimed the restore of {record.target} at {record.claimed_at} and noted no end{lost}"
        )
        first = f"If that controller may still be at work, run again after {iso(retry_at)}."
    else:
        what = f"the restore of {record.target} was sent at {record.sent_at} and its answer was lost{lost}"
        first = f"Run again after {iso(retry_at)} without on_unknown: an instance that stays stopped is restored again."
    return RestoreInDoubt(
        f"{what}; whether it was applied is unknown: {record.repeat_unsafe or restore.nothing_seen()}",
        next_steps=(
            *((first,) if retry_at else ()),
            restore.where_to_check(),
            f"If it was restored, run again with {again} and on_unknown: accept.",
            f"If it was not, run again with {again} and on_unknown: restore.",
        ),
    )

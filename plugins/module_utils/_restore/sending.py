# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending the restore request, and what each answer to it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.clock import Deadline
from .._api.errors import Applied, CloudError, NotSent, OutOfTime, ProviderError, TlsFailed
from .._api.models import Accepted, iso
from .._api.wait import pauses
from .._providers.base import RestoreRequest
from .._record.record import UNKNOWN_ATTEMPT, Phase, new_claim
from .._task.waiting import POLL_SECONDS
from .result import RestoreSent

if TYPE_CHECKING:
    from .restore import Restore

CONTRADICTION_SECONDS = 60.0
"""How long a 409 is retried after our own stop, although the instance reads as stopped."""


def send(restore: Restore) -> None:
    """Send the request once. The record then is ``accepted``, or still ``sent`` if that is in doubt.

    The record says ``sent`` before the request leaves. A definite refusal of a first request makes the record
    ``failed`` and is raised. After a repeat only an acceptance ends the doubt.
    """
    repeat = restore.in_doubt
    try:
        restore.before_sending()
    except CloudError as exc:
        restore.fail(exc)
        raise
    _record_sending(restore, repeat)
    try:
        accepted = _send_until_answered(restore, _request(restore), repeat)
    except OutOfTime as exc:
        if not restore.in_doubt:
            refused = restore.refused
            restore.result.restore_sent = RestoreSent.REFUSED if refused else RestoreSent.NO
        restore.lost_answer = exc
        restore.fail(exc)
        if restore.in_doubt:
            return
        raise
    except CloudError as exc:
        explained = _with_newer_snapshots(restore, exc)
        restore.lost_answer = explained
        if exc.applied == Applied.UNKNOWN:
            restore.in_doubt = restore.result.changed = True
        if restore.in_doubt:
            return
        refused = restore.refused or isinstance(exc, ProviderError)
        restore.result.restore_sent = RestoreSent.REFUSED if refused else RestoreSent.NO
        restore.fail(exc)
        raise explained from exc
    restore.answered_now = True
    restore.accept(accepted)


def _record_sending(restore: Restore, repeat: bool) -> None:
    record, now, attempt = restore.record, iso(restore.now()), _new_attempt(restore)
    if repeat:
        attempts = " ".join((*(record.attempt_ids or (UNKNOWN_ATTEMPT,)), attempt))
        restore.enter(Phase.SENT, repeated_at=now, attempts=attempts)
    else:
        restore.enter(Phase.SENT, sent_at=now, attempts=attempt, operations_before=restore.operations_before)
    restore.sent_now, restore.result.restore_sent = True, RestoreSent.UNKNOWN


def _new_attempt(restore: Restore) -> str:
    # By the claim, a controller that knows no more than that finds the request in the provider's log.
    return f"{restore.record.claim or new_claim()}{new_claim()}"


def _renewed(restore: Restore, request: RestoreRequest) -> RestoreRequest:
    """The request to send after one that was refused for now or not sent, under an id of its own."""
    if not restore.capabilities.logs_requests:
        return request
    attempt = _new_attempt(restore)
    restore.enter(Phase.SENT, attempts=" ".join((*restore.record.attempt_ids[:-1], attempt)))
    return request._replace(attempt=attempt)


def _request(restore: Restore) -> RestoreRequest:
    late = restore.capabilities.restore_answers_late
    return RestoreRequest(
        restore.facts.instance_id,
        restore.facts.snapshot_id,
        new_instance_name=restore.options.new_vm_name,
        force=restore.options.provider_force,
        timeout=restore.deadline.left() if late else None,
        attempt=restore.record.attempt_ids[-1],
    )


def _send_until_answered(restore: Restore, request: RestoreRequest, repeat: bool) -> Accepted:
    between = pauses(POLL_SECONDS, restore.runtime.uniform)
    contradiction = Deadline(CONTRADICTION_SECONDS, restore.runtime)
    while True:
        pause = next(between)
        try:
            return restore.provider.restore(request)
        except NotSent as exc:
            if isinstance(exc, TlsFailed) or restore.deadline.passed():
                raise
        except ProviderError as exc:
            if exc.status not in (409, 429) or exc.applied == Applied.UNKNOWN or (exc.status == 409 and repeat):
                raise
            restore.refused = True
            if exc.status == 429:
                pause = exc.retry_after or pause
                if pause >= restore.deadline.left():
                    raise
            elif not restore.stopped_now or not restore.conflict_may_pass(not contradiction.passed()):
                raise restore.explain_conflict(exc) from exc
        restore.deadline.check("sending the restore")
        restore.deadline.pause(pause)
        restore.before_sending_again()
        request = _renewed(restore, request)


def _with_newer_snapshots(restore: Restore, exc: CloudError) -> CloudError:
    """The refusal, with the newer snapshots that may have caused it: some platforms restore only the newest."""
    newer = newer_snapshots(restore)
    if not newer or not isinstance(exc, ProviderError) or exc.status not in (400, 409, 422):
        return exc
    names = ", ".join(newer[:5])
    advice = (
        f"If the provider restores only the newest snapshot, delete {names} with the module snapshot "
        "(state: absent) and run again with safety_snapshot: never."
    )
    return exc.with_context(detail=f"newer snapshots exist: {names}", next_steps=(*exc.next_steps, advice))


def newer_snapshots(restore: Restore) -> list[str]:
    """Names of the snapshots that are newer than the one to restore, our safety snapshot included."""
    facts, safety = restore.facts, restore.record.safety_snapshot
    created = facts.snapshot.created_at if facts.snapshot else None
    listed = facts.listed.snapshots if facts.listed else ()
    names = [item.name for item in listed if created and item.created_at and item.created_at > created]
    return [*names, safety] if safety and safety not in names else names

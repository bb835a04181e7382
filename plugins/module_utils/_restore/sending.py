# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending the restore request, and what each answer to it means."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .._api.clock import Deadline
from .._api.errors import AnswerLost, AnswerUnreadable, Applied, CloudError, NotSent, ProviderError, TlsFailed
from .._api.models import Accepted, iso
from .._api.wait import pauses
from .._providers.base import RestoreRequest
from .._record.record import Phase
from .._task.waiting import POLL_SECONDS

if TYPE_CHECKING:
    from .restore import Restore

CLOCK_RESOLUTION = timedelta(seconds=2)
CONTRADICTION_SECONDS = 60.0
"""How long a 409 is retried after our own stop, although the instance reads as stopped."""


def send(restore: Restore) -> None:
    """Send the request once. The record then is ``accepted``, or still ``sent`` if the answer was lost.

    The record says ``sent`` before the request leaves. A refusal makes the record ``failed`` and is raised.
    """
    now = restore.now() - CLOCK_RESOLUTION
    restore.enter(Phase.SENT, sent_at=restore.record.sent_at or iso(now))
    restore.sent_now = True
    facts, late = restore.facts, restore.capabilities.restore_answers_late
    request = RestoreRequest(
        facts.instance_id,
        facts.snapshot_id,
        new_instance_name=restore.options.new_vm_name,
        force=restore.options.provider_force,
        timeout=restore.deadline.left() if late else None,
    )
    try:
        accepted = _send_until_answered(restore, request)
    except (AnswerLost, AnswerUnreadable, ProviderError) as exc:
        if exc.applied == Applied.UNKNOWN:
            restore.result.changed = True
            restore.lost_answer = exc
            return
        restore.fail(exc)
        raise _with_newer_snapshots(restore, exc) from exc
    except CloudError as exc:
        restore.fail(exc)
        raise
    restore.answered_now = True
    restore.accept(accepted)


def _send_until_answered(restore: Restore, request: RestoreRequest) -> Accepted:
    between = pauses(POLL_SECONDS, restore.runtime.uniform)
    contradiction = Deadline(CONTRADICTION_SECONDS if restore.record.stopped_by_us else 0.0, restore.runtime)
    while True:
        try:
            return restore.provider.restore(request)
        except NotSent as exc:
            if isinstance(exc, TlsFailed) or restore.deadline.passed():
                raise
        except ProviderError as exc:
            if exc.status != 409:
                raise
            if not restore.conflict_may_pass(not contradiction.passed()):
                raise restore.explain_conflict(exc) from exc
        restore.deadline.check("sending the restore")
        restore.deadline.pause(next(between))


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

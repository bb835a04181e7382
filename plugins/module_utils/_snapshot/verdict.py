# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a list says of one snapshot: how old it is, how long it lasts, and whether it could be restored now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .._api.models import Gate, Instance, PowerState, Snapshot, iso
from .._providers.base import Capabilities
from .age import hours_since

ON = (PowerState.RUNNING, PowerState.STARTING)


def listed_snapshot(
    snapshot: Snapshot, instance: Instance | None, gate: Gate, capabilities: Capabilities, now: datetime
) -> dict[str, Any]:
    """The snapshot as a result. ``now`` is the provider's time, ``gate`` what it says about restores of the instance.

    ``can_restore`` is None where nothing speaks against it and the provider does not say.
    """
    can_restore, reason = _verdict(snapshot, gate, now)
    if can_restore is not False and capabilities.must_be_stopped and instance and instance.power_state in ON:
        reason = f"the instance is {instance.power_state} and must be stopped first"
    return {
        **snapshot.to_result(),
        "instance_name": instance.name if instance else None,
        "age_hours": hours_since(snapshot, now),
        "expires_in_hours": _hours_left(snapshot, now),
        "can_restore": can_restore,
        "reason": reason,
    }


def may_be_restored(snapshot: Snapshot, now: datetime) -> bool:
    """Whether nothing that the list says of the snapshot itself rules out a restore."""
    return _verdict(snapshot, Gate(), now)[0] is not False


def _verdict(snapshot: Snapshot, gate: Gate, now: datetime) -> tuple[bool | None, str | None]:
    if snapshot.restorable is False:
        return False, f"its status is {snapshot.status}"
    if snapshot.expires_at is not None and snapshot.expires_at <= now:
        return False, f"it expired at {iso(snapshot.expires_at)}"
    if gate.allowed is False:
        code = f" [{gate.code}]" if gate.code else ""
        return False, f"the provider does not allow a restore now{code}: {gate.reason or 'no reason given'}"
    if gate.allowed or snapshot.restorable:
        return True, None
    return None, "the provider does not say whether it would accept a restore"


def _hours_left(snapshot: Snapshot, now: datetime) -> float | None:
    """Zero once it has expired."""
    if snapshot.expires_at is None:
        return None
    return max(0.0, round((snapshot.expires_at - now).total_seconds() / 3600, 2))

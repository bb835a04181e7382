# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The power state after a restore in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.errors import CloudError
from .._api.models import Instance, PowerState
from .._power.machine import PowerChange
from .evidence import End
from .preflight import merge_power
from .safety_snapshot import check_survival

if TYPE_CHECKING:
    from .in_place import InPlace

LAG_SECONDS = 300.0
"""How long to wait until a provider whose power state lags behind has looked after the end of the restore."""


def set_power(restore: InPlace, end: End) -> None:
    """Bring about the power state asked for, and report it."""
    _warn(restore, end)
    check_survival(restore)
    instance = end.instance or _last_reading(restore, end)
    wanted = _wanted(restore, end)
    if wanted and (instance is None or instance.power_state != wanted):
        instance = _bring_to(restore, wanted)
    known = restore.facts.instance
    restore.result.instance = known if instance is None else merge_power(known, instance)
    restore.result.power_state = instance.power_state if instance else None


def _wanted(restore: InPlace, end: End) -> PowerState | None:
    """The power state to bring about. Without evidence of the end only an explicit ``started`` counts."""
    wish = restore.options.power_after
    if wish == "started":
        return PowerState.RUNNING
    if not end.verified:
        return None
    wanted = {"previous": restore.record.previous_power_state, "stopped": PowerState.STOPPED}.get(wish)
    if wanted == PowerState.STOPPED and not _saw_the_end(restore):
        restore.result.warnings.append(
            "The power state was left as it is: the instance may have been started since the restore ended."
        )
        return None
    return wanted


def _saw_the_end(restore: InPlace) -> bool:
    """Whether this run watched the restore end: only then it is known that no person started the instance since."""
    return restore.answered_now or restore.saw_it_run


def _bring_to(restore: InPlace, wanted: PowerState) -> Instance:
    starts = wanted == PowerState.RUNNING
    restore.announce("starting" if starts else "stopping", restore.instance_name)
    with restore.result.timed("start" if starts else "stop"):
        instance, warnings = restore.machine.bring_to(PowerChange(wanted))
    restore.result.warnings.extend(warnings)
    return instance


def _warn(restore: InPlace, end: End) -> None:
    wish, warnings = restore.options.power_after, restore.result.warnings
    if not end.verified:
        more = "" if wish == "started" else " It was not started."
        warnings.append(
            f"The provider accepted the restore and gave no evidence of its end; check before relying on it.{more}"
        )
    elif wish == "previous" and restore.record.previous_power_state is None:
        warnings.append("The previous power state is unknown, so the instance was not started.")


def _last_reading(restore: InPlace, end: End) -> Instance | None:
    """A reading from after the end of the restore, as far as the provider says when it looked."""
    ended = end.operation.finished_at if end.operation else None
    machine = restore.machine.at_most(LAG_SECONDS)
    try:
        return machine.patience.poll(
            machine.read,
            lambda item: ended is None or item.power_state_at is None or item.power_state_at >= ended,
            "waiting for the power state after the restore",
        )
    except CloudError as exc:
        restore.result.unverified.append(f"the power state after the restore ({exc.message})")
        return None

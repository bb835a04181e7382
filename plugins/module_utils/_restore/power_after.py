# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The power state after a restore in place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .._api.errors import AnswerLost, CloudError
from .._api.models import Instance, PowerState
from .._power.machine import ACTIONS, TOWARDS, PowerChange
from .._record.record import Phase
from .evidence import End
from .options import Until
from .preflight import merge_power
from .safety_snapshot import check_survival

if TYPE_CHECKING:
    from .in_place import InPlace

STOP_WITHIN = timedelta(minutes=15)
"""How long after the end of a restore a later run still stops an instance that the provider left running."""


def set_power(restore: InPlace, end: End) -> bool:
    """Bring about the power state asked for and report it; False if ``until`` ends the run before that."""
    _warn(restore, end)
    check_survival(restore)
    instance = end.instance or _last_reading(restore)
    wanted = _wanted(restore, end)
    if wanted and (instance is None or instance.power_state != wanted):
        if restore.options.until == Until.SETTLED:
            return False
        if restore.options.until == Until.STARTING:
            if restore.record.asked_power != wanted:
                restore.enter(Phase.SETTLED, asked_power=wanted)
                _request(restore, wanted)
            return False
        instance = _bring_to(restore, wanted)
    known = restore.facts.instance
    restore.result.instance = known if instance is None else merge_power(known, instance)
    restore.result.power_state = instance.power_state if instance else None
    return True


def _wanted(restore: InPlace, end: End) -> PowerState | None:
    """The power state to bring about. Without evidence of the end only an explicit ``started`` counts."""
    wish = restore.options.power_after
    if wish == "started":
        return PowerState.RUNNING
    if not end.verified:
        return None
    wanted = {"previous": restore.record.previous_power_state, "stopped": PowerState.STOPPED}.get(wish)
    if wanted == PowerState.STOPPED and not _provider_left_it_running(restore):
        return None
    return wanted


def _provider_left_it_running(restore: InPlace) -> bool:
    """Only then it is stopped again: a person may have started it since the restore ended."""
    record = restore.record
    if record.asked_power == PowerState.STOPPED or restore.end is not None:
        return True
    recent = record.updated_time is None or restore.now() - record.updated_time < STOP_WITHIN
    return record.left_power == PowerState.RUNNING and recent


def _bring_to(restore: InPlace, wanted: PowerState) -> Instance:
    change = PowerChange(wanted, asked=restore.record.asked_power == wanted)
    starts = wanted == PowerState.RUNNING
    restore.announce("starting" if starts else "stopping")
    with restore.result.timed("start" if starts else "stop"):
        instance, warnings = restore.machine.bring_to(change)
    restore.result.warnings.extend(warnings)
    return instance


def _request(restore: InPlace, wanted: PowerState) -> None:
    """Send the power request without waiting; the next run waits."""
    try:
        restore.machine.request(ACTIONS[wanted], wanted)
    except AnswerLost as exc:
        text = f"the answer to the power request was lost; the next run checks it: {exc.message}"
        restore.result.warnings.append(text)
    restore.result.power_state = TOWARDS[wanted]


def _warn(restore: InPlace, end: End) -> None:
    wish, warnings = restore.options.power_after, restore.result.warnings
    if not end.verified:
        more = "" if wish == "started" else " It was not started."
        warnings.append(
            f"The provider accepted the restore and gave no evidence of its end; check before relying on it.{more}"
        )
    elif wish == "previous" and restore.record.previous_power_state is None:
        warnings.append("The previous power state is unknown, so the instance was not started.")


def _last_reading(restore: InPlace) -> Instance | None:
    try:
        return restore.machine.read()
    except CloudError as exc:
        restore.result.unverified.append(f"the power state after the restore ({exc.message})")
        return None

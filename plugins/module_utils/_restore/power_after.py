# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a restore: the power state it shall have, and the last line of the record."""

from __future__ import annotations

from .._api.errors import AnswerLost, CloudError
from .._api.models import Instance, PowerState
from .._power.power import ACTIONS, TOWARDS, PowerChange, bring_to, request
from .._record.record import Phase, Record
from .context import Run
from .evidence import Settled
from .options import Facts, Until
from .result import RestoreStatus
from .safety_snapshot import check_survival


def finish(run: Run, facts: Facts, record: Record, settled: Settled) -> None:
    """Start the instance if asked and allowed, read it once more and write ``done``, as far as ``until`` goes."""
    report, instance = run.report, settled.instance
    report.changed = True
    report.status = RestoreStatus.RESTORED if settled.verified else RestoreStatus.ACCEPTED_UNVERIFIED
    _warn(run, record, settled)
    if run.provider.capabilities.creates_instance:
        report.instance = instance or report.instance
    else:
        check_survival(run, facts, record)
        instance = instance or _last_reading(run, facts)
        wanted = _wanted_power(run, record, settled)
        if wanted and (instance is None or instance.power_state != wanted):
            if run.options.until == Until.SETTLED:
                return
            if run.options.until == Until.STARTING:
                if record.asked_power != wanted:
                    run.save(record, Phase.SETTLED, asked_power=wanted)
                    _ask_for(run, facts, wanted)
                return
            instance = _bring(run, facts, record, wanted)
        report.instance = _with_power(facts.instance, instance)
    report.power_state = instance.power_state if instance else None
    run.save(record, Phase.DONE)


def _wanted_power(run: Run, record: Record, settled: Settled) -> PowerState | None:
    """The power state to bring about; without proof of the end only what was asked for in any case."""
    wish = run.options.power_after
    if wish == "started":
        return PowerState.RUNNING
    if not settled.verified:
        return None
    return {"previous": record.previous_power_state, "stopped": PowerState.STOPPED}.get(wish)


def _bring(run: Run, facts: Facts, record: Record, wanted: PowerState) -> Instance:
    change = PowerChange(wanted, asked=record.asked_power == wanted)
    run.waits("starting" if wanted == PowerState.RUNNING else "stopping")
    with run.report.timed("start" if wanted == PowerState.RUNNING else "stop"):
        instance, warnings = bring_to(run.provider, facts.instance_id, change, run.patience)
    run.report.warnings.extend(warnings)
    return instance


def _warn(run: Run, record: Record, settled: Settled) -> None:
    wish, warnings = run.options.power_after, run.report.warnings
    if not settled.verified:
        left_stopped = wish != "started" and not run.provider.capabilities.creates_instance
        more = " It was not started." if left_stopped else ""
        warnings.append(
            f"The provider accepted the restore and gave no evidence of its end; check before relying on it.{more}"
        )
    elif wish == "previous" and record.previous_power_state is None and not run.provider.capabilities.creates_instance:
        warnings.append("The former power state is not known, so that the instance was not started.")


def _ask_for(run: Run, facts: Facts, wanted: PowerState) -> None:
    try:
        request(run.provider, facts.instance_id, ACTIONS[wanted], wanted)
    except AnswerLost as exc:
        run.report.warnings.append(f"the answer to the power action was lost; the next run looks: {exc.message}")
    run.report.power_state = TOWARDS[wanted]


def _last_reading(run: Run, facts: Facts) -> Instance | None:
    try:
        return run.provider.read_power(facts.instance_id)
    except CloudError as exc:
        run.report.unverified.append(f"the power state after the restore ({exc.message})")
        return None


def _with_power(known: Instance | None, reading: Instance | None) -> Instance | None:
    if known is None or reading is None:
        return known or reading
    return known._replace(
        power_state=reading.power_state,
        power_state_raw=reading.power_state_raw,
        power_state_at=reading.power_state_at,
    )

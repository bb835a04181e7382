# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider's own schedule of snapshots: read, write once, read back."""

from __future__ import annotations

from typing import Any

from .._api.errors import Applied, CloudError, InvalidOption, OutcomeUnknown, OutOfTime, ProviderError, Unsupported
from .._api.models import Schedule, ScheduleReading
from .._providers.base import Provider
from .._task import validation
from .._task.outcome import Outcome, reporting_changes
from .._task.refusal import Refusal, Refused
from .._task.resolve import require_instance
from .._task.session import READ_SECONDS, Context, open_provider
from .._task.waiting import Patience

LOOK_SECONDS = 30.0
"""How long to look for the effect of a request."""


def schedule_task(context: Context, outcome: Outcome) -> None:
    """The task of the module ``snapshot_schedule``: the schedule of one instance present or absent."""
    result, params = outcome.result, context.params
    result.update(schedule=None, limits=None, instance=None)
    present, hours = params.get("state") != "absent", params.get("interval_hours")
    problems = validation.line("instance", str(params["instance"]))
    if present == (hours is None):
        problems.append("interval_hours is required with state: present, and cannot be used with state: absent")
    provider = open_provider(context, READ_SECONDS, problems)
    shortest, longest = _range(provider)
    if hours is not None and not shortest <= hours <= longest:
        raise InvalidOption([f"interval_hours must be {shortest} to {longest}, not {hours}"])
    found = require_instance(provider, str(params["instance"]), params.get("expected_instance_name"))
    result["instance"] = found.thing.to_result() if found.thing else None
    outcome.warnings.extend(f"Could not be verified: {text}" for text in found.unverified)
    reading = provider.read_schedule(found.id or "")
    result["limits"] = {
        "total_snapshots": reading.limit,
        "min_interval_hours": shortest,
        "max_interval_hours": longest,
    }
    _show(outcome, reading.schedule)
    change = _Change(context, outcome, provider, found.id or "", hours)
    if change.needed(reading.schedule):
        change.make(reading)


def _range(provider: Provider) -> tuple[int, int]:
    """The shortest and the longest interval in hours; raises Unsupported where there is no schedule."""
    hours = provider.capabilities.schedule_hours
    if hours is None:
        raise Unsupported(
            f"{provider.spec.label} publishes no snapshot schedule",
            next_steps=(
                "Run the modules snapshot (with prefix) and snapshot_prune from a timer, such as cron, systemd or a "
                "schedule in AWX.",
            ),
        )
    return hours


def _show(outcome: Outcome, schedule: Schedule | None) -> None:
    outcome.result["schedule"] = schedule.to_result() if schedule else None


class _Change:
    """A change of the schedule; ``hours`` is the wanted interval, None to delete the schedule."""

    def __init__(
        self, context: Context, outcome: Outcome, provider: Provider, instance_id: str, hours: int | None
    ) -> None:
        self.context, self.outcome, self.provider = context, outcome, provider
        self.instance_id, self.hours = instance_id, hours

    def needed(self, schedule: Schedule | None) -> bool:
        """Whether the schedule is not as wanted, or it cannot be told. One that is not enabled counts as absent."""
        on = schedule is not None and schedule.enabled is not False
        if self.hours is None:
            return on
        return not on or schedule is None or schedule.interval_hours != self.hours

    def make(self, reading: ScheduleReading) -> None:
        doing = f"{'deleting' if self.hours is None else 'setting'} the snapshot schedule of {self.instance_id}"
        gate = reading.can_enable
        if self.hours is not None and gate.allowed is False:
            code = f" [{gate.code}]" if gate.code else ""
            text = f"the provider does not allow a schedule now{code}: {gate.reason or 'no reason given'}"
            raise Refused(
                doing, [Refusal("change_not_allowed", text, "Fix what the provider reports, then run again.")]
            )
        planned = None if self.hours is None else Schedule(enabled=True, interval_hours=float(self.hours))
        self.outcome.diff = {"before": _shown(reading.schedule), "after": _shown(planned)}
        if self.context.check_mode:
            self.outcome.result["changed"] = True
            _show(self.outcome, planned)
            return
        with reporting_changes(self.outcome, self.provider):
            self._write(doing)

    def _write(self, doing: str) -> None:
        lost = False
        try:
            if self.hours is None:
                self.provider.delete_schedule(self.instance_id)
            else:
                self.provider.write_schedule(self.instance_id, self.hours)
        except CloudError as exc:
            gone = self.hours is None and isinstance(exc, ProviderError) and exc.status == 404
            if not gone and exc.applied == Applied.NO:
                raise
            lost = not gone
        try:
            self._read_back(doing)
        except OutOfTime as exc:
            raise self._not_seen(doing, lost) from exc

    def _read_back(self, doing: str) -> None:
        patience = Patience(self.provider.transport.deadline, self.context.runtime).at_most(LOOK_SECONDS)
        reading = patience.poll(lambda: self.provider.read_schedule(self.instance_id), self._is_made, doing)
        _show(self.outcome, reading.schedule)
        if self.needed(reading.schedule):
            self.outcome.warnings.append("Could not be verified: the interval, which the provider does not show")

    def _is_made(self, reading: ScheduleReading) -> bool:
        schedule = reading.schedule
        hidden = self.hours is not None and schedule is not None and schedule.interval_hours is None
        return not self.needed(schedule) or (hidden and schedule is not None and schedule.enabled is not False)

    def _not_seen(self, doing: str, lost: bool) -> CloudError:
        if lost:
            return OutcomeUnknown(
                f"the answer to {doing} was lost, and the provider does not show the change",
                next_steps=("Run again: the request can be repeated without harm.",),
            )
        return CloudError(
            f"{doing}: the provider accepted the request, and still shows another schedule",
            error_code="not_applied",
            next_steps=("Run again. If it persists, check the schedule in the provider's console.",),
        )


def _shown(schedule: Schedule | None) -> dict[str, Any]:
    on = schedule is not None and schedule.enabled is not False
    return {"interval_hours": schedule.interval_hours if schedule and on else None}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words for people: the plan, the diff, and what to do when the outcome is unknown."""

from __future__ import annotations

from typing import Any

from .._api.errors import MAYBE_APPLIED, CloudError, ProviderError
from .._api.models import PowerState, iso
from .._record.record import Phase, Record
from .context import Run
from .options import Facts, Until

HARMLESS = (
    "Or run again without on_unknown: an instance that has stayed stopped is restored again, two minutes after the "
    "first time at the earliest, which does no harm."
)


def describe_plan(run: Run, facts: Facts, previous: str | None, record: Record | None = None) -> list[str]:
    """The steps that lie ahead, in order, for a fresh restore or from the phase of a record."""
    phase, until = record.phase if record else Phase.CLAIMED, run.options.until
    in_place = not run.provider.capabilities.creates_instance
    snapshot = facts.snapshot.name if facts.snapshot else facts.snapshot_id
    steps: list[str] = []
    if phase in (Phase.CLAIMED, Phase.STOPPING):
        if will_stop(run, facts):
            steps.append(f"stop instance {facts.instance_id}")
        if until == Until.STOPPING:
            return steps
        if run.options.safety_snapshot != "never" and in_place:
            steps.append(f"take a safety snapshot of instance {facts.instance_id}")
        where = f"instance {facts.target}" if in_place else f"a new instance named {facts.target!r}"
        steps.append(f"restore snapshot {snapshot} to {where}")
    elif phase == Phase.SENT:
        steps.append("look for the restore whose answer was lost")
    if phase != Phase.SETTLED and until not in (Until.STOPPING, Until.ACCEPTED):
        steps.append("wait until the restore has ended")
    wish = run.options.power_after
    if in_place and until in (Until.STARTING, Until.DONE):
        if wish == "started" or (wish == "previous" and previous == PowerState.RUNNING):
            steps.append(f"start instance {facts.instance_id}")
        elif wish == "stopped" and not (will_stop(run, facts) or facts.power_state == PowerState.STOPPED):
            steps.append(f"stop instance {facts.instance_id}")
    return steps


def will_stop(run: Run, facts: Facts) -> bool:
    """Whether a running instance is stopped before the restore."""
    capabilities, options = run.provider.capabilities, run.options
    wanted = options.stop == "always" or (options.stop == "if_required" and capabilities.must_be_stopped)
    return wanted and not capabilities.creates_instance and facts.power_state != PowerState.STOPPED


def describe_diff(run: Run, facts: Facts, previous: str | None) -> dict[str, Any]:
    """``before`` and ``after`` for ``--diff``: the disk, the hours of writes lost, the power, the cost."""
    now = run.provider.transport.provider_now()
    created = facts.snapshot.created_at if facts.snapshot else None
    whose = {"before_header": _title(run, facts), "after_header": _title(run, facts)}
    name = facts.snapshot.name if facts.snapshot else facts.snapshot_id
    taken = f"as of {iso(created)}" if created else "as of an unknown time"
    if run.provider.capabilities.creates_instance:
        price = facts.hourly_price
        cost = f"{price[0]:g} {price[1]} an hour" if price else "billed from the first minute, price not read"
        after = {"instance": f"{facts.target} (new)", "disk": f"snapshot {name}, {taken}", "cost": cost}
        return {"before": {"instance": None, "disk": None, "cost": None}, "after": after, **whose}
    lost = f"{(now - created).total_seconds() / 3600:.1f}" if created else "unknown"
    left = (
        PowerState.STOPPED
        if run.provider.capabilities.must_be_stopped or run.options.stop == "always"
        else "as the provider leaves it"
    )
    after = {"started": PowerState.RUNNING, "stopped": PowerState.STOPPED, "previous": previous or left}
    power = after.get(run.options.power_after, left)
    return {
        "before": {"disk": f"as of {iso(now)} (now)", "hours_of_writes_lost": "0", "power": facts.power_state},
        "after": {"disk": f"snapshot {name}, {taken}", "hours_of_writes_lost": lost, "power": power},
        **whose,
    }


def _title(run: Run, facts: Facts) -> str:
    name = facts.instance.name if facts.instance and facts.instance.name else facts.target
    return f"{name} ({run.provider.spec.name})"


def outcome_unknown(run: Run, facts: Facts, record: Record, lost: CloudError | None) -> CloudError:
    """The error for a restore that was sent and of which nothing more can be learned."""
    creates = run.provider.capabilities.creates_instance
    power = run.report.power_state or facts.power_state or "unknown"
    if record.repeat_unsafe:
        seen = record.repeat_unsafe
    elif creates:
        seen = "the instances cannot be listed" if facts.name_unverified else f"no instance is named {facts.target!r}"
    else:
        seen = f"no operation of it was found, and the instance reads as {power}"
    why = f" ({lost.message})" if lost else ""
    again = f"restore_id: {record.restore_id}"
    message = (
        f"the restore of {record.target} was sent at {record.sent_at} and its answer was lost{why}; whether it was "
        f"applied is unknown: {seen}"
    )
    hold = "; do not start it before" if power == PowerState.STOPPED else ""
    steps = (
        f"Look at {record.target} in the provider's console{hold}."
        if not creates
        else "Look in the provider's console for the new instance.",
        f"If it was restored, run again with {again} and on_unknown: accept.",
        f"If it was not, run again with {again} and on_unknown: restore.",
        *((HARMLESS,) if record.was_stopped and not creates and not record.repeat_unsafe else ()),
    )
    if isinstance(lost, ProviderError):
        return ProviderError(
            message,
            status=lost.status,
            provider_code=lost.provider_code,
            request_id=lost.request_id,
            error_code="outcome_unknown",
            next_steps=steps,
            applied=MAYBE_APPLIED,
        )
    return CloudError(message, error_code="outcome_unknown", next_steps=steps, applied=MAYBE_APPLIED)

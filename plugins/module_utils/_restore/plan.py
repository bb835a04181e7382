# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a restore and its diff, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.models import PowerState, iso
from .._record.record import Phase, Record
from .preflight import Facts

if TYPE_CHECKING:
    from .in_place import InPlace
    from .restore import Restore

BEFORE_SENDING = (Phase.CLAIMED, Phase.STOPPING)


def steps_in_place(restore: InPlace, record: Record | None, previous: PowerState | None) -> list[str]:
    """The steps that lie ahead, in order."""
    phase, facts = record.phase if record else Phase.CLAIMED, restore.facts
    steps: list[str] = []
    if phase in BEFORE_SENDING:
        if restore.will_stop():
            steps.append(f"stop instance {facts.instance_id}")
        if restore.options.safety_snapshot != "never":
            steps.append(f"take a safety snapshot of instance {facts.instance_id}")
    steps += send_and_wait(restore, phase, f"instance {facts.target}")
    return steps + _power_step(restore, previous) if restore.options.wait else steps


def send_and_wait(restore: Restore, phase: Phase, where: str) -> list[str]:
    """The steps from the request to the end of the restore."""
    steps: list[str] = []
    if phase in BEFORE_SENDING:
        steps.append(f"restore snapshot {_snapshot_name(restore.facts)}{_chosen(restore)} to {where}")
    elif phase == Phase.SENT:
        steps.append("look for the restore whose answer was lost")
        if restore.options.on_unknown == "restore":
            steps.append(f"if it is not found, restore snapshot {_snapshot_name(restore.facts)} to {where} again")
        elif restore.options.on_unknown == "accept":
            steps.append("if it is not found, assume that it was applied")
    if phase != Phase.SETTLED and restore.options.wait:
        steps.append("wait until the restore has ended")
    return steps


def _power_step(restore: InPlace, previous: PowerState | None) -> list[str]:
    wish, instance_id = restore.options.power_after, restore.facts.instance_id
    if wish == "started" or (wish == "previous" and previous == PowerState.RUNNING):
        return [f"start instance {instance_id}"]
    runs = not restore.will_stop() and restore.facts.power_state != PowerState.STOPPED
    return [f"stop instance {instance_id}"] if wish == "stopped" and runs else []


def diff_in_place(restore: InPlace, previous: PowerState | None) -> dict[str, object]:
    """The disk, the hours of writes lost and the power state, before and after."""
    facts, options, now = restore.facts, restore.options, restore.now()
    created = facts.snapshot.created_at if facts.snapshot else None
    lost = f"{(now - created).total_seconds() / 3600:.1f}" if created else "unknown"
    stays_off = restore.capabilities.must_be_stopped or options.stop == "always"
    left = PowerState.STOPPED if stays_off else "as the provider leaves it"
    power = {"started": PowerState.RUNNING, "stopped": PowerState.STOPPED, "previous": previous or left}
    return {
        "before": {"disk": f"as of {iso(now)} (now)", "hours_of_writes_lost": "0", "power": facts.power_state},
        "after": {
            "disk": _disk(facts),
            "hours_of_writes_lost": lost,
            "power": power.get(options.power_after, left),
        },
        **_headers(restore),
    }


def diff_new_instance(restore: Restore) -> dict[str, object]:
    """The new instance, its disk and its cost."""
    facts = restore.facts
    price = facts.hourly_price
    cost = f"{price[0]:g} {price[1]} an hour" if price else "billed from the first minute, price not read"
    return {
        "before": {"instance": None, "disk": None, "cost": None},
        "after": {"instance": f"{facts.target} (new)", "disk": _disk(facts), "cost": cost},
        **_headers(restore),
    }


def _snapshot_name(facts: Facts) -> str:
    return facts.snapshot.name if facts.snapshot else facts.snapshot_id


def _chosen(restore: Restore) -> str:
    """What the snapshot is, where the options do not name it."""
    snapshot, description = restore.facts.snapshot, restore.options.description
    return f" of {iso(snapshot.created_at)}, {description}," if snapshot and description else ""


def _disk(facts: Facts) -> str:
    created = facts.snapshot.created_at if facts.snapshot else None
    taken = f"as of {iso(created)}" if created else "as of an unknown time"
    return f"snapshot {_snapshot_name(facts)}, {taken}"


def _headers(restore: Restore) -> dict[str, str]:
    facts = restore.facts
    name = facts.instance.name if facts.instance and facts.instance.name else facts.target
    title = f"{name} ({restore.provider.spec.name})"
    return {"before_header": title, "after_header": title}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons to refuse a restore, from facts alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from .._api.models import Instance, PowerState, iso
from .._providers.base import Capabilities
from .._task.refusal import Refusal
from .options import RestoreOptions
from .preflight import Facts

ON = frozenset({PowerState.RUNNING, PowerState.STARTING, PowerState.STOPPING})
"""States in which an instance may write to its disk."""


def in_place(options: RestoreOptions, facts: Facts, now: datetime) -> list[Refusal]:
    """The reasons not to replace the disk of an instance; ``now`` is the provider's time."""
    return [*_common(options, facts, now), *_gate(facts), *_power(options, facts)]


def new_instance(capabilities: Capabilities, options: RestoreOptions, facts: Facts, now: datetime) -> list[Refusal]:
    """The reasons not to create a new instance; ``now`` is the provider's time."""
    return [
        *_common(options, facts, now),
        *_existing(options, facts),
        *_billing(capabilities, options),
        *_unlisted(options, facts),
        *_price(options, facts),
    ]


def _common(options: RestoreOptions, facts: Facts, now: datetime) -> Iterator[Refusal]:
    yield from _names(options, facts)
    yield from _snapshot(facts)
    yield from _age(options, facts, now)
    yield from _expiry(options, facts, now)


def _names(options: RestoreOptions, facts: Facts) -> Iterator[Refusal]:
    expected, actual = options.expected_instance_name, facts.instance.name if facts.instance else None
    if expected is None or expected == actual or (actual is None and not facts.unverified):
        return
    known = f"is named {actual!r}" if actual is not None else "has a name that cannot be read"
    yield Refusal(
        "instance_name_differs",
        f"the instance {known}, not {expected!r} as expected_instance_name demands",
        "Check that the option instance means the right instance.",
    )


def _snapshot(facts: Facts) -> Iterator[Refusal]:
    snapshot = facts.snapshot
    if snapshot is None:
        return
    if facts.instance_id and snapshot.instance_id and snapshot.instance_id != facts.instance_id:
        yield Refusal(
            "snapshot_of_other_instance",
            f"snapshot {snapshot.name!r} belongs to instance {snapshot.instance_id}, not to {facts.instance_id}",
            "Choose a snapshot of this instance; the module snapshot_info lists them.",
        )
    if snapshot.restorable is False:
        yield Refusal(
            "snapshot_not_restorable",
            f"snapshot {snapshot.name!r} has the status {snapshot.status!r} and cannot be restored",
            "Wait until the snapshot is complete, or choose another one.",
        )


def _age(options: RestoreOptions, facts: Facts, now: datetime) -> Iterator[Refusal]:
    if options.max_snapshot_age is None:
        return
    created = facts.snapshot.created_at if facts.snapshot else None
    if created is None:
        if not options.allow_unverified:
            yield Refusal(
                "snapshot_age_unknown",
                "max_snapshot_age is set and the age of the snapshot cannot be read",
                "Leave max_snapshot_age out, or set allow_unverified: true.",
            )
    elif now - created > timedelta(seconds=options.max_snapshot_age):
        hours = (now - created).total_seconds() / 3600
        yield Refusal(
            "snapshot_too_old",
            f"the snapshot is {hours:.1f} hours old ({iso(created)}), max_snapshot_age allows "
            f"{options.max_snapshot_age / 3600:.1f} hours",
            "Choose a newer snapshot, or raise max_snapshot_age.",
        )


def _expiry(options: RestoreOptions, facts: Facts, now: datetime) -> Iterator[Refusal]:
    expires = facts.snapshot.expires_at if facts.snapshot else None
    if not expires:
        return
    if expires <= now:
        yield Refusal("snapshot_expired", f"the snapshot expired at {iso(expires)}", "Choose another snapshot.")
    elif expires <= now + timedelta(seconds=options.wait_timeout):
        yield Refusal(
            "snapshot_expires_soon",
            f"the snapshot expires at {iso(expires)}, before the {options.wait_timeout:g} s of wait_timeout are over",
            "Choose a newer snapshot, or lower wait_timeout if the restore is quicker than that.",
        )


def _gate(facts: Facts) -> Iterator[Refusal]:
    gate = facts.can_restore
    if gate.allowed is False:
        code = f" [{gate.code}]" if gate.code else ""
        yield Refusal(
            "restore_not_allowed",
            f"the provider does not allow a restore now{code}: {gate.reason or 'no reason given'}",
            "Fix what the provider reports, or wait until its running work has ended.",
        )


def _power(options: RestoreOptions, facts: Facts) -> Iterator[Refusal]:
    if facts.power_state in ON and options.stop == "never":
        yield Refusal(
            "instance_running",
            f"instance {facts.instance_id} is {facts.power_state} and stop is never",
            "Set stop: always to stop it first, or stop it with the module instance_power.",
        )


def _existing(options: RestoreOptions, facts: Facts) -> Iterator[Refusal]:
    existing, name = facts.existing, options.new_vm_name
    if existing is None:
        return
    conflict = foreign_origin(existing, facts.snapshot_id, facts.snapshot.created_at if facts.snapshot else None)
    if conflict:
        yield _taken(f"instance {existing.id} named {name!r} {conflict}")
    elif existing.power_state == PowerState.ERROR:
        yield _taken(f"instance {existing.id} named {name!r} is in the state {existing.power_state_raw}")
    elif options.force:
        yield _taken(f"instance {existing.id} is named {name!r} already, and force cannot create another of this name")
    elif existing.origin is None and not options.allow_unverified and options.record != "provider":
        yield _taken(
            f"instance {existing.id} is named {name!r}, and neither the provider nor a record says that it was created "
            "from this snapshot"
        )


def used_name(options: RestoreOptions, facts: Facts) -> list[Refusal]:
    """Why a request now could create a second instance of the name: there is one, or that cannot be verified."""
    existing = facts.existing
    taken = [] if existing is None else [_taken(f"instance {existing.id} is named {options.new_vm_name!r} by now")]
    return [*taken, *_unlisted(options, facts)]


def _billing(capabilities: Capabilities, options: RestoreOptions) -> Iterator[Refusal]:
    if capabilities.bills_restore and not options.accept_billing:
        yield Refusal(
            "billing_not_accepted",
            "this restore creates a new instance that is billed from the first minute, and accept_billing is not set",
            "Set accept_billing: true.",
        )


def _unlisted(options: RestoreOptions, facts: Facts) -> Iterator[Refusal]:
    if not facts.name_unverified:
        return
    advice = "Set the path of the list in api_routes: {instance_list: ...}"
    if options.drill is not None:
        text = f"it cannot be verified {facts.name_unverified}; without that the instance of a drill is not deleted"
        yield Refusal("name_unverified", text, f"{advice}.")
    elif not options.allow_unverified:
        text = f"it cannot be verified {facts.name_unverified}; a second instance would double the bill"
        yield Refusal("name_unverified", text, f"{advice}, or set allow_unverified: true.")


def foreign_origin(instance: Instance, snapshot_id: str, not_before: datetime | None) -> str | None:
    """Why an instance cannot be the result of restoring this snapshot, or None when it may be.

    ``not_before`` is a time at which it cannot have existed yet: that of the snapshot, or of the request.
    """
    if instance.origin is not None and instance.origin != snapshot_id:
        return f"was created from snapshot {instance.origin}"
    if instance.from_snapshot is False:
        return "was not created from a snapshot"
    if instance.created_at and not_before and instance.created_at < not_before:
        return f"is older than that ({iso(instance.created_at)})"
    return None


def _taken(why: str) -> Refusal:
    return Refusal(
        "new_vm_name_taken",
        why,
        "Choose another new_vm_name, or delete that instance. With allow_unverified: true or record: provider an "
        "instance of unknown origin is adopted as the result of this restore.",
    )


def _price(options: RestoreOptions, facts: Facts) -> Iterator[Refusal]:
    if options.max_hourly_rate is None:
        return
    if facts.hourly_price is None:
        if not options.allow_unverified:
            yield Refusal(
                "price_unknown",
                "max_hourly_rate is set and the price cannot be read",
                "Leave max_hourly_rate out, or set allow_unverified: true.",
            )
    elif facts.hourly_price[0] > options.max_hourly_rate:
        amount, currency = facts.hourly_price
        yield Refusal(
            "price_too_high",
            f"the new instance costs {amount:g} {currency} an hour, max_hourly_rate allows {options.max_hourly_rate:g}",
            "Raise max_hourly_rate, or restore a smaller snapshot.",
        )

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing what was asked and provably nothing else: read, merge, re-read, write, read back, compare every field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .._api.errors import MAYBE_APPLIED, CloudError, OutcomeUnknown
from .._api.text import cut, quoted
from .._providers.base import Capabilities, Metadata, Provider
from .._task import validation
from .._task.refusal import Refusal
from .tags import combine, same

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
HARDWARE = ("size", "location", "image")
BILLING_CYCLES = (
    *("free", "one_time", "hourly", "monthly", "quarterly"),
    *("semi_annually", "annually", "biennially", "triennially"),
)
"""The nine values of the one published schema that has the field (operation replace_instance)."""


class Difference(NamedTuple):
    """A field of the provider's object that is not what it was; ``field`` is a dotted path."""

    field: str
    before: Any
    after: Any

    def to_result(self) -> dict[str, Any]:
        return {"field": self.field, "before": self.before, "after": self.after}

    def __str__(self) -> str:
        return f"{self.field} from {_short(self.before)} to {_short(self.after)}"


class MetadataError(CloudError):
    """A change that was not made, or not as requested; ``differences`` lists the fields."""

    def __init__(self, message: str, next_step: str, differences: list[Difference]) -> None:
        super().__init__(message, next_steps=(next_step,))
        self.differences = differences


class ChangedMeanwhile(MetadataError):
    """Someone else changed the object between the two reads; nothing was written."""

    error_code = "changed_meanwhile"


class UnexpectedChange(MetadataError):
    """The provider changed fields that were not requested."""

    error_code = "unexpected_change"
    applied = MAYBE_APPLIED


class NotApplied(MetadataError):
    """The provider answered the write with success, and a requested field still has another value."""

    error_code = "not_applied"
    applied = MAYBE_APPLIED


def unsupported(
    label: str, capabilities: Capabilities, asked: Mapping[str, Any], owners: Mapping[str, list[str]]
) -> list[Refusal]:
    """Refusals for fields this provider cannot change; ``owners`` says by field which providers can."""
    found = []
    for name in asked:
        if name in capabilities.metadata_fields:
            continue
        others = ", ".join(owners.get(name, [])) or "no provider"
        found.append(
            Refusal(
                "unsupported_field",
                f"{label} publishes no way to change {name} ({others} can)",
                f"Leave {name} out and change it in {label}'s console.",
            )
        )
    return found


def hardware(capabilities: Capabilities, asked: Mapping[str, Any]) -> list[Refusal]:
    """Refusals for size, location and image, which are not metadata, with the provider's own words."""
    words = f": {capabilities.hardware_words}" if capabilities.hardware_words else ""
    return [
        Refusal(
            "hardware_field",
            f"{name} is hardware, not metadata{words}",
            f"Leave {name} out; resize or reinstall in the provider's console.",
        )
        for name in HARDWARE
        if name in asked
    ]


def option_problems(asked: Mapping[str, Any]) -> list[str]:
    """Problems of the values by the published lengths and enumerations, before any request."""
    found: list[str] = []
    for name, longest in (("name", 255), ("hostname", 255), ("os_name", 100)):
        if name in asked:
            value = asked[name]
            found += validation.line(name, value, longest) if isinstance(value, str) else [f"{name} cannot be cleared"]
    cycle = asked.get("billing_cycle", BILLING_CYCLES[0])
    if cycle not in BILLING_CYCLES:
        found.append(f"billing_cycle must be one of {', '.join(BILLING_CYCLES)}, not {cycle!r}")
    vpc = asked.get("vpc")
    if vpc is not None and not _UUID.fullmatch(str(vpc)):
        found.append(f"vpc must be the id of a VPC (a UUID) or null, not {quoted(vpc)}")
    return found


def plan(capabilities: Capabilities, found: Metadata, asked: Mapping[str, Any], tags_mode: str) -> dict[str, Any]:
    """The fields that differ from what is asked, with their new values; raises TagsRefused."""
    changes: dict[str, Any] = {}
    for name, value in asked.items():
        now = found.values.get(name)
        wanted = combine(now, value, tags_mode) if name == "tags" else value
        if not _equal(capabilities, name, now, wanted):
            changes[name] = wanted
    return changes


def apply(
    provider: Provider, instance_id: str, found: Metadata, changes: Mapping[str, Any], warnings: list[str]
) -> Metadata:
    """Write the changes and prove the result; gives what is there now, and adds to the warnings.

    Raises ChangedMeanwhile, UnexpectedChange or NotApplied, and OutcomeUnknown when the answer to the write was lost
    and the object reads as before.
    """
    fresh = provider.read_metadata(instance_id)
    _require_unchanged(provider.capabilities, instance_id, found, fresh)
    return write_and_prove(provider, instance_id, fresh, changes, warnings)


def write_and_prove(
    provider: Provider, instance_id: str, fresh: Metadata, changes: Mapping[str, Any], warnings: list[str]
) -> Metadata:
    """Write changes to what has just been read; raises as ``apply`` but for ``changed_meanwhile``."""
    lost: CloudError | None = None
    try:
        warnings += provider.write_metadata(instance_id, fresh, changes)
    except CloudError as exc:
        if exc.applied != MAYBE_APPLIED:
            raise
        lost = exc
    try:
        after = provider.read_metadata(instance_id)
    except CloudError as exc:
        raise exc.with_context(f"the change of instance {instance_id} was sent, and reading it back failed") from exc
    try:
        _prove(provider.capabilities, instance_id, fresh, after, changes)
    except NotApplied:
        if lost is None:
            raise
        raise OutcomeUnknown(
            f"the answer to the change of instance {instance_id} was lost ({lost.message}), and it reads as before",
            next_steps=("Run again: the instance is read first, and only what is missing is sent.",),
        ) from lost
    if lost is not None:
        warnings.append(f"the answer to the change was lost and the result was read instead: {lost.message}")
    return after


def _require_unchanged(capabilities: Capabilities, instance_id: str, found: Metadata, fresh: Metadata) -> None:
    meanwhile = list(_differences(found.raw, fresh.raw, _ignored(capabilities, stamp=True)))
    if meanwhile:
        raise ChangedMeanwhile(
            f"instance {instance_id} was changed by someone else just now: {_listed(meanwhile)}; nothing was written",
            "Run again: the new state is read first.",
            meanwhile,
        )


def _prove(
    capabilities: Capabilities, instance_id: str, before: Metadata, after: Metadata, changes: Mapping[str, Any]
) -> None:
    asked = frozenset(capabilities.metadata_fields[name] for name in changes)
    others = list(_differences(before.raw, after.raw, _ignored(capabilities) | asked))
    if others:
        raise UnexpectedChange(
            f"the provider changed more of instance {instance_id} than was requested: {_listed(others)}",
            "Check the instance in the provider's console at once, and report what its API did.",
            others,
        )
    missed = [
        Difference(name, wanted, after.values.get(name))
        for name, wanted in changes.items()
        if not _equal(capabilities, name, wanted, after.values.get(name))
    ]
    if missed:
        found = "; ".join(f"{item.field}: {_short(item.before)} and {_short(item.after)}" for item in missed)
        raise NotApplied(
            f"the provider did not apply the change of instance {instance_id}: requested and actual values are {found}",
            "Run again; if it fails again, the provider does not accept this value.",
            missed,
        )


def _equal(capabilities: Capabilities, name: str, one: Any, other: Any) -> bool:
    if name in capabilities.caseless_fields and isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return same(one, other)


def _ignored(capabilities: Capabilities, *, stamp: bool = False) -> frozenset[str]:
    """What may differ between two readings; with ``stamp`` the stamp of a change may not."""
    return frozenset(name for name in capabilities.live_fields if not (stamp and name == capabilities.change_stamp))


def _differences(before: Any, after: Any, ignored: frozenset[str], path: str = "") -> Iterator[Difference]:
    """Every field that differs, except those of ``ignored`` (dotted paths) and what lies below them."""
    if path in ignored:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            below = f"{path}.{key}" if path else str(key)
            if key not in before or key not in after:
                if below not in ignored:
                    yield Difference(below, before.get(key), after.get(key))
            else:
                yield from _differences(before[key], after[key], ignored, below)
    elif not same(before, after):
        yield Difference(path, before, after)


def _listed(differences: list[Difference]) -> str:
    return "; ".join(str(item) for item in differences[:8]) + ("; and more" if len(differences) > 8 else "")


def _short(value: Any) -> str:
    return cut(repr(value), 80)

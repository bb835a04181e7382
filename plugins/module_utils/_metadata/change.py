# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes the requested fields and proves that nothing else changed: read, merge, write, read back, compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .._api.errors import MAYBE_APPLIED, CloudError, OutcomeUnknown, ProviderError
from .._api.text import cut, quoted
from .._api.wait import pauses
from .._providers.base import Capabilities, Metadata, MetadataField, Provider, ProviderSpec
from .._providers.registry import SPECS
from .._task import validation
from .._task.refusal import Refusal
from .._task.waiting import POLL_SECONDS
from .tags import combine, same


class Difference(NamedTuple):
    """A field of the provider's object with two values; ``field`` is a dotted path."""

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


def unsupported(spec: ProviderSpec, requested: Mapping[str, Any]) -> list[Refusal]:
    """Refusals for fields that this provider cannot change."""
    return [
        Refusal(
            "unsupported_field",
            f"{spec.label} publishes no way to change {name} ({_others(name) or 'no provider'} can)",
            f"Remove {name} and change it in {spec.label}'s console.",
        )
        for name in requested
        if name not in spec.capabilities.metadata_fields
    ]


def _others(name: str) -> str:
    return ", ".join(spec.label for spec in SPECS.values() if name in spec.capabilities.metadata_fields)


def value_problems(fields: Mapping[str, MetadataField], requested: Mapping[str, Any]) -> list[str]:
    """Problems of the values under the provider's rules, before any request."""
    problems: list[str] = []
    for name, value in requested.items():
        field = fields.get(name)
        if field is None:
            # unsupported() refuses these, and names the providers that can.
            continue
        if value is None and not field.can_be_cleared:
            problems.append(f"{name} cannot be cleared")
        elif field.choices and value not in field.choices:
            problems.append(f"{name} must be one of {', '.join(field.choices)}, not {quoted(value)}")
        elif field.rule and isinstance(value, str):
            wrong = validation.line(name, value, field.rule.longest)
            problems += wrong or validation.named(name, value, field.rule)
    return problems


def plan(capabilities: Capabilities, current: Metadata, requested: Mapping[str, Any], tags_mode: str) -> dict[str, Any]:
    """The fields that differ from what is requested, with their new values; raises TagsRefused."""
    changes: dict[str, Any] = {}
    for name, value in requested.items():
        now = current.values.get(name)
        wanted = combine(now, value, tags_mode) if name == "tags" else value
        if not _equal(capabilities, name, now, wanted):
            changes[name] = wanted
    return changes


def apply(
    provider: Provider, instance_id: str, current: Metadata, changes: Mapping[str, Any], warnings: list[str]
) -> Metadata:
    """Write the changes and prove the result; returns the metadata as read afterwards, and adds to ``warnings``.

    Raises ChangedMeanwhile, UnexpectedChange or NotApplied, and OutcomeUnknown when the answer to the write was lost
    and the object reads as before.
    """
    fresh = provider.read_metadata(instance_id)
    _require_unchanged(provider.capabilities, instance_id, current, fresh)
    return write_and_prove(provider, instance_id, fresh, changes, warnings)


def write_and_prove(
    provider: Provider, instance_id: str, fresh: Metadata, changes: Mapping[str, Any], warnings: list[str]
) -> Metadata:
    """Write changes to what has just been read; raises what ``apply`` raises."""
    lost: CloudError | None = None
    try:
        warnings += _write(provider, instance_id, fresh, changes)
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


def _write(provider: Provider, instance_id: str, fresh: Metadata, changes: Mapping[str, Any]) -> list[str]:
    """Write what has just been read. While the provider refuses it for now (429), wait, read again and compare."""
    transport = provider.transport
    between = pauses(POLL_SECONDS, transport.runtime.uniform)
    while True:
        try:
            return provider.write_metadata(instance_id, fresh, changes)
        except ProviderError as exc:
            pause = exc.retry_after or next(between)
            if exc.status != 429 or exc.applied == MAYBE_APPLIED or pause >= transport.deadline.left():
                raise
        transport.deadline.pause(pause)
        _require_unchanged(provider.capabilities, instance_id, fresh, provider.read_metadata(instance_id))


def _require_unchanged(capabilities: Capabilities, instance_id: str, before: Metadata, fresh: Metadata) -> None:
    meanwhile = list(_differences(before.raw, fresh.raw, _ignored(capabilities, stamp=True)))
    if meanwhile:
        raise ChangedMeanwhile(
            f"instance {instance_id} was changed by someone else just now: {_listed(meanwhile)}; nothing was written",
            "Run again: the new state is read first.",
            meanwhile,
        )


def _prove(
    capabilities: Capabilities, instance_id: str, before: Metadata, after: Metadata, changes: Mapping[str, Any]
) -> None:
    requested = frozenset(capabilities.metadata_fields[name].field for name in changes)
    others = list(_differences(before.raw, after.raw, _ignored(capabilities) | requested))
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
        values = "; ".join(f"{item.field}: {_short(item.before)} and {_short(item.after)}" for item in missed)
        raise NotApplied(
            f"the provider did not apply the change of instance {instance_id} (requested and actual value): {values}",
            "Run again; if it fails again, the provider does not accept this value.",
            missed,
        )


def _equal(capabilities: Capabilities, name: str, one: Any, other: Any) -> bool:
    if capabilities.metadata_fields[name].ignores_case and isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return same(one, other)


def _ignored(capabilities: Capabilities, *, stamp: bool = False) -> frozenset[str]:
    """Fields that may differ between two reads; with ``stamp``, the change stamp is not one of them."""
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

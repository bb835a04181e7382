# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

from .._api.errors import InvalidOption, ProviderError
from .._providers.base import Metadata, Provider
from .._providers.registry import SPECS
from .._task import validation
from .._task.outcome import Outcome, reporting_changes
from .._task.refusal import Refusal, Refused
from .._task.resolve import canonical_id, is_id, name_refusals, require_instance
from .._task.session import READ_SECONDS, Context, open_provider
from . import change
from .tags import TagsRefused

_FIELDS = [item for spec in SPECS.values() for item in spec.capabilities.metadata_fields.items()]
FIELDS = tuple(dict.fromkeys(name for name, dummy in _FIELDS))
"""The options that are metadata, of any provider."""
CLEARABLE = frozenset(name for name, field in _FIELDS if field.can_be_cleared)


def choices(option: str) -> list[str]:
    """The values that any provider accepts for an option, in the order of the provider's page."""
    return list(dict.fromkeys(value for name, field in _FIELDS if name == option for value in field.choices))


def metadata_task(context: Context, outcome: Outcome) -> None:
    """The task of the module ``instance_metadata``: change the requested fields and nothing else."""
    outcome.result.update(instance=None, metadata=None, unexpected_changes=[])
    params = context.params
    given = {name: params.get(name) for name in FIELDS if name in context.given}
    # null in a field that cannot be cleared is the same as leaving it out.
    requested = {name: value for name, value in given.items() if value is not None or name in CLEARABLE}
    problems = validation.line("instance", str(params["instance"]))
    if requested.get("tags") is not None:
        requested["tags"] = _json_of(requested["tags"], problems)
    _check_fields(str(params.get("provider")), requested, problems)
    provider = open_provider(context, READ_SECONDS, problems)
    instance_id, current = _read(provider, str(params["instance"]), params.get("expected_instance_name"))
    _report(outcome, current)
    try:
        changes = change.plan(provider.capabilities, current, requested, str(params.get("tags_mode") or "merge"))
    except TagsRefused as exc:
        raise Refused(f"changing {instance_id}", [Refusal("tags_refused", str(exc), exc.step)]) from None
    if not changes:
        return
    _refuse_changes(current, changes, instance_id)
    before = {name: current.values.get(name) for name in changes}
    outcome.diff = {"before": before, "after": dict(changes)}
    provider.require_writable_metadata(current)
    if context.check_mode:
        outcome.result["changed"] = True
        _report(outcome, current.changed(changes))
        return
    try:
        with reporting_changes(outcome, provider):
            after = change.apply(provider, instance_id, current, changes, outcome.warnings)
    except change.MetadataError as exc:
        outcome.result["unexpected_changes"] = [item.to_result() for item in exc.differences]
        raise
    _report(outcome, after)


def _json_of(given: Any, problems: list[str]) -> Any:
    """Tags as the JSON they will be sent as; ad hoc ``-a 'tags=[...]'`` arrives as text."""
    try:
        tags = json.loads(given if isinstance(given, str) else json.dumps(given))
        json.dumps(tags, allow_nan=False)
    except (TypeError, ValueError):
        problems.append("tags must be a list, a dictionary or null, and JSON")
        return []
    if tags is not None and not isinstance(tags, (list, dict)):
        problems.append("tags must be a list, a dictionary or null")
    return tags


def _check_fields(provider: str, requested: dict[str, Any], problems: list[str]) -> None:
    """What is refused before any request: values that the provider does not accept, and fields it cannot change."""
    spec = SPECS.get(provider)
    if spec is None:
        return
    problems += change.value_problems(spec.capabilities.metadata_fields, requested)
    if problems:
        return
    if not requested:
        raise InvalidOption([f"nothing to do: set at least one of {', '.join(FIELDS)}"])
    refusals = change.unsupported(spec, requested)
    if refusals:
        raise Refused("changing metadata", refusals)


def _read(provider: Provider, wanted: str, expected: Any) -> tuple[str, Metadata]:
    """The id and the metadata; one GET where the instance is given by id and its name need not be known."""
    if not is_id(provider, wanted) or (expected is not None and not provider.capabilities.metadata_names_instance):
        instance_id = require_instance(provider, wanted, expected).id or ""
        return instance_id, provider.read_metadata(instance_id)
    instance_id = canonical_id(provider, wanted)
    try:
        current = provider.read_metadata(instance_id)
    except ProviderError as exc:
        if exc.status == 404:
            # Refuses an instance that does not exist; otherwise the route does not.
            require_instance(provider, wanted, expected)
        raise
    refusals = name_refusals(current.instance, expected)
    if refusals:
        raise Refused(f"using instance {wanted}", refusals)
    return instance_id, current


def _refuse_changes(current: Metadata, changes: dict[str, Any], instance_id: str) -> None:
    """Raise Refused for what the provider itself says it does not allow now."""
    gate = current.can_change
    refusals = []
    if gate.allowed is False:
        code = f" [{gate.code}]" if gate.code else ""
        refusals.append(
            Refusal(
                "change_not_allowed",
                f"the provider does not allow the change now{code}: {gate.reason or 'no reason given'}",
                "Fix what the provider reports, then run again.",
            )
        )
    for name, rule in current.rules.items():
        if name in changes and not rule.accepts(changes[name]):
            text = f"{name} {changes[name]!r} is not valid: the provider accepts {rule.description}"
            refusals.append(Refusal("metadata_invalid", text, f"Correct the option {name}."))
    if refusals:
        raise Refused(f"changing {instance_id}", refusals)


def _report(outcome: Outcome, current: Metadata) -> None:
    outcome.result["instance"] = current.instance.to_result()
    outcome.result["metadata"] = {name: current.values.get(name) for name in FIELDS}

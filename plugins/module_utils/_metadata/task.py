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
from .._task.resolve import is_id, require_instance
from .._task.session import READ_SECONDS, Context, open_provider
from . import change
from .tags import TagsRefused

LONGEST_HOSTNAME = 253
FIELDS = ("name", "hostname", "os_name", "billing_cycle", "vpc", "tags")


def metadata_task(context: Context, outcome: Outcome) -> None:
    """The task of the module ``instance_metadata``: the asked fields as asked, and nothing else changed."""
    outcome.result.update(instance=None, metadata=None, unexpected_changes=[])
    params = context.params
    given = {name: params.get(name) for name in (*FIELDS, *change.HARDWARE) if name in context.given}
    # Only these can be cleared; null elsewhere is the same as leaving the option out.
    asked = {name: value for name, value in given.items() if value is not None or name in ("vpc", "tags")}
    problems = validation.reference("instance", str(params["instance"]))
    if asked.get("tags") is not None:
        asked["tags"] = _json_of(asked["tags"], problems)
    vpc = asked.get("vpc")
    if isinstance(vpc, str):
        asked["vpc"] = vpc.lower()
    problems += change.option_problems({name: asked[name] for name in asked if name in FIELDS})
    _refuse_early(str(params.get("provider")), asked, problems)
    provider = open_provider(context, READ_SECONDS, problems)
    instance_id, found = _read(provider, str(params["instance"]), params.get("expected_instance_name"))
    _report(outcome, found)
    try:
        changes = change.plan(provider.capabilities, found, asked, str(params.get("tags_mode") or "merge"))
    except TagsRefused as exc:
        raise Refused(f"changing {instance_id}", [Refusal("tags_refused", str(exc), exc.step)]) from None
    if not changes:
        return
    _refuse_late(provider, found, changes, instance_id)
    before = {name: found.values.get(name) for name in changes}
    outcome.diff = {"before": before, "after": dict(changes)}
    if context.check_mode:
        outcome.result["changed"] = True
        _report(outcome, found.changed(changes))
        return
    try:
        with reporting_changes(outcome, provider):
            after = change.apply(provider, instance_id, found, changes, outcome.warnings)
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


def _refuse_early(name: str, asked: dict[str, Any], problems: list[str]) -> None:
    """What is refused whatever the instance looks like, before any request."""
    spec = SPECS.get(name)
    if spec is None or problems:
        return
    owners: dict[str, list[str]] = {}
    for other in SPECS.values():
        for field in other.capabilities.metadata_fields:
            owners.setdefault(field, []).append(other.label)
    soft = {field: value for field, value in asked.items() if field not in change.HARDWARE}
    refusals = change.hardware(spec.capabilities, asked) + change.unsupported(
        spec.label, spec.capabilities, soft, owners
    )
    if not soft and not refusals:
        raise InvalidOption([f"nothing to do: set at least one of {', '.join(FIELDS)}"])
    if refusals:
        raise Refused("changing metadata", refusals)


def _read(provider: Provider, wanted: str, expected: Any) -> tuple[str, Metadata]:
    """One GET when the instance is given by id and no name is expected of it."""
    if is_id(provider, wanted) and (expected is None or provider.capabilities.metadata_names_instance):
        try:
            found = provider.read_metadata(wanted)
        except ProviderError as exc:
            if exc.status != 404:
                raise
            # Tells an unknown instance from an unknown route, and may find an instance of this name.
            other = require_instance(provider, wanted, expected).id or wanted
            if other == wanted:
                raise exc from None
            return other, provider.read_metadata(other)
        if expected is not None and found.instance.name != expected:
            require_instance(provider, wanted, expected)
        return wanted, found
    instance_id = require_instance(provider, wanted, expected).id or ""
    return instance_id, provider.read_metadata(instance_id)


def _refuse_late(provider: Provider, found: Metadata, changes: dict[str, Any], instance_id: str) -> None:
    gate = found.can_change
    refusals = []
    if gate.allowed is False:
        code = f" [{gate.code}]" if gate.code else ""
        refusals.append(
            Refusal(
                "change_not_allowed",
                f"the provider does not allow the change now{code}: {gate.reason or 'no reason given'}",
                "Resolve what the provider names, then run again.",
            )
        )
    rule, hostname = provider.capabilities.hostname_rule, changes.get("hostname")
    longest = found.longest or LONGEST_HOSTNAME
    if rule and hostname is not None and (len(hostname) > longest or not rule.accepts(hostname)):
        text = f"hostname {hostname!r} is not valid: {found.rule or rule.words}"
        refusals.append(Refusal("hostname_invalid", text, "Correct the option hostname."))
    if refusals:
        raise Refused(f"changing {instance_id}", refusals)


def _report(outcome: Outcome, found: Metadata) -> None:
    outcome.result["instance"] = found.instance.to_result()
    outcome.result["metadata"] = {name: found.values.get(name) for name in FIELDS}

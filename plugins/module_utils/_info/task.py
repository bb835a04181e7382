# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._providers.base import Capabilities, MetadataField, NameRule, ProviderSpec, RateLimit
from .._providers.registry import SPECS
from .._task import validation
from .._task.outcome import Outcome
from .._task.refusal import Refused
from .._task.resolve import complete_list, find_instance, require_instance
from .._task.session import READ_SECONDS, Context, open_provider


def instances_task(context: Context, outcome: Outcome) -> None:
    """The task of ``instance_info``: all instances, or the one that ``instance`` means; none is not an error."""
    outcome.result["instances"] = []
    wanted = context.params.get("instance")
    problems = validation.reference("instance", str(wanted)) if wanted is not None else []
    provider = open_provider(context, READ_SECONDS, problems)
    if wanted is None:
        outcome.result["instances"] = [item.to_result() for item in complete_list(provider)]
        return
    found = find_instance(provider, str(wanted))
    if found.refusal and not found.missing:
        raise Refused("reading instances", [found.refusal])
    if found.thing:
        outcome.result["instances"] = [found.thing.to_result()]
    outcome.warnings.extend(f"Could not be verified: {text}" for text in found.unverified)


def snapshots_task(context: Context, outcome: Outcome) -> None:
    """The task of ``snapshot_info``: the snapshots of an instance, and what the provider would accept now."""
    outcome.result.update(snapshots=[], instance=None, can_restore=None, can_create=None, snapshot_limit=None)
    wanted = context.params.get("instance")
    problems = validation.reference("instance", str(wanted)) if wanted is not None else []
    spec = SPECS.get(str(context.params.get("provider")))
    if wanted is None and spec and not spec.capabilities.lists_account_snapshots:
        problems.append(f"instance is required with provider {spec.name}, which lists snapshots by instance")
    provider = open_provider(context, READ_SECONDS, problems)
    instance_id = None
    if wanted is not None:
        found = require_instance(provider, str(wanted))
        instance_id = found.id
        outcome.result["instance"] = found.thing.to_result() if found.thing else None
        outcome.warnings.extend(f"Could not be verified: {text}" for text in found.unverified)
    listed = provider.list_snapshots(instance_id)
    outcome.result.update(
        snapshots=[item.to_result() for item in listed.snapshots],
        can_restore=listed.can_restore.to_result(),
        can_create=listed.can_create.to_result(),
        snapshot_limit=listed.limit,
    )


def providers_task(context: Context, outcome: Outcome) -> None:
    """The task of ``provider_info``: what is known about each provider; sends no request and needs no token."""
    outcome.result["providers"] = []
    wanted = context.params.get("provider")
    outcome.result["providers"] = [_describe(spec) for name, spec in SPECS.items() if wanted in (None, name)]


def _describe(spec: ProviderSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "label": spec.label,
        "api_url": spec.default_url,
        "environment": [spec.env_name(option) for option in ("api_token", "api_url", *spec.scope)],
        "required_options": list(spec.scope),
        "auth": {"header": spec.auth_header, "scheme": spec.auth_scheme, **_evidence(spec.auth_documented)},
        "token_scopes": dict(spec.token_scopes),
        "capabilities": _plain(spec.capabilities),
        "routes": [
            {
                "name": name,
                "method": route.method,
                "path": route.path,
                "note": route.note,
                **_evidence(route.documented),
            }
            for name, route in sorted(spec.routes.items())
        ],
        "unconfirmed": list(spec.unconfirmed),
    }


def _plain(value: Any) -> Any:
    """Named tuples as dictionaries, at any depth."""
    if isinstance(value, (Capabilities, NameRule, RateLimit, MetadataField)):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _evidence(page: str | None) -> dict[str, Any]:
    return {"evidence": "documented" if page else "assumed", "source": page}

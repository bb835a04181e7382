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
from .._task.resolve import complete_list, find_instance
from .._task.session import READ_SECONDS, Context, open_provider


def instances_task(context: Context, outcome: Outcome) -> None:
    """The task of ``instance_info``: all instances, or the one that ``instance`` means; none is not an error."""
    outcome.result["instances"] = []
    wanted = context.params.get("instance")
    problems = validation.line("instance", str(wanted)) if wanted is not None else []
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

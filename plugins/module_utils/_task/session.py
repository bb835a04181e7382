# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options and environment to a provider that is ready for requests."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from .._api.clock import Deadline, Runtime
from .._api.errors import InvalidOption, MissingLibrary
from .._api.redact import Redactor
from .._api.text import quoted
from .._api.transport import Connection, Transport, load_requests
from .._api.url import ApiUrl, parse_api_url, placeholders
from .._providers.base import Provider, ProviderSpec, account_name
from .._providers.registry import PROVIDERS, SPECS
from . import validation
from .rate_limit import open_limiter, requests_per_minute
from .run_by import RunBy, run_by

READ_SECONDS = 120.0
"""The deadline of a task that only reads."""
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_TEXT = re.compile(r"[\x20-\x7e]*")
_ROUTE_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|\{[a-z_]+\})*")


class Progress(NamedTuple):
    """What is waited for: ``restoring`` ``before-upgrade`` or ``stopping`` ``web1``, and the percentage if known."""

    doing: str
    what: str | None = None
    percent: float | None = None


@dataclass
class Context:
    """The input of a task: its options, the mode, the environment, the clock, and callbacks."""

    params: Mapping[str, Any]
    check_mode: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    runtime: Runtime = field(default_factory=Runtime)
    on_request: Callable[[str], None] = lambda line: None
    on_progress: Callable[[Progress], None] = lambda progress: None
    on_wait: Callable[[], None] = lambda: None
    """Called before each pause."""
    calls: Counter[str] = field(default_factory=Counter)
    redactor: Redactor = field(default_factory=lambda: Redactor(()))
    given: frozenset[str] = frozenset()
    """The options that the user set, also to null."""
    shared_state_dir: Path | None = None
    """The folder in which processes share the request budget of an account; None: not shared."""
    run_by: RunBy = field(default_factory=run_by)

    def __post_init__(self) -> None:
        plain, tell = self.runtime.sleep, self.on_progress

        def sleep(seconds: float) -> None:
            self.on_wait()
            plain(seconds)

        def masked(progress: Progress) -> None:
            # Progress is shown at once, before secrets are removed from the outcome.
            what = progress.what and self.redactor.text(progress.what)
            tell(progress._replace(what=what))

        self.runtime, self.on_progress = self.runtime._replace(sleep=sleep), masked


def open_provider(
    context: Context, seconds: float, problems: list[str], classes: Mapping[str, type[Provider]] = PROVIDERS
) -> Provider:
    """The provider that the options choose, with a deadline ``seconds`` from now.

    ``problems`` of the caller are reported together with those of the connection options. Raises InvalidOption with all
    of them. ``classes`` may name subclasses by provider.
    """
    params, environ = context.params, context.environ
    spec = _spec(context, problems)
    token, source = _token(spec, params, environ)
    context.redactor = Redactor([token])
    scope = {name: _option(spec, name, params, environ) for name in spec.scope}
    api_url = _api_url(spec, params, environ, problems)
    header = str(params.get("api_auth_header") or spec.auth_header)
    scheme = params.get("api_auth_scheme")
    scheme = spec.auth_scheme if scheme is None else str(scheme)
    overrides = {str(name): str(path) for name, path in (params.get("api_routes") or {}).items()}
    timeout = 30.0 if params.get("request_timeout") is None else float(params["request_timeout"])
    problems += _token_problems(spec, token, source) + _scope_problems(spec, scope, params)
    problems += _header_problems(header, scheme) + _route_problems(spec, overrides)
    problems += validation.positive("request_timeout", timeout)
    per_minute = requests_per_minute(params, environ, problems)
    verify = _verify(params, problems)
    if problems or api_url is None:
        raise InvalidOption([context.redactor.text(text) for text in problems])
    connection = Connection(
        api_url=api_url,
        auth_header=header,
        auth_value=f"{scheme} {token}" if scheme else token,
        token_source=source,
        request_timeout=timeout,
        verify=verify,
        reset_header=spec.reset_header,
    )
    deadline = Deadline(seconds, context.runtime)
    transport = Transport(
        connection, deadline, context.runtime, context.redactor, context.on_request, calls=context.calls
    )
    transport.limiter = open_limiter(context.shared_state_dir, spec, api_url.origin, token, per_minute, context.runtime)
    return classes[spec.name](transport, scope, overrides)


def read_account(context: Context, problems: list[str]) -> str:
    """``Provider.account`` of the account that the options choose, for a task that sends nothing and needs no token."""
    params, environ = context.params, context.environ
    spec = _spec(context, problems)
    context.redactor = Redactor([_token(spec, params, environ)[0]])
    scope = {name: _option(spec, name, params, environ) for name in spec.scope}
    api_url = _api_url(spec, params, environ, problems)
    problems += _scope_problems(spec, scope, params)
    if problems or api_url is None:
        raise InvalidOption([context.redactor.text(text) for text in problems])
    return account_name(api_url, scope)


def import_library() -> bool:
    """Import what the first request would import; False if it is not installed."""
    try:
        load_requests()
    except MissingLibrary:
        return False
    return True


def _spec(context: Context, problems: list[str]) -> ProviderSpec:
    given = context.params.get("provider")
    spec = SPECS.get(str(given))
    if spec is not None:
        return spec
    context.redactor = Redactor([str(context.params.get("api_token") or "").strip()])
    wrong = f"provider must be one of {', '.join(sorted(SPECS))}, not {quoted(given)}"
    raise InvalidOption([context.redactor.text(text) for text in (wrong, *problems)])


def _option(spec: ProviderSpec, name: str, params: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The option, or else the environment variable."""
    given = params.get(name)
    return str(given) if given is not None else environ.get(spec.env_name(name), "")


def _token(spec: ProviderSpec, params: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, str]:
    if params.get("api_token") is not None:
        return str(params["api_token"]).strip(), "the option api_token"
    name = spec.env_name("api_token")
    return environ.get(name, "").strip(), f"the environment variable {name}"


def _token_problems(spec: ProviderSpec, token: str, source: str) -> list[str]:
    if not token:
        return [f"no token for {spec.label}: set api_token or the environment variable {spec.env_name('api_token')}"]
    if not _HEADER_TEXT.fullmatch(token):
        return [f"the token from {source} contains characters that no HTTP header can carry"]
    return []


def _scope_problems(spec: ProviderSpec, scope: Mapping[str, str], params: Mapping[str, Any]) -> list[str]:
    problems = []
    for name, value in scope.items():
        if not value:
            problems.append(f"{spec.label} requires {name}: set it or the environment variable {spec.env_name(name)}")
        else:
            source = name if params.get(name) is not None else f"the variable {spec.env_name(name)}"
            problems += validation.plain_id(source, value)
    return problems


def _api_url(
    spec: ProviderSpec, params: Mapping[str, Any], environ: Mapping[str, str], problems: list[str]
) -> ApiUrl | None:
    text = _option(spec, "api_url", params, environ)
    if not text and params.get("api_url") is None:
        # An empty variable counts as not set. An empty option is a mistake that must not lead to the real API.
        text = spec.default_url
    try:
        return parse_api_url(text, allow_http=bool(params.get("api_allow_http")))
    except ValueError as exc:
        given = "api_url" if params.get("api_url") is not None else f"the variable {spec.env_name('api_url')}"
        problems.append(f"{given} {exc}")
        return None


def _header_problems(header: str, scheme: str) -> list[str]:
    problems = []
    if not _HEADER_NAME.fullmatch(header):
        problems.append(f"api_auth_header {quoted(header, 60)} is not the name of an HTTP header")
    if not _HEADER_TEXT.fullmatch(scheme):
        problems.append("api_auth_scheme contains characters that no HTTP header can carry")
    return problems


def _route_problems(spec: ProviderSpec, overrides: Mapping[str, str]) -> list[str]:
    problems = []
    for name, path in overrides.items():
        route = spec.routes.get(name)
        if route is None:
            problems.append(
                f"api_routes has no route {name!r} with {spec.label}, only {', '.join(sorted(spec.routes))}"
            )
            continue
        ids = route.ids(spec.scope)
        known = {*ids, *spec.scope, *(["id"] if ids else [])}
        unknown = set(placeholders(path)) - known
        dots = any(part in (".", "..") for part in path.split("/"))
        if not _ROUTE_PATH.fullmatch(path) or dots or path.startswith("//"):
            problems.append(f"api_routes {name}: {path!r} must be a path below api_url that starts with /")
        elif unknown:
            problems.append(
                f"api_routes {name} uses {{{min(unknown)}}}, this route has {', '.join(sorted(known)) or 'no ids'}"
            )
    return problems


def _verify(params: Mapping[str, Any], problems: list[str]) -> bool | str:
    if params.get("validate_certs") is False:
        return False
    path = params.get("ca_path")
    if path is None:
        return True
    if not os.path.exists(str(path)):
        problems.append(f"ca_path {path} does not exist")
    return str(path)

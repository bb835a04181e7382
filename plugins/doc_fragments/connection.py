# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.indiecloud.compute.plugins.module_utils._providers.base import ProviderSpec
from ansible_collections.indiecloud.compute.plugins.module_utils._providers.registry import (
    SCOPE_OPTIONS,
    SPECS,
    specs_with_scope,
)


def _either(items: Iterable[str]) -> str:
    *first, last = items
    return f"{', '.join(first)} or {last}" if first else last


def _variables(option: str, specs: Iterable[ProviderSpec]) -> str:
    return _either(f"E({spec.env_name(option)})" for spec in specs)


def _default(kind: str) -> str:
    """How the token is sent by default, and which providers do not publish it."""
    default = _either(sorted({f"C({getattr(spec, kind)})" for spec in SPECS.values()}))
    unpublished = [spec.label for spec in SPECS.values() if spec.auth_documented is None]
    assumed = f" {_either(unpublished)} does not publish it, so it is an assumption there." if unpublished else ""
    return f"The default is {default}.{assumed}"


def _scope(option: str) -> str:
    specs = specs_with_scope(option)
    return f"""
  {option}:
    description:
      - The id of the {specs[0].scope[option]}. Required for {_either(f"O(provider={spec.name})" for spec in specs)}.
      - If not set, the environment variable {_variables(option, specs)} is used.
    type: str"""


class ModuleDocFragment:
    """How to reach a provider. What depends on the providers comes from their specs."""

    # Annotated, because the yamllint test of ansible-core 2.15 reads plain assignments and takes no f-string.
    DOCUMENTATION: str = rf"""
options:
  provider:
    description:
      - The cloud provider.
      - The module M(indiecloud.compute.provider_info) lists what each provider supports.
    type: str
    required: true
    choices: [{", ".join(sorted(SPECS))}]
  api_token:
    description:
      - The API key or token.
      - If not set, the environment variable of the provider is used, {_variables("api_token", SPECS.values())}.
      - It is sent only to the origin of O(api_url) and appears in no result, log or error message.
    type: str
  api_url:
    description:
      - Base URL of the API. The paths of the routes are appended to it.
      - If not set, the environment variable of the provider is used, {_variables("api_url", SPECS.values())}.
      - If that is not set either, the default is {_either(f"V({spec.default_url})" for spec in SPECS.values())}.
    type: str
  api_allow_http:
    description:
      - Allow plain C(http) in O(api_url) to a host other than this one. The token can then be read in transit.
    type: bool
    default: false{"".join(map(_scope, SCOPE_OPTIONS))}
  request_timeout:
    description:
      - Timeout of a single API request, in seconds.
    type: float
    default: 30.0
  requests_per_minute:
    description:
      - Maximum number of requests per minute to the account, from 1 to 10000, over all tasks of this controller.
      - The default is the limit that the provider publishes; without one, requests are not limited. A limit per second
        changes in proportion.
      - Lower it if other controllers use the same account, for example to the limit divided by the number of slices of
        an AWX job. Raise it if the provider has agreed to more.
      - If not set, the environment variable E(INDIECLOUD_REQUESTS_PER_MINUTE) is used.
    type: int
  validate_certs:
    description:
      - Validate the TLS certificate of the API. Set this to V(false) for tests only; otherwise use O(ca_path).
    type: bool
    default: true
  ca_path:
    description:
      - Path of a file or directory of CA certificates to trust instead of the default ones.
    type: path
  api_routes:
    description:
      - 'Paths that replace the built-in ones, by route name, for example C({{instance_stop: "/vms/{{id}}/halt/"}}).'
      - The providers do not publish all routes. The module M(indiecloud.compute.provider_info) lists each route with its
        path, and whether it is documented or assumed.
    type: dict
  api_auth_header:
    description:
      - The HTTP header of the token. {_default("auth_header")}
    type: str
  api_auth_scheme:
    description:
      - The word before the token in the header; empty for none. {_default("auth_scheme")}
    type: str
requirements:
  - Python 3.9 or newer
  - The Python library requests
"""

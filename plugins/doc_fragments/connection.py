# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How to reach a provider."""

    DOCUMENTATION = r"""
options:
  provider:
    description:
      - The cloud to talk to.
      - The module M(indiecloud.compute.provider_info) tells what each of them can do.
    type: str
    required: true
    choices: [barrack, hostup, onetsolutions]
  api_token:
    description:
      - The API key or token.
      - When not set, the environment variable of the provider is used, E(BARRACK_API_TOKEN), E(HOSTUP_API_TOKEN) or
        E(ONETSOLUTIONS_API_TOKEN).
      - It is sent only to the origin of O(api_url) and appears in no result, log or error.
    type: str
  api_url:
    description:
      - Where the API lives. Routes are joined below its path.
      - When not set, the environment variable of the provider is used, E(BARRACK_API_URL), E(HOSTUP_API_URL) or
        E(ONETSOLUTIONS_API_URL), and without it V(https://barrack.ai/api), V(https://cloud.hostup.se) or
        V(https://api.onetsolutions.net).
    type: str
  api_allow_http:
    description:
      - Allow plain C(http) in O(api_url) to another machine than this one. The token is then readable on the way.
    type: bool
    default: false
  organization_id:
    description:
      - The organization, for O(provider=onetsolutions), which requires it.
      - When not set, the environment variable E(ONETSOLUTIONS_ORGANIZATION_ID) is used.
    type: str
  project_id:
    description:
      - The project, for O(provider=onetsolutions), which requires it.
      - When not set, the environment variable E(ONETSOLUTIONS_PROJECT_ID) is used.
    type: str
  request_timeout:
    description:
      - Seconds in which a request must be answered in full.
    type: float
    default: 30.0
  requests_per_minute:
    description:
      - How many requests the tasks of this controller may send with this account in any 60 seconds, 1 to 10000.
      - By default the limit that the provider publishes, which is shared by all forks and plays of this machine; for a
        provider that publishes none there is none. A limit per second is changed in the same proportion.
      - Lower it where other machines use the same account, for example to the limit divided by the number of slices
        of an AWX job. Raise it where the provider has agreed to more.
      - When not set, the environment variable E(INDIECLOUD_REQUESTS_PER_MINUTE) is used.
    type: int
  validate_certs:
    description:
      - Whether to check the certificate of the API. Do not turn this off outside of tests; use O(ca_path) instead.
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory of CA certificates to trust instead of the default ones.
    type: path
  api_routes:
    description:
      - 'Paths to use instead of the built-in ones, by route name, for example C({instance_stop: "/vms/{id}/halt/"}).'
      - Not all routes are published by the providers. The module M(indiecloud.compute.provider_info) lists each route
        with its path and whether it is documented or assumed.
    type: dict
  api_auth_header:
    description:
      - The HTTP header that carries the token. The default is C(Authorization).
      - Barrack does not publish its header, so its default is unconfirmed.
    type: str
  api_auth_scheme:
    description:
      - The word before the token in the header, empty for none. The default is C(Bearer).
      - Barrack does not publish its scheme, so its default is unconfirmed.
    type: str
requirements:
  - Python 3.9 or newer
  - The Python library requests
"""

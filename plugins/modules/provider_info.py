#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: provider_info
short_description: Tell what each provider can do and how well that is known
version_added: 1.0.0
description:
  - Tells the capabilities of each provider, and its routes with the page that documents them, or that they are assumed.
  - It sends nothing and needs no token. The other connection options are accepted for C(module_defaults) and not used.
options:
  provider:
    description:
      - Tell about this provider only.
    required: false
author:
  - indiecloud.compute contributors (@indiecloud)
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.attributes.info
"""

EXAMPLES = r"""
- name: Ask what is known of the providers
  indiecloud.compute.provider_info:
  register: known

- name: List the routes that are assumed
  ansible.builtin.debug:
    msg: "{{ item.label }}: {{ item.routes | selectattr('evidence', 'equalto', 'assumed') | map(attribute='name') | join(', ') }}"
  loop: "{{ known.providers }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
providers:
  description: The providers.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: 'The value of the option O(provider).'
      type: str
      returned: always
    label:
      description: 'Its name.'
      type: str
      returned: always
    api_url:
      description: 'The default of the option O(api_url).'
      type: str
      returned: always
    environment:
      description: 'The environment variables that are read for it.'
      type: list
      returned: always
    required_options:
      description: 'Connection options it needs besides the token.'
      type: list
      returned: always
    auth:
      description: 'The header and scheme of the token, and the page that documents them.'
      type: dict
      returned: always
    capabilities:
      description: 'Facts that decide how a restore works there.'
      type: dict
      returned: always
    routes:
      description: 'Each route with its C(name), C(method), C(path), C(evidence) (V(documented) or V(assumed)), C(source) and C(note).'
      type: list
      returned: always
    unconfirmed:
      description: 'What its published pages leave open.'
      type: list
      returned: always
  sample: [{"name": "hostup", "label": "HostUp", "api_url": "https://cloud.hostup.se",
    "environment": ["HOSTUP_API_TOKEN", "HOSTUP_API_URL"], "required_options": [],
    "auth": {"header": "Authorization", "scheme": "Bearer", "evidence": "documented",
      "source": "https://developer.hostup.se"},
    "capabilities": {"creates_instance": false, "must_be_stopped": false},
    "routes": [{"name": "instance_stop", "method": "POST", "path": "/api/v2/vps/{instance_id}/actions/stop",
      "evidence": "assumed", "source": null, "note": "the pattern of the published power actions"}],
    "unconfirmed": ["Whether newer snapshots survive a restore to an older one."]}]
api_calls:
  description: How many requests were sent, which is none.
  type: dict
  returned: always
  sample: {"total": 0}
error_code:
  description: A stable code to branch on. What each means and what to do is told in
    L(the guide on error codes, https://github.com/indiecloud/compute/blob/main/docs/error_codes.md).
  type: str
  returned: on failure
  sample: internal_error
refusals:
  description: Every reason not to go on, each with C(code), C(message) and C(next_step); empty for other failures.
  type: list
  elements: dict
  returned: on failure
  sample: []
next_steps:
  description: What to do, one sentence each.
  type: list
  elements: str
  returned: on failure
  sample: ["This is a defect of the collection; please report it with the output of -vvv."]
"""

from ansible_collections.indiecloud.compute.plugins.module_utils._ansible import run_module
from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import providers_task


def main() -> None:
    run_module(providers_task, {}, provider_required=False)


if __name__ == "__main__":
    main()

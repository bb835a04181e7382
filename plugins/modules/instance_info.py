#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: instance_info
short_description: Gather information about instances
version_added: 1.0.0
description:
  - Gathers information about all instances of an account, or about one of them.
options:
  instance:
    description:
      - The id or exact name of an instance. If not set, all instances are returned.
      - Returns an empty list if no instance matches. Fails if several instances match, and lists them.
    type: str
author:
  - indiecloud.compute contributors (@indiecloud)
seealso:
  - module: indiecloud.compute.snapshot_info
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.attributes.info
"""

EXAMPLES = r"""
- name: Gather information about all instances, with the token from HOSTUP_API_TOKEN
  indiecloud.compute.instance_info:
    provider: hostup
  register: account

- name: Show the stopped instances
  ansible.builtin.debug:
    msg: "{{ account.instances | selectattr('power_state', 'equalto', 'stopped') | map(attribute='name') | list }}"

- name: Gather information about one instance
  indiecloud.compute.instance_info:
    provider: onetsolutions
    instance: web1
"""

RETURN = r"""
instances:
  description: The instances.
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: 'The id.'
      type: str
      returned: always
    name:
      description: 'The name.'
      type: str
      returned: always
    power_state:
      description: 'One of V(running), V(stopped), V(starting), V(stopping), V(changing), V(error), V(deleted) and V(unknown).'
      type: str
      returned: always
    power_state_raw:
      description: 'The power state in the provider''s words.'
      type: str
      returned: always
    power_state_at:
      description: 'When the provider last read the power state, in UTC. Only OnetSolutions reports it.'
      type: str
      returned: always
    uptime:
      description: 'Uptime in seconds, if the provider reports it.'
      type: float
      returned: always
    status:
      description: 'The provider''s status of the service. This is not the power state.'
      type: str
      returned: always
    hostname:
      description: 'The hostname.'
      type: str
      returned: always
    ipv4:
      description: 'The primary IPv4 address.'
      type: str
      returned: always
    ipv6:
      description: 'The primary IPv6 address.'
      type: str
      returned: always
    addresses:
      description: 'All IPv4 and IPv6 addresses that the provider reports.'
      type: list
      elements: str
      returned: always
    tags:
      description: 'The tags in the form the provider stores them, usually a list or a dictionary.'
      type: raw
      returned: always
    location:
      description: 'The location or region.'
      type: str
      returned: always
    size:
      description: 'The size.'
      type: str
      returned: always
    image:
      description: 'The operating system.'
      type: str
      returned: always
    hourly_rate:
      description: 'Price per hour. Only Barrack reports it, and does not publish whether it is for one GPU or for the instance.'
      type: float
      returned: always
    currency:
      description: 'The currency of C(hourly_rate).'
      type: str
      returned: always
    created_at:
      description: 'Creation time in UTC.'
      type: str
      returned: always
    from_snapshot:
      description: 'Whether the instance was created from a snapshot, if the provider reports it.'
      type: bool
      returned: always
    origin:
      description: 'The id of the snapshot the instance was created from, if the provider reports it.'
      type: str
      returned: always
  sample: [{
      "id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "name": "web1", "power_state": "stopped", "power_state_raw": "stopped",
      "power_state_at": null, "uptime": null, "status": "active", "hostname": null, "ipv4": "192.0.2.10", "ipv6": null,
      "addresses": ["192.0.2.10"], "tags": null,
      "location": null, "size": null, "image": "Debian 12", "hourly_rate": null, "currency": null, "created_at": null,
      "from_snapshot": null, "origin": null}]
api_calls:
  description: Number of requests sent, in total (C(total)) and by HTTP method.
  type: dict
  returned: always
  sample: {"total": 2, "GET": 2}
reason:
  description: What went wrong. C(msg) is this text followed by RV(next_steps).
  type: str
  returned: on failure
  sample: "using instance web9 refused: there is no instance with the id or exact name 'web9'; there is 'web1'"
error_code:
  description: Stable error code.
    L(The guide on error codes, https://github.com/indiecloud/compute/blob/main/docs/error_codes.md) explains each code.
  type: str
  returned: on failure
  sample: instance_not_found
refusals:
  description: All reasons why the task was refused, each with C(code), C(message) and C(next_step). Empty for other errors.
  type: list
  elements: dict
  returned: on failure
  sample: [{"code": "instance_not_found", "message": "there is no instance with the id or exact name 'web9'; there is
    'web1'", "next_step": "Correct the option instance; the module instance_info lists all instances."}]
next_steps:
  description: What to do about the error, as a list of sentences.
  type: list
  elements: str
  returned: on failure
  sample: ["Correct the option instance; the module instance_info lists all instances."]
http_status:
  description: HTTP status of the provider's error response.
  type: int
  returned: when the provider answered with an error
  sample: 409
provider_code:
  description: Error code of the provider.
  type: str
  returned: when the provider answered with an error
  sample: vps_not_ready
request_id:
  description: Id of the request, for the provider's support.
  type: str
  returned: when the provider answered with an error
  sample: req_01hxa3b4c5d6e7f8g9h0j1k2m3
"""

from ansible_collections.indiecloud.compute.plugins.module_utils._ansible import run_module
from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import instances_task

SPEC = {"instance": {"type": "str"}}


def main() -> None:
    run_module(instances_task, SPEC)


if __name__ == "__main__":
    main()

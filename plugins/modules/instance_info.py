#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: instance_info
short_description: Read the instances of an account
version_added: 1.0.0
description:
  - Lists the instances of an account on all pages, or reads one of them.
options:
  instance:
    description:
      - An id or an exact name. Without it all instances are listed.
      - No match gives an empty list, several matches are an error that names them.
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
- name: List all instances (the token comes from HOSTUP_API_TOKEN)
  indiecloud.compute.instance_info:
    provider: hostup
  register: found

- name: Show those that are off
  ansible.builtin.debug:
    msg: "{{ found.instances | selectattr('power_state', 'equalto', 'stopped') | map(attribute='name') | list }}"

- name: Read one instance by name
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
      description: 'The provider''s own word for the power state.'
      type: str
      returned: always
    power_state_at:
      description: 'When the provider last looked, where it says so (OnetSolutions), in UTC.'
      type: str
      returned: always
    uptime:
      description: 'For how long it has been running, in seconds, where the provider says so.'
      type: float
      returned: always
    status:
      description: 'The provider''s status of the service, which is not the power state.'
      type: str
      returned: always
    hostname:
      description: 'The host name.'
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
      description: 'All addresses that the provider tells, of either family.'
      type: list
      elements: str
      returned: always
    tags:
      description: 'The tags as the provider keeps them, a list or a dictionary.'
      type: raw
      returned: always
    location:
      description: 'Where it runs.'
      type: str
      returned: always
    size:
      description: 'Its size.'
      type: str
      returned: always
    image:
      description: 'Its operating system.'
      type: str
      returned: always
    hourly_rate:
      description: 'What the provider says it costs an hour (Barrack; whether for one GPU or all is not published).'
      type: float
      returned: always
    currency:
      description: 'The currency of C(hourly_rate).'
      type: str
      returned: always
    created_at:
      description: 'When it was made, in UTC.'
      type: str
      returned: always
    from_snapshot:
      description: 'Whether it was made from a snapshot, where the provider says so.'
      type: bool
      returned: always
    origin:
      description: 'The id of the snapshot it was made from, where the provider says so.'
      type: str
      returned: always
  sample: [{
      "id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "name": "web1", "power_state": "stopped", "power_state_raw": "stopped",
      "power_state_at": null, "uptime": null, "status": "active", "hostname": null, "ipv4": "192.0.2.10", "ipv6": null,
      "addresses": ["192.0.2.10"], "tags": null,
      "location": null, "size": null, "image": "Debian 12", "hourly_rate": null, "currency": null, "created_at": null,
      "from_snapshot": null, "origin": null}]
api_calls:
  description: How many requests were sent, in all (C(total)) and by HTTP method.
  type: dict
  returned: always
  sample: {"total": 2, "GET": 2}
error_code:
  description: A stable code to branch on. What each means and what to do is told in
    L(the guide on error codes, https://github.com/indiecloud/compute/blob/main/docs/error_codes.md).
  type: str
  returned: on failure
  sample: instance_not_found
refusals:
  description: Every reason not to go on, each with C(code), C(message) and C(next_step); empty for other failures.
  type: list
  elements: dict
  returned: on failure
  sample: [{"code": "instance_not_found", "message": "there is no instance with the id or exact name 'web9'; there is
    'web1'", "next_step": "Correct the option instance; the module instance_info lists what there is."}]
next_steps:
  description: What to do, one sentence each.
  type: list
  elements: str
  returned: on failure
  sample: ["Correct the option instance; the module instance_info lists what there is."]
http_status:
  description: The HTTP status, when the provider answered with an error.
  type: int
  returned: when the provider answered with an error
  sample: 409
provider_code:
  description: The provider's own stable code of the error.
  type: str
  returned: when the provider answered with an error
  sample: vps_not_ready
request_id:
  description: The id of the request, to quote to the provider's support.
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

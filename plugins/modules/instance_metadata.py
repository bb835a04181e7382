#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: instance_metadata
short_description: Change an instance's name, hostname, tags and other metadata, and nothing else
version_added: 1.0.0
description:
  - Changes the fields that are given and proves that nothing else changed.
  - OnetSolutions replaces the whole instance with one PUT that must carry its size, location and image. The module reads
    the instance, merges, reads it again just before writing, writes, reads it back, and compares every field. A field
    that was not asked for and differs is an error that names it with its values before and after.
  - HostUp can change the hostname only, Barrack nothing. Other fields are refused before anything is sent.
  - Nothing is written when nothing differs.
options:
  instance:
    description:
      - The id or exact name of the instance. Several matches are an error that names them.
    type: str
    required: true
  name:
    description:
      - The name, up to 255 characters (OnetSolutions).
    type: str
  hostname:
    description:
      - The host name, up to 255 characters on OnetSolutions, a domain name of up to 253 on HostUp.
      - HostUp compares it without regard to case.
    type: str
  os_name:
    description:
      - The name of the operating system, up to 100 characters (OnetSolutions).
    type: str
  billing_cycle:
    description:
      - The billing cycle (OnetSolutions).
    type: str
    choices: [free, one_time, hourly, monthly, quarterly, semi_annually, annually, biennially, triennially]
  vpc:
    description:
      - The id of a VPC, or null to detach the instance from its VPC (OnetSolutions). Leave it out to keep it.
    type: str
  tags:
    description:
      - A list or a dictionary of any JSON values (OnetSolutions). Leave it out to keep the tags; with
        O(tags_mode=replace) an empty one or null clears them.
      - The form that is found is kept. Giving a list for a dictionary, or the other way round, is refused except with
        O(tags_mode=replace).
    type: raw
  tags_mode:
    description:
      - V(merge) sets the given keys of a dictionary, or adds the given items that a list does not have.
      - V(remove) removes them again; for a dictionary a list of keys may be given.
      - V(replace) makes the tags what is given. The entry that records a restore survives.
    type: str
    choices: [merge, replace, remove]
    default: merge
  size:
    description:
      - Always refused; it is here to say why. Hardware is not metadata, and OnetSolutions does not say what another size
        in its PUT does.
    type: raw
  location:
    description:
      - Always refused, like O(size).
    type: raw
  image:
    description:
      - Always refused, like O(size).
    type: raw
  expected_instance_name:
    description:
      - Fail unless the instance has exactly this name before the change. A guard against a wrong id.
    type: str
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - Reading an instance is not published by OnetSolutions; the route is assumed to be that of the published PUT and can
    be set with O(api_routes).
  - C(modified), C(bandwidth_used_gb) and the counters in C(state_sync) change by themselves and are not compared.
attributes:
  check_mode:
    support: full
    details: Only reads are sent. It predicts the result of the real run.
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
"""

EXAMPLES = r"""
- name: Name an instance and add a tag
  indiecloud.compute.instance_metadata:
    provider: onetsolutions
    organization_id: 7d4cf1a8-6f0b-4c9c-9f7e-0a1d6f3b2c11
    project_id: 1f0a2d7e-9c3b-4e52-8f6d-5b7c9a0e4d22
    instance: 3c90c3cc-0d44-4b50-8888-8dd25736052a
    name: web1
    tags:
      role: web

- name: Take the instance out of its VPC
  indiecloud.compute.instance_metadata:
    provider: onetsolutions
    organization_id: 7d4cf1a8-6f0b-4c9c-9f7e-0a1d6f3b2c11
    project_id: 1f0a2d7e-9c3b-4e52-8f6d-5b7c9a0e4d22
    instance: web1
    vpc: null

- name: Set the hostname
  indiecloud.compute.instance_metadata:
    provider: hostup
    instance: web1
    hostname: web1.example.com
"""

RETURN = r"""
metadata:
  description: The fields as they are after the task, in check mode as they would be; null where the provider has none.
  type: dict
  returned: always
  contains:
    name:
      description: The name.
      type: str
      returned: always
    hostname:
      description: The host name.
      type: str
      returned: always
    os_name:
      description: The name of the operating system.
      type: str
      returned: always
    billing_cycle:
      description: The billing cycle.
      type: str
      returned: always
    vpc:
      description: The id of the VPC.
      type: str
      returned: always
    tags:
      description: The tags in the form the provider keeps them.
      type: raw
      returned: always
  sample: {"name": "web1", "hostname": "web1.example.com", "os_name": "Debian 12", "billing_cycle": "monthly",
    "vpc": null, "tags": {"role": "web"}}
unexpected_changes:
  description: Fields that differ although they must not, each with C(field), C(before) and C(after); empty on success.
  type: list
  elements: dict
  returned: always
  sample: []
instance:
  description: The instance; the keys are those of
    RV(indiecloud.compute.instance_info#module:instances).
  type: dict
  returned: always
  sample: {
      "id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "name": "web1", "power_state": "stopped", "power_state_raw": "stopped",
      "power_state_at": null, "uptime": null, "status": "active", "hostname": null, "ipv4": "192.0.2.10", "ipv6": null,
      "addresses": ["192.0.2.10"], "tags": null,
      "location": null, "size": null, "image": "Debian 12", "hourly_rate": null, "currency": null, "created_at": null,
      "from_snapshot": null, "origin": null}
api_calls:
  description: How many requests were sent, in all (C(total)) and by HTTP method.
  type: dict
  returned: always
  sample: {"total": 9, "GET": 8, "POST": 1}
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
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.change import BILLING_CYCLES
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import metadata_task

SPEC = {
    "instance": {"type": "str", "required": True},
    "name": {"type": "str"},
    "hostname": {"type": "str"},
    "os_name": {"type": "str"},
    "billing_cycle": {"type": "str", "choices": list(BILLING_CYCLES)},
    "vpc": {"type": "str"},
    "tags": {"type": "raw"},
    "tags_mode": {"type": "str", "choices": ["merge", "replace", "remove"], "default": "merge"},
    "size": {"type": "raw"},
    "location": {"type": "raw"},
    "image": {"type": "raw"},
    "expected_instance_name": {"type": "str"},
}


def main() -> None:
    run_module(metadata_task, SPEC)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: instance_metadata
short_description: Change the name, hostname, tags and other metadata of an instance
version_added: 1.0.0
description:
  - Changes the given fields, and verifies that no other field changed.
  - OnetSolutions replaces the whole instance with a PUT request that must repeat its size, location and image. The module
    reads the instance just before the request and afterwards, and compares every field. It fails if a field changed that
    was not given, and returns the values before and after.
  - HostUp supports the hostname only, Barrack supports none of the fields. Other fields are refused before any request.
  - Sends no request to change anything if all fields have the given values already.
options:
  instance:
    description:
      - The id or exact name of the instance. Fails if several instances match, and lists them.
    type: str
    required: true
  name:
    description:
      - The name. OnetSolutions only, up to 255 characters.
    type: str
  hostname:
    description:
      - The hostname. On OnetSolutions up to 255 characters, on HostUp a domain name of up to 253 characters.
      - On HostUp, upper and lower case are the same.
    type: str
  os_name:
    description:
      - The name of the operating system. OnetSolutions only, up to 100 characters.
    type: str
  billing_cycle:
    description:
      - The billing cycle. OnetSolutions only.
    type: str
    choices: [free, one_time, hourly, monthly, quarterly, semi_annually, annually, biennially, triennially]
  vpc:
    description:
      - The id of a VPC, or null to detach the instance from its VPC. OnetSolutions only.
    type: str
  tags:
    description:
      - The tags, as a list or a dictionary of any JSON values. OnetSolutions only.
      - With O(tags_mode=replace), an empty value or null removes all tags.
      - If the instance has a list of tags, a dictionary is refused, and the other way round, unless
        O(tags_mode=replace).
    type: raw
  tags_mode:
    description:
      - V(merge) sets the given keys of a dictionary, or adds the given items to a list.
      - V(remove) removes them. For a dictionary, a list of keys may be given.
      - V(replace) replaces all tags. The entry with the record of a restore is kept.
    type: str
    choices: [merge, replace, remove]
    default: merge
  expected_instance_name:
    description:
      - Fail if the instance does not have exactly this name before the change. Protects against a wrong id.
    type: str
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - OnetSolutions does not publish how to read an instance. The route is assumed and can be set with O(api_routes).
  - The fields C(modified), C(bandwidth_used_gb) and the counters in C(state_sync) change by themselves and are not
    compared.
attributes:
  check_mode:
    support: full
    details: Sends only GET requests, and predicts the result.
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
"""

EXAMPLES = r"""
- name: Set the name of an instance and add a tag
  indiecloud.compute.instance_metadata:
    provider: onetsolutions
    organization_id: 7d4cf1a8-6f0b-4c9c-9f7e-0a1d6f3b2c11
    project_id: 1f0a2d7e-9c3b-4e52-8f6d-5b7c9a0e4d22
    instance: 3c90c3cc-0d44-4b50-8888-8dd25736052a
    name: web1
    tags:
      role: web

- name: Detach the instance from its VPC
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
  description: The metadata after the task; in check mode, the predicted values. A field that the provider does not have
    is null.
  type: dict
  returned: always
  contains:
    name:
      description: The name.
      type: str
      returned: always
    hostname:
      description: The hostname.
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
      description: The tags in the form the provider stores them.
      type: raw
      returned: always
  sample: {"name": "web1", "hostname": "web1.example.com", "os_name": "Debian 12", "billing_cycle": "monthly",
    "vpc": null, "tags": {"role": "web"}}
unexpected_changes:
  description: Fields that have another value than expected, each with C(field), C(before) and C(after). Empty on success.
  type: list
  elements: dict
  returned: always
  sample: []
instance:
  description: The instance, with the keys of
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
  description: Number of requests sent, in total (C(total)) and by HTTP method.
  type: dict
  returned: always
  sample: {"total": 9, "GET": 8, "POST": 1}
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
from ansible_collections.indiecloud.compute.plugins.module_utils._metadata.task import choices, metadata_task

SPEC = {
    "instance": {"type": "str", "required": True},
    "name": {"type": "str"},
    "hostname": {"type": "str"},
    "os_name": {"type": "str"},
    "billing_cycle": {"type": "str", "choices": choices("billing_cycle")},
    "vpc": {"type": "str"},
    "tags": {"type": "raw"},
    "tags_mode": {"type": "str", "choices": ["merge", "replace", "remove"], "default": "merge"},
    "expected_instance_name": {"type": "str"},
}


def main() -> None:
    run_module(metadata_task, SPEC)


if __name__ == "__main__":
    main()

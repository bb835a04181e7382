#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_info
short_description: Gather information about snapshots
version_added: 1.0.0
description:
  - Gathers information about the snapshots of an instance or of a whole account, and whether the provider would accept a
    restore or a new snapshot now.
options:
  instance:
    description:
      - The id or exact name of the instance. Fails if several instances match, and lists them.
      - If it is not set, the snapshots of all instances of the account are returned, or the task fails. OnetSolutions and
        HostUp list snapshots by instance, so this takes a request for each instance, 16 of them at once, within the rate
        limit.
    type: str
author:
  - indiecloud.compute contributors (@indiecloud)
seealso:
  - module: indiecloud.compute.snapshot_restore
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.attributes.info
"""

EXAMPLES = r"""
- name: Gather information about the snapshots of an instance
  indiecloud.compute.snapshot_info:
    provider: hostup
    instance: web1
  register: web1

- name: Gather information about all snapshots of an account
  indiecloud.compute.snapshot_info:
    provider: hostup

- name: Show the name of the newest snapshot
  ansible.builtin.debug:
    msg: "{{ web1.snapshots | selectattr('created_at') | sort(attribute='created_at') | map(attribute='name') | list | last }}"
"""

RETURN = r"""
snapshots:
  description: The snapshots.
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: 'The id. On HostUp this is the name.'
      type: str
      returned: always
    name:
      description: 'The name.'
      type: str
      returned: always
    instance_id:
      description: 'The id of the instance, if the provider reports it.'
      type: str
      returned: always
    instance_name:
      description: 'The name of the instance, if it is known.'
      type: str
      returned: always
    created_at:
      description: 'Creation time in UTC.'
      type: str
      returned: always
    expires_at:
      description: 'When the provider deletes the snapshot, in UTC.'
      type: str
      returned: always
    status:
      description: 'The status in the provider''s words.'
      type: str
      returned: always
    restorable:
      description: 'Whether the status allows a restore; null if unknown.'
      type: bool
      returned: always
    description:
      description: 'The description.'
      type: str
      returned: always
    includes_memory:
      description: 'Whether the snapshot includes the memory.'
      type: bool
      returned: always
    parent:
      description: 'The name of the parent snapshot.'
      type: str
      returned: always
    size_gb:
      description: 'The size in gigabytes.'
      type: float
      returned: always
    age_hours:
      description: 'The age by the provider''s clock; null if unknown.'
      type: float
      returned: always
    expires_in_hours:
      description: 'How long the provider keeps it by its clock; null if unknown.'
      type: float
      returned: always
    can_restore:
      description: 'Whether a restore would be accepted now; null if nothing is known that prevents it, and the provider
        does not say.'
      type: bool
      returned: always
    reason:
      description: 'Why it would not be accepted, or what has to be done before.'
      type: str
      returned: always
    extra:
      description: 'Fields of this provider only. On Barrack C(gpu_type) and C(gpu_count), which a new instance will have;
        on HostUp C(display_id).'
      type: dict
      returned: always
  sample: [{
      "id": "before-upgrade", "name": "before-upgrade", "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
      "instance_name": "web1", "age_hours": 3.5, "expires_in_hours": 20.5, "can_restore": true, "reason": null,
      "created_at": "2026-04-27T08:00:00Z", "expires_at": "2026-04-28T08:00:00Z", "status": null, "restorable": null,
      "description": null, "includes_memory": false, "parent": null, "size_gb": null, "extra": {}}]
instance:
  description: The instance, if O(instance) is set, with the keys of
    RV(indiecloud.compute.instance_info#module:instances).
  type: dict
  returned: always
  sample: {
      "id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "name": "web1", "power_state": "stopped", "power_state_raw": "stopped",
      "power_state_at": null, "uptime": null, "status": "active", "hostname": null, "ipv4": "192.0.2.10", "ipv6": null,
      "addresses": ["192.0.2.10"], "tags": null,
      "location": null, "size": null, "image": "Debian 12", "hourly_rate": null, "currency": null, "created_at": null,
      "from_snapshot": null, "origin": null}
can_restore:
  description: Whether the provider would accept a restore of O(instance) now. Only HostUp reports it.
  type: dict
  returned: always
  contains:
    allowed:
      description: 'Whether it would be accepted; null if unknown.'
      type: bool
      returned: always
    reason:
      description: 'The provider''s reason.'
      type: str
      returned: always
    code:
      description: 'The provider''s code of the reason.'
      type: str
      returned: always
  sample: {"allowed": false, "reason": "Another operation is running.", "code": "operation_running"}
can_create:
  description: Whether the provider would accept a new snapshot of O(instance) now. Only HostUp reports it.
  type: dict
  returned: always
  contains:
    allowed:
      description: 'Whether it would be accepted; null if unknown.'
      type: bool
      returned: always
    reason:
      description: 'The provider''s reason.'
      type: str
      returned: always
    code:
      description: 'The provider''s code of the reason.'
      type: str
      returned: always
  sample: {"allowed": true, "reason": null, "code": null}
snapshot_limit:
  description: How many snapshots the plan of the instance allows. Only HostUp reports it.
  type: int
  returned: always
  sample: 3
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
from ansible_collections.indiecloud.compute.plugins.module_utils._info.snapshots import snapshots_task

SPEC = {"instance": {"type": "str"}}


def main() -> None:
    run_module(snapshots_task, SPEC)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_info
short_description: Read the snapshots of an instance
version_added: 1.0.0
description:
  - Lists the snapshots of an instance, and tells what the provider would let through now.
options:
  instance:
    description:
      - The id or exact name of the instance.
      - Required except with O(provider=barrack), where all snapshots of the account are listed without it.
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
- name: List the snapshots of an instance
  indiecloud.compute.snapshot_info:
    provider: hostup
    instance: web1
  register: found

- name: Show the newest one
  ansible.builtin.debug:
    msg: "{{ found.snapshots | selectattr('created_at') | sort(attribute='created_at') | map(attribute='name') | list | last }}"
"""

RETURN = r"""
snapshots:
  description: The snapshots.
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: 'The id; on HostUp this is the name.'
      type: str
      returned: always
    name:
      description: 'The name.'
      type: str
      returned: always
    instance_id:
      description: 'The instance it was taken of, as far as known.'
      type: str
      returned: always
    created_at:
      description: 'When it was taken, in UTC.'
      type: str
      returned: always
    expires_at:
      description: 'When the provider removes it, in UTC.'
      type: str
      returned: always
    status:
      description: 'The provider''s word for its status.'
      type: str
      returned: always
    restorable:
      description: 'Whether its status allows a restore, where the provider says so.'
      type: bool
      returned: always
    description:
      description: 'Its description.'
      type: str
      returned: always
    includes_memory:
      description: 'Whether it holds the memory besides the disk.'
      type: bool
      returned: always
    parent:
      description: 'The name of the snapshot before it.'
      type: str
      returned: always
    size_gb:
      description: 'Its size in gigabytes.'
      type: float
      returned: always
    gpu_type:
      description: 'The GPU model an instance made from it gets (Barrack).'
      type: str
      returned: always
    gpu_count:
      description: 'How many GPUs an instance made from it gets (Barrack).'
      type: int
      returned: always
  sample: [{
      "id": "before-upgrade", "name": "before-upgrade", "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
      "created_at": "2026-04-27T08:00:00Z", "expires_at": "2026-04-28T08:00:00Z", "status": null, "restorable": null,
      "description": null, "includes_memory": false, "parent": null, "size_gb": null, "gpu_type": null,
      "gpu_count": null}]
instance:
  description: The instance they belong to, when O(instance) is set; the keys are those of
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
  description: Whether a restore would be let through now (HostUp).
  type: dict
  returned: always
  contains:
    allowed:
      description: 'Whether it would be let through now; null where the provider does not say.'
      type: bool
      returned: always
    reason:
      description: 'The provider''s reason.'
      type: str
      returned: always
    code:
      description: 'The provider''s stable code of the reason.'
      type: str
      returned: always
  sample: {"allowed": false, "reason": "Another operation is running.", "code": "operation_running"}
can_create:
  description: Whether a new snapshot would be let through now (HostUp).
  type: dict
  returned: always
  contains:
    allowed:
      description: 'Whether it would be let through now; null where the provider does not say.'
      type: bool
      returned: always
    reason:
      description: 'The provider''s reason.'
      type: str
      returned: always
    code:
      description: 'The provider''s stable code of the reason.'
      type: str
      returned: always
  sample: {"allowed": true, "reason": null, "code": null}
slots:
  description: How many snapshots the plan holds, where the provider says so (HostUp).
  type: int
  returned: always
  sample: 3
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
from ansible_collections.indiecloud.compute.plugins.module_utils._info.task import snapshots_task

SPEC = {"instance": {"type": "str"}}


def main() -> None:
    run_module(snapshots_task, SPEC)


if __name__ == "__main__":
    main()

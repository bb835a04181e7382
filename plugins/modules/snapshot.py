#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
short_description: Take or delete a snapshot
version_added: 1.0.0
description:
  - Takes a snapshot of an instance, or deletes one, and waits until the provider lists the result.
  - A snapshot that exists is not taken again. The request is sent once; when its answer is lost, the list decides.
options:
  instance:
    description:
      - The id or exact name of the instance. Several matches are an error that names them.
    type: str
    required: true
  name:
    description:
      - The exact name of the snapshot; with O(state=absent) also its id.
      - HostUp takes up to 40 letters, digits, underscores and hyphens, Barrack up to 50 with spaces and dots.
    type: str
    required: true
  description:
    description:
      - A text to keep with a new snapshot. An existing one is not changed.
    type: str
  state:
    description:
      - Whether the snapshot shall exist.
    type: str
    choices: [present, absent]
    default: present
  expected_instance_name:
    description:
      - Fail unless the instance has exactly this name. A guard against a wrong id.
    type: str
  wait_timeout:
    description:
      - Seconds the whole task may take.
    default: 900.0
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - OnetSolutions and Barrack do not publish how to take or delete a snapshot; these routes are assumed and can be set
    with O(api_routes). Snapshots may cost money.
  - HostUp keeps a snapshot for about 24 hours.
seealso:
  - module: indiecloud.compute.snapshot_info
  - module: indiecloud.compute.snapshot_restore
attributes:
  check_mode:
    support: full
    details: Only reads are sent. It fails with every reason for which the real run would be refused.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: By name.
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.wait
"""

EXAMPLES = r"""
- name: Take a snapshot before an upgrade
  indiecloud.compute.snapshot:
    provider: hostup
    instance: web1
    name: before-upgrade
    description: Before the upgrade to version 2

- name: Delete it
  indiecloud.compute.snapshot:
    provider: hostup
    instance: web1
    name: before-upgrade
    state: absent
"""

RETURN = r"""
snapshot:
  description: The snapshot, or the one that was deleted; null when there was none. The keys are those of
    RV(indiecloud.compute.snapshot_info#module:snapshots).
  type: dict
  returned: always
  sample: {
      "id": "before-upgrade", "name": "before-upgrade", "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
      "created_at": "2026-04-27T08:00:00Z", "expires_at": "2026-04-28T08:00:00Z", "status": null, "restorable": null,
      "description": null, "includes_memory": false, "parent": null, "size_gb": null, "gpu_type": null,
      "gpu_count": null}
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
from ansible_collections.indiecloud.compute.plugins.module_utils._snapshot.task import snapshot_task

SPEC = {
    "instance": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "description": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "expected_instance_name": {"type": "str"},
    "wait_timeout": {"type": "float", "default": 900.0},
}


def main() -> None:
    run_module(snapshot_task, SPEC)


if __name__ == "__main__":
    main()

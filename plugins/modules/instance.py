#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: instance
short_description: Delete an instance that a restore created
version_added: 1.0.0
description:
  - Deletes an instance that M(indiecloud.compute.snapshot_restore) created at Barrack, which ends its bill, and waits until
    the list of instances no longer holds it.
  - Deletes nothing else. The record of restores must hold the restore with this O(restore_id), which must have been sent
    when no instance had this name. The id, the name, the source snapshot and the creation time of the instance must agree
    with it as far as the provider tells them.
  - Fails with the error code C(still_billed) if it is not proved that the instance is gone.
  - If the answer to the restore was lost and no instance of the name is listed, the instance may still appear. The module
    then waits until 15 minutes have passed since the request, or fails at the end of O(wait_timeout).
options:
  instance:
    description:
      - The id of the instance, or the same name as in O(expected_instance_name).
    type: str
    required: true
  expected_instance_name:
    description:
      - The exact name that the restore gave to the instance, with the option C(new_vm_name).
    type: str
    required: true
  restore_id:
    description:
      - The C(restore_id) of the restore that created the instance.
    type: str
    required: true
  state:
    description:
      - The instance does not exist.
    type: str
    choices: [absent]
    default: absent
  record_path:
    description:
      - The file with the record of restores, as in M(indiecloud.compute.snapshot_restore).
      - If not set, the environment variable E(INDIECLOUD_RECORD_PATH) is used, or else
        C(~/.ansible/indiecloud/restores.sqlite3).
    type: path
  wait_timeout:
    description:
      - Timeout of the whole task, in seconds.
    default: 600.0
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - Barrack publishes that instances can be deleted, and not the path. The route is assumed and can be set with
    O(api_routes), as C(instance_delete).
  - OnetSolutions and HostUp are refused, since a restore creates no instance there.
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.wait
"""

EXAMPLES = r"""
- name: Delete the copy that the restore CHG-1234 created
  indiecloud.compute.instance:
    provider: barrack
    instance: web1-copy
    expected_instance_name: web1-copy
    restore_id: CHG-1234
    state: absent
"""

RETURN = r"""
instance:
  description: The instance as it was read last, with the keys of RV(indiecloud.compute.instance_info#module:instances).
  type: dict
  returned: always
  sample: {
      "id": "BRK-901234D", "name": "web1-copy", "power_state": "running", "power_state_raw": "ACTIVE",
      "power_state_at": null, "uptime": null, "status": "ACTIVE", "hostname": null, "ipv4": "192.0.2.10", "ipv6": null,
      "addresses": ["192.0.2.10"], "tags": null, "location": "NORWAY-1", "size": "L40", "image": null,
      "hourly_rate": 0.5, "currency": "USD", "created_at": "2026-01-01T12:00:00Z", "from_snapshot": true, "origin": null}
billed:
  description:
    - Whether the instance may be billed after the task. V(false) only if it is proved that the instance is gone, or in check
      mode if it would be deleted. V(null) if that is unknown.
  type: bool
  returned: always
  sample: false
api_calls:
  description: Number of requests sent, in total (C(total)) and by HTTP method.
  type: dict
  returned: always
  sample: {"total": 4, "GET": 3, "DELETE": 1}
reason:
  description: What went wrong. C(msg) is this text followed by RV(next_steps).
  type: str
  returned: on failure
  sample: "deleting instance web1-copy refused: the record at ~/.ansible/indiecloud/restores.sqlite3 holds no restore 'CHG-1'
    that created an instance named 'web1-copy'"
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
from ansible_collections.indiecloud.compute.plugins.module_utils._instance.task import instance_task

SPEC = {
    "instance": {"type": "str", "required": True},
    "expected_instance_name": {"type": "str", "required": True},
    "restore_id": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["absent"], "default": "absent"},
    "record_path": {"type": "path"},
    "wait_timeout": {"type": "float", "default": 600.0},
}


def main() -> None:
    run_module(instance_task, SPEC)


if __name__ == "__main__":
    main()

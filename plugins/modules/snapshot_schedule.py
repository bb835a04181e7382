#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_schedule
short_description: Set the provider's own schedule of snapshots
version_added: 1.0.0
description:
  - Sets or deletes the schedule by which HostUp itself creates snapshots of an instance. An instance has one schedule.
  - OnetSolutions and Barrack publish no schedule and are refused. Run M(indiecloud.compute.snapshot) with
    O(indiecloud.compute.snapshot#module:prefix) and M(indiecloud.compute.snapshot_prune) from a timer instead.
  - Each request is sent once, and the schedule is read back.
options:
  instance:
    description:
      - The id or exact name of the instance. Fails if several instances match, and lists them.
    type: str
    required: true
  state:
    description:
      - Whether the instance should have a schedule. One that is not enabled counts as absent.
    type: str
    choices: [present, absent]
    default: present
  interval_hours:
    description:
      - Hours between two snapshots, from 4 to 24. Required with O(state=present).
    type: int
  expected_instance_name:
    description:
      - Fail if the instance does not have exactly this name. Protects against a wrong id.
    type: str
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - HostUp deletes snapshots after about 24 hours, also those of its schedule, and they use the slots of the plan.
  - The names of the fields of a schedule are not published. If HostUp does not show the interval under a known name, the request
    is sent in every run, and a warning says that it could not be verified.
seealso:
  - module: indiecloud.compute.snapshot
  - module: indiecloud.compute.snapshot_prune
attributes:
  check_mode:
    support: full
    details: Sends only GET requests, and fails for the same reasons as the real run would be refused.
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
"""

EXAMPLES = r"""
- name: Have HostUp create a snapshot every six hours
  indiecloud.compute.snapshot_schedule:
    provider: hostup
    instance: web1
    interval_hours: 6

- name: Delete the schedule
  indiecloud.compute.snapshot_schedule:
    provider: hostup
    instance: web1
    state: absent
"""

RETURN = r"""
schedule:
  description: The schedule, or null if there is none. In check mode as it would be. A value is null if HostUp does not show it
    under a known name.
  type: dict
  returned: always
  contains:
    enabled:
      description: 'Whether snapshots are created.'
      type: bool
      returned: always
    interval_hours:
      description: 'Hours between two snapshots.'
      type: float
      returned: always
    retention_days:
      description: 'Days for which its snapshots are kept.'
      type: float
      returned: always
    last_run:
      description: 'When it last created a snapshot, in UTC.'
      type: str
      returned: always
    next_run:
      description: 'When it creates the next snapshot, in UTC.'
      type: str
      returned: always
  sample: {"enabled": true, "interval_hours": 6.0, "retention_days": null, "last_run": null, "next_run": null}
limits:
  description: What the plan and the provider allow; null if the task was refused before it was read.
  type: dict
  returned: always
  contains:
    total_snapshots:
      description: 'How many snapshots the plan allows; null if HostUp does not say.'
      type: int
      returned: always
    min_interval_hours:
      description: 'The shortest interval.'
      type: int
      returned: always
    max_interval_hours:
      description: 'The longest interval.'
      type: int
      returned: always
  sample: {"total_snapshots": 5, "min_interval_hours": 4, "max_interval_hours": 24}
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
from ansible_collections.indiecloud.compute.plugins.module_utils._snapshot.schedule import schedule_task

SPEC = {
    "instance": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "interval_hours": {"type": "int"},
    "expected_instance_name": {"type": "str"},
}


def main() -> None:
    run_module(schedule_task, SPEC)


if __name__ == "__main__":
    main()

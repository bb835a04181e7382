#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: instance_power
short_description: Start, stop or restart an instance
version_added: 1.0.0
description:
  - Brings an instance to a power state and waits until two readings in a row agree. Where the provider says when it last
    looked at the power state (OnetSolutions), a look before the request is no reading.
  - Nothing is sent when the instance is in the wanted state already. That a provider refuses a request because the
    instance is in that state already is no error.
options:
  instance:
    description:
      - The id or exact name of the instance. Several matches are an error that names them.
    type: str
    required: true
  state:
    description:
      - The wanted power state.
      - V(restarted) restarts a running instance and starts a stopped one.
    type: str
    required: true
    choices: [started, stopped, restarted]
  graceful:
    description:
      - Ask the operating system to shut down before the power is cut, where the provider can do so.
    type: bool
    default: true
  force_after:
    description:
      - Seconds after which an instance that does not shut down is powered off the hard way. Less than O(wait_timeout).
      - With it the power is also cut when the provider says that the shutdown failed, or has no such route.
      - Without it the power is never cut while O(graceful=true); the task fails instead.
    type: float
  expected_instance_name:
    description:
      - Fail unless the instance has exactly this name. A guard against a wrong id.
    type: str
  wait_timeout:
    description:
      - Seconds the whole task may take.
    default: 300.0
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - Barrack bills a stopped instance like a running one; the module warns of it.
  - A hibernated instance (Barrack) counts as stopped. It is not started, since a start does not apply to it; restore it
    from hibernation in the provider's console.
  - Power actions are not published by OnetSolutions and Barrack, nor is the forced stop by HostUp; these routes are
    assumed and can be set with O(api_routes).
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details: O(state=restarted) restarts a running instance each time.
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.wait
"""

EXAMPLES = r"""
- name: Stop an instance, the hard way if it does not shut down in two minutes
  indiecloud.compute.instance_power:
    provider: hostup
    instance: web1
    state: stopped
    force_after: 120

- name: Start it again
  indiecloud.compute.instance_power:
    provider: hostup
    instance: web1
    state: started
"""

RETURN = r"""
instance:
  description: The instance; the keys are those of RV(indiecloud.compute.instance_info#module:instances).
  type: dict
  returned: always
  sample: {
      "id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "name": "web1", "power_state": "stopped", "power_state_raw": "stopped",
      "power_state_at": null, "uptime": null, "status": "active", "hostname": null, "ipv4": "192.0.2.10", "ipv6": null,
      "addresses": ["192.0.2.10"], "tags": null,
      "location": null, "size": null, "image": "Debian 12", "hourly_rate": null, "currency": null, "created_at": null,
      "from_snapshot": null, "origin": null}
previous_power_state:
  description: The power state before the task.
  type: str
  returned: always
  sample: running
power_state:
  description: The power state after the task, in check mode the one it would have.
  type: str
  returned: always
  sample: stopped
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
from ansible_collections.indiecloud.compute.plugins.module_utils._power.task import power_task

SPEC = {
    "instance": {"type": "str", "required": True},
    "state": {"type": "str", "required": True, "choices": ["started", "stopped", "restarted"]},
    "graceful": {"type": "bool", "default": True},
    "force_after": {"type": "float"},
    "expected_instance_name": {"type": "str"},
    "wait_timeout": {"type": "float", "default": 300.0},
}


def main() -> None:
    run_module(power_task, SPEC)


if __name__ == "__main__":
    main()

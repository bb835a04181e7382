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
  - Starts, stops or restarts an instance, and waits until two consecutive reads report the new power state. States that
    OnetSolutions read before the request are ignored.
  - Sends no request if the instance is in the requested state already. It is not an error if the provider rejects the
    request because the instance is already in that state.
options:
  instance:
    description:
      - The id or exact name of the instance. Fails if several instances match, and lists them.
    type: str
    required: true
  state:
    description:
      - The requested power state.
      - V(restarted) restarts a running instance and starts a stopped one.
    type: str
    required: true
    choices: [started, stopped, restarted]
  graceful:
    description:
      - Let the operating system shut down, if the provider supports it.
    type: bool
    default: true
  force_after:
    description:
      - Force a power-off if the instance has not shut down after this many seconds. Must be less than O(wait_timeout).
      - The power-off is also forced if the provider reports that the shutdown failed, or has no route for it.
      - If not set, an instance that does not shut down is never powered off with O(graceful=true). The task fails instead.
    type: float
  expected_instance_name:
    description:
      - Fail if the instance does not have exactly this name. Protects against a wrong id.
    type: str
  wait_timeout:
    description:
      - Timeout of the whole task, in seconds.
    default: 300.0
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - Barrack bills a stopped instance like a running one. The module returns a warning.
  - A hibernated instance (Barrack) counts as stopped and cannot be started. Resume it in the provider's console.
  - OnetSolutions and Barrack do not publish their power actions, and HostUp does not publish its forced stop. These
    routes are assumed and can be set with O(api_routes).
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
- name: Stop an instance, and force it after two minutes
  indiecloud.compute.instance_power:
    provider: hostup
    instance: web1
    state: stopped
    force_after: 120

- name: Start the instance
  indiecloud.compute.instance_power:
    provider: hostup
    instance: web1
    state: started
"""

RETURN = r"""
instance:
  description: The instance, with the keys of RV(indiecloud.compute.instance_info#module:instances).
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
  description: The power state after the task; in check mode, the predicted one.
  type: str
  returned: always
  sample: stopped
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

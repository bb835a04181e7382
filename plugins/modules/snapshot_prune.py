#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_prune
short_description: Delete old snapshots that this collection made
version_added: 1.0.0
description:
  - Deletes old snapshots of an instance, and keeps the newest.
  - Only snapshots that this collection made are deleted. The record holds the ids of those that were made from this machine.
    On HostUp, the description of a snapshot that M(indiecloud.compute.snapshot) made says so, whichever machine made it. A
    name proves nothing.
  - The last snapshot of the instance that can be restored is never deleted, whoever made it, nor one that an unfinished
    restore or guarded change needs, or that holds the record of a restore
    (O(indiecloud.compute.snapshot_restore#module:record=provider)). The safety snapshot of a restore that has ended is deleted
    like others, and then the playbook C(undo) cannot put it back.
  - If the list of snapshots is incomplete, the task fails and deletes nothing.
  - Each request is sent once, and the list shows whether it took effect.
options:
  instance:
    description:
      - The id or exact name of the instance. Fails if several instances match, and lists them.
    type: str
    required: true
  keep:
    description:
      - Keep this number of the newest snapshots that O(prefix) applies to and that can be restored, and delete older ones.
      - One of O(keep) and O(older_than) is required. With both, a snapshot is deleted only if both say so.
    type: int
  older_than:
    description:
      - Delete snapshots that are older than this, by the provider's clock.
      - In seconds, or a number with the unit V(s), V(m), V(h), V(d) or V(w), for example V(14d).
      - A snapshot of unknown age is kept.
    type: str
  prefix:
    description:
      - Consider only snapshots with a name that M(indiecloud.compute.snapshot) made from this prefix.
      - It never adds snapshots, since anyone can choose such a name.
    type: str
  record_path:
    description:
      - The file of the record, by which the snapshots of this collection and its unfinished work are known.
      - Defaults to the environment variable E(INDIECLOUD_RECORD_PATH), then C(~/.ansible/indiecloud/restores.sqlite3).
    type: path
  expected_instance_name:
    description:
      - Fail if the instance does not have exactly this name. Protects against a wrong id.
    type: str
  wait_timeout:
    description:
      - Timeout of the whole task, in seconds.
    default: 900.0
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - OnetSolutions and Barrack do not publish how to list and delete snapshots. These routes are assumed and can be set with
    O(api_routes).
  - Restores and guarded changes of other machines are known only if they keep their record at the provider.
seealso:
  - module: indiecloud.compute.snapshot
  - module: indiecloud.compute.snapshot_info
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
  - indiecloud.compute.wait
"""

EXAMPLES = r"""
- name: Keep the newest seven snapshots of the nightly job
  indiecloud.compute.snapshot_prune:
    provider: onetsolutions
    organization_id: "{{ organization_id }}"
    project_id: "{{ project_id }}"
    instance: web1
    prefix: nightly
    keep: 7

- name: Delete what is older than two weeks, but keep at least three
  indiecloud.compute.snapshot_prune:
    provider: barrack
    instance: gpu1
    keep: 3
    older_than: 14d
"""

RETURN = r"""
deleted:
  description: The snapshots that were deleted, the oldest first; in check mode those that would be. They have the keys of
    RV(indiecloud.compute.snapshot_info#module:snapshots) that the provider reports. If the task fails, those that were deleted
    before.
  type: list
  elements: dict
  returned: always
  contains:
    age_hours:
      description: 'The age in hours by the provider''s clock.'
      type: float
      returned: always
    reason:
      description: 'Why it was deleted.'
      type: str
      returned: always
  sample: [{
      "id": "nightly-20260425T020000Z", "name": "nightly-20260425T020000Z",
      "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "created_at": "2026-04-25T02:00:00Z", "expires_at": null,
      "status": null, "restorable": null, "description": "[indiecloud.compute]", "includes_memory": false, "parent": null,
      "size_gb": null, "extra": {}, "age_hours": 48.0, "reason": "keep is 7, and 7 newer ones can be restored"}]
kept:
  description: All other snapshots of the instance, the newest first, also those that this collection did not make.
  type: list
  elements: dict
  returned: always
  contains:
    age_hours:
      description: 'The age in hours by the provider''s clock; null if unknown.'
      type: float
      returned: always
    reason:
      description: 'Why it was kept.'
      type: str
      returned: always
  sample: [{
      "id": "nightly-20260427T020000Z", "name": "nightly-20260427T020000Z",
      "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "created_at": "2026-04-27T02:00:00Z", "expires_at": null,
      "status": null, "restorable": null, "description": "[indiecloud.compute]", "includes_memory": false, "parent": null,
      "size_gb": null, "extra": {}, "age_hours": 0.5, "reason": "it is one of the newest 7"}]
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
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.prune import prune_task

SPEC = {
    "instance": {"type": "str", "required": True},
    "keep": {"type": "int"},
    "older_than": {"type": "str"},
    "prefix": {"type": "str"},
    "record_path": {"type": "path"},
    "expected_instance_name": {"type": "str"},
    "wait_timeout": {"type": "float", "default": 900.0},
}


def main() -> None:
    run_module(prune_task, SPEC)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
short_description: Create or delete a snapshot
version_added: 1.0.0
description:
  - Creates or deletes a snapshot of an instance, and waits until the provider's list shows the result.
  - An existing snapshot is not created again, unless O(replace=true). RV(created) and RV(snapshot.age_hours) tell a new
    snapshot from an old one.
  - Each request is sent once. If its answer is lost, the list shows whether it took effect.
options:
  instance:
    description:
      - The id or exact name of the instance. Fails if several instances match, and lists them.
    type: str
    required: true
  name:
    description:
      - The exact name of the snapshot; with O(state=absent) also its id.
      - HostUp accepts up to 40 letters, digits, underscores and hyphens. Barrack accepts up to 50, with spaces and dots.
      - One of O(name) and O(prefix) is required. O(state=absent) requires O(name).
    type: str
  prefix:
    description:
      - Create a snapshot whose name is this prefix and the current time in UTC by the provider's clock, for example
        V(nightly-20261129T160000Z). That is 17 characters more than the prefix.
      - Without O(max_age), every run creates one.
      - M(indiecloud.compute.snapshot_prune) deletes old ones.
      - Not with O(state=absent) or O(replace=true).
    type: str
  description:
    description:
      - Description of a new snapshot. An existing snapshot is not changed.
      - On HostUp, C([indiecloud.compute]) is appended. This identifies the snapshots of this collection.
    type: str
  state:
    description:
      - Whether the snapshot should exist.
    type: str
    choices: [present, absent]
    default: present
  max_age:
    description:
      - The maximum age of an existing snapshot of this name, by the provider's clock. An older one, or one whose age is
        unknown, is refused, or replaced with O(replace=true).
      - In seconds, or a number with the unit V(s), V(m), V(h), V(d) or V(w), for example V(90m).
      - Without it, an existing snapshot of any age is accepted with a warning that says how old it is.
      - With O(prefix), no snapshot is created if this collection made one with this prefix that is at most so old, and
        that can still be used. One of unknown age does not count.
      - Not with O(state=absent).
    type: str
  replace:
    description:
      - Replace an existing snapshot of this name with a new one. Without O(max_age), every run replaces it; with
        O(max_age), only a run that finds it too old, of unknown age, expired or failed.
      - On OnetSolutions the new snapshot is created first, and the old one deleted when the new one is complete. HostUp and
        Barrack allow no second snapshot of a name, so the old one is deleted first, and there is none until the new one is
        complete.
      - Refused without any change if the provider would not allow the new snapshot.
      - Not with O(state=absent).
    type: bool
    default: false
  record_path:
    description:
      - The file in which the ids of new snapshots are kept, which is also the record of restores. By it
        M(indiecloud.compute.snapshot_prune) knows which snapshots it may delete, so use the same file there.
      - Not used on HostUp, where the description of a snapshot says whose it is.
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
  - OnetSolutions and Barrack do not publish how to create or delete a snapshot. These routes are assumed and can be set
    with O(api_routes).
  - Snapshots may cost money.
  - HostUp deletes snapshots after about 24 hours.
seealso:
  - module: indiecloud.compute.snapshot_info
  - module: indiecloud.compute.snapshot_prune
  - module: indiecloud.compute.snapshot_restore
attributes:
  check_mode:
    support: full
    details: Sends only GET requests, and fails for the same reasons as the real run would be refused.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details: Snapshots are compared by name, or by prefix and age. O(replace=true) or O(prefix) without O(max_age) creates
      a new snapshot in every run.
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.wait
"""

EXAMPLES = r"""
- name: Create a snapshot before an upgrade
  indiecloud.compute.snapshot:
    provider: hostup
    instance: web1
    name: before-upgrade
    description: Before the upgrade to version 2

- name: Have a snapshot that is at most an hour old, and replace an older one
  indiecloud.compute.snapshot:
    provider: hostup
    instance: web1
    name: nightly
    max_age: 1h
    replace: true

- name: Create a dated snapshot unless the last one is younger than 20 hours
  indiecloud.compute.snapshot:
    provider: hostup
    instance: web1
    prefix: nightly
    max_age: 20h

- name: Delete the snapshot
  indiecloud.compute.snapshot:
    provider: hostup
    instance: web1
    name: before-upgrade
    state: absent
"""

RETURN = r"""
snapshot:
  description: The snapshot, or the one that was deleted, or null if there was none, with the keys of
    RV(indiecloud.compute.snapshot_info#module:snapshots) that the provider reports, and its age. In check mode, the dated
    name is that of the time of the check.
  type: dict
  returned: always
  contains:
    age_hours:
      description: 'The age in hours by the provider''s clock; null if unknown.'
      type: float
      returned: always
  sample: {
      "id": "before-upgrade", "name": "before-upgrade", "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
      "created_at": "2026-04-27T08:00:00Z", "expires_at": "2026-04-28T08:00:00Z", "status": null, "restorable": null,
      "description": "[indiecloud.compute]", "includes_memory": false, "parent": null, "size_gb": null, "extra": {}, "age_hours": 0.01}
created:
  description: Whether this task created the snapshot. False if it existed before. In check mode, whether the real run would
    create it.
  type: bool
  returned: always
  sample: true
replaced:
  description: The old snapshot that was deleted because of O(replace), with the keys of RV(snapshot). Null if none was
    deleted.
  type: dict
  returned: always
  sample: null
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
from ansible_collections.indiecloud.compute.plugins.module_utils._retention.task import snapshot_task

SPEC = {
    "instance": {"type": "str", "required": True},
    "name": {"type": "str"},
    "prefix": {"type": "str"},
    "description": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "max_age": {"type": "str"},
    "replace": {"type": "bool", "default": False},
    "record_path": {"type": "path"},
    "expected_instance_name": {"type": "str"},
    "wait_timeout": {"type": "float", "default": 900.0},
}


def main() -> None:
    run_module(snapshot_task, SPEC)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_info
short_description: Gather information about restores
version_added: 1.0.0
description:
  - Returns the record of restores of an account, the most recent first. It says what was restored when, from what and by
    whom, how it ended, what is unfinished, and what to do next.
  - Writes nothing, and does not create the file of the record. A record of a newer format version is refused.
  - With O(record=file) it sends no request and needs no token, unless O(instance) is a name that has to be looked up. The
    options that identify the account are needed, such as O(organization_id).
options:
  instance:
    description:
      - Return the restores of this instance only. The id or exact name.
      - With O(provider=barrack) the name or id of an instance that a restore created.
    type: str
  restore_id:
    description:
      - Return the restores with this id only.
    type: str
  unfinished:
    description:
      - Return unfinished restores only.
    type: bool
    default: false
  record:
    description:
      - V(file) reads the file.
      - V(provider) also reads what restores with O(indiecloud.compute.snapshot_restore#module:record=provider) keep at the
        provider. It finds restores of other controllers. Without O(instance) it reads all instances of the account.
        With O(provider=barrack) nothing but the name of the new instance is kept there, so only the file is read.
    type: str
    choices: [file, provider]
    default: file
  record_path:
    description:
      - The file of the record. If it does not exist, no restores are returned.
      - Defaults to the environment variable E(INDIECLOUD_RECORD_PATH), then C(~/.ansible/indiecloud/restores.sqlite3).
    type: path
author:
  - indiecloud.compute contributors (@indiecloud)
seealso:
  - module: indiecloud.compute.snapshot_restore
  - module: indiecloud.compute.snapshot_info
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.attributes.info
"""

EXAMPLES = r"""
- name: Gather the restores that have not ended
  indiecloud.compute.restore_info:
    provider: hostup
    unfinished: true
  register: open

- name: Show what to do about them
  ansible.builtin.debug:
    msg: "{{ item.target }} {{ item.restore_id }}: {{ item.next_steps | join(' ') }}"
  loop: "{{ open.restores }}"
"""

RETURN = r"""
restores:
  description: The restores, the most recently updated first.
  type: list
  elements: dict
  returned: always
  contains:
    restore_id:
      description: 'Identifies the restore together with RV(restores[].target).'
      type: str
      returned: always
    target:
      description: 'The id of the instance that was restored. On Barrack the name of the new instance.'
      type: str
      returned: always
    instance_id:
      description: 'The id of the instance that was restored or created; null if it is not known.'
      type: str
      returned: always
    snapshot_id:
      description: 'The id of the snapshot.'
      type: str
      returned: always
    snapshot_name:
      description: 'The name of the snapshot.'
      type: str
      returned: always
    snapshot_created_at:
      description: 'When the snapshot was created, in UTC.'
      type: str
      returned: always
    snapshot_as_of:
      description: 'The time by which the snapshot was chosen, in UTC; null if it was named.'
      type: str
      returned: always
    status:
      description: 'V(restored), V(accepted_unverified) (accepted, and the provider gave no evidence of its end), V(failed),
        V(given_up) (abandoned by O(indiecloud.compute.snapshot_restore#module:force=true) of another restore), or
        V(unfinished).'
      type: str
      returned: always
    unfinished:
      description: 'Whether it has not ended.'
      type: bool
      returned: always
    phase:
      description: 'How far it has come: V(claimed), V(stopping), V(sent), V(accepted), V(settled), V(done) or V(failed).'
      type: str
      returned: always
    restore_sent:
      description: 'Whether the request to restore was sent: V(no), V(refused), V(unknown) or V(accepted).'
      type: str
      returned: always
    error_code:
      description: 'Why it failed.'
      type: str
      returned: always
    claimed_at:
      description: 'When it began, in UTC.'
      type: str
      returned: always
    sent_at:
      description: 'When the request was sent first, in UTC.'
      type: str
      returned: always
    repeated_at:
      description: 'When the request was sent again, in UTC.'
      type: str
      returned: always
    updated_at:
      description: 'When the record was last changed, in UTC. For a restore that has ended this is its end.'
      type: str
      returned: always
    operation_id:
      description: 'The id of the provider''s job or task.'
      type: str
      returned: always
    safety_snapshot:
      description: 'The name of the snapshot that was taken before the restore.'
      type: str
      returned: always
    previous_power_state:
      description: 'The power state before the restore.'
      type: str
      returned: always
    run_by:
      description: 'Who began it, with C(user) and C(host) of the controller''s process, and C(job_id) and C(job_user) of a job of
        AWX. Null if another controller began it, or an older version of the collection: only the file says it.'
      type: dict
      returned: always
    drill:
      description: 'The id of the drill that it belongs to, of the role P(indiecloud.compute.rehearse#role).'
      type: str
      returned: always
    deleted_at:
      description: 'When the new instance was proved to be gone, after this collection deleted it, in UTC.'
      type: str
      returned: always
    claim:
      description: 'A random id of the run that began it, or that took it over.'
      type: str
      returned: always
    claimed_here:
      description: 'Whether that run used the file that was read, and not another controller.'
      type: bool
      returned: always
    lease_until:
      description: 'Until when other controllers leave it alone, in UTC; only with O(record=provider).'
      type: str
      returned: always
    next_steps:
      description: 'What to do about it, as a list of sentences.'
      type: list
      elements: str
      returned: always
  sample: [{
      "restore_id": "CHG-1234", "target": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
      "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "snapshot_id": "before-upgrade", "snapshot_name": "before-upgrade",
      "snapshot_created_at": "2026-04-27T08:00:00Z", "snapshot_as_of": null, "status": "unfinished", "unfinished": true,
      "phase": "accepted", "restore_sent": "accepted", "error_code": null, "claimed_at": "2026-04-27T09:00:00Z",
      "sent_at": "2026-04-27T09:00:20Z", "repeated_at": null, "updated_at": "2026-04-27T09:00:21Z",
      "operation_id": "job_01hxa3b4c5d6e7f8g9h0j1k2m3", "safety_snapshot": "pre-CHG-1234", "previous_power_state": "running",
      "run_by": {"user": "deploy", "host": "control1", "job_id": "4711", "job_user": "alice"},
      "drill": null, "deleted_at": null, "claim": "5f0c1d2e", "claimed_here": true, "lease_until": null,
      "next_steps": ["Run it again with restore_id: CHG-1234 and its snapshot. The run waits for the end of the restore,
        and does not send it again."]}]
api_calls:
  description: Number of requests sent, in total (C(total)) and by HTTP method.
  type: dict
  returned: always
  sample: {"total": 0}
reason:
  description: What went wrong. C(msg) is this text followed by RV(next_steps).
  type: str
  returned: on failure
  sample: "the record of restores at /var/lib/restores.sqlite3 cannot be used: it has format version 3, and this version of
    the collection reads versions 1 to 2"
error_code:
  description: Stable error code.
    L(The guide on error codes, https://github.com/indiecloud/compute/blob/main/docs/error_codes.md) explains each code.
  type: str
  returned: on failure
  sample: record_unavailable
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
from ansible_collections.indiecloud.compute.plugins.module_utils._info.restores import restores_task

SPEC = {
    "instance": {"type": "str"},
    "restore_id": {"type": "str"},
    "unfinished": {"type": "bool", "default": False},
    "record": {"type": "str", "choices": ["file", "provider"], "default": "file"},
    "record_path": {"type": "path"},
}


def main() -> None:
    run_module(restores_task, SPEC)


if __name__ == "__main__":
    main()

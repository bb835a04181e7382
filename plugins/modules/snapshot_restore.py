#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_restore
short_description: Restore a snapshot at most once
version_added: 1.0.0
description:
  - Restores a snapshot. On OnetSolutions and HostUp this replaces the disk of the instance, on Barrack it makes a new
    instance that is billed from the first minute.
  - A restore has an identity, O(restore_id). A second run with the same identity does nothing. Whatever breaks, the
    restore is never sent blindly again; a run that died is picked up by the next one.
  - Check mode sends nothing but reads and lists every reason for which the restore would be refused.
options:
  instance:
    description:
      - The id or exact name of the instance to restore. Several matches are an error that names them.
      - A value in the form of the provider's ids is read as an id.
      - Required except with O(provider=barrack), where it names the instance the snapshot must have been taken of.
    type: str
  snapshot:
    description:
      - The id or exact name of the snapshot. On HostUp the name is the id.
    type: str
    required: true
  new_vm_name:
    description:
      - The name of the new instance. Required with O(provider=barrack), refused elsewhere.
      - It identifies the restore there. An instance that has this name is taken for the result of an earlier run where
        the provider or the record says that it was made from this snapshot, and is a refusal otherwise.
    type: str
  restore_id:
    description:
      - What makes this restore the same as an earlier one, for example a change number. It counts by instance, so that
        one id can serve a whole fleet.
      - The default is a digest of provider, instance, snapshot and the creation time of the snapshot. With
        O(provider=barrack) the new name takes the place of the instance.
      - To restore the same snapshot again every night, use the date.
    type: str
  record:
    description:
      - Where the state of a restore is kept, so that the next run neither repeats nor loses it.
      - V(file) keeps it in one SQLite file on the machine the module runs on.
      - V(provider) keeps it at the provider as well, for controllers whose disk does not outlive the run, for example
        the containers of AWX. With O(provider=onetsolutions) it is one entry in the tags of the instance, with
        O(provider=hostup) a snapshot C(pre-...) taken before anything is touched and a snapshot C(done-...) taken
        after the end, with O(provider=barrack) the name of the new instance.
      - V(none) keeps nothing; every run restores again.
    type: str
    choices: [file, provider, none]
    default: file
  record_path:
    description:
      - The file of O(record=file), on a local disk. With O(record=provider) it holds the state while this machine lives.
      - When not set, the environment variable E(INDIECLOUD_RECORD_PATH) is used, and without it
        C(~/.ansible/indiecloud/restores.sqlite3).
    type: path
  force:
    description:
      - Restore although the record says that it was done, or that another restore has not ended.
    type: bool
    default: false
  on_unknown:
    description:
      - What to do when an earlier run lost the answer to its restore and nothing tells whether it was applied.
      - V(fail) fails with the evidence and what to do.
      - V(restore) restores again.
      - V(accept) takes it as applied, which ends in RV(status=accepted_unverified).
    type: str
    choices: [fail, restore, accept]
    default: fail
  stop:
    description:
      - Whether to stop a running instance before the restore. An instance that stays running is never overwritten
        silently.
      - V(never) fails if the instance is running.
      - V(if_required) stops it only if the provider requires a stopped instance. Where the provider does not, the disk of
        the running instance is replaced.
      - V(always) stops it first. The file system is clean then, and a restore whose answer is lost can be repeated safely.
      - Not supported with O(provider=barrack), where a restore creates a new instance.
    type: str
    choices: [never, if_required, always]
    default: never
  power_after:
    description:
      - The power state after the restore.
      - V(leave) leaves the instance as the provider does.
      - V(previous) brings back the state from before the first run of this restore.
      - V(started) starts the instance, V(stopped) stops it.
      - The power state never changes before the outcome of the restore is settled. If the provider gives no evidence of
        the end, only V(started) starts the instance.
      - Not supported with O(provider=barrack), where a restore creates a new instance.
    type: str
    choices: [leave, previous, started, stopped]
    default: leave
  safety_snapshot:
    description:
      - Whether to take a snapshot of the instance just before the restore, named C(pre-) and the first eight characters
        of the restore id, so that there is a way back. It is looked for again afterwards.
      - V(auto) goes on with a warning where none can be taken, V(required) refuses.
      - Nothing is taken with O(provider=barrack), where nothing is overwritten.
    type: str
    choices: [never, auto, required]
    default: never
  expected_instance_name:
    description:
      - Refuse unless the instance has exactly this name. A guard against a wrong id.
    type: str
  max_snapshot_age:
    description:
      - Refuse a snapshot that is older. Seconds, or a number with V(s), V(m), V(h), V(d) or V(w), for example V(36h).
    type: str
  allow_unverified:
    description:
      - Go on although something that protects from a double bill or a wrong age or price cannot be verified.
      - A restore in place by ids goes on without it and lists what it could not verify in RV(unverified).
    type: bool
    default: false
  accept_billing:
    description:
      - Required with O(provider=barrack), where a restore starts a bill.
    type: bool
    default: false
  max_hourly_rate:
    description:
      - Refuse when the GPUs of the new instance cost more than this an hour, in US dollars by Barrack's price list,
        storage not included.
    type: float
  provider_force:
    description:
      - The field C(force) in the body of OnetSolutions' restore. Its meaning is not published; its published default is
        V(true), which is sent when this option is not set.
    type: bool
  wait:
    description:
      - Wait until the restore has ended. Without it the task ends once the restore is accepted, and the same task with
        the same O(restore_id) adopts it later.
    type: bool
    default: true
  until:
    description:
      - How far to go. Run again with the same O(restore_id) and a later value to go on from there; the role
        P(indiecloud.compute.restore#role) does so to overlap the waits of a whole group.
      - V(stopping) claims the restore and asks for the stop; V(accepted) ends once the restore is accepted, like
        O(wait=false); V(settled) waits for its end; V(starting) then asks for the start; V(done) waits for that as well.
    type: str
    choices: [stopping, accepted, settled, starting, done]
    default: done
  wait_timeout:
    description:
      - Seconds the whole task may take. When they are over the restore goes on at the provider, and the next run
        adopts it.
    default: 1800.0
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - Routes that a provider does not publish may not exist. What they would have proved is listed in RV(unverified).
seealso:
  - module: indiecloud.compute.snapshot_info
  - module: indiecloud.compute.instance_power
attributes:
  check_mode:
    support: full
    details: Only reads are sent. It fails with every reason for which the real run would be refused.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details: By O(restore_id); not with O(force=true) or O(record=none).
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.wait
"""

EXAMPLES = r"""
- name: Restore web1, stopping it first and starting it again if it was running
  indiecloud.compute.snapshot_restore:
    provider: onetsolutions
    organization_id: 7d4cf1a8-6f0b-4c9c-9f7e-0a1d6f3b2c11
    project_id: 1f0a2d7e-9c3b-4e52-8f6d-5b7c9a0e4d22
    instance: web1
    snapshot: before-upgrade
    stop: always
    power_after: previous

- name: Restore under a change number, and only if the id means the right machine
  indiecloud.compute.snapshot_restore:
    provider: hostup
    instance: vps_01hxa3b4c5d6e7f8g9h0j1k2m3
    expected_instance_name: web1
    snapshot: before-upgrade
    max_snapshot_age: 12h
    restore_id: CHG-1234

- name: Make a new instance from a snapshot, at no more than 5 dollars an hour
  indiecloud.compute.snapshot_restore:
    provider: barrack
    snapshot: before-upgrade
    new_vm_name: gpu1-restored
    accept_billing: true
    max_hourly_rate: 5
"""

RETURN = r"""
status:
  description:
    - V(would_restore) in check mode; V(claimed) with O(until=stopping); V(accepted) with O(wait=false); V(restored) when the provider gave evidence of the
      end; V(accepted_unverified) when it accepted the restore and gave none; V(already_restored) when nothing was to be
      done; V(unknown) on failure.
  type: str
  returned: always
  sample: restored
resumed:
  description: Whether an earlier run of this restore was picked up.
  type: bool
  returned: always
  sample: false
phase:
  description: How far the restore is, on failure where it failed, one of V(preflight), V(claimed), V(stopping), V(sent),
    V(accepted), V(settled) and V(done).
  type: str
  returned: always
  sample: done
restore_id:
  description: The identity of the restore; null when it could not be told.
  type: str
  returned: always
  sample: 5f0c1e0d9a7b4c3d8e2f6a1b0c9d8e7f
instance:
  description: The instance, on Barrack the new one; the keys are those of
    RV(indiecloud.compute.instance_info#module:instances).
  type: dict
  returned: always
  sample: {
      "id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "name": "web1", "power_state": "stopped", "power_state_raw": "stopped",
      "power_state_at": null, "uptime": null, "status": "active", "hostname": null, "ipv4": "192.0.2.10", "ipv6": null,
      "addresses": ["192.0.2.10"], "tags": null,
      "location": null, "size": null, "image": "Debian 12", "hourly_rate": null, "currency": null, "created_at": null,
      "from_snapshot": null, "origin": null}
snapshot:
  description: The snapshot; the keys are those of RV(indiecloud.compute.snapshot_info#module:snapshots).
  type: dict
  returned: always
  sample: {
      "id": "before-upgrade", "name": "before-upgrade", "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
      "created_at": "2026-04-27T08:00:00Z", "expires_at": "2026-04-28T08:00:00Z", "status": null, "restorable": null,
      "description": null, "includes_memory": false, "parent": null, "size_gb": null, "extra": {}}
previous_power_state:
  description: The power state before the first run of this restore.
  type: str
  returned: always
  sample: running
power_state:
  description: The power state as last read.
  type: str
  returned: always
  sample: running
operation:
  description: The provider's job or task of the restore, where it names one.
  type: dict
  returned: always
  contains:
    id:
      description: 'The id of the job or task.'
      type: str
      returned: always
    kind:
      description: 'The provider''s word for the kind of work.'
      type: str
      returned: always
    status:
      description: 'One of V(pending), V(running), V(succeeded), V(failed) and V(unknown).'
      type: str
      returned: always
    status_raw:
      description: 'The provider''s own word.'
      type: str
      returned: always
    ended:
      description: 'Whether it is over.'
      type: bool
      returned: always
    progress:
      description: 'How far it is, in percent, where the provider says so.'
      type: float
      returned: always
    message:
      description: 'What the provider says of it.'
      type: str
      returned: always
    poll_path:
      description: 'Where it can be read.'
      type: str
      returned: always
    created_at:
      description: 'When it began, in UTC.'
      type: str
      returned: always
    finished_at:
      description: 'When it ended, in UTC.'
      type: str
      returned: always
  sample: {"id": "job_01hxa3b4c5d6e7f8g9h0j1k2m3", "kind": null, "status": "succeeded", "status_raw": "completed",
    "ended": true, "progress": 100.0, "message": null, "poll_path": "/api/jobs/job_01hxa3b4c5d6e7f8g9h0j1k2m3",
    "created_at": null, "finished_at": null}
safety_snapshot:
  description: The snapshot taken before the restore, with the keys of
    RV(indiecloud.compute.snapshot_info#module:snapshots) and C(survived), which is null until the restore has ended.
  type: dict
  returned: always
  sample: null
plan:
  description: The steps of this run in order.
  type: list
  elements: str
  returned: always
  sample: ["restore snapshot before-upgrade to instance vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
    "wait until the restore has ended"]
timings:
  description: Seconds by phase, and in all (C(total)).
  type: dict
  returned: always
  sample: {"preflight": 0.4, "restore": 41.2, "total": 41.7}
unverified:
  description: What could not be proved, one sentence each.
  type: list
  elements: str
  returned: always
  sample: []
api_calls:
  description: Number of requests sent, in total (C(total)) and by HTTP method.
  type: dict
  returned: always
  sample: {"total": 9, "GET": 8, "POST": 1}
reason:
  description: What went wrong. C(msg) is this text followed by RV(next_steps).
  type: str
  returned: on failure
  sample: "restoring 3c90c3cc-0d44-4b50-8888-8dd25736052a refused: the instance is running"
error_code:
  description: Stable error code.
    L(The guide on error codes, https://github.com/indiecloud/compute/blob/main/docs/error_codes.md) explains each code.
  type: str
  returned: on failure
  sample: instance_running
refusals:
  description: All reasons why the task was refused, each with C(code), C(message) and C(next_step). Empty for other errors.
  type: list
  elements: dict
  returned: on failure
  sample: [{"code": "instance_running", "message": "instance 3c90c3cc-0d44-4b50-8888-8dd25736052a is running, and the
    provider restores stopped instances only", "next_step": "Set stop: always to stop it first, or stop it with
    the module instance_power."}]
next_steps:
  description: What to do about the error, as a list of sentences.
  type: list
  elements: str
  returned: on failure
  sample: ["Set stop: always to stop it first, or stop it with the module instance_power."]
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
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task

SPEC = {
    "instance": {"type": "str"},
    "snapshot": {"type": "str", "required": True},
    "new_vm_name": {"type": "str"},
    "restore_id": {"type": "str"},
    "record": {"type": "str", "choices": ["file", "provider", "none"], "default": "file"},
    "record_path": {"type": "path"},
    "force": {"type": "bool", "default": False},
    "on_unknown": {"type": "str", "choices": ["fail", "restore", "accept"], "default": "fail"},
    "stop": {"type": "str", "choices": ["never", "if_required", "always"], "default": "never"},
    "safety_snapshot": {"type": "str", "choices": ["never", "auto", "required"], "default": "never"},
    "power_after": {"type": "str", "choices": ["leave", "previous", "started", "stopped"], "default": "leave"},
    "expected_instance_name": {"type": "str"},
    "max_snapshot_age": {"type": "str"},
    "allow_unverified": {"type": "bool", "default": False},
    "accept_billing": {"type": "bool", "default": False},
    "max_hourly_rate": {"type": "float"},
    "provider_force": {"type": "bool"},
    "wait": {"type": "bool", "default": True},
    "until": {"type": "str", "choices": ["stopping", "accepted", "settled", "starting", "done"], "default": "done"},
    "wait_timeout": {"type": "float", "default": 1800.0},
}


def main() -> None:
    run_module(restore_task, SPEC)


if __name__ == "__main__":
    main()

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
  - Restores a snapshot. On OnetSolutions and HostUp this replaces the disk of the instance. On Barrack it creates a new
    instance, which is billed from the first minute.
  - A restore is identified by O(restore_id). A second run with the same key changes nothing. A restore request is never
    repeated blindly, whatever fails, and an interrupted run is resumed by the next one.
  - Check mode sends only reads. It fails and lists every reason for which the real run would be refused.
  - An option that the provider cannot honour is refused and never ignored.
options:
  instance:
    description:
      - The id or exact name of the instance to restore. Fails if several instances have this name, and lists them.
      - A value in the form of the provider's ids is an id.
      - Required, except with O(provider=barrack), where it is the instance the snapshot must belong to.
    type: str
  snapshot:
    description:
      - The id or exact name of the snapshot. On HostUp the name of a snapshot is its id.
      - Either this or O(snapshot_as_of) is required.
    type: str
  snapshot_as_of:
    description:
      - A time with its offset, for example V(2026-04-27T08:00:00+02:00). Restores the newest snapshot of the instance that
        was created at or before it and can be restored.
      - The first run of a O(restore_id) chooses the snapshot and records its id. Later runs with the same time use this
        snapshot and never choose again, also if it has been deleted. RV(plan) and RV(snapshot) show it. With O(record=none)
        each run chooses.
      - Refused if the choice is not certain, because the list of snapshots is incomplete, or the creation time of a snapshot
        is unknown. A time in the future is refused too.
      - Requires O(restore_id) and O(instance).
    type: str
  new_vm_name:
    description:
      - The name of the new instance. Required with O(provider=barrack); other providers refuse it.
      - If an instance with this name exists and is known to have been created from this snapshot, it is adopted as the
        result of an earlier run; otherwise the task fails.
    type: str
  restore_id:
    description:
      - Idempotency key of the restore, for example a change number. It is scoped to the instance, so the same key can be
        used for a whole fleet. At most 128 characters.
      - By default it is derived from the provider, the instance (with O(provider=barrack) the name of the new one), the
        snapshot and its creation time, so the same snapshot is restored once.
      - To restore the same snapshot regularly, set another key each time, for example the date.
    type: str
  record:
    description:
      - Where the state of the restore is kept, so the next run neither repeats nor loses it.
      - V(file) keeps it in an SQLite file on the machine the module runs on.
      - V(provider) keeps it at the provider as well, for controllers whose disk is deleted after the run, such as the
        containers of AWX. With O(provider=onetsolutions) it is an entry in the tags of the instance. With
        O(provider=hostup) it is a snapshot C(pre-...) before the restore and a snapshot C(done-...) after it. With
        O(provider=barrack) it is the name of the new instance.
      - V(none) keeps nothing. Every run restores again, and an interrupted run cannot be resumed.
    type: str
    choices: [file, provider, none]
    default: file
  record_path:
    description:
      - The file for O(record=file), on a local disk. O(record=provider) uses it too, as long as this machine exists.
      - Defaults to the environment variable E(INDIECLOUD_RECORD_PATH), then C(~/.ansible/indiecloud/restores.sqlite3).
    type: path
  force:
    description:
      - Restore even if this restore is recorded as done, or another one as unfinished.
    type: bool
    default: false
  on_unknown:
    description:
      - What to do if an earlier run did not receive the answer to its restore request, and there is no evidence whether
        the restore was applied.
      - V(fail) fails, shows the evidence and says what to do.
      - V(restore) restores again.
      - V(accept) assumes that it was applied and returns RV(status=accepted_unverified).
    type: str
    choices: [fail, restore, accept]
    default: fail
  stop:
    description:
      - Whether to stop a running instance before the restore.
      - V(never) fails if the instance is running.
      - V(if_required) stops it only if the provider requires a stopped instance. Otherwise the disk is replaced while the
        instance is running.
      - V(always) stops it first. The file system is clean then, and a restore whose answer is lost can be repeated safely.
      - Other values than V(never) are refused with O(provider=barrack), where a restore creates a new instance.
    type: str
    choices: [never, if_required, always]
    default: never
  power_after:
    description:
      - The power state after the restore.
      - V(leave) leaves the instance in the state in which the provider leaves it.
      - V(previous) sets the state before the first run of this restore.
      - V(started) starts the instance, V(stopped) stops it.
      - The power state is set when the restore has ended. If the provider gives no evidence of the end, only V(started)
        changes it.
      - Other values than V(leave) are refused with O(provider=barrack), where a restore creates a new instance.
    type: str
    choices: [leave, previous, started, stopped]
    default: leave
  safety_snapshot:
    description:
      - Whether to take a snapshot of the instance just before the restore, as a way back. Its name is C(pre-) and the first
        eight characters of the restore id. RV(safety_snapshot) shows whether it still exists after the restore.
      - V(auto) continues with a warning if none can be taken, V(required) refuses the restore.
      - Other values than V(never) are refused with O(provider=barrack), where a restore overwrites nothing.
    type: str
    choices: [never, auto, required]
    default: never
  expected_instance_name:
    description:
      - Refuse the restore unless the instance has exactly this name. This protects against a wrong id.
    type: str
  max_snapshot_age:
    description:
      - Refuse the restore if the snapshot is older than this. In seconds, or with one of the suffixes V(s), V(m), V(h),
        V(d) and V(w), for example V(36h).
    type: str
  allow_unverified:
    description:
      - Continue even if a safeguard (duplicate instance, snapshot age, price limit) cannot be checked.
      - A restore in place by ids does not need it; RV(unverified) lists what could not be checked.
    type: bool
    default: false
  accept_billing:
    description:
      - Accept that the restore creates a new instance, which is billed from the first minute. Required with
        O(provider=barrack); other providers refuse V(true).
    type: bool
    default: false
  max_hourly_rate:
    description:
      - Refuse the restore if the GPUs of the new instance cost more than this, in US dollars per hour by Barrack's price
        list. Storage is not included.
      - Only with O(provider=barrack); other providers refuse it.
    type: float
  provider_force:
    description:
      - The field C(force) in the body of OnetSolutions' restore request. Its meaning is not published. If not set, V(true)
        is sent, which is its published default.
      - Only with O(provider=onetsolutions); other providers refuse it.
    type: bool
  wait:
    description:
      - Wait until the restore has ended. With V(false) the task ends when the provider has accepted the restore; the same
        task with the same O(restore_id) waits for the end later.
    type: bool
    default: true
  wait_timeout:
    description:
      - Timeout of the whole task, in seconds. After a timeout the restore continues at the provider, and the next run
        resumes it.
    default: 1800.0
author:
  - indiecloud.compute contributors (@indiecloud)
notes:
  - Some API routes are not documented by the provider and may not exist. RV(unverified) lists what they would have proved.
seealso:
  - module: indiecloud.compute.snapshot_info
  - module: indiecloud.compute.instance_power
attributes:
  check_mode:
    support: full
    details: Only reads are sent. The task fails and lists all reasons why the real run would be refused.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details: By O(restore_id). Not with O(force=true) or O(record=none).
extends_documentation_fragment:
  - indiecloud.compute.connection
  - indiecloud.compute.attributes
  - indiecloud.compute.wait
"""

EXAMPLES = r"""
- name: Stop web1, restore a snapshot, and start it again if it was running
  indiecloud.compute.snapshot_restore:
    provider: onetsolutions
    organization_id: 7d4cf1a8-6f0b-4c9c-9f7e-0a1d6f3b2c11
    project_id: 1f0a2d7e-9c3b-4e52-8f6d-5b7c9a0e4d22
    instance: web1
    snapshot: before-upgrade
    stop: always
    power_after: previous

- name: Restore once per change number, with a way back, and only if the id belongs to web1
  indiecloud.compute.snapshot_restore:
    provider: hostup
    instance: vps_01hxa3b4c5d6e7f8g9h0j1k2m3
    expected_instance_name: web1
    snapshot: before-upgrade
    max_snapshot_age: 12h
    restore_id: CHG-1234
    stop: always
    power_after: started
    safety_snapshot: required

- name: Restore the newest snapshot from before the incident
  indiecloud.compute.snapshot_restore:
    provider: hostup
    instance: web1
    snapshot_as_of: "2026-04-27T08:00:00+02:00"
    restore_id: INC-7
    stop: always
    power_after: previous

- name: Create a new instance from a snapshot, for at most 5 US dollars per hour
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
    - The outcome.
    - V(restored) if the provider gave evidence of the end, V(accepted_unverified) if it accepted the restore and gave none.
    - V(already_restored) if the restore was done before and nothing was changed.
    - V(accepted) with O(wait=false), V(would_restore) in check mode.
    - V(unknown) on failure.
  type: str
  returned: always
  sample: restored
restore_sent:
  description:
    - Whether a restore request was sent, and what is known of it.
    - V(no) if none was sent, V(refused) if the provider refused it, V(accepted) if the provider accepted it.
    - V(unknown) if it may have been applied. Do not start the instance before that is settled.
  type: str
  returned: always
  sample: accepted
retry_at:
  description: When to run again without O(on_unknown), as ISO 8601 in UTC. By then a restore whose answer was lost can be
    repeated, or the claim of another controller has ended. Null if neither is the case.
  type: str
  returned: always
  sample: null
began_at:
  description: When this restore began, maybe in an earlier run, as ISO 8601 in UTC. This and the next times are those of the
    provider's clock. Null if no restore is recorded.
  type: str
  returned: always
  sample: "2026-04-27T09:00:00Z"
sent_at:
  description: When the request to restore was sent, the last time if it was sent again.
  type: str
  returned: always
  sample: "2026-04-27T09:00:20Z"
ended_at:
  description: When this restore ended; null if it has not ended.
  type: str
  returned: always
  sample: "2026-04-27T09:02:10Z"
run_by:
  description: Who began this restore, with C(user) and C(host) of the controller's process, and C(job_id) and C(job_user) of a job
    of AWX. Null if no restore is recorded, or if another controller began it.
  type: dict
  returned: always
  sample: {"user": "deploy", "host": "control1", "job_id": null, "job_user": null}
resumed:
  description: Whether this run continued an earlier run of the same restore.
  type: bool
  returned: always
  sample: false
phase:
  description: The phase that the restore has reached, on failure the one in which it failed. One of V(preflight),
    V(claimed), V(stopping), V(sent), V(accepted), V(settled) and V(done).
  type: str
  returned: always
  sample: done
restore_id:
  description: The idempotency key of the restore; null if it could not be derived.
  type: str
  returned: always
  sample: 5f0c1e0d9a7b4c3d8e2f6a1b0c9d8e7f
instance:
  description: The instance, on Barrack the new one, with the keys of
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
  description: The snapshot, with the keys of RV(indiecloud.compute.snapshot_info#module:snapshots) that the provider reports.
  type: dict
  returned: always
  sample: {
      "id": "before-upgrade", "name": "before-upgrade", "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
      "created_at": "2026-04-27T08:00:00Z", "expires_at": "2026-04-28T08:00:00Z", "status": null, "restorable": null,
      "description": null, "includes_memory": false, "parent": null, "size_gb": null, "extra": {}}
hourly_price:
  description:
    - The price of the new instance by the provider's query of prices, as C(amount) and C(currency) an hour. It is read in
      check mode and for O(max_hourly_rate).
    - Null where a restore creates no instance, and where the price is unknown.
  type: dict
  returned: always
  sample: null
previous_power_state:
  description: The power state before the first run of this restore.
  type: str
  returned: always
  sample: running
power_state:
  description: The power state as it was last read.
  type: str
  returned: always
  sample: running
operation:
  description: The job or task of the restore at the provider; null if the provider names none.
  type: dict
  returned: always
  contains:
    id:
      description: The id of the job or task.
      type: str
      returned: always
    kind:
      description: The kind of work, as the provider calls it.
      type: str
      returned: always
    status:
      description: One of V(pending), V(running), V(succeeded), V(failed) and V(unknown).
      type: str
      returned: always
    status_raw:
      description: The status as the provider calls it.
      type: str
      returned: always
    ended:
      description: Whether it has ended.
      type: bool
      returned: always
    progress:
      description: The progress in percent, if the provider reports it.
      type: float
      returned: always
    message:
      description: The message of the provider.
      type: str
      returned: always
    poll_path:
      description: The path at which it can be read.
      type: str
      returned: always
    created_at:
      description: When it was created, in UTC.
      type: str
      returned: always
    finished_at:
      description: When it ended, in UTC.
      type: str
      returned: always
    instance_id:
      description: The id of the instance that it works on, if the provider names it.
      type: str
      returned: always
    snapshot_id:
      description: The id of the snapshot that it works with, if the provider names it.
      type: str
      returned: always
  sample: {"id": "job_01hxa3b4c5d6e7f8g9h0j1k2m3", "kind": null, "status": "succeeded", "status_raw": "completed",
    "ended": true, "progress": 100.0, "message": null, "poll_path": "/api/jobs/job_01hxa3b4c5d6e7f8g9h0j1k2m3",
    "created_at": null, "finished_at": null, "instance_id": "vps_01hxa3b4c5d6e7f8g9h0j1k2m3", "snapshot_id": null}
safety_snapshot:
  description: The snapshot taken before the restore, with the keys of
    RV(indiecloud.compute.snapshot_info#module:snapshots) that the provider reports, and C(survived), which is null until
    the restore has ended. Null if none was taken.
  type: dict
  returned: always
  sample: null
plan:
  description: The steps of this run, in order.
  type: list
  elements: str
  returned: always
  sample: ["restore snapshot before-upgrade to instance vps_01hxa3b4c5d6e7f8g9h0j1k2m3",
    "wait until the restore has ended"]
timings:
  description: Durations in seconds, by phase and in total (C(total)).
  type: dict
  returned: always
  sample: {"preflight": 0.4, "restore": 41.2, "total": 41.7}
unverified:
  description: What could not be verified, one phrase each.
  type: list
  elements: str
  returned: always
  sample: []
api_calls:
  description: The number of requests, in total (C(total)) and by HTTP method.
  type: dict
  returned: always
  sample: {"total": 9, "GET": 8, "POST": 1}
reason:
  description: What went wrong. C(msg) is this text followed by RV(next_steps).
  type: str
  returned: on failure
  sample: "restoring 3c90c3cc-0d44-4b50-8888-8dd25736052a refused: the instance is running"
error_code:
  description: A stable code for conditions. The
    L(guide on error codes, https://github.com/indiecloud/compute/blob/main/docs/error_codes.md) explains each of them.
  type: str
  returned: on failure
  sample: instance_running
refusals:
  description: All reasons why the restore was refused, each with C(code), C(message) and C(next_step). Empty for other
    failures.
  type: list
  elements: dict
  returned: on failure
  sample: [{"code": "instance_running", "message": "instance 3c90c3cc-0d44-4b50-8888-8dd25736052a is running and
    stop is never", "next_step": "Set stop: always to stop it first, or stop it with the module instance_power."}]
next_steps:
  description: What to do next, one sentence each.
  type: list
  elements: str
  returned: on failure
  sample: ["Set stop: always to stop it first, or stop it with the module instance_power."]
http_status:
  description: The HTTP status of the error.
  type: int
  returned: when the provider answered with an error
  sample: 409
provider_code:
  description: The provider's own code of the error.
  type: str
  returned: when the provider answered with an error
  sample: vps_not_ready
request_id:
  description: The id of the request, for the provider's support.
  type: str
  returned: when the provider answered with an error
  sample: req_01hxa3b4c5d6e7f8g9h0j1k2m3
"""

from ansible_collections.indiecloud.compute.plugins.module_utils._ansible import run_module
from ansible_collections.indiecloud.compute.plugins.module_utils._restore.task import restore_task

SPEC = {
    "instance": {"type": "str"},
    "snapshot": {"type": "str"},
    "snapshot_as_of": {"type": "str"},
    "new_vm_name": {"type": "str"},
    "restore_id": {"type": "str"},
    "record": {"type": "str", "choices": ["file", "provider", "none"], "default": "file"},
    "record_path": {"type": "path"},
    "force": {"type": "bool", "default": False},
    "on_unknown": {"type": "str", "choices": ["fail", "restore", "accept"], "default": "fail"},
    "stop": {"type": "str", "choices": ["never", "if_required", "always"], "default": "never"},
    "power_after": {"type": "str", "choices": ["leave", "previous", "started", "stopped"], "default": "leave"},
    "safety_snapshot": {"type": "str", "choices": ["never", "auto", "required"], "default": "never"},
    "expected_instance_name": {"type": "str"},
    "max_snapshot_age": {"type": "str"},
    "allow_unverified": {"type": "bool", "default": False},
    "accept_billing": {"type": "bool", "default": False},
    "max_hourly_rate": {"type": "float"},
    "provider_force": {"type": "bool"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 1800.0},
}


def main() -> None:
    run_module(restore_task, SPEC)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: guarded_change_step
short_description: One step of the role guarded_change
version_added: 1.0.0
description:
  - A step of the role P(indiecloud.compute.guarded_change#role), which is not meant to be used without the role.
  - It runs in the process of Ansible on the controller and opens no connection.
options:
  step:
    description:
      - V(plan) evaluates the variables of a host. V(prepare) takes the snapshots of all hosts of the batch, V(begun) returns
        what is done with a host. V(in_time), V(passed) and V(failed) follow the tasks of the user. V(settle) rolls back what
        failed and keeps what was verified, V(ended) returns what became of a host, V(verified) adds the verification after
        a rollback. V(report) shows and writes the report, V(conclude) fails the host unless its change is in effect.
    type: str
    choices: [plan, prepare, begun, in_time, passed, failed, settle, ended, verified, report, conclude]
    required: true
author:
  - indiecloud.compute contributors (@indiecloud)
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
"""

EXAMPLES = r"""
- name: Use the role
  ansible.builtin.import_role:
    name: indiecloud.compute.guarded_change
  vars:
    guarded_change_id: CHG-1234
    guarded_change_tasks: upgrade.yml
    guarded_change_verify_tasks: check.yml
"""

RETURN = r"""
guarded_change_result:
  description: The fact C(guarded_change_result) of the role.
  type: dict
  returned: for V(begun), V(ended) and V(verified)
  sample: {"name": "web1", "status": "kept"}
"""

from ansible.module_utils.basic import AnsibleModule

STEPS = ["plan", "prepare", "begun", "in_time", "passed", "failed", "settle", "ended", "verified", "report", "conclude"]


def main() -> None:
    module = AnsibleModule({"step": {"type": "str", "choices": STEPS, "required": True}}, supports_check_mode=True)
    module.fail_json(msg="The steps of the role guarded_change run on the controller only.")


if __name__ == "__main__":
    main()

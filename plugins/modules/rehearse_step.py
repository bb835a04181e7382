#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearse_step
short_description: One step of the role rehearse
version_added: 1.0.0
description:
  - A step of the role P(indiecloud.compute.rehearse#role), which is not meant to be used without the role.
  - It runs in the process of Ansible on the controller and opens no connection.
options:
  step:
    description:
      - V(plan) evaluates the variables of a host. V(begin) checks all hosts of the batch and restores those of a drill to new
        instances, V(begun) returns what was found for a host. V(add), V(connects), V(in_time), V(passed) and V(failed) belong to the
        verification. V(delete) deletes the new instance. V(report) shows and writes the report, V(conclude) fails the host
        if it could not be restored or its drill failed.
    type: str
    choices: [plan, begin, begun, add, connects, in_time, passed, failed, delete, report, conclude]
    required: true
author:
  - indiecloud.compute contributors (@indiecloud)
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Use the role
  ansible.builtin.import_role:
    name: indiecloud.compute.rehearse
"""

RETURN = r"""
rehearse_result:
  description: The fact C(rehearse_result) of the role.
  type: dict
  returned: for V(begun) and V(delete)
  sample: {"name": "web1", "status": "could_restore"}
"""

from ansible.module_utils.basic import AnsibleModule

STEPS = ["plan", "begin", "begun", "add", "connects", "in_time", "passed", "failed", "delete", "report", "conclude"]


def main() -> None:
    module = AnsibleModule({"step": {"type": "str", "choices": STEPS, "required": True}}, supports_check_mode=True)
    module.fail_json(msg="The steps of the role rehearse run on the controller only.")


if __name__ == "__main__":
    main()

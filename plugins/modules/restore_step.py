#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_step
short_description: One step of the role restore
version_added: 1.0.0
description:
  - A step of the role P(indiecloud.compute.restore#role), which is not meant to be used without the role.
  - It runs in the process of Ansible on the controller and opens no connection.
options:
  step:
    description:
      - V(plan) evaluates the variables of a host. V(restore) checks and restores the instances of all hosts of the batch at
        once. V(collect) returns what became of those of a host. V(verified) adds the result of the verification, V(report)
        shows and writes the report, V(unnotified) tells that the tasks of the user that notify somebody failed, V(conclude)
        fails the host if a restore failed.
    type: str
    choices: [plan, restore, collect, verified, report, unnotified, conclude]
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
    name: indiecloud.compute.restore
"""

RETURN = r"""
restore_result:
  description: The fact C(restore_result) of the role.
  type: raw
  returned: for V(collect) and V(verified)
  sample: {"name": "web1", "status": "restored"}
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    steps = ["plan", "restore", "collect", "verified", "report", "unnotified", "conclude"]
    module = AnsibleModule({"step": {"type": "str", "choices": steps, "required": True}}, supports_check_mode=True)
    module.fail_json(msg="The steps of the role restore run on the controller only.")


if __name__ == "__main__":
    main()

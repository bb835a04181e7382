#!/usr/bin/python
# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: overview_report
short_description: The report of the playbook overview
version_added: 1.0.0
description:
  - A step of the playbook C(overview), which is not meant to be used without it.
  - It runs in the process of Ansible on the controller and opens no connection.
options:
  instances:
    description: The results of M(indiecloud.compute.instance_info) in a loop over providers.
    type: list
    elements: dict
    required: true
  snapshots:
    description: The results of M(indiecloud.compute.snapshot_info) in the same loop.
    type: list
    elements: dict
    required: true
  restores:
    description: The results of M(indiecloud.compute.restore_info) in the same loop.
    type: list
    elements: dict
    required: true
  max_age:
    description: Fail if the newest restorable snapshot of an instance is older.
    type: str
  path:
    description: The files of the report, without the ending.
    type: str
  title:
    description: The title of the report.
    type: str
author:
  - indiecloud.compute contributors (@indiecloud)
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: N/A
"""

EXAMPLES = r"""
- name: Show what was read before
  indiecloud.compute.overview_report:
    instances: "{{ instances.results }}"
    snapshots: "{{ snapshots.results }}"
    restores: "{{ restores.results }}"
"""

RETURN = r"""
lines:
  description: The table, unless it is shown by itself.
  type: list
  elements: str
  returned: when the output of Ansible is not read by people
  sample: ["instance  provider", "--------  --------", "web1      hostup"]
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    results = {"type": "list", "elements": "dict", "required": True}
    texts = {name: {"type": "str"} for name in ("max_age", "path", "title")}
    module = AnsibleModule(
        {"instances": results, "snapshots": results, "restores": results, **texts}, supports_check_mode=True
    )
    module.fail_json(msg="The report of the playbook overview runs on the controller only.")


if __name__ == "__main__":
    main()

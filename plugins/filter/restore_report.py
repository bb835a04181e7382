# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_report
short_description: Write a report of restores
version_added: 1.0.0
author:
  - indiecloud.compute contributors (@indiecloud)
description:
  - Turns what the role P(indiecloud.compute.restore#role) leaves as C(restore_result) into a report.
  - The page is one file without scripts and without addresses. What providers and users said is escaped in each form.
positional: form
options:
  _input:
    description: The C(restore_result) of each host, in the order of O(hosts); empty for a host that has none.
    type: list
    elements: raw
    required: true
  form:
    description:
      - V(lines) is a table for a terminal, as a list of lines. The others are the contents of a file.
    type: str
    choices: [html, json, lines, markdown]
    required: true
  hosts:
    description: The names of the hosts.
    type: list
    elements: str
    required: true
  active:
    description:
      - The hosts that have not failed. Of the others, one without a result is reported as failed, of these as not started.
      - The default is all of O(hosts).
    type: list
    elements: str
  title:
    description: The title of the report.
    type: str
    default: Restore report
  created_at:
    description: The time to print.
    type: str
    default: ""
  check_mode:
    description: Whether to say that nothing was changed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Keep a page of what was restored
  ansible.builtin.copy:
    content: >-
      {{ ansible_play_hosts_all | map('extract', hostvars) | map(attribute='restore_result', default=[])
      | indiecloud.compute.restore_report('html', hosts=ansible_play_hosts_all) }}
    dest: restored.html
    mode: "0644"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
_value:
  description: The lines, or the contents of the file.
  type: raw
"""

from collections.abc import Callable
from typing import Any


def restore_report(*args: Any, **options: Any) -> Any:
    # A process that uses one filter of a collection loads the files of all, and Ansible compiles what it loads.
    from ..plugin_utils._report.report import restore_report as implementation

    return implementation(*args, **options)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"restore_report": restore_report}

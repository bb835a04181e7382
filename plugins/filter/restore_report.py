# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_report
short_description: Format a report of restores
version_added: 1.0.0
author:
  - indiecloud.compute contributors (@indiecloud)
description:
  - Formats the facts C(restore_result) that the role P(indiecloud.compute.restore#role) sets.
  - The HTML page is one file without scripts and external resources. Text from providers and users is escaped in every
    format.
positional: form
options:
  _input:
    description: The C(restore_result) of each host, in the order of O(hosts). Empty for a host without a result.
    type: list
    elements: raw
    required: true
  form:
    description:
      - V(lines) is a table for a terminal, as a list of lines. The other formats are the contents of a file.
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
      - The hosts that have not failed. A host without a result is reported as not started if it is one of these, else as
        failed.
      - Defaults to all of O(hosts).
    type: list
    elements: str
  title:
    description: The title of the report.
    type: str
    default: Restore report
  created_at:
    description: The time to print, as text.
    type: str
    default: ""
  check_mode:
    description: Whether the report states that nothing was changed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Write a page about the restores of the play
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
    # Ansible loads all filters of a collection to use one of them, so the import is delayed.
    from ..plugin_utils._report.report import restore_report as implementation

    return implementation(*args, **options)


class FilterModule:
    """The filters of this file, by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"restore_report": restore_report}

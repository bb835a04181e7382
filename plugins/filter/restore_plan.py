# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_plan
short_description: Plan the restores of a host
version_added: 1.0.0
author:
  - indiecloud.compute contributors (@indiecloud)
description:
  - Turns the variables of the role P(indiecloud.compute.restore#role) into what its tasks do with each target.
  - Nothing is asked and nothing is changed. A token is neither needed nor kept.
options:
  _input:
    description: The variable C(restore_targets), or none where the host itself is the target.
    type: list
    elements: dict
    required: true
  variables:
    description:
      - The variables of the role, by their names, and those that the inventory plugin
        P(indiecloud.compute.instances#inventory) sets. One that is none counts as not set.
    type: dict
    required: true
  providers:
    description: What M(indiecloud.compute.provider_info) returned as RV(indiecloud.compute.provider_info#module:providers).
    type: list
    elements: dict
    required: true
  host:
    description: The name of the host in the inventory.
    type: str
    required: true
  hosts:
    description: How many hosts the play restores.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Look at what the role would be asked to do
  ansible.builtin.debug:
    msg: >-
      {{ [{'instance': 'web1'}] | indiecloud.compute.restore_plan(
      variables={'restore_provider': 'hostup', 'restore_snapshot': 'before-upgrade', 'restore_record': 'file',
      'restore_force': false, 'restore_stop': 'always', 'restore_power_after': 'previous',
      'restore_on_failure': 'leave', 'restore_verify': 'none', 'restore_add_to_inventory': false,
      'restore_max_hosts': 50}, providers=[{'name': 'hostup', 'capabilities': {'creates_instance': false}}],
      host=inventory_hostname, hosts=1) }}
"""

RETURN = r"""
_value:
  description: For each target a dictionary, with RV(_value[].restore) as the options of the module that restores it.
  type: list
  elements: dict
  contains:
    provider:
      description: The name of the provider.
      type: str
    capabilities:
      description: Whether a restore makes a new instance.
      type: dict
    snapshot:
      description: The id or name of the snapshot.
      type: str
    name:
      description: What the target is called in output and reports.
      type: str
    record:
      description: Where the record of the restore is kept.
      type: str
    restore_id:
      description: The id of the restore, or nothing.
      type: str
    force:
      description: Whether it is restored again.
      type: bool
    power_after:
      description: The power state that is wanted in the end.
      type: str
    on_failure:
      description: What happens to an instance whose restore failed.
      type: str
    restore:
      description: The options of M(indiecloud.compute.snapshot_restore).
      type: dict
    power:
      description: The options of M(indiecloud.compute.instance_power).
      type: dict
    more:
      description: Whether there may be something to do for the host once its restores have ended.
      type: bool
    mistakes:
      description: What is wrong before anything is asked, in sentences; the same for each target.
      type: list
      elements: str
"""

from collections.abc import Callable
from typing import Any


def restore_plan(*args: Any, **options: Any) -> Any:
    # A process that uses one filter of a collection loads the files of all, and Ansible compiles what it loads.
    from ..plugin_utils._role.plan import restore_plan as implementation

    return implementation(*args, **options)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"restore_plan": restore_plan}

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
  - Converts the variables of the role P(indiecloud.compute.restore#role) into the options of its tasks, for each target.
  - Sends nothing and needs no token.
options:
  _input:
    description: The variable C(restore_targets), or none if the host itself is the target.
    type: list
    elements: dict
    required: true
  variables:
    description:
      - The variables of the role by name, and those that the inventory plugin P(indiecloud.compute.instances#inventory)
        sets. A value of none counts as not set.
    type: dict
    required: true
  providers:
    description: The return value RV(indiecloud.compute.provider_info#module:providers) of M(indiecloud.compute.provider_info).
    type: list
    elements: dict
    required: true
  host:
    description: The name of the host in the inventory.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show what the role would do
  ansible.builtin.debug:
    msg: >-
      {{ [{'instance': 'web1'}] | indiecloud.compute.restore_plan(
      variables={'restore_provider': 'hostup', 'restore_snapshot': 'before-upgrade'},
      providers=[{'name': 'hostup', 'capabilities': {'creates_instance': false}}], host=inventory_hostname) }}
"""

RETURN = r"""
_value:
  description: One dictionary for each target. RV(_value[].restore) holds the options of the module that restores it.
  type: list
  elements: dict
  contains:
    provider:
      description: The name of the provider.
      type: str
    capabilities:
      description: Whether a restore creates a new instance (C(creates_instance)).
      type: dict
    snapshot:
      description: The id or name of the snapshot.
      type: str
    name:
      description: The name of the target in output and reports.
      type: str
    record:
      description: Where the record of the restore is kept.
      type: str
    restore_id:
      description: The idempotency key of the restore, empty for the default.
      type: str
    force:
      description: Whether to restore even if the restore is recorded as done.
      type: bool
    on_failure:
      description: What to do with an instance whose restore failed.
      type: str
    restore:
      description: The options of M(indiecloud.compute.snapshot_restore).
      type: dict
    power:
      description: The options of M(indiecloud.compute.instance_power).
      type: dict
    has_followup:
      description: Whether tasks of the role may have to run after the restores of the host have ended.
      type: bool
    max_hosts:
      description: How many instances the play may restore.
      type: int
    problems:
      description: Problems with the variables, one sentence each. The same for all targets of the host.
      type: list
      elements: str
"""

from collections.abc import Callable
from typing import Any


def restore_plan(*args: Any, **options: Any) -> Any:
    # Ansible loads all filters of a collection to use one of them, so the import is delayed.
    from ..plugin_utils._role.plan import restore_plan as implementation

    return implementation(*args, **options)


class FilterModule:
    """The filters of this file, by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"restore_plan": restore_plan}

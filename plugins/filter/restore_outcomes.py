# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_outcomes
short_description: Combine the results of the restores of a host
version_added: 1.0.0
author:
  - indiecloud.compute contributors (@indiecloud)
description:
  - Combines the results that the tasks of the role P(indiecloud.compute.restore#role) registered into C(restore_result).
options:
  _input:
    description: The return value of the filter P(indiecloud.compute.restore_plan#filter).
    type: list
    elements: dict
    required: true
  registers:
    description:
      - The registered results C(check), C(claim), C(send), C(wait), C(finish), C(started_again) and C(verified). Each holds
        one result per target in C(results); a task that did not run yet has none.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the outcome of a target before any task ran
  ansible.builtin.debug:
    msg: >-
      {{ [{'name': 'web1', 'provider': 'hostup', 'snapshot': 'before-upgrade', 'capabilities': {'creates_instance': false}}]
      | indiecloud.compute.restore_outcomes({'check': {}, 'claim': {}, 'send': {}, 'wait': {}, 'finish': {},
      'started_again': {}, 'verified': {}}) }}
"""

RETURN = r"""
_value:
  description: One C(restore_result) for each target, as documented for the role P(indiecloud.compute.restore#role).
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any


def restore_outcomes(*args: Any, **options: Any) -> Any:
    # Ansible loads all filters of a collection to use one of them, so the import is delayed.
    from ..plugin_utils._role.outcome import restore_outcomes as implementation

    return implementation(*args, **options)


class FilterModule:
    """The filters of this file, by name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"restore_outcomes": restore_outcomes}

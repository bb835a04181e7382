# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_outcomes
short_description: Tell what became of the restores of a host
version_added: 1.0.0
author:
  - indiecloud.compute contributors (@indiecloud)
description:
  - Turns what the tasks of the role P(indiecloud.compute.restore#role) registered into its C(restore_result).
options:
  _input:
    description: What the filter P(indiecloud.compute.restore_plan#filter) returned.
    type: list
    elements: dict
    required: true
  registers:
    description:
      - What the tasks of the role registered, by C(check), C(claim), C(send), C(wait), C(start), C(power), C(again) and
        C(verified). Each loops over the targets; one that has not run yet has no results.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Look at the outcome of a target that nothing was done to yet
  ansible.builtin.debug:
    msg: >-
      {{ [{'name': 'web1', 'provider': 'hostup', 'snapshot': 'before-upgrade', 'capabilities': {'creates_instance': false}}]
      | indiecloud.compute.restore_outcomes({'check': {}, 'claim': {}, 'send': {}, 'wait': {}, 'start': {}, 'power': {},
      'again': {}, 'verified': {}}) }}
"""

RETURN = r"""
_value:
  description: For each target what is documented as C(restore_result) of the role P(indiecloud.compute.restore#role).
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any


def restore_outcomes(*args: Any, **options: Any) -> Any:
    # A process that uses one filter of a collection loads the files of all, and Ansible compiles what it loads.
    from ..plugin_utils._role.outcome import restore_outcomes as implementation

    return implementation(*args, **options)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"restore_outcomes": restore_outcomes}

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_hosts
short_description: Host pattern of a play, of which each part must match
version_added: 1.0.0
author:
  - indiecloud.compute contributors (@indiecloud)
description:
  - Returns a host pattern for the keyword C(hosts) of a play, as it is given.
  - Fails if the pattern is empty, if a part of it matches no host, or if no host is left by C(--limit). Ansible itself
    skips such a play, or such a part, and succeeds.
  - A part that begins with C(!) or C(&) must match too, since a misspelled exclusion includes hosts.
  - With C(--syntax-check) and the options that only list something nothing is checked.
options:
  _terms:
    description: The host pattern, a string or a list of strings.
    type: list
    elements: str
    required: true
  may_be_missing:
    description:
      - Allow that parts of the pattern, or all of it, match no host. For jobs that see a part of the inventory, such as
        the slices of AWX.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Restore snapshots
  hosts: "{{ lookup('indiecloud.compute.restore_hosts', restore_hosts | default('')) }}"
  gather_facts: false
  tasks:
    - name: Restore the snapshot of each host
      ansible.builtin.import_role:
        name: indiecloud.compute.restore
"""

RETURN = r"""
_raw:
  description: The pattern. A list is joined by commas.
  type: list
  elements: str
"""

from collections.abc import Iterable
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

ONLY_LISTED = ("syntax", "listhosts", "listtasks", "listtags")


class LookupModule(LookupBase):
    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[str]:
        pattern = ",".join(_parts(terms))
        if any(context.CLIARGS.get(name) for name in ONLY_LISTED):
            return [pattern or "all"]
        if not pattern:
            raise AnsibleError("Set the hosts: -e restore_hosts=PATTERN. Nothing was changed.")
        if not boolean(kwargs.get("may_be_missing") or False):
            self._require_hosts(pattern, variables or {})
        return [pattern]

    def _require_hosts(self, pattern: str, variables: Any) -> None:
        inventory = InventoryManager(self._loader, parse=False)
        for group, hosts in variables["groups"].items():
            inventory.add_group(group)
            for host in hosts:
                inventory.add_host(host, group=group)
        parts = [part for part in split_host_pattern(pattern) if part]
        missing = [part for part in parts if not inventory.get_hosts(part.lstrip("!&") or "-", ignore_limits=True)]
        if missing:
            raise AnsibleError(
                f"restore_hosts: {', '.join(missing)} matches no host of the inventory. Check the name, and that the "
                "inventory could be read. Nothing was changed."
            )
        limit = variables.get("ansible_limit")
        inventory.subset(limit)
        if not inventory.get_hosts(pattern):
            left = f" and the limit {limit}" if limit else ""
            raise AnsibleError(f"restore_hosts: {pattern}{left} match no host together. Nothing was changed.")


def _parts(terms: Any) -> Iterable[str]:
    """The texts in nested lists; null is nothing."""
    if isinstance(terms, (list, tuple)):
        for term in terms:
            yield from _parts(term)
    elif terms is not None and str(terms).strip():
        yield str(terms).strip()

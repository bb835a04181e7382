# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn instances into hosts: select them, name them and set their variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ...module_utils._info.listing import Listing
from .addresses import CONNECT_WITH, connect_address
from .hostvars import host_variables, trusted
from .names import Named, folded, safe, unique
from .options import Options, is_template

Render = Callable[[str, Mapping[str, Any]], Any]

# By inventory, the instance that each name belongs to: other files may hold instances of the same name.
_OWNERS: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
LISTED = 5
"""The number of names in a warning."""


class Host(NamedTuple):
    """A host to add to the inventory."""

    name: str
    variables: Mapping[str, Any]


def build_hosts(inventory: Any, listing: Listing, options: Options, render: Render) -> tuple[list[Host], list[str]]:
    """The hosts of a listing, and warnings. Adds nothing to the inventory.

    Raises ValueError if a template of ``hostnames`` fails and the option ``strict`` is set.
    """
    instances = [item for item in listing.instances if options.wants(item)]
    account = listing.variables or {}
    variables = [host_variables(item, account, options.hostvars_prefix) for item in instances]
    wanted = [
        Named(item["id"], _wanted_name(item, hostvars, options, render), listing.account.key if listing.account else "")
        for item, hostvars in zip(instances, variables)
    ]
    # Ansible may wrap the inventory for each file.
    owners = _OWNERS.setdefault(getattr(inventory, "__wrapped__", inventory), {})
    names = unique(wanted, owners)
    owners.update({folded(name): item.owner for name, item in zip(names, wanted)})
    for item, hostvars in zip(instances, variables):
        address = connect_address(item, options.connect_with)
        if address is not None:
            hostvars["ansible_host"] = trusted(address)
    return [Host(*pair) for pair in zip(names, variables)], _warnings(wanted, names)


def _wanted_name(instance: Mapping[str, Any], variables: Mapping[str, Any], options: Options, render: Render) -> str:
    for name in options.hostnames:
        if is_template(name):
            try:
                value = render(name, variables)
            except Exception as exc:
                if options.strict:
                    raise ValueError(f"hostnames: {name!r} failed for instance {instance['id']}: {exc}") from None
                value = None
        elif name in CONNECT_WITH and name != "name":
            value = CONNECT_WITH[name](instance)
        else:
            value = instance[name]
        if value and safe(str(value)):
            return str(value)
    return str(instance["id"])


def _warnings(wanted: Sequence[Named], names: Sequence[str]) -> list[str]:
    plain = [safe(item.wanted) for item in wanted]
    duplicates = sorted({name for name, base in zip(names, plain) if name != base})
    renamed = sorted({name for name, base, item in zip(names, plain, wanted) if name == base != item.wanted})
    warnings = []
    if duplicates:
        warnings.append(
            f"{len(duplicates)} instances have the name of another host, so a part of their ID was appended: "
            f"{_first(duplicates)}. Give the instances different names, or set hostnames."
        )
    if renamed:
        warnings.append(
            f"{len(renamed)} instances have names that no host can have and were renamed: {_first(renamed)}."
        )
    return warnings


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")

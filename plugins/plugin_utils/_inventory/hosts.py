# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From instances to hosts: which, under which name, with which variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ...module_utils._info.listing import Listing
from .addresses import WAYS, connection
from .hostvars import host_variables, trusted
from .names import Named, alike, safe, unique
from .options import Options, is_template

Render = Callable[[str, Mapping[str, Any]], Any]

# By inventory, whose the names are that were given away: other files may describe instances of the same name.
_OWNERS: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
SHOWN = 5


class Host(NamedTuple):
    """A host as it is to be added."""

    name: str
    variables: Mapping[str, Any]


def build_hosts(inventory: Any, listing: Listing, options: Options, render: Render) -> tuple[list[Host], list[str]]:
    """The hosts of a listing, and warnings; nothing is added to the inventory yet."""
    instances = [item for item in listing.instances if options.wants(item)]
    account = listing.variables or {}
    variables = [host_variables(item, account, options.hostvars_prefix) for item in instances]
    wanted = [
        Named(item["id"], _wanted_name(item, known, options, render), listing.account.key if listing.account else "")
        for item, known in zip(instances, variables)
    ]
    # Ansible may give each file a wrapper of its own around the one inventory.
    owners = _OWNERS.setdefault(getattr(inventory, "__wrapped__", inventory), {})
    names = unique(wanted, owners)
    owners.update({alike(name): item.owner for name, item in zip(names, wanted)})
    for item, known in zip(instances, variables):
        address = connection(item, options.connect_with)
        if address is not None:
            known["ansible_host"] = trusted(address)
    return [Host(*pair) for pair in zip(names, variables)], _warnings(wanted, names)


def _wanted_name(instance: Mapping[str, Any], variables: Mapping[str, Any], options: Options, render: Render) -> str:
    for name in options.hostnames:
        if is_template(name):
            try:
                found = render(name, variables)
            except Exception as exc:
                if options.strict:
                    raise ValueError(f"hostnames: {name!r} fails for instance {instance['id']}: {exc}") from None
                found = None
        elif name in WAYS and name != "name":
            found = WAYS[name](instance)
        else:
            found = instance[name]
        if found and safe(str(found)):
            return str(found)
    return str(instance["id"])


def _warnings(wanted: Sequence[Named], names: Sequence[str]) -> list[str]:
    plain = [safe(item.wanted) for item in wanted]
    doubled = sorted({name for name, base in zip(names, plain) if name != base})
    changed = sorted({name for name, base, item in zip(names, plain, wanted) if name == base != item.wanted})
    found = []
    if doubled:
        found.append(
            f"{len(doubled)} instances would have the name of another host, and got their id behind the name: "
            f"{_some(doubled)}. Give the instances different names, or set hostnames."
        )
    if changed:
        found.append(f"{len(changed)} instances have a name that no host can have and were renamed: {_some(changed)}.")
    return found


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of an instance to connect to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Union

# Private networks (RFC 1918, RFC 6598, RFC 4193). The standard library's is_private includes others, for example those
# reserved for documentation and benchmarks.
PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DNS_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
LONGEST_NAME = 253

# An alias is evaluated at run time, and Python 3.9 has no `|` for types.
Address = Union[IPv4Address, IPv6Address]
Instance = Mapping[str, Any]


def addresses(instance: Instance) -> list[Address]:
    """The addresses that can be connected to, the primary ones first."""
    texts = (instance["ipv4"], instance["ipv6"], *instance["addresses"])
    return list(dict.fromkeys(_addresses(text for text in texts if text)))


def _addresses(texts: Iterable[str]) -> Iterator[Address]:
    for text in texts:
        try:
            address = ip_address(text.strip())
        except ValueError:
            continue
        # A scope ID may hold any text. The other kinds lead to this machine or nowhere.
        scope_id = isinstance(address, IPv6Address) and address.scope_id
        is_local = address.is_loopback or address.is_unspecified or address.is_link_local
        if not (scope_id or is_local or address.is_multicast):
            yield address


def is_private(address: Address) -> bool:
    return any(address in network for network in PRIVATE)


def _public_ipv4(instance: Instance) -> str | None:
    return _first(item for item in addresses(instance) if item.version == 4 and not is_private(item))


def _private_ipv4(instance: Instance) -> str | None:
    return _first(item for item in addresses(instance) if item.version == 4 and is_private(item))


def _ipv6(instance: Instance) -> str | None:
    return _first(item for item in addresses(instance) if item.version == 6)


def _name(instance: Instance) -> str | None:
    """The hostname, or else the name, if it is a valid DNS name."""
    for text in (instance["hostname"], instance["name"]):
        if text and len(text) <= LONGEST_NAME and _DNS_NAME.fullmatch(text):
            return str(text)
    return None


def _first(addresses: Iterator[Address]) -> str | None:
    address = next(addresses, None)
    return None if address is None else str(address)


CONNECT_WITH: dict[str, Callable[[Instance], str | None]] = {
    "public_ipv4": _public_ipv4,
    "ipv6": _ipv6,
    "private_ipv4": _private_ipv4,
    "name": _name,
}
"""The values of the option ``connect_with``."""


def connect_address(instance: Instance, kinds: Sequence[str]) -> str | None:
    """The first of these kinds that the instance has, None if it has none of them."""
    return next((address for kind in kinds if (address := CONNECT_WITH[kind](instance))), None)

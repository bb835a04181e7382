# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which address is connected to: never this machine, never what is no address."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.indiecloud.compute.plugins.module_utils._api.models import Instance
from ansible_collections.indiecloud.compute.plugins.plugin_utils._inventory.addresses import (
    CONNECT_WITH,
    connect_address,
)

EVERY = ["public_ipv4", "ipv6", "private_ipv4", "name"]


def instance(*addresses: str, **known: Any) -> dict[str, Any]:
    return Instance("i", known.pop("name", "web 1"), addresses=addresses, **known).to_result()


@pytest.mark.parametrize(
    ("found", "ways", "chosen"),
    [
        (instance("10.0.0.1", "192.0.2.1"), ["public_ipv4"], "192.0.2.1"),
        (instance("10.0.0.1", "192.0.2.1"), ["private_ipv4", "public_ipv4"], "10.0.0.1"),
        (instance("10.0.0.1", "192.0.2.1", "192.0.2.2", ipv4="192.0.2.2"), ["public_ipv4"], "192.0.2.2"),
        (instance("198.19.0.1"), ["public_ipv4"], "198.19.0.1"),
        (instance("100.64.0.1"), ["public_ipv4", "private_ipv4"], "100.64.0.1"),
        (instance("10.0.0.1", "2001:db8::1"), ["public_ipv4", "ipv6"], "2001:db8::1"),
        (instance(ipv4="2001:DB8:0::1"), ["public_ipv4", "ipv6"], "2001:db8::1"),
        (instance("10.0.0.1"), ["public_ipv4", "ipv6"], None),
        (instance("10.0.0.1"), [], None),
        (instance(hostname="web.example.com", name="web1"), ["name"], "web.example.com"),
        (instance(hostname="-oProxyCommand=id", name="web1"), ["name"], "web1"),
        (instance(name="two words"), ["name"], None),
    ],
)
def test_first_available_address_is_used(found: dict[str, Any], ways: list[str], chosen: str | None) -> None:
    assert connect_address(found, ways) == chosen


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "169.254.169.254", "fe80::1", "fe80::1%eth0", "224.0.0.1"),
        *("ff02::1", "2001:db8::1%$(id)", "localhost", "-oProxyCommand=id", "192.0.2.1; id", "{{ 7 }}", ""),
        "192.0.2.1\n-x",
    ],
)
def test_address_of_this_machine_is_not_used(address: str) -> None:
    assert (
        connect_address(instance(address, ipv4=address, ipv6=address), ["public_ipv4", "ipv6", "private_ipv4"]) is None
    )


@given(st.lists(st.text(max_size=20), max_size=4), st.none() | st.text(max_size=20), st.text(max_size=20))
def test_address_is_safe_for_a_shell_and_ssh(addresses: list[str], hostname: str | None, name: str) -> None:
    found = connect_address(instance(*addresses, hostname=hostname, name=name), EVERY)
    assert found is None or (found[0] != "-" and all(char.isalnum() or char in ".:_-" for char in found))


def test_every_way_is_documented() -> None:
    assert list(CONNECT_WITH) == EVERY

# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users of comparable inventories have reported. Each test names the report as owner/repository#number."""

from __future__ import annotations

import textwrap

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.indiecloud.compute.tests.unit.architecture.blocks import blocks
from ansible_collections.indiecloud.compute.tests.unit.plugin_utils._inventory.world import World

PASSWORD = "open sesame"


def test_token_in_a_vault(world: World) -> None:
    """ansible-collections/hetzner.hcloud#61: the token of an inventory file could not be kept in a vault.

    linode/ansible_linode#372 and ansible-collections/hetzner.hcloud#181: nor could it be a template.
    """
    token = world.sim.tokens["hostup"]
    world.sim.cloud.add_instance("hostup", "web1")
    (world.folder / "password").write_text(PASSWORD, "utf-8")
    secret = VaultLib([("default", VaultSecret(PASSWORD.encode()))]).encrypt(token).decode()
    path = world.file("hostup")
    text = path.read_text("utf-8")
    path.write_text(f"{text}api_token: !vault |\n{textwrap.indent(secret, '  ')}", "utf-8")
    done = world.run("--list", "-vvvv", "--vault-password-file", "password", HOSTUP_API_TOKEN="wrong")
    assert "web1" in done.stdout, done.stderr
    assert token not in done.stdout + done.stderr


def test_instance_without_an_address(world: World) -> None:
    """An instance without an address broke the whole inventory.

    ansible-collections/hetzner.hcloud#152, #173 and #178, ansible-collections/community.vmware#975
    """
    bare = {"ipv4": None, "ipv6": None, "primaryIp": None, "primary_ipv4": None, "ip_addresses": []}
    for provider in ("hostup", "onetsolutions"):
        world.sim.cloud.add_instance(provider, f"web-{provider}")
        world.sim.cloud.add_instance(provider, f"bare-{provider}", "stopped", **bare)
        world.file(provider)
    hosts = world.hosts()
    assert len(hosts) == 4
    assert {name: "ansible_host" in item for name, item in hosts.items()} == {
        name: name.startswith("web") for name in hosts
    }


def test_recipe_for_barrack_leaves_out_what_it_restored(world: World) -> None:
    """The second run of the guide restored the new instance of the first."""
    shown = (yaml.safe_load(item.text) for item in blocks("yaml") if item.page == "docs/inventory.md")
    recipe = next(item for item in shown if isinstance(item, dict) and item.get("provider") == "barrack")
    for name in ("gpu1", "gpu1-again"):
        world.sim.cloud.add_instance("barrack", name)
    del recipe["plugin"]
    world.file(**recipe)
    listed = world.listed()
    assert {group: listed[group]["hosts"] for group in recipe["groups"]} == {
        "gpu": ["gpu1"],
        "restored": ["gpu1-again"],
    }

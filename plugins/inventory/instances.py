# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: instances
short_description: Instances of an account as hosts
version_added: 1.0.0
author:
  - indiecloud.compute contributors (@indiecloud)
description:
  - Makes a host of each instance of one account at OnetSolutions, HostUp or Barrack.
  - The file must be named C(*.indiecloud.yml) or C(*.indiecloud.yaml). Each account has a file of its own; a folder can hold
    several.
  - Every host carries what the role P(indiecloud.compute.restore#role) needs to restore it, so that a play over a group and
    the role is all there is to a restore.
notes:
  - Only GET requests are sent, to the route that lists the instances. Where the provider does not publish it, it is an
    assumption; O(api_routes) with the key C(instance_list) takes another path.
  - An inventory is whole or it fails. When a page of the list cannot be read there are no hosts at all.
  - What the provider says is never read as a template.
  - The name of a host is made of letters, digits, dots, hyphens and underscores; anything else becomes an underscore. When
    several instances would have the same name, or names that differ in case only, each gets a hyphen and the end of its id
    behind it, and a warning tells so. An instance never gets the name C(localhost), C(all) or C(ungrouped).
  - When another file has given the name to an instance of another account, the one that comes later gets the end of its id
    behind its name.
  - The options C(api_token), C(api_url), C(organization_id) and C(project_id) may also come from the environment, as with the
    modules. The environment beats nothing that the file says.
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - indiecloud.compute.connection
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [indiecloud.compute.instances]
  filters:
    description:
      - Make hosts only of instances that match at least one of these filters. Without any, all are hosts.
      - A filter is a dictionary, and an instance matches it if it matches each of its entries. The keys are C(id), C(name),
        C(hostname), C(power_state), C(status), C(location), C(size), C(image), C(ipv4), C(ipv6), C(origin), C(address) (any
        address), C(tags) and C(all_tags).
      - A value is a text or a list of texts of which one must match, all of them with C(all_tags). V(*), V(?) and V([...])
        stand for other characters, as in names of files. Upper and lower case differ.
      - A tag in a list matches by itself, one in a dictionary as C(key) or C(key=value).
      - They are applied here, after the whole list was read.
    type: list
    elements: dict
    default: []
  exclude_filters:
    description: Make no hosts of instances that match at least one of these, which are like O(filters).
    type: list
    elements: dict
    default: []
  hostnames:
    description:
      - What to name a host after, in order of preference. V(name), V(hostname), V(id), V(public_ipv4), V(private_ipv4),
        V(ipv6), or a Jinja template of the variables of the host, such as V({{ indiecloud_name }}.{{ indiecloud_location }}).
      - An instance that has none of them is named after its id.
    type: list
    elements: str
    default: [name]
  hostvars_prefix:
    description:
      - What the names of the variables of each host begin with. The role P(indiecloud.compute.restore#role) takes those that
        begin with C(indiecloud_).
    type: str
    default: indiecloud_
  connect_with:
    description:
      - What C(ansible_host) is, in order of preference. V(public_ipv4), V(ipv6), V(private_ipv4), or V(name), which is the host
        name of the instance, else its name.
      - Without any of them, or with an empty list, C(ansible_host) is not set and Ansible connects to the name of the host.
      - Addresses of this machine, of the local link and of groups are never connected to.
    type: list
    elements: str
    default: [public_ipv4, ipv6, private_ipv4]
"""

EXAMPLES = r"""
# web.indiecloud.yml
# The two first options are enough, where the token comes from the environment variable ONETSOLUTIONS_API_TOKEN.
plugin: indiecloud.compute.instances
provider: onetsolutions
api_token: "{{ lookup('ansible.builtin.file', '/run/secrets/onetsolutions') }}"
organization_id: 0e700000-0000-4000-8000-00000000000a
project_id: 0e700000-0000-4000-8000-00000000000b

# Those that run and are tagged web or db, but no test machines.
filters:
  - power_state: running
    tags: [web, db]
exclude_filters:
  - name: "test-*"

# Names and variables of one's own; connected to inside the VPC.
hostnames:
  - "{{ indiecloud_name }}.{{ indiecloud_location | lower }}.example.com"
  - id
connect_with: [private_ipv4]
compose:
  ansible_user: "'ubuntu'"
  restore_snapshot: "'before-upgrade'"

# Groups by tag, whatever the form of the tags: web becomes tag_web, {role: web} becomes tag_role_web.
keyed_groups:
  - key: indiecloud_tags
    prefix: tag
groups:
  restored: indiecloud_from_snapshot is true

# A cache of five minutes.
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.ansible/cache
cache_timeout: 300
"""

import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

# Every inventory file is shown to every plugin: what it takes to read one of ours is imported when there is one.
if TYPE_CHECKING:
    from ..module_utils._info.listing import Listing
    from ..plugin_utils._inventory.hosts import Host
    from ..plugin_utils._inventory.options import Options

ENDINGS = (".indiecloud.yml", ".indiecloud.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "indiecloud.compute.instances"

    def verify_file(self, path):
        return path.endswith(ENDINGS) and super().verify_file(path)

    def parse(self, inventory, loader, path, cache=True):
        from ..plugin_utils._inventory.expressions import Memory
        from ..plugin_utils._inventory.hosts import build_hosts
        from ..plugin_utils._inventory.options import read_options

        super().parse(inventory, loader, path, cache)
        file = self._read_config_data(path)
        options = read_options(file, list(self.option_definitions), self.get_option, self._render)
        listing = self._list(options, may_read=cache)
        try:
            hosts, warnings = build_hosts(inventory, listing, options, self._render_for)
        except ValueError as exc:
            raise AnsibleParserError(self._hide(str(exc))) from None
        for warning in warnings:
            self.display.warning(warning)
        self.display.v(f"{path}: {len(hosts)} hosts of {len(listing.instances)} instances")
        extra = self._vars if self.get_option("use_extra_vars") else {}
        own = {name for host in hosts[:1] for name in host.variables} - {
            "ansible_host",
            *self.get_option("compose"),
            *extra,
        }
        self._memory = Memory(own)
        try:
            for host in hosts:
                self._add(host)
                self._construct(host)
        except Exception as exc:
            raise AnsibleParserError(self._hide(str(exc))) from None

    def _list(self, options: Options, *, may_read: bool) -> Listing:
        from ..module_utils._info.listing import Listing, listing_task
        from ..module_utils._task.outcome import execute
        from ..module_utils._task.rate_limit import shared_state_dir
        from ..module_utils._task.session import Context

        read_cache = self._read_cache if self.get_option("cache") and may_read else lambda key: None
        listing = Listing()
        context = Context(
            options.connection,
            environ=os.environ,
            on_request=self.display.vvv,
            shared_state_dir=shared_state_dir(os.environ),
        )
        outcome = execute(listing_task(listing, options.problems, read_cache), context)
        self._hide = context.redactor.text
        if outcome.missing_library:
            raise AnsibleParserError(missing_required_lib(outcome.missing_library.package))
        if outcome.failed or listing.account is None:
            raise AnsibleParserError(str(outcome.result["msg"]))
        if self.get_option("cache") and not listing.from_cache:
            self._cache[listing.account.key] = listing.to_cache()
        return listing

    def _read_cache(self, key: str) -> Any:
        try:
            return self._cache[key]
        except KeyError:
            return None
        except Exception as exc:
            # What is broken is as good as nothing, and is written anew.
            self.display.warning(
                f"{type(exc).__name__}: the cache of the instances cannot be read; the provider is asked again."
            )
            return None

    def _render(self, text: str) -> Any:
        self.templar.available_variables = self._vars
        return self._plain(self.templar.template(text))

    def _render_for(self, text: str, variables: Mapping[str, Any]) -> Any:
        extra = self._vars if self.get_option("use_extra_vars") else {}
        self.templar.available_variables = {**variables, **extra}
        return self._plain(self.templar.template(text))

    @staticmethod
    def _plain(value: Any) -> Any:
        return str(value) if isinstance(value, str) else value

    def _add(self, host: Host) -> None:
        self.inventory.add_host(host.name)
        for name, value in host.variables.items():
            self.inventory.set_variable(host.name, name, value)

    def _construct(self, host: Host) -> None:
        compose, groups, keys = (self.get_option(option) for option in ("compose", "groups", "keyed_groups"))
        if not (compose or groups or keys):
            return
        strict = self.get_option("strict")
        # Fetched once, and not for each expression as by default.
        made = self.inventory.get_host(host.name)
        variables = made.get_vars()
        if compose:
            self._set_composite_vars(compose, variables, host.name, strict=strict)
            variables = made.get_vars()
        for group, condition in groups.items():
            self._add_to_group(made, group, condition, variables, strict)
        self._add_host_to_keyed_groups(keys, variables, host.name, strict=strict, fetch_hostvars=False)

    def _add_to_group(self, host: Any, group: str, condition: Any, variables: Mapping[str, Any], strict: bool) -> None:
        def evaluate() -> bool:
            before = set(host.groups)
            conditions = {group: condition}
            self._add_host_to_composed_groups(conditions, variables, host.name, strict=strict, fetch_hostvars=False)
            return bool(set(host.groups) - before)

        name = self._sanitize_group_name(group)
        if any(item.name == name for item in host.groups):
            # It is in the group already, by another file.
            return
        if self._memory.recall(str(condition), variables, evaluate, use="condition"):
            self.inventory.add_child(self.inventory.add_group(name), host.name)

    def _compose(self, template, variables, *args, **kwargs):
        evaluate = partial(super()._compose, template, variables, *args, **kwargs)
        return self._memory.recall(str(template), variables, evaluate)

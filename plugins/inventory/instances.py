# Copyright: (c) 2026, indiecloud.compute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: instances
short_description: Inventory of the instances of an account
version_added: 1.0.0
author:
  - indiecloud.compute contributors (@indiecloud)
description:
  - Creates a host for each instance of one account at OnetSolutions, HostUp or Barrack.
  - The name of the inventory file must end in C(.indiecloud.yml) or C(.indiecloud.yaml). Each account needs its own file; a
    folder can hold several files.
  - Each host has the variables that the role P(indiecloud.compute.restore#role) needs to restore it, so a play can use the
    role for any group of hosts.
notes:
  - Only GET requests are sent, to the route that lists instances. If the provider does not document this route, its path is
    assumed; set another path with the key C(instance_list) of O(api_routes).
  - If any page of the list cannot be read, the inventory fails and creates no hosts.
  - Data of the provider is never evaluated as a template.
  - Host names consist of letters, digits, dots, hyphens and underscores; other characters are replaced by underscores. If
    several instances have the same name, or names that differ only in case, a hyphen and the last characters of the instance
    ID are appended to each of them, with a warning. An instance never gets the name C(localhost), C(all) or C(ungrouped).
  - If an earlier inventory file has used a name for an instance of another account, the last characters of the ID are
    appended to the name of the later instance.
  - The options C(api_token), C(api_url), C(organization_id) and C(project_id) can also be set by environment variables, as for
    the modules. Options in the file take precedence.
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
      - Include only instances that match at least one of these filters. By default, all instances are included.
      - A filter is a dictionary. An instance matches it if it matches all of its entries. The keys are C(id), C(name),
        C(hostname), C(power_state), C(status), C(location), C(size), C(image), C(ipv4), C(ipv6), C(origin), C(address) (any
        address), C(tags) and C(all_tags).
      - A value is a string, or a list of strings of which one must match; with C(all_tags), all of them must match. The
        wildcards V(*), V(?) and V([...]) work as in file names. Matching is case-sensitive.
      - A tag in a list is matched as it is, a tag in a dictionary as C(key) or C(key=value).
      - The filters are applied after the complete list has been read.
    type: list
    elements: dict
    default: []
  exclude_filters:
    description: Exclude instances that match at least one of these filters, which have the form of O(filters).
    type: list
    elements: dict
    default: []
  hostnames:
    description:
      - The sources of the host name, in order of preference. Each is V(name), V(hostname), V(id), V(public_ipv4),
        V(private_ipv4), V(ipv6), or a Jinja template that uses the variables of the host, such as
        V({{ indiecloud_name }}.{{ indiecloud_location }}).
      - If an instance has none of them, its ID is used.
    type: list
    elements: str
    default: [name]
  hostvars_prefix:
    description:
      - The prefix of the host variables. The role P(indiecloud.compute.restore#role) uses variables with the prefix
        C(indiecloud_).
    type: str
    default: indiecloud_
  connect_with:
    description:
      - The value of C(ansible_host), in order of preference. Each is V(public_ipv4), V(ipv6), V(private_ipv4) or V(name). V(name)
        stands for the hostname of the instance, or else its name.
      - If an instance has none of them, or the list is empty, C(ansible_host) is not set and Ansible connects to the host name.
      - Loopback, link-local and multicast addresses are never used.
    type: list
    elements: str
    default: [public_ipv4, ipv6, private_ipv4]
"""

EXAMPLES = r"""
# web.indiecloud.yml
# Only plugin and provider are needed if the environment variables ONETSOLUTIONS_API_TOKEN,
# ONETSOLUTIONS_ORGANIZATION_ID and ONETSOLUTIONS_PROJECT_ID are set.
plugin: indiecloud.compute.instances
provider: onetsolutions
api_token: "{{ lookup('ansible.builtin.file', '/run/secrets/onetsolutions') }}"
organization_id: 0e700000-0000-4000-8000-00000000000a
project_id: 0e700000-0000-4000-8000-00000000000b

# Running instances with the tag web or db, except test machines.
filters:
  - power_state: running
    tags: [web, db]
exclude_filters:
  - name: "test-*"

# Set names and variables, and connect through the VPC.
hostnames:
  - "{{ indiecloud_name }}.{{ indiecloud_location | lower }}.example.com"
  - id
connect_with: [private_ipv4]
compose:
  ansible_user: "'ubuntu'"
  restore_snapshot: "'before-upgrade'"

# Create groups from tags: the tag web becomes tag_web, and {role: web} becomes tag_role_web.
keyed_groups:
  - key: indiecloud_tags
    prefix: tag
groups:
  restored: indiecloud_from_snapshot is true

# Cache the instances for five minutes.
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

# Ansible offers every inventory file to every plugin, so the rest is imported only for a file of this plugin.
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
        from ..plugin_utils._inventory.expressions import ExpressionCache
        from ..plugin_utils._inventory.hosts import build_hosts
        from ..plugin_utils._inventory.options import read_options

        super().parse(inventory, loader, path, cache)
        options = read_options(
            self._read_config_data(path), list(self.option_definitions), self.get_option, self._render
        )
        listing = self._list(options, may_read=cache)
        try:
            hosts, warnings = build_hosts(inventory, listing, options, self._render_for)
        except ValueError as exc:
            raise AnsibleParserError(self._hide(str(exc))) from None
        for warning in warnings:
            self.display.warning(warning)
        self.display.v(f"{path}: {len(hosts)} hosts of {len(listing.instances)} instances")
        names = {name for host in hosts[:1] for name in host.variables}
        self._expressions = ExpressionCache(names - {"ansible_host", *self.get_option("compose"), *self._extra_vars()})
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
            self._cache[listing.cache_key] = listing.to_cache()
        return listing

    def _read_cache(self, key: str) -> Any:
        try:
            return self._cache[key]
        except KeyError:
            return None
        except Exception as exc:
            self.display.warning(
                f"{type(exc).__name__}: the cache of the instances cannot be read; they are read from the provider."
            )
            return None

    def _render(self, text: str) -> Any:
        self.templar.available_variables = self._vars
        return self._plain(self.templar.template(text))

    def _render_for(self, text: str, variables: Mapping[str, Any]) -> Any:
        self.templar.available_variables = {**variables, **self._extra_vars()}
        return self._plain(self.templar.template(text))

    def _extra_vars(self) -> Mapping[str, Any]:
        return self._vars if self.get_option("use_extra_vars") else {}

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
        # The variables are read once; by default Constructable reads them for each expression.
        added = self.inventory.get_host(host.name)
        variables = added.get_vars()
        if compose:
            self._set_composite_vars(compose, variables, host.name, strict=strict)
            variables = added.get_vars()
        for group, condition in groups.items():
            self._add_to_group(added, group, condition, variables, strict)
        self._add_host_to_keyed_groups(keys, variables, host.name, strict=strict, fetch_hostvars=False)

    def _add_to_group(self, host: Any, group: str, condition: Any, variables: Mapping[str, Any], strict: bool) -> None:
        def evaluate() -> bool:
            before = set(host.groups)
            conditions = {group: condition}
            self._add_host_to_composed_groups(conditions, variables, host.name, strict=strict, fetch_hostvars=False)
            return bool(set(host.groups) - before)

        name = self._sanitize_group_name(group)
        if any(item.name == name for item in host.groups):
            # Another file has added the host to the group.
            return
        if self._expressions.get(str(condition), variables, evaluate, use="condition"):
            self.inventory.add_child(self.inventory.add_group(name), host.name)

    def _compose(self, template, variables, *args, **kwargs):
        evaluate = partial(super()._compose, template, variables, *args, **kwargs)
        return self._expressions.get(str(template), variables, evaluate)
